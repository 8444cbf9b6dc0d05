package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/finder"
	"hilum/training/table"
)

// BoxList is the file of the NIH layout with boxes of findings.
const BoxList = "BBox_List_2017.csv"

// Files of the NIH layout, the newer table first.
var entryFiles = [2]string{"Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"}

const (
	trainValList = "train_val_list.txt"
	testList     = "test_list.txt"
	// boxSide is the edge of the pictures that the boxes of the release are in.
	boxSide = 1024
)

// openNIH reads a folder in the NIH layout.
func openNIH(ctx context.Context, dir string) (*Dataset, error) {
	files, err := nihPictures(ctx, dir)
	if err != nil {
		return nil, err
	}
	tables := entryTables(dir)
	if len(tables) == 0 {
		return nil, errNoTable
	}
	boxes, err := loadBoxes(filepath.Join(dir, BoxList))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	r, err := newImageReader(ctx, tables[0], nil, func(_ context.Context, cell string) (string, error) {
		if path, ok := files[imageName(cell)]; ok {
			return path, nil
		}
		return "", finder.ErrNoImage
	})
	if err != nil {
		return nil, err
	}
	r.data.Name, r.boxed = filepath.Base(dir), boxedNames(boxes)
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	d := r.data
	d.Counts.Unlisted = len(files) - len(d.Images)
	if err := d.readLists(dir); err != nil {
		return nil, err
	}
	if len(tables) > 1 {
		if err := d.compareTables(ctx, tables); err != nil {
			return nil, err
		}
	}
	d.placeBoxes(boxes) // the list of the release knows films that no table has
	return d, nil
}

// entryTables are the tables of labels of a folder, the one that counts first.
func entryTables(dir string) []string {
	var out []string
	for _, name := range entryFiles {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			out = append(out, path)
		}
	}
	return out
}

// compareTables says which of two tables of labels counts, and on how many films
// the other one differs.
func (d *Dataset) compareTables(ctx context.Context, tables []string) error {
	used, other := filepath.Base(tables[0]), filepath.Base(tables[1])
	at := make(map[string]int, len(d.Images))
	for i, f := range d.Images {
		at[imageName(f.Name)] = i
	}
	r, err := newImageReader(ctx, tables[1], nil, func(_ context.Context, cell string) (string, error) {
		if i, ok := at[imageName(cell)]; ok {
			return d.Images[i].Path, nil
		}
		return "", finder.ErrNoImage
	})
	if err == nil {
		err = r.read(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		d.Warn("The folder holds two tables of labels: %s counts, and %s, which cannot be read (%v), does not.", used,
			other,
			err)
		return nil
	}
	differ, first := 0, ""
	for _, f := range r.data.Images {
		if !sameLabels(d, d.Images[at[imageName(f.Name)]], r.data, f) {
			if differ++; differ == 1 {
				first = f.Name
			}
		}
	}
	switch {
	case differ == 0:
		d.Warn("The folder holds two tables of labels: %s counts; %s says the same of its %d films.", used, other,
			len(r.data.Images))
	default:
		d.Warn(
			"The folder holds two tables of labels that contradict each other: %s counts; %s differs on %d of %d films, the first %s.",
			used, other, differ, len(r.data.Images), first)
	}
	return nil
}

// sameLabels compares what two data sets know of a film; a class that one of them
// lacks is absent there.
func sameLabels(a *Dataset, fa Image, b *Dataset, fb Image) bool {
	for k, name := range a.Classes {
		other := Negative
		if i := b.Class(name); i >= 0 {
			other = fb.Labels[i]
		}
		if other != fa.Labels[k] {
			return false
		}
	}
	for k, name := range b.Classes {
		if a.Class(name) < 0 && fb.Labels[k] == Positive {
			return false
		}
	}
	return true
}

// nihPictures finds the picture files of both layouts by name. Links to pictures
// and to folders count as what they point to.
func nihPictures(ctx context.Context, dir string) (map[string]string, error) {
	folders := []string{filepath.Join(dir, "images")}
	kaggle, err := filepath.Glob(filepath.Join(dir, "images_[0-9]*"))
	if err != nil {
		return nil, err
	}
	for _, k := range kaggle {
		folders = append(folders, filepath.Join(k, "images"), k)
	}
	files := map[string]string{}
	for _, folder := range folders {
		err := finder.Walk(ctx, folder, func(path string) bool {
			if name := filepath.Base(path); files[name] == "" {
				files[name] = path
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// readLists marks the official test part; the rest is for training and
// validation and stays unassigned. Without lists nothing is marked.
func (d *Dataset) readLists(dir string) error {
	at := make(map[string]int, len(d.Images))
	for i, f := range d.Images {
		at[imageName(f.Name)] = i
	}
	n := 0
	err := eachLine(filepath.Join(dir, testList), func(name string) {
		if i, ok := at[name]; ok && d.Images[i].Split != Test {
			d.Images[i].Split = Test
			n++
		}
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var inBoth []string
	err = eachLine(filepath.Join(dir, trainValList), func(name string) {
		if i, ok := at[name]; ok && d.Images[i].Split == Test {
			inBoth = append(inBoth, name)
		}
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(inBoth) > 0 {
		return message.Errorf("%d films are in both %s and %s (%s)", len(inBoth), testList, trainValList,
			someNames(inBoth))
	}
	if n > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("The official list gives %d of the films to the test part.", n))
	}
	return nil
}

// eachLine reads a list of films: the names of the files, without folders.
func eachLine(path string, f func(name string)) error {
	file, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines, err := table.ReadList(file)
	if err != nil {
		return message.Errorf("%s: %w", filepath.Base(path), err)
	}
	for _, text := range lines {
		f(imageName(text))
	}
	return nil
}
