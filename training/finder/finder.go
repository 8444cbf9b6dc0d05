// Package finder finds the films that a table names: where the table says, else
// beside or below it by their names, since tables travel from disk to disk. Its core
// type is [Finder]. It imports x/text.
package finder

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"hilum/internal/message"
)

// Finder finds the films that a table names: where the table says, else beside or
// below the table by their names, since tables travel from disk to disk.
type Finder struct {
	dir   string
	none  map[string]bool     // folders that were looked for and are not there
	names map[string][]string // paths by the file's name in lower case; nil before the first is missed
	stems map[string][]string // the same without what tells the format

	Elsewhere int       // films found by their names
	Example   [2]string // the first of them: as the table has it, and where it is
	Ambiguous int       // films of whose name there are several files
	Twice     string    // the first of them
	Truncated bool      // there are more files below the table than were looked through
}

// New finds films for a table in a folder.
func New(dir string) *Finder { return &Finder{dir: dir} }

// ErrNoImage is of a film that is not there.
var ErrNoImage = message.New("the film is not there")

// Find gives the path of the film that a cell names; ErrNoFilm where it is not
// there, or where several files may be meant.
func (f *Finder) Find(ctx context.Context, cell string) (string, error) {
	spellings := spellings(cell)
	for _, name := range spellings {
		if path := f.direct(name); path != "" {
			return path, nil
		}
	}
	if f.names == nil {
		if err := f.index(ctx); err != nil {
			return "", err
		}
	}
	for _, name := range spellings {
		path, several := f.search(name)
		if several {
			if f.Ambiguous++; f.Ambiguous == 1 {
				f.Twice = cell
			}
			return "", ErrNoImage
		}
		if path != "" {
			if f.Elsewhere++; f.Elsewhere == 1 {
				f.Example = [2]string{cell, path}
			}
			return path, nil
		}
	}
	return "", ErrNoImage
}

