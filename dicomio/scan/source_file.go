package scan

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/fileio"
)

// files finds a picture in the file that is named, whatever it is called.
func files() Source {
	return Source{
		Name: "file",
		Take: func(path string) Finder {
			return func(ctx context.Context, s *Sink) error { return s.file(ctx, path) }
		},
	}
}

// file looks at one file.
func (s *Sink) file(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fileio.OpenError(path, err)
	}
	f := examine(path, make([]byte, headBytes))
	if f == nil || f.object != nil && s.object == nil {
		_, err := dicomio.Decode(ctx, path) // says what the file is instead
		return opening(path, err)
	}
	s.report(f)
	return nil
}

// File is the origin of a picture in a file.
type File string

// Location implements Origin.
func (f File) Location() string { return string(f) }

// Name implements Origin.
func (f File) Name() string { return filepath.Base(string(f)) }

// Disk implements Origin.
func (f File) Disk() string { return string(f) }

// Decode implements Origin.
func (f File) Decode(ctx context.Context) (*dicomio.Image, error) {
	return dicomio.Decode(ctx, string(f))
}

// Attributes implements Origin.
func (f File) Attributes(ctx context.Context) ([]inspect.Attribute, error) {
	return inspect.Attributes(ctx, string(f))
}

// File implements Origin.
func (f File) File(_ context.Context, use func(file io.ReaderAt, size int64) error) error {
	in, size, err := fileio.Open(string(f))
	if err != nil {
		return err
	}
	defer in.Close()
	return use(in, size)
}
