package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"hilum/internal/filename"
	"hilum/internal/message"
)

// Existing says what becomes of a file that is there and that this run did not
// write.
type Existing int

// What becomes of such a file.
const (
	Refuse  Existing = iota // it stays, and an ExistsError says so; one of equal bytes is as good as written
	Replace                 // somebody said that it may be replaced
	Number                  // it stays, and the new file gets a number: name-2.png
)

// ExistsError says that a file is there that may not be replaced.
type ExistsError struct {
	Path  string
	Input bool // it is one of the files that the run reads, which --overwrite does not touch either
}

func (e *ExistsError) Error() string { return e.Message().String() }

// Message is the sentence with its parts.
func (e *ExistsError) Message() message.Message {
	if e.Input {
		return message.Of("%s is one of the files that are read and would be overwritten; choose another name", e.Path)
	}
	return message.Of("%s exists already and was not overwritten; choose another name, or give --overwrite", e.Path)
}

// Is makes the error one of fs.ErrExist.
func (e *ExistsError) Is(target error) bool { return target == fs.ErrExist }

// Outputs are the files that one run leaves to a person. None replaces what the
// run did not write, unless somebody said so, and two of one name in the run get
// different names. The zero value refuses. It is safe for concurrent use.
type Outputs struct {
	// Endings are ends of names that are more than an extension, "-sr.dcm": numbers
	// stand before them, so that files of a kind are found by their end.
	Endings  []string
	Existing Existing
	Unsynced bool // what a power cut takes can be made again: the disk is not waited for
	Again    bool // a path that is written again replaces what the run wrote for it, instead of getting another name

	mu     sync.Mutex
	taken  map[string]*filename.Set // by folder
	inputs []os.FileInfo
	own    map[string]written // by the path that was asked for, with Again
}

// written is a file of this run as it was left.
type written struct {
	name string
	info os.FileInfo
}

// Overwriting is the Outputs of a flag that lets files be replaced.
func Overwriting(yes bool) *Outputs {
	if yes {
		return &Outputs{Existing: Replace}
	}
	return &Outputs{}
}

// Protect names files that the run reads. They are never replaced, by whatever
// name: through links, or in another case where a file system takes that for the
// same.
func (o *Outputs) Protect(paths ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && !info.IsDir() {
			o.inputs = append(o.inputs, info)
		}
	}
}

// Check says before long work that Write would refuse a path: a file is there,
// whatever it holds.
func (o *Outputs) Check(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil // Write says what else is wrong
	case info.IsDir():
		return message.Errorf("cannot write %s: it is a folder; name a file", path)
	case o.protected(path):
		return &ExistsError{Path: path, Input: true}
	case o.Existing == Refuse:
		return &ExistsError{Path: path}
	}
	return nil
}

// CheckBytes says before other files are written that Write would refuse a path
// with these bytes.
func (o *Outputs) CheckBytes(path string, data []byte) error {
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, data) && !o.protected(path) {
		return nil
	}
	return o.Check(path)
}

// Claim gives the name that Write would take for a path now, and keeps it from
// being taken again in this run.
func (o *Outputs) Claim(path string) (string, error) {
	for {
		path := o.name(path)
		if _, err := os.Lstat(path); err != nil || o.Existing != Number {
			return path, o.Check(path)
		}
	}
}

// Write makes a file, whole or not at all, and gives the name that it got. What
// write gets is a File.
func (o *Outputs) Write(path string, write func(io.Writer) error) (string, error) {
	tmp, err := temporary(path, !o.Unsynced, write)
	if err != nil {
		return "", err
	}
	defer os.Remove(tmp) // gone already where it was renamed
	if name, ok := o.again(tmp, path); ok {
		return name, nil
	}
	for {
		name := o.name(path)
		err := o.place(tmp, name)
		if errors.Is(err, fs.ErrExist) && o.Existing == Number {
			continue
		}
		if err != nil {
			return "", err
		}
		o.remember(path, name)
		return name, nil
	}
}

// again replaces what the run wrote for a path, where nobody changed it since.
func (o *Outputs) again(tmp, path string) (string, bool) {
	o.mu.Lock()
	own, ok := o.own[path]
	o.mu.Unlock()
	if !ok {
		return "", false
	}
	info, err := os.Lstat(own.name)
	if err != nil || !os.SameFile(info, own.info) || !info.ModTime().Equal(own.info.ModTime()) ||
		info.Size() != own.info.Size() {
		return "", false
	}
	if err := os.Rename(tmp, own.name); err != nil {
		return "", false
	}
	o.remember(path, own.name)
	return own.name, true
}

// remember notes what was written for a path.
func (o *Outputs) remember(path, name string) {
	info, err := os.Lstat(name)
	if !o.Again || err != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.own == nil {
		o.own = map[string]written{}
	}
	o.own[path] = written{name, info}
}

// WriteBytes is Write of bytes at hand.
func (o *Outputs) WriteBytes(path string, data []byte) (string, error) {
	return o.Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// name gives the path, with a number where the run has written it before.
func (o *Outputs) name(path string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	dir, file := filepath.Split(path)
	ending := filepath.Ext(file)
	for _, e := range o.Endings {
		if strings.HasSuffix(file, e) {
			ending = e
		}
	}
	return dir + o.set(dir).Take(strings.TrimSuffix(file, ending), ending)
}

// set is the names of a folder, whichever way it was named.
func (o *Outputs) set(dir string) *filename.Set {
	key := filepath.Clean(dir)
	if abs, err := filepath.Abs(key); err == nil {
		key = abs
	}
	if target, err := filepath.EvalSymlinks(key); err == nil {
		key = target
	}
	if o.taken == nil {
		o.taken = map[string]*filename.Set{}
	}
	if o.taken[key] == nil {
		o.taken[key] = &filename.Set{}
	}
	return o.taken[key]
}

// protected tells whether a path is an input, through whatever links.
func (o *Outputs) protected(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, in := range o.inputs {
		if os.SameFile(in, info) {
			return true
		}
	}
	return false
}

// place gives a whole file its name.
func (o *Outputs) place(tmp, path string) error {
	if o.protected(path) {
		return &ExistsError{Path: path, Input: true}
	}
	err := placeNew(tmp, path)
	switch {
	case !errors.Is(err, fs.ErrExist):
	case o.Existing == Replace:
		err = os.Rename(tmp, path)
	case o.Existing == Refuse && equal(tmp, path):
		return nil
	default:
		return &ExistsError{Path: path}
	}
	if err != nil {
		return message.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

// placeNew gives a file a name that nothing has. Where the file system has no
// links an empty file holds the place.
func placeNew(tmp, path string) error {
	err := os.Link(tmp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_ = f.Close()
	if err := os.Rename(tmp, path); err != nil {
		_ = os.Remove(path)
		return err
	}
	return nil
}

// equal tells whether two files hold the same bytes.
func equal(a, b string) bool {
	if info, err := os.Lstat(b); err != nil || !info.Mode().IsRegular() {
		return false
	}
	fa, err := os.Open(a)
	if err != nil {
		return false
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return false
	}
	defer fb.Close()
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(fa, x)
		m, errB := io.ReadFull(fb, y)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			return false
		}
		if errA != nil || errB != nil {
			return ended(errA) && ended(errB)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
