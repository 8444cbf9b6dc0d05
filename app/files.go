package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Expand turns files and folders into the list of pictures to open: a file is
// taken as it is, a folder is searched to its depths in the order of names. It
// gives what it found together with an error for what cannot be read.
func Expand(ctx context.Context, paths []string) ([]string, error) {
	var files []string
	var problems []error
	for _, p := range paths {
		info, err := os.Stat(p)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("cannot open %s: %w", p, cause(err)))
		case !info.IsDir():
			files = append(files, p)
		default:
			found, err := walk(ctx, p)
			files = append(files, found...)
			if err == nil && len(found) == 0 {
				err = fmt.Errorf("no PNG, JPEG or DICOM picture is in %s", p)
			}
			problems = append(problems, err)
		}
	}
	return files, errors.Join(problems...)
}

// cause drops the path that a path error repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func walk(ctx context.Context, root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && path == root:
			return fmt.Errorf("cannot search %s: %w", root, cause(err))
		case err != nil:
			return nil // a folder within that cannot be read hides nothing else
		case d.Type().IsRegular() && looksLikePicture(path):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// pictureExtensions are taken without looking inside; a file without one is
// taken when it begins as a DICOM file does.
var pictureExtensions = []string{".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".dic"}

func looksLikePicture(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	if slices.Contains(pictureExtensions, ext) {
		return true
	}
	// DICOM files are often named by a UID, whose last part looks like an
	// extension of digits.
	if strings.Trim(ext, ".0123456789") != "" {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [132]byte
	n, _ := f.Read(head[:])
	return n == len(head) && string(head[128:]) == "DICM"
}
