package dataset

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hilum/inference/findingset"
	"hilum/internal/message"
	"hilum/training/finder"
	"hilum/training/table"
)

// Dataset is a set of labelled films on disk: what a table says, joined with the
// files that are really there.
type Dataset struct {
	Name    string   // the folder's or the table's
	Classes []string // in the order of Film.Labels
	Images  []Image  // the films that were found, in the order of the table
	Unseen  []Image  // of those not found, name, patient and boxes where there are boxes
	Counts  Counts
	Notes   []string      // what a person should know, one sentence each
	Leaking int           // patients whom a split by image put into more than one part
	Table   *table.Report // what was understood of the table; its warnings are among the Notes too

	LeftOut []LeftOut      // rows that are no film of the set, the first MostLeftOut of them
	Unnamed int            // films without a patient, each of which is taken for one of its own
	Told    map[string]int // of how many films a DICOM header told a thing, by what: "sex", "age" ...

	missing []string // names of the first films that were not found

	spread map[string]bool // these patients
}

// Counts say how the table and the files fit together.
type Counts struct {
	Rows      int `json:"rows"`      // of the table
	Found     int `json:"found"`     // rows whose file is there
	Missing   int `json:"missing"`   // rows whose file is not
	Duplicate int `json:"duplicate"` // rows for a film that an earlier row has; left out
	Unlisted  int `json:"unlisted"`  // files of which no row speaks
}

// LeftOut is a row of the table that is no film of the set.
type LeftOut struct {
	Row  int       `json:"row"` // as a spreadsheet counts
	Name string    `json:"name"`
	Why  RowReason `json:"why"`
}

// RowReason is why a row is left out.
type RowReason string

// The reasons.
const (
	RowMissing RowReason = "missing" // its file is not there, or several files have its name
	RowTwice   RowReason = "twice"   // an earlier row is of the same film
)

// MostLeftOut is how many rows that are left out are listed.
const MostLeftOut = 1000

func (d *Dataset) leaveOut(row int, name string, why RowReason) {
	if len(d.LeftOut) < MostLeftOut {
		d.LeftOut = append(d.LeftOut, LeftOut{row, strings.Clone(name), why})
	}
}

// told counts what a header said of a film.
func (d *Dataset) told(before, after *Image) {
	if d.Told == nil {
		d.Told = map[string]int{}
	}
	for what, news := range map[string]bool{"patient": before.Patient != after.Patient, "sex": before.Sex != after.Sex,
		"age": before.Age != after.Age, "view": before.View != after.View, "site": before.Site != after.Site,
		"maker": before.Maker != after.Maker, "station": before.Station != after.Station,
		"date": before.Date != after.Date} {
		if news {
			d.Told[what]++
		}
	}
}

// Label is what is known of one class on one film.
type Label int8

// The labels. Unknown ones are left out of losses and measures.
const (
	Unknown  Label = -1
	Negative Label = 0
	Positive Label = 1
)

// Image is one row of a data set.
type Image struct {
	Path    string // of the file
	Name    string // as the table has it
	Patient string
	Sex     string  // M, F or ""
	Age     int     // years; -1 when unknown
	View    string  // PA, AP or ""
	Site    string  // the hospital; "" when unknown, as the three below
	Maker   string  // of the machine
	Station string  // the machine
	Date    string  // of the study, as 2006-01-02
	Labels  []Label // one a class
	Split   Split
	Boxes   []Box
}

// Box marks where a finding lies, as fractions of the picture's width and
// height.
type Box struct {
	Class      string
	X, Y, W, H float64
}

// Split is a side of a split.
type Split string

// The parts; Unassigned films have not been split yet.
const (
	Unassigned Split = ""
	Train      Split = "train"
	Validate   Split = "val"
	Test       Split = "test"
)

// ParseSplit reads a part as people write it; "all" and "" give Unassigned.
func ParseSplit(s string) (Split, error) {
	if part, ok := table.Split(s); ok {
		return Split(part), nil
	}
	return Unassigned, message.Errorf("split %q is not train, val, test or all", s)
}

