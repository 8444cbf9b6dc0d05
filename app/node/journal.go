package node

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"hilum/app/records"
	"hilum/internal/database"
	"hilum/internal/message"
)

// migrations lead from each version of the journal's schema to the next.
var migrations = []string{
	// 1: what came, what was made of it, where that has to go
	`CREATE TABLE objects (
		instance TEXT PRIMARY KEY, received INTEGER NOT NULL, calling TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE jobs (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		instance TEXT NOT NULL REFERENCES objects (instance),
		model TEXT NOT NULL, prep TEXT NOT NULL, thresholds TEXT NOT NULL,
		made INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
		UNIQUE (instance, model, prep, thresholds));
	CREATE INDEX jobs_state ON jobs (state, id);
	CREATE TABLE deliveries (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		job INTEGER NOT NULL REFERENCES jobs (id),
		path TEXT NOT NULL, destination TEXT NOT NULL,
		state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
		UNIQUE (path, destination));
	CREATE INDEX deliveries_state ON deliveries (destination, state, due);`,
	// 2: whether the patient's identity is taken out of what has to go somewhere
	`ALTER TABLE deliveries ADD COLUMN deidentified INTEGER NOT NULL DEFAULT 0;`,
}

// State is what became of a job or a delivery.
type State string

// The states.
const (
	Waiting State = "waiting"
	Done    State = "done"    // scored and written, or taken by its destination
	Skipped State = "skipped" // no frontal chest film, or refused by a rule
	Failed  State = "failed"  // given up
)

// Journal is what the node must not forget: which objects came, what was made of each, and
// where that still has to go. What a method has returned nil for is on the disk. It holds
// no patient.
type Journal struct {
	db  *sql.DB
	now func() time.Time
}

// OpenJournal opens a journal, or makes it.
func OpenJournal(ctx context.Context, path string) (*Journal, error) {
	db, err := database.Open(ctx, path, migrations)
	if err != nil {
		return nil, message.Errorf("cannot open the journal %s: %w", path, err)
	}
	return &Journal{db: db, now: time.Now}, nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.db.Close() }

