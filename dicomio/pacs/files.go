package pacs

import (
	"context"
	"io/fs"
	"path/filepath"

	"hilum/dicomio/dimse"
	"hilum/internal/message"
)

// Files lists the DICOM objects at some paths: a file as it is named, whatever it holds, and
// of a folder, to its depths, the files that are objects.
func Files(ctx context.Context, paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(at string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return message.Errorf("cannot read %s: %w", at, err)
			case ctx.Err() != nil:
				return ctx.Err()
			case at == path && !d.IsDir(), d.Type().IsRegular() && isObject(at):
				files = append(files, at)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, message.Errorf("no DICOM object is in %s", filepath.Base(paths[0]))
	}
	return files, nil
}

func isObject(path string) bool {
	o, err := dimse.OpenObject(path)
	if err != nil {
		return false
	}
	_ = o.Close()
	return dimse.IsStorage(o.Class)
}
