// Package regular opens files that a person or a folder names, for reading, and
// nothing else that may bear a name: a pipe would make the program wait for ever
// for somebody to write into it, a device would never end. Its core function is
// [Open]. It imports only the standard library.
package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"hilum/internal/message"
)

// ErrNotRegular is wrapped by the error for what is no regular file. Its text is
// followed by what it is instead.
var ErrNotRegular = message.New("it is no regular file")

// Open opens the file at path for reading, symbolic links followed. What is not
// a regular file is never opened, not even for a moment, and never waited for: the
// error is an *fs.PathError that wraps ErrNotRegular and says what it is. The
// file is looked at again once it is open, since it may have been replaced.
func Open(path string) (*os.File, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = check(path, info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// OpenInRoot is Open of a name that may not lead out of the folder dir.
func OpenInRoot(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it was only read
	info, err := root.Stat(name)
	if err == nil {
		err = check(name, info)
	}
	if err != nil {
		return nil, err
	}
	return root.OpenFile(name, os.O_RDONLY|noWait, 0)
}

// ReadFile reads the whole of a regular file.
func ReadFile(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	rest, err := io.ReadAll(f) // what was written meanwhile; all of a file of /proc
	return append(data[:n], rest...), err
}

// ReadBounded reads a file of at most so many bytes, and refuses a larger one unread.
func ReadBounded(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, message.Errorf("%s has %d bytes and should have at most %d", path, info.Size(), most)
	}
	return ReadFile(path)
}

// Check says whether path is a regular file, or leads to one by symbolic links,
// without opening it.
func Check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return check(path, info)
}

func check(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: message.Errorf("%w but %s", ErrNotRegular, kind(info.Mode()))}
}

// kind names what is no regular file.
func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
