package app

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"hilum/dicomio"
	"hilum/inference"
)

// Problem is a file that should be a picture and cannot be read.
type Problem struct {
	Path string
	Err  error
}

// Find turns files, folders, archives and DICOMDIRs into the list of pictures
// to open, each argument's in the order of names. A file that is named is
// always listed: decoding it says what it is instead of a picture.
func Find(ctx context.Context, paths []string) (pictures []*dicomio.Instance, problems []Problem) {
	for _, p := range paths {
		found, bad := scan(ctx, p)
		pictures, problems = append(pictures, found...), append(problems, bad...)
	}
	return pictures, problems
}

func scan(ctx context.Context, path string) (found []*dicomio.Instance, bad []Problem) {
	var mu sync.Mutex
	err := dicomio.Scan(ctx, path, func(f dicomio.Found) {
		mu.Lock()
		defer mu.Unlock()
		if f.Instance != nil {
			found = append(found, f.Instance)
		} else {
			bad = append(bad, Problem{f.Path, f.Err})
		}
	}, nil)
	if err == nil && len(found)+len(bad) == 0 {
		err = errors.New("no PNG, JPEG or DICOM picture is in " + path)
	}
	if err != nil {
		bad = append(bad, Problem{path, err})
	}
	slices.SortFunc(found, func(a, b *dicomio.Instance) int { return strings.Compare(a.Location(), b.Location()) })
	slices.SortFunc(bad, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return found, bad
}

// Files makes a batch of pictures that were found.
func Files(found []*dicomio.Instance) []inference.File {
	files := make([]inference.File, len(found))
	for n, i := range found {
		files[n] = inference.File{Path: i.Location(), Decode: i.Decode}
	}
	return files
}

// cause drops the path that a path error repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
