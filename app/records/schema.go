package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"hilum/internal/message"
)

// migrations lead from each version of the schema to the next. One that was
// released is never changed; a new version is a new entry.
var migrations = []string{
	// 1: answers, annotations, audit log
	`CREATE TABLE pictures (
		id INTEGER PRIMARY KEY,
		pixels TEXT NOT NULL, reading TEXT NOT NULL, instance TEXT NOT NULL,
		study TEXT NOT NULL, patient TEXT NOT NULL, sex TEXT NOT NULL, age TEXT NOT NULL, view TEXT NOT NULL,
		location TEXT NOT NULL,
		UNIQUE (pixels, instance));
	CREATE TABLE answers (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		picture INTEGER NOT NULL REFERENCES pictures (id),
		at TEXT NOT NULL, reader TEXT NOT NULL, class TEXT NOT NULL,
		verdict TEXT NOT NULL CHECK (verdict IN ('agree', 'disagree', 'unsure', 'withdrawn')),
		note TEXT NOT NULL, regions TEXT NOT NULL,
		model_name TEXT NOT NULL, model TEXT NOT NULL, prep TEXT NOT NULL, thresholds TEXT NOT NULL,
		logit REAL NOT NULL, probability REAL NOT NULL, threshold REAL NOT NULL, positive INTEGER NOT NULL);
	CREATE INDEX answers_of_picture ON answers (picture, class, reader, id);
	CREATE TRIGGER answers_stay BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers are not changed'); END;
	CREATE TRIGGER answers_remain BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers are not deleted'); END;
	CREATE TRIGGER answers_stand BEFORE INSERT ON answers WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id)
		BEGIN SELECT RAISE(ABORT, 'answers are not replaced'); END;
	CREATE TABLE annotations (
		picture INTEGER NOT NULL REFERENCES pictures (id),
		kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL,
		PRIMARY KEY (picture, kind, id)) WITHOUT ROWID;
	CREATE TABLE audit (seq INTEGER PRIMARY KEY, line TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
	CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is not changed'); END;
	CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is not deleted'); END;
	CREATE TRIGGER audit_stands BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq OR hash = NEW.hash)
		BEGIN SELECT RAISE(ABORT, 'the audit log is not replaced'); END;
	CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
	INSERT INTO secrets VALUES ('pseudonyms', randomblob(32));`,
	// 2: what the worklist knows of files
	`CREATE TABLE files (
		location TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
		pixels TEXT NOT NULL, reading TEXT NOT NULL, instance TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE scores (
		pixels TEXT NOT NULL, reading TEXT NOT NULL, model TEXT NOT NULL, prep TEXT NOT NULL,
		logits BLOB NOT NULL, at TEXT NOT NULL,
		PRIMARY KEY (pixels, reading, model, prep)) WITHOUT ROWID;
	CREATE TABLE models (
		model TEXT NOT NULL, prep TEXT NOT NULL, name TEXT NOT NULL, classes TEXT NOT NULL,
		PRIMARY KEY (model, prep)) WITHOUT ROWID;
	CREATE TABLE seen (study TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;`,
	// 3: why a score is not to be believed, '' where nothing speaks against it; NULL where that
	// was not asked when the picture was scored
	`ALTER TABLE scores ADD COLUMN withheld TEXT;`,
	// 4: key images and conclusions
	`CREATE TABLE remarks (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		kind TEXT NOT NULL, about TEXT NOT NULL, at TEXT NOT NULL, reader TEXT NOT NULL, held INTEGER NOT NULL, text TEXT NOT NULL);
	CREATE INDEX remarks_about ON remarks (kind, about, id);
	CREATE TRIGGER remarks_stay BEFORE UPDATE ON remarks BEGIN SELECT RAISE(ABORT, 'remarks are not changed'); END;
	CREATE TRIGGER remarks_remain BEFORE DELETE ON remarks BEGIN SELECT RAISE(ABORT, 'remarks are not deleted'); END;`,
}

// errNewer says that the file was written by a later program.
var errNewer = message.New("a newer Hilum wrote it; update this program")

// migrate brings the schema forward, one transaction a version. Before an
// older file is changed a copy is kept beside it.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	version, err := firstRead(ctx, db)
	if err != nil {
		return message.Errorf("it is no database, or damaged (%w); move it away or restore a copy", err)
	}
	if version > len(migrations) {
		return errNewer
	}
	if version > 0 && version < len(migrations) {
		if err := keepCopy(ctx, db, fmt.Sprintf("%s.v%d", path, version)); err != nil {
			return err
		}
	}
	for v := version; v < len(migrations); v++ {
		if err := migrateOne(ctx, db, v); err != nil {
			return message.Errorf("bringing its schema from version %d to %d: %w", v, v+1, err)
		}
	}
	return nil
}

// firstRead gives the version of the schema. The first connection sets the
// journal's mode, for which SQLite does not wait while another program has just
// made the file; so waiting is done here.
func firstRead(ctx context.Context, db *sql.DB) (version int, err error) {
	for start := time.Now(); ; time.Sleep(busyPause) {
		version, err = schemaVersion(ctx, db)
		var busy *sqlite.Error
		if !errors.As(err, &busy) || busy.Code()&0xFF != sqlite3.SQLITE_BUSY || time.Since(start) > busyWait {
			return version, err
		}
	}
}

const busyPause = 10 * time.Millisecond

func schemaVersion(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (version int, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}

// keepCopy writes a whole copy of the database, unless an earlier attempt did.
func keepCopy(ctx context.Context, db *sql.DB, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return message.Errorf("keeping a copy before its schema changes: %w", err)
	}
	return nil
}

// migrateOne leads from version v to the next, unless another program has just
// done so.
func migrateOne(ctx context.Context, db *sql.DB, v int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	now, err := schemaVersion(ctx, tx)
	if err == nil && now == v {
		_, err = tx.ExecContext(ctx, migrations[v])
		if err == nil {
			_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v+1))
		}
	}
	if err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}
