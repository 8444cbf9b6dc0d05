package dicomio

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	"hilum/internal/regular"
)

const (
	tagRecordSequence = 0x00041220 // Directory Record Sequence
	tagReferencedFile = 0x00041500 // Referenced File ID
)

// directoryFiles lists the files that a DICOMDIR (PS3.10 8) refers to; nil when
// path is none. The hierarchy is taken from the files themselves, which are
// right more often. References that leave the folder are dropped.
func directoryFiles(ctx context.Context, path string) ([]string, error) {
	if !isDICOMFile(path) {
		return nil, nil
	}
	f, err := scanHeader(path)
	if err != nil || f.Elements.Find(tagMediaSOPClass).Text() != classDICOMDIR {
		return nil, nil // the caller finds out what is wrong
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root := filepath.Dir(path)
	files := []string{}
	seen := map[string]bool{}
	for _, r := range f.Elements.Items(tagRecordSequence) {
		id := r.Find(tagReferencedFile).Text()
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		if file, err := referenced(root, id); err == nil {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		return nil, &FormatError{Path: path, Reason: message.Of("the DICOMDIR lists no files that are there"),
			Advice: message.Of("copy the whole disc, or open its folder")}
	}
	return files, nil
}

// scanHeader reads a file whole and scans it without its pixels.
func scanHeader(path string) (*dcm.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, openError(path, err)
	}
	if info.Size() > maxHeader {
		return nil, message.New("too large")
	}
	data, err := regular.ReadFile(path)
	if err != nil {
		return nil, openError(path, err)
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
