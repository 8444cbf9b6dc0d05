// Package atomicfile writes whole files or none. [Write] is for what the program
// keeps itself; what it leaves to a person goes through [Outputs], which replace
// nothing of theirs. It imports internal/filename.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"hilum/internal/message"
)

// Write makes or replaces a file: a reader sees the old one or the new one, and
// a killed program leaves no part under the name. The error names the path once.
func Write(path string, write func(io.Writer) error) error {
	return replace(path, true, write)
}

// WriteUnsynced is Write of what can be had again: the disk is not waited for, and a power
// cut may take it or cut it short.
func WriteUnsynced(path string, write func(io.Writer) error) error {
	return replace(path, false, write)
}

func replace(path string, sync bool, write func(io.Writer) error) error {
	tmp, err := temporary(path, sync, write)
	if err != nil {
		return err
	}
	defer os.Remove(tmp) // gone already when all went well
	if err := os.Rename(tmp, path); err != nil {
		return message.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

// WriteDurably is Write of what others are told is safe: the folder is on the disk too when
// it returns, and a power cut takes neither the file nor its name.
func WriteDurably(path string, write func(io.Writer) error) error {
	if err := Write(path, write); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return message.Errorf("cannot write %s: %w", path, cause(err))
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && runtime.GOOS != "windows" { // which has no such thing
		return message.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

// File is what is written to: not only from its start to its end.
type File struct{ *os.File }

// Restart forgets what was written.
func (f File) Restart() error {
	_, err := f.Seek(0, io.SeekStart)
	return errors.Join(err, f.Truncate(0))
}

// temporary writes a whole file beside a path and gives its name.
func temporary(path string, sync bool, write func(io.Writer) error) (string, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".hilum-*")
	if err != nil {
		return "", message.Errorf("cannot write %s: %w", path, cause(err))
	}
	err = write(File{tmp})
	if err == nil && sync {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err != nil {
		_ = os.Remove(tmp.Name())
		return "", message.Errorf("cannot write %s: %w", path, cause(err))
	}
	return tmp.Name(), nil
}

// WriteBytes is Write of bytes at hand.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// cause drops the temporary name that a path error would show.
func cause(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
