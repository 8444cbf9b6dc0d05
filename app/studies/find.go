// Package studies is what is open: the entries of the worklist as they are looked at,
// which one is current, the way from one to the next. Its core type is [Collection]. It
// imports app/worklist, app/radiograph, dicomio and inference.
package studies

import (
	"context"
	"slices"
	"strings"
	"sync"

	"hilum/app/radiograph"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/resources"
)

// Problem is a file that should be a picture and cannot be read.
type Problem struct {
	Path string
	Err  error
}

// Find turns files, folders, archives and DICOMDIRs into the list of pictures
// to open, each argument's in the order of names. A file that is named is
// always listed: decoding it says what it is instead of a picture.
func Find(ctx context.Context, from scan.Registry, paths []string) (pictures []*scan.Instance, problems []Problem) {
	for _, p := range paths {
		found, bad := findIn(ctx, from, p)
		pictures, problems = append(pictures, found...), append(problems, bad...)
	}
	return pictures, problems
}

func findIn(ctx context.Context, from scan.Registry, path string) (found []*scan.Instance, bad []Problem) {
	var mu sync.Mutex
	objects := 0 // that somebody took
	err := from.Find(ctx, path, func(f scan.Found) {
		mu.Lock()
		defer mu.Unlock()
		if f.Instance != nil {
			found = append(found, f.Instance)
		} else {
			bad = append(bad, Problem{f.Path, f.Err})
		}
	}, func(p scan.Progress) { objects = p.Objects })
	if err == nil && len(found)+len(bad)+objects == 0 {
		err = message.Errorf("no PNG, JPEG or DICOM picture is in %s", path)
	}
	if err != nil {
		bad = append(bad, Problem{path, err})
	}
	slices.SortFunc(found, func(a, b *scan.Instance) int { return strings.Compare(a.Location(), b.Location()) })
	slices.SortFunc(bad, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return found, bad
}

// demo are the studies that come with the program.
func demo() (pictures []*scan.Instance, problems []Problem) {
	for _, d := range resources.DemoStudies() {
		i, err := scan.InMemory(demoFolder+d.Name, d.Bytes)
		if err != nil {
			problems = append(problems, Problem{d.Name, err})
			continue
		}
		pictures = append(pictures, i)
	}
	return pictures, problems
}

// Files makes a batch of pictures that were found.
func Files(found []*scan.Instance) []inference.File {
	files := make([]inference.File, len(found))
	for n, i := range found {
		files[n] = inference.File{Path: i.Location(), Decode: i.Decode}
	}
	return files
}

// pictures keeps the last few decoded ones, so that going back is instant and
// memory stays bounded.
type pictures struct {
	ids  []int // oldest first
	list []*radiograph.Picture
}

// KeepPictures is how many decoded pictures stay in memory.
const KeepPictures = 4 // the current one, its neighbours, and the one before

// Get is the picture of a study by its ID, nil where it is not kept.
func (p *pictures) get(id int) *radiograph.Picture {
	if i := slices.Index(p.ids, id); i >= 0 {
		return p.list[i]
	}
	return nil
}

// Put keeps a picture as the newest.
func (p *pictures) put(id int, pic *radiograph.Picture) {
	p.drop(id)
	p.ids, p.list = append(p.ids, id), append(p.list, pic)
	if len(p.ids) > KeepPictures {
		p.drop(p.ids[0])
	}
}

// Drop lets go of a picture.
func (p *pictures) drop(id int) {
	if i := slices.Index(p.ids, id); i >= 0 {
		p.ids, p.list = slices.Delete(p.ids, i, i+1), slices.Delete(p.list, i, i+1)
	}
}