// spellings are the ways in which a cell may write a path: as it is, without
// quotation marks, as an address, with the separators of Windows.
func spellings(cell string) []string {
	out := []string{cell}
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	s := strings.Trim(cell, `"'<> `)
	add(s)
	if rest, ok := afterScheme(s); ok {
		s = rest
		add(s)
	}
	if strings.Contains(s, "%") {
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
			add(s)
		}
	}
	if strings.Contains(s, `\`) {
		s = strings.ReplaceAll(s, `\`, "/")
		add(s)
	}
	return out
}

// upwards is how many folders above the table's own a path may begin in.
const upwards = 2

// direct looks where a path says.
func (f *Finder) direct(name string) string {
	if strings.ContainsRune(name, 0) {
		return ""
	}
	path := filepath.FromSlash(name)
	if filepath.IsAbs(path) {
		if isFile(path) {
			return path
		}
		return ""
	}
	if joined := filepath.Join(f.dir, path); isFile(joined) {
		return joined
	}
	if !strings.Contains(strings.TrimPrefix(name, "./"), "/") {
		return "" // a name alone may be anybody's there
	}
	up := f.dir
	for range upwards {
		up = filepath.Join(up, "..")
		if joined := filepath.Join(up, path); f.isThere(filepath.Dir(joined)) && isFile(joined) {
			return joined
		}
	}
	return ""
}

// isThere tells whether a folder is there, and remembers those that are not.
func (f *Finder) isThere(dir string) bool {
	if f.none[dir] {
		return false
	}
	if _, err := os.Stat(dir); err == nil {
		return true
	}
	if f.none == nil || len(f.none) >= maxPlaces {
		f.none = map[string]bool{}
	}
	f.none[dir] = true
	return false
}

// Places finds where files really are. Its zero value is ready to use.
type Places struct{ folders map[string]string }

// Real is the place of a file, links to it and to its folder followed, so that a
// film is known by whatever name.
func (p *Places) Real(path string) string {
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target
		}
	}
	dir := filepath.Dir(path)
	place, known := p.folders[dir]
	if !known {
		var err error
		if place, err = filepath.EvalSymlinks(dir); err != nil {
			place = dir
		}
		if p.folders == nil || len(p.folders) >= maxPlaces {
			p.folders = map[string]string{}
		}
		p.folders[dir] = place
	}
	return filepath.Join(place, filepath.Base(path))
}

// maxPlaces bounds what is remembered of folders.
const maxPlaces = 1 << 16

func isFile(path string) bool {
	info, err := os.Stat(path) // of what a link points to
	return err == nil && info.Mode().IsRegular()
}

// Bounds of the search below the table.
const (
	maxFiles = 1_000_000
	maxDepth = 24
)

// index lists the files below the folder.
func (f *Finder) index(ctx context.Context) error {
	f.names, f.stems = map[string][]string{}, map[string][]string{}
	n := 0
	err := Walk(ctx, f.dir, func(path string) bool {
		name := fold(filepath.Base(path))
		f.names[name] = append(f.names[name], path)
		if stem, ok := stem(name); ok {
			f.stems[stem] = append(f.stems[stem], path)
		}
		n++
		return n < maxFiles
	})
	f.Truncated = n >= maxFiles
	return err
}

// Walk calls each with every file below a folder, in the order of the names,
// until it returns false. Links to files and to folders are followed, folders once,
// so that links in a circle end; names that begin with a dot are passed over.
func Walk(ctx context.Context, dir string, each func(path string) bool) error {
	w := walker{ctx: ctx, each: each, seen: map[string]bool{}}
	_, err := w.folder(dir, 0)
	return err
}

type walker struct {
	ctx  context.Context
	each func(string) bool
	seen map[string]bool // folders, by where they really are
}

func (w *walker) folder(dir string, depth int) (more bool, err error) {
	place, err := filepath.EvalSymlinks(dir)
	if err != nil || w.seen[place] || depth > maxDepth {
		return true, nil // what is not there holds no film
	}
	w.seen[place] = true
	entries, err := os.ReadDir(dir)
	if err != nil && depth == 0 {
		return false, err
	}
	if err != nil {
		return true, nil // a folder of somebody else's
	}
	for _, e := range entries {
		if w.ctx.Err() != nil {
			return false, w.ctx.Err()
		}
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		mode := e.Type()
		if mode&os.ModeSymlink != 0 {
			info, err := os.Stat(path)
			if err != nil {
				continue // it points nowhere
			}
			mode = info.Mode()
		}
		more := true
		switch {
		case mode.IsDir():
			more, err = w.folder(path, depth+1)
		case mode.IsRegular():
			more = w.each(path)
		}
		if err != nil || !more {
			return more, err
		}
	}
	return true, nil
}

// fold makes names comparable that differ in case or in how accents are written.
func fold(name string) string { return strings.ToLower(norm.NFC.String(name)) }

// stem is a name without the extension of a picture; false for other files.
func stem(name string) (string, bool) {
	switch ext := filepath.Ext(name); ext {
	case ".png", ".jpg", ".jpeg", ".jpe", ".dcm", ".dicom", ".dic", ".ima":
		return strings.TrimSuffix(name, ext), true
	case ".csv", ".txt", ".json", ".xml", ".tsv", ".xlsx", ".onnx", ".md", ".html", ".pdf", ".zip", ".gz":
		return name, false
	}
	return name, true
}

// search finds a film by its name, or by its name with another extension. Of
// several the one counts whose folders are most like those of the table.
func (f *Finder) search(name string) (path string, several bool) {
	parts := strings.Split(fold(name), "/")
	base := parts[len(parts)-1]
	found := f.names[base]
	if len(found) == 0 {
		stem, ok := stem(base)
		if !ok {
			return "", false
		}
		found = f.stems[stem]
	}
	best, most := []string(nil), -1
	for _, p := range found {
		switch n := alike(p, parts); {
		case n > most:
			best, most = []string{p}, n
		case n == most:
			best = append(best, p)
		}
	}
	switch {
	case len(best) == 0:
		return "", false
	case len(best) > 1 && !oneFile(best):
		return "", true
	}
	return best[0], false
}

// alike counts the folders above a file that are those of the table, from the
// file upwards.
func alike(path string, parts []string) int {
	have := strings.Split(fold(filepath.ToSlash(path)), "/")
	n := 0
	for n+1 < len(parts) && n+1 < len(have) && parts[len(parts)-2-n] == have[len(have)-2-n] {
		n++
	}
	return n
}

// oneFile tells whether all paths lead to one file.
func oneFile(paths []string) bool {
	first, err := os.Stat(paths[0])
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(paths[1:], func(p string) bool {
		info, err := os.Stat(p)
		return err != nil || !os.SameFile(first, info)
	})
}

// afterScheme is what stands behind "file://".
func afterScheme(s string) (string, bool) {
	const scheme = "file://"
	if len(s) <= len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return "", false
	}
	return strings.TrimSpace(s[len(scheme):]), true
}