// Open reads a data set: a folder in the layout of NIH ChestX-ray14 (flat,
// images/, or as on Kaggle, images_001/images/ ...), or a table of a site's own,
// see package table. Rows whose file is not there are counted, not kept, so that a
// table of a large release costs no memory on a partial download. The classes of a
// table are named by the sets of findings that come along, and before them by own ones,
// such as that of the model that is to score it.
func Open(ctx context.Context, path string, own ...findingset.Set) (*Dataset, error) {
	return OpenAs(ctx, path, nil, own...)
}

// OpenAs is [Open] with what a person said of the columns of a table.
func OpenAs(ctx context.Context, path string, m table.Mapping, own ...findingset.Set) (*Dataset, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, message.Errorf("data set: %w", err)
	}
	var d *Dataset
	if info.IsDir() {
		d, err = openNIH(ctx, path)
	} else {
		d, err = openTable(ctx, path, m, own...)
	}
	if err != nil {
		return nil, message.Errorf("data set %s: %w", filepath.Base(path), err)
	}
	if d.Counts.Rows == 0 {
		return nil, message.Errorf("data set %s: its table has a header and no rows", filepath.Base(path))
	}
	if len(d.Images) == 0 {
		return nil, message.Errorf("data set %s: of %d rows no picture was found beside the table%s",
			filepath.Base(path),
			d.Counts.Rows, d.wanted())
	}
	return d, nil
}

// Look reads a data set as [Open] does, but asks no file for what the table
// does not say, and warns where that would refuse a table without rows or films.
func Look(ctx context.Context, path string) (*Dataset, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openNIH(ctx, path)
	}
	files := finder.New(filepath.Dir(path))
	r, err := newImageReader(ctx, path, nil, files.Find)
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	r.data.noteFiles(files)
	switch {
	case r.data.Counts.Rows == 0:
		r.data.Warn("The table has a header and no rows.")
	case r.data.Counts.Found == 0:
		r.data.Warn("Of %d rows no picture was found beside the table; the first are %s.", r.data.Counts.Rows,
			strings.Join(r.missing, ", "))
	}
	return r.data, nil
}

// wanted names the first films that were not found.
func (d *Dataset) wanted() string {
	if len(d.missing) == 0 {
		return ""
	}
	return "; the first are " + strings.Join(d.missing, ", ")
}

// Of gives the films of a part; Unassigned gives all.
func (d *Dataset) Of(p Split) []Image {
	if p == Unassigned {
		return d.Images
	}
	return slices.DeleteFunc(slices.Clone(d.Images), func(f Image) bool { return f.Split != p })
}

// Class is the place of a class, -1 when the data set has no such label.
func (d *Dataset) Class(name string) int {
	return slices.IndexFunc(d.Classes, func(c string) bool { return table.SameClass(c, name) })
}

// BoxesOf gives the boxes of a class.
func (f Image) BoxesOf(class string) []Box {
	return slices.DeleteFunc(slices.Clone(f.Boxes), func(b Box) bool { return !table.SameClass(b.Class, class) })
}

// Inside tells whether a place, as fractions of width and height, is in one of the
// boxes.
func Inside(boxes []Box, x, y float64) bool {
	return slices.ContainsFunc(boxes, func(b Box) bool { return x >= b.X && x < b.X+b.W && y >= b.Y && y < b.Y+b.H })
}

// cellError says where a table does not fit.
func cellError(row int, column string, err error) error {
	return message.Errorf("row %d, column %q: %w", row, column, err)
}

var errNoTable = message.Errorf("it holds neither %s nor %s; name a table instead", entryFiles[0], entryFiles[1])

// WarnClasses names the labels that a model does not score: they are not used.
func (d *Dataset) WarnClasses(scored []string) {
	var unused []string
	for _, c := range d.Classes {
		if !slices.ContainsFunc(scored, func(s string) bool { return table.SameClass(s, c) }) {
			unused = append(unused, c)
		}
	}
	if len(unused) > 0 && len(unused) < len(d.Classes) {
		d.Warn("Labels that are not used, because the model does not score them: %s.", strings.Join(unused, ", "))
	}
}