// Receive notes that an object lies on the disk, and that a model shall score it; false
// where the journal has that already.
func (j *Journal) Receive(ctx context.Context, instance, calling string, m records.ModelID) (fresh bool, err error) {
	err = j.write(ctx, func(tx *sql.Tx) error {
		now := j.now().UnixNano()
		if _, err := tx.ExecContext(ctx, `INSERT INTO objects VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, instance, now, calling); err != nil {
			return err
		}
		done, err := tx.ExecContext(
			ctx,
			`INSERT INTO jobs (instance, model, prep, thresholds, made, state) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`,
			instance,
			m.SHA256,
			m.Prep,
			m.Thresholds,
			now,
			Waiting,
		)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		fresh = n > 0
		return err
	})
	return fresh, err
}

// Knows says whether an object is in the journal.
func (j *Journal) Knows(ctx context.Context, instance string) (bool, error) {
	var n int
	err := j.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM objects WHERE instance = ?`, instance).Scan(&n)
	return n > 0, j.failed(err)
}

// Adopt gives what waits for another model to this one: the model was changed while the
// program was not running.
func (j *Journal) Adopt(ctx context.Context, m records.ModelID) error {
	return j.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE OR IGNORE jobs SET model = ?, prep = ?, thresholds = ?
			WHERE state = ? AND NOT (model = ? AND prep = ? AND thresholds = ?)`,
			m.SHA256, m.Prep, m.Thresholds, Waiting, m.SHA256, m.Prep, m.Thresholds)
		return err
	})
}

// Job is an object that a model shall score.
type Job struct {
	ID       int64
	Instance string
	Calling  string
	Made     time.Time // when it was noted: what is made of it is made at that time, however often
	Tries    int
}

// Jobs gives waiting jobs of a model, the oldest first.
func (j *Journal) Jobs(ctx context.Context, m records.ModelID, most int) (list []Job, err error) {
	rows, err := j.db.QueryContext(
		ctx,
		`SELECT jobs.id, jobs.instance, calling, made, tries FROM jobs JOIN objects USING (instance)
		WHERE state = ? AND model = ? AND prep = ? AND thresholds = ? ORDER BY jobs.id LIMIT ?`,
		Waiting,
		m.SHA256,
		m.Prep,
		m.Thresholds,
		most,
	)
	if err != nil {
		return nil, j.failed(err)
	}
	for rows.Next() {
		var one Job
		var made int64
		if err := rows.Scan(&one.ID, &one.Instance, &one.Calling, &made, &one.Tries); err != nil {
			return nil, errors.Join(j.failed(err), rows.Close())
		}
		one.Made = time.Unix(0, made)
		list = append(list, one)
	}
	return list, j.failed(errors.Join(rows.Err(), rows.Close()))
}

// Outgoing are files that have to go to a destination.
type Outgoing struct {
	To    Destination
	Files []string
}

// End notes what became of a job, and in the same step which files have to go where.
func (j *Journal) End(ctx context.Context, job Job, state State, reason string, out []Outgoing) error {
	return j.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE jobs SET state = ?, reason = ?, tries = tries + 1 WHERE id = ?`, state, reason, job.ID); err != nil {
			return err
		}
		for _, o := range out {
			for _, path := range o.Files {
				if _, err := tx.ExecContext(ctx, `INSERT INTO deliveries (job, path, destination, state, deidentified)
					VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
					job.ID, path, o.To.Address(), Waiting, o.To.Deidentified); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Redirect forgets what waits for a destination with the patient's identity where it is to go
// without, or the other way round, and has the jobs done again that made it. What other
// destinations got stays noted, so that nothing goes to them twice.
func (j *Journal) Redirect(ctx context.Context, to Destination) error {
	return j.write(ctx, func(tx *sql.Tx) error {
		for _, text := range []string{
			`UPDATE jobs SET state = 'waiting', tries = 0 WHERE id IN (SELECT job FROM deliveries
				WHERE destination = ? AND state = 'waiting' AND deidentified <> ?)`,
			`DELETE FROM deliveries WHERE destination = ? AND state = 'waiting' AND deidentified <> ?`,
		} {
			if _, err := tx.ExecContext(ctx, text, to.Address(), to.Deidentified); err != nil {
				return err
			}
		}
		return nil
	})
}

// Delivery is a file that has to go to a destination.
type Delivery struct {
	ID    int64
	Path  string
	Tries int
}

// Due gives deliveries to a destination whose time has come, the oldest first.
func (j *Journal) Due(ctx context.Context, to Destination, most int) (list []Delivery, err error) {
	rows, err := j.db.QueryContext(
		ctx,
		`SELECT id, path, tries FROM deliveries WHERE destination = ? AND deidentified = ? AND state = ? AND due <= ?
		ORDER BY id LIMIT ?`,
		to.Address(),
		to.Deidentified,
		Waiting,
		j.now().UnixNano(),
		most,
	)
	if err != nil {
		return nil, j.failed(err)
	}
	for rows.Next() {
		var d Delivery
		if err := rows.Scan(&d.ID, &d.Path, &d.Tries); err != nil {
			return nil, errors.Join(j.failed(err), rows.Close())
		}
		list = append(list, d)
	}
	return list, j.failed(errors.Join(rows.Err(), rows.Close()))
}

// Delivered notes what became of a delivery: Done, Failed, or Waiting until a time.
func (j *Journal) Delivered(ctx context.Context, d Delivery, state State, due time.Time, reason string) error {
	return j.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(
			ctx,
			`UPDATE deliveries SET state = ?, due = ?, reason = ?, tries = tries + 1 WHERE id = ?`,
			state,
			due.UnixNano(),
			reason,
			d.ID,
		)
		return err
	})
}

// Counts are how many jobs and deliveries are in each state.
type Counts struct{ Jobs, Deliveries map[State]int }

// Count counts them.
func (j *Journal) Count(ctx context.Context) (c Counts, err error) {
	count := func(text string) (map[State]int, error) {
		out := map[State]int{}
		rows, err := j.db.QueryContext(ctx, text)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var s State
			var n int
			if err := rows.Scan(&s, &n); err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			out[s] = n
		}
		return out, errors.Join(rows.Err(), rows.Close())
	}
	if c.Jobs, err = count(`SELECT state, COUNT(*) FROM jobs GROUP BY state`); err == nil {
		c.Deliveries, err = count(`SELECT state, COUNT(*) FROM deliveries GROUP BY state`)
	}
	return c, j.failed(err)
}

func (j *Journal) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	return j.failed(database.Transact(ctx, j.db, f))
}

func (j *Journal) failed(err error) error {
	if err == nil {
		return nil
	}
	return message.Errorf("cannot use the journal: %w", err)
}
