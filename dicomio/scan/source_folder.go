package scan

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
)

// folders finds the pictures in a folder and all below it.
func folders() Source {
	return Source{
		Name: "folder",
		Take: func(path string) Finder {
			if info, err := os.Stat(path); err != nil || !info.IsDir() {
				return nil
			}
			return func(ctx context.Context, s *Sink) error { return opening(path, s.walk(ctx, path)) }
		},
	}
}

// walk looks at everything below a folder; headers are read by several workers.
func (s *Sink) walk(ctx context.Context, root string) error {
	return s.workers(ctx, func(send func(string) bool) error {
		n := 0
		return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if path == root {
					return err
				}
				s.report(&Found{Path: path, Err: fileio.OpenError(path, err)})
				return nil
			}
			if !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") || strings.EqualFold(d.Name(), "DICOMDIR") {
				return nil
			}
			if n++; n > maxFiles {
				return message.Errorf("it has more than %d files; choose a smaller folder", maxFiles)
			}
			if !send(path) {
				return fs.SkipAll
			}
			return nil
		})
	})
}
