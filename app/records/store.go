// Package records is what the program remembers of a reader's work: answers to
// findings, annotations, scores, what was seen, and an audit log. Its core type
// is [Store], a database in one file of the user's data folder. It imports
// dicomio and inference/calib.
//
// What a method has returned nil for is on the disk: a killed program loses
// nothing that it acknowledged. Answers and the audit log are only added to;
// the database itself refuses to change or delete their rows.
package records

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hilum/internal/database"
	"hilum/internal/home"
	"hilum/internal/message"
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
	db, err := database.Open(ctx, s.path, migrations)
	if err != nil {
		return nil, message.Errorf("cannot open the records %s: %w", s.path, err)
	}
	s.db = db
	return db, nil
}

// write runs f in a transaction that is on the disk when write returns nil.
func (s *Store) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := database.Transact(ctx, db, f); err != nil {
		return message.Errorf("cannot write to the records %s: %w", s.path, err)
	}
	return nil
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
