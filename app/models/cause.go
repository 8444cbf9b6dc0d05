package models

import (
	"errors"
	"io/fs"
)

// cause drops the path that a path error repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
