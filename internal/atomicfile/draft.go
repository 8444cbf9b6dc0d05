package atomicfile

import (
	"errors"
	"os"
	"path/filepath"

	"hilum/internal/message"
)

// Draft is a file of a run that has no name yet. It lies beside its place, can be
// written over and begun again, and is gone with Discard unless it got its name.
// Its errors name the place.
type Draft struct {
	o    *Outputs
	f    *os.File
	path string
}

// Draft begins a file that shall lie at a path, or in that folder.
func (o *Outputs) Draft(path string) (*Draft, error) {
	dir := path
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		dir = filepath.Dir(path)
	}
	f, err := os.CreateTemp(dir, ".hilum-*")
	if err != nil {
		return nil, message.Errorf("cannot write %s: %w", path, cause(err))
	}
	return &Draft{o: o, f: f, path: path}, nil
}

func (d *Draft) said(err error) error {
	if err == nil {
		return nil
	}
	return message.Errorf("cannot write %s: %w", d.path, cause(err))
}

// Write appends.
func (d *Draft) Write(b []byte) (int, error) {
	n, err := d.f.Write(b)
	return n, d.said(err)
}

// WriteAt writes over what was written.
func (d *Draft) WriteAt(b []byte, off int64) (int, error) {
	n, err := d.f.WriteAt(b, off)
	return n, d.said(err)
}

// Restart forgets what was written.
func (d *Draft) Restart() error {
	return d.said(File{d.f}.Restart())
}

// Place gives the file a name that Claim gave, in the folder where it lies.
func (d *Draft) Place(path string) error {
	var err error
	if !d.o.Unsynced {
		err = d.f.Sync()
	}
	err = errors.Join(err, d.f.Chmod(0o644), d.f.Close())
	d.path = path
	if err != nil {
		return d.said(err)
	}
	return d.o.place(d.f.Name(), path)
}

// Discard removes a file that got no name. It may be called after Place.
func (d *Draft) Discard() {
	_ = d.f.Close() // closed already where it was placed
	_ = os.Remove(d.f.Name())
}
