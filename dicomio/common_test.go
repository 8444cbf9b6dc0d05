package dicomio_test

import (
	"context"

	"hilum/dicomio/scan"
)

// collect finds the pictures at path and groups them.
func collect(ctx context.Context, path string) ([]*scan.Patient, error) {
	var all []*scan.Instance
	err := scan.Find(ctx, path, func(f scan.Found) {
		if f.Instance != nil {
			all = append(all, f.Instance)
		}
	}, nil)
	return scan.Group(all), err
}
