// Package database keeps what the program must not lose in one SQLite file, in WAL mode with
// full synchronisation: what a transaction has committed is on the disk. Its core function
// is [Open]. It is the only package that knows SQLite, and imports messages and the one way
// to look at a file.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"hilum/internal/message"
	"hilum/internal/regular"
)

// busyWait is how long one program waits for another's transaction.
const busyWait = 10 * time.Second

// Open opens a database, makes it where there is none, and brings its schema forward:
// migrations lead from each version to the next, from an empty file on.
func Open(ctx context.Context, path string, migrations []string) (*sql.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// A pipe or a device is no store, and opening one could wait for ever.
	if err := regular.Check(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// Made here first: the driver would make it readable by everybody.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyWait.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
	}}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db, path, migrations); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Full says that something could not be written because the disk is full.
func Full(err error) bool {
	var failed *sqlite.Error
	return errors.As(err, &failed) && failed.Code()&0xff == sqlite3.SQLITE_FULL // extended codes have more above
}

// errNewer says that the file was written by a later program.
var errNewer = message.New("a newer Hilum wrote it; update this program")

// migrate brings the schema forward, one transaction a version. Before an
// older file is changed a copy is kept beside it.
func migrate(ctx context.Context, db *sql.DB, path string, migrations []string) error {
	version, err := firstRead(ctx, db)
	if err != nil {
		return unreadable(err)
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
		if err := migrateOne(ctx, db, v, migrations[v]); err != nil {
			return message.Errorf("bringing its schema from version %d to %d: %w", v, v+1, err)
		}
	}
	return nil
}

// unreadable says why a database cannot be begun with. Only what SQLite finds in the file itself is
// damage: a full disk or a missing right passes, and the file is whole.
func unreadable(err error) error {
	var known *sqlite.Error
	if !errors.As(err, &known) {
		return message.Errorf("it cannot be read: %w; the file stays as it is", err)
	}
	switch known.Code() & 0xFF {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return message.Errorf("it is no database, or damaged (%w); move it away or restore a copy", err)
	case sqlite3.SQLITE_FULL:
		return message.Errorf("the disk is full (%w); make room and start again, the file is whole", err)
	}
	return message.Errorf("it cannot be read: %w; the file stays as it is", err)
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
func migrateOne(ctx context.Context, db *sql.DB, v int, migration string) error {
	return Transact(ctx, db, func(tx *sql.Tx) error {
		now, err := schemaVersion(ctx, tx)
		if err != nil || now != v {
			return err
		}
		if _, err := tx.ExecContext(ctx, migration); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v+1))
		return err
	})
}

// Transact runs f in a transaction that is on the disk when it returns nil, and undone
// otherwise.
func Transact(ctx context.Context, db *sql.DB, f func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		// A rollback after the context has done it is none.
		if undo := tx.Rollback(); !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}
