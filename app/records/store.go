// Package records is what the program remembers of a reader's work: answers to
// findings, annotations, scores, what was seen, and an audit log. Its core type
// is [Store], a database in one file of the user's data folder. It imports
// dicomio and inference/calib, and is the only package
// that knows SQLite.
//
// What a method has returned nil for is on the disk: a killed program loses
// nothing that it acknowledged. Answers and the audit log are only added to;
// the database itself refuses to change or delete their rows.
package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hilum/internal/home"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Store is a database of records. It is opened by the first call that needs
// it, so making one costs nothing. All methods may be called from several
// goroutines, and several programs may work on one file.
type Store struct {
	path string
	now  func() time.Time

	mu     sync.Mutex
	db     *sql.DB
	closed bool
}

// New makes a store on a file, which is made when something is first needed of
// it.
func New(path string) *Store { return &Store{path: path, now: time.Now} }

// DefaultPath is the file of this user, in the folder of the program's data.
func DefaultPath() (string, error) {
	const name = "records.db"
	dir, err := home.Data()
	if err != nil {
		return "", message.Errorf("records: %w", err)
	}
	if old := os.Getenv(formerEnv); old != "" && os.Getenv(home.Env) == "" {
		if path := filepath.Join(old, name); exists(path) {
			return path, nil
		}
	}
	return filepath.Join(dir, name), nil
}

// formerEnv moved the records alone, in versions before home.Env: records that lie
// there are still found.
const formerEnv = "HILUM_DATA"

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Path is the database's file.
func (s *Store) Path() string { return s.path }

// Close ends the use of the file; later calls fail.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.db == nil {
		return nil
	}
	err := s.db.Close()
	s.db = nil
	if err != nil {
		return message.Errorf("records: closing %s: %w", s.path, err)
	}
	return nil
}

// ErrClosed is returned by a store after Close.
var ErrClosed = message.New("the records are closed")

// open gives the database, opened and of the newest schema. What failed is
// tried again at the next call: a full or missing disk may come back.
func (s *Store) open(ctx context.Context) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.db != nil {
		return s.db, nil
	}
	db, err := openFile(ctx, s.path)
	if err != nil {
		return nil, message.Errorf("cannot open the records %s: %w", s.path, err)
	}
	s.db = db
	return db, nil
}

// busyWait is how long one program waits for another's transaction.
const busyWait = 10 * time.Second

func openFile(ctx context.Context, path string) (*sql.DB, error) {
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
	if err := migrate(ctx, db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// write runs f in a transaction that is on the disk when write returns nil.
func (s *Store) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return message.Errorf("cannot write to the records %s: %w", s.path, err)
	}
	if err := f(tx); err != nil {
		return errors.Join(message.Errorf("cannot write to the records %s: %w", s.path, err), ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return message.Errorf("cannot write to the records %s: %w", s.path, err)
	}
	return nil
}

// ignoreDone drops the error of a rollback after the context has done it.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// query calls each for every row of an answer.
func (s *Store) query(ctx context.Context, each func(*sql.Rows) error, text string, args ...any) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, text, args...)
	if err == nil {
		for rows.Next() {
			if err = each(rows); err != nil {
				break
			}
		}
		err = errors.Join(err, rows.Err(), rows.Close())
	}
	if err != nil {
		return message.Errorf("cannot read the records %s: %w", s.path, err)
	}
	return nil
}

// timeForm has a fixed width, so that text sorts as time.
const timeForm = "2006-01-02T15:04:05.000000000Z"

func (s *Store) stamp() string { return s.now().UTC().Format(timeForm) }
