package scan

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
	"hilum/internal/regular"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// discs finds the pictures that the DICOMDIR of a disc names.
func discs() Source {
	return Source{
		Name: "disc",
		Take: func(path string) Finder {
			directory := readDirectory(path)
			if directory == nil {
				return nil
			}
			return func(ctx context.Context, s *Sink) error { return opening(path, s.disc(ctx, path, directory)) }
		},
	}
}

// readDirectory reads a DICOMDIR, nil where the file is none.
func readDirectory(path string) *dcm.File {
	if !fileio.IsDICOM(path) {
		return nil
	}
	f, err := scanHeader(path)
	if err != nil || f.Elements.Find(tag.MediaStorageSOPClassUID).Text() != dcm.ClassDICOMDIR {
		return nil
	}
	return f
}

// disc looks at the files that a DICOMDIR refers to.
func (s *Sink) disc(ctx context.Context, path string, directory *dcm.File) error {
	files, err := directoryFiles(path, directory)
	if err != nil {
		return err
	}
	return s.workers(ctx, func(send func(string) bool) error {
		for _, f := range files {
			if !send(f) {
				break
			}
		}
		return nil
	})
}

// directoryFiles lists the files that a DICOMDIR (PS3.10 8) refers to. The hierarchy is
// taken from the files themselves, which are right more often. References that leave the
// folder are dropped.
func directoryFiles(path string, directory *dcm.File) ([]string, error) {
	root := filepath.Dir(path)
	files := []string{}
	seen := map[string]bool{}
	for _, r := range directory.Elements.Items(tag.DirectoryRecordSequence) {
		id := r.Find(tag.ReferencedFileID).Text()
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		if file, err := referenced(root, id); err == nil {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		return nil, &fileio.FormatError{Path: path, Reason: message.Of("the DICOMDIR lists no files that are there"),
			Advice: message.Of("copy the whole disc, or open its folder")}
	}
	return files, nil
}

// scanHeader reads a file whole and scans it without its pixels.
func scanHeader(path string) (*dcm.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fileio.OpenError(path, err)
	}
	if info.Size() > maxHeader {
		return nil, message.New("too large")
	}
	data, err := regular.ReadFile(path)
	if err != nil {
		return nil, fileio.OpenError(path, err)
	}
	return dcm.Scan(data, dcm.Options{HeaderOnly: true})
}

// referenced finds the file of a Referenced File ID below root. Discs that were
// copied often have lower-case names.
func referenced(root, id string) (string, error) {
	var parts []string
	for _, p := range strings.Split(id, `\`) {
		parts = append(parts, strings.TrimSpace(p))
	}
	name := filepath.Join(parts...)
	if !filepath.IsLocal(name) {
		return "", message.Errorf("the reference %q leaves the folder", id)
	}
	for _, n := range []string{name, strings.ToLower(name)} {
		file := filepath.Join(root, n)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
	}
	return "", message.Errorf("the file %q is not there", id)
}
