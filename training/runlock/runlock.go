// Package runlock keeps two programs from working in the folder of one run: two
// trainings would mix their metrics and overwrite each other's weights. Its core
// type is [Lock], which the system gives back when the process ends, however it
// ends, so a crashed holder never blocks. On network file systems the lock holds
// between processes of one machine, and between machines where server and mount
// support locks. It imports the standard library and golang.org/x/sys.
package runlock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hilum/internal/message"
)

// File is the name of the lock within the folder.
const File = "lock"

// Lock is held of a folder.
type Lock struct {
	dir      string
	file     *os.File
	made     bool // the folder was made for it
	unkept   bool // the file system keeps no locks
	released bool
}

// ErrHeld is of a folder that another program works in.
var ErrHeld = message.New("it is in use")

// errUnsupported is of a file system without locks.
var errUnsupported = message.New("the file system keeps no locks")

const interval = 50 * time.Millisecond

// Take locks a folder, which is made where it is missing. While another program
// holds the lock it waits, so long at most; then the error is ErrHeld and says who
// holds it.
func Take(dir string, patience time.Duration) (*Lock, error) {
	l := &Lock{dir: dir}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		l.made = true
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, message.Errorf("the run's folder cannot be made: %w", err)
	}
	for until := time.Now().Add(patience); ; time.Sleep(interval) {
		held, err := l.try()
		if err != nil || !held {
			return l, err
		}
		if !time.Now().Before(until) {
			return nil,
				message.Errorf("the run %s cannot be worked on: %w by another program%s; end that first, or name another folder",
					filepath.Base(dir), ErrHeld, holder(dir))
		}
	}
}

// try takes the lock once; held is true while somebody else has it.
func (l *Lock) try() (held bool, err error) {
	path := filepath.Join(l.dir, File)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if errors.Is(err, os.ErrNotExist) { // the folder went between two looks
		return true, os.MkdirAll(l.dir, 0o755)
	}
	if err != nil {
		return false, message.Errorf("the run's folder cannot be written: %w", err)
	}
	switch err := lockOpen(f); {
	case errors.Is(err, errUnsupported):
		l.unkept = true
	case err != nil:
		f.Close()
		return true, nil
	case !current(f, path): // the last holder has taken the file away
		f.Close()
		return true, nil
	}
	l.file = f
	l.sign()
	return false, nil
}

// current tells whether a file is still the one of that name.
func current(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// sign writes who holds the lock, for the sentence that others see. Without it the
// lock is as good.
func (l *Lock) sign() {
	text := fmt.Sprintf("%s, process %d, since %s\n", strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"),
		os.Getpid(),
		time.Now().Format("2006-01-02 15:04:05"))
	if err := l.file.Truncate(0); err == nil {
		_, _ = l.file.WriteAt([]byte(text), 0)
	}
}

// maxSignature bounds what is shown of a lock's file.
const maxSignature = 120

// holder says who holds the lock, in brackets; "" where that is not known.
func holder(dir string) string {
	f, err := os.Open(filepath.Join(dir, File))
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSignature))
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(data), ""))
	if err != nil || strings.TrimSpace(text) == "" {
		return ""
	}
	return " (" + strings.TrimSpace(text) + ")"
}

// Warning is a sentence where the lock does not hold, because the file system
// keeps none; else "", also of no lock.
func (l *Lock) Warning() string {
	if l == nil || !l.unkept {
		return ""
	}
	return fmt.Sprintf("The file system of %s keeps no locks: see to it that no other program works on this run.",
		l.dir)
}

// Of tells whether the lock is of that folder; nil is of none.
func (l *Lock) Of(dir string) bool {
	if l == nil {
		return false
	}
	a, err := os.Stat(l.dir)
	if err != nil {
		return false
	}
	b, err := os.Stat(dir)
	return err == nil && os.SameFile(a, b)
}

// Release gives the lock back and takes its file away, and the folder where that
// was made for it and nothing came to be in it. A second call does nothing.
func (l *Lock) Release() {
	if l == nil || l.released {
		return
	}
	l.released = true
	_ = os.Remove(filepath.Join(l.dir, File)) // it is still held: whoever opened it sees that it is gone
	if l.made {
		_ = os.Remove(l.dir) // not where there is something in it
	}
	_ = l.file.Close() // which unlocks
}
