package phantom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/greypng"
)

// Dataset says which films WriteDataset writes.
type Dataset struct {
	Dir     string // made when absent; it must hold no data set
	N       int    // films, at least 1
	Seed    uint64
	Size    int // pixels across, MinSize..MaxSize; 0 is 512
	Height  int // pixels down, MinSize..MaxSize; 0 is Size
	Workers int // films drawn at once, fewer when they are large; 0 is one a core. The bytes do not depend on it.

	FollowUps   int          // films of each patient after the first, 0..999; 0 draws none to three
	Confounders []Confounder // at most one of a kind
	Format      *Format      // how a film becomes a file; nil is 8-bit grey PNG

	Overwrite bool // a data set in Dir may be replaced
	files     *atomicfile.Outputs
}

// maxFollowUps bounds Dataset.FollowUps by what file names hold.
const maxFollowUps = 999

// Format writes films as files of another kind.
type Format struct {
	Ending string // of file names, such as ".dcm"
	Encode func(Exam) ([]byte, error)
}

// Exam is a film and whose it is, as a [Format] needs it.
type Exam struct {
	Image   *Image
	Patient int       // from 1
	Number  int       // follow-up, from 0
	Date    time.Time // day, UTC
	Seed    uint64    // of the data set
}

// Source is where the PNG files of phantom films say that they come from.
const Source = "Hilum phantom"

// Files of the NIH layout.
const (
	imageFolder    = "images"
	entryFile      = "Data_Entry_2017_v2020.csv"
	trainFile      = "train_val_list.txt"
	testFile       = "test_list.txt"
	boxFile        = "BBox_List_2017.csv"
	courseFile     = "follow_ups.csv"
	confounderFile = "confounders.csv"
	maxDatasetN    = 1_000_000
	dirMode        = 0o755
	nameTemplate   = "%08d_%03d%s"
)

// WriteDataset draws d.N films and writes them in the layout of NIH
// ChestX-ray14: 8-bit grey PNG files under images/, the table of labels, the
// two lists of a split by patient (about 4 : 1) and the boxes. Box coordinates
// are those of a picture of 1024 x 1024 whatever Size is, as in the release,
// whose pictures are also passed around smaller. Two tables are added:
// follow_ups.csv with the date of each film and what each finding did since the
// film before, and confounders.csv with the boxes of every chest drain, word and
// border on the films.
//
// onProgress, if not nil, is called after each film with films done and in all,
// never twice at once. When ctx ends, WriteDataset stops within one film a core
// and returns the wrapped ctx.Err(). Every file is written beside its final
// name and then renamed; the tables come last, so a killed run leaves whole
// pictures and no table that names a missing one.
func WriteDataset(ctx context.Context, d Dataset, onProgress func(done, total int)) error {
	if err := d.complete(); err != nil {
		return err
	}
	d.files = atomicfile.Overwriting(d.Overwrite)
	d.files.Unsynced = true // what a power cut takes is drawn again
	if err := d.files.Check(filepath.Join(d.Dir, entryFile)); err != nil {
		return message.Errorf("phantom: data set: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(d.Dir, imageFolder), dirMode); err != nil {
		return message.Errorf("phantom: data set: %w", err)
	}
	entries, err := drawAll(ctx, d, plan(d), onProgress)
	if err != nil {
		return message.Errorf("phantom: data set %s: %w", d.Dir, err)
	}
	for name, text := range tables(d, entries) {
		if _, err := d.files.WriteBytes(filepath.Join(d.Dir, name), text); err != nil {
			return message.Errorf("phantom: data set: %w", err)
		}
	}
	return nil
}

// Check says what is wrong with a data set before anything is drawn, as
// WriteDataset would.
func (d Dataset) Check() error { return d.complete() }

// complete fills in defaults and refuses what cannot be drawn.
func (d *Dataset) complete() error {
	d.fill()
	if err := d.limits(); err != nil {
		return message.Errorf("phantom: data set: %w", err)
	}
	return nil
}

func (d *Dataset) fill() {
	if d.Size == 0 {
		d.Size = defaultSize
	}
	if d.Height == 0 {
		d.Height = d.Size
	}
	if d.Format == nil {
		d.Format = &Format{Ending: ".png", Encode: encodePNG}
	}
}

func (d *Dataset) limits() error {
	if d.N < 1 || d.N > maxDatasetN {
		return message.Errorf("%d films: want 1..%d", d.N, maxDatasetN)
	}
	if d.FollowUps < 0 || d.FollowUps > maxFollowUps {
		return message.Errorf("%d follow-ups: want 0..%d", d.FollowUps, maxFollowUps)
	}
	for _, n := range [2]int{d.Size, d.Height} {
		if n < MinSize || n > MaxSize {
			return message.Errorf("size %d is outside %d..%d", n, MinSize, MaxSize)
		}
	}
	return checkConfounders(d.Confounders)
}

// entry is one written film, without its pixels.
type entry struct {
	visit
	name        string
	marks       []Mark // without masks
	confounders []ConfounderMark
	view        View
	sex         string
	age         int
	spacing     float64
}

// drawAll draws and writes the films on several cores; the entries come back in
// the order of the plan.
func drawAll(ctx context.Context, d Dataset, visits []visit, onProgress func(done, total int)) ([]entry, error) {
	out := make([]entry, len(visits))
	done := 0
	told := func(n int) {
		if done = n; onProgress != nil {
			onProgress(n, len(visits))
		}
	}
	err := parallel.Loop{Workers: d.workers(), Done: told}.Run(ctx, len(visits), func(i int) (err error) {
		out[i], err = drawEntry(d, visits[i])
		return err
	})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, message.Errorf("stopped after %d of %d films: %w", done, len(visits), err)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// A film in the making takes about filmBytes a pixel (measured: 80); large films
// are drawn fewer at once, so that a data set stays within mostBytes.
const (
	imageBytes = 80
	mostBytes  = 2 << 30
)

// workers is how many films are drawn at once, at least one.
func (d Dataset) workers() int {
	n := d.Workers
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return max(1, min(n, mostBytes/(imageBytes*d.Size*d.Height)))
}

// drawEntry draws one film and writes its picture.
func drawEntry(d Dataset, v visit) (entry, error) {
	f, err := drawConfounded(d.Confounders, v.options)
	if err != nil {
		return entry{}, err
	}
	e := entry{visit: v, name: fmt.Sprintf(nameTemplate, v.patient, v.number, d.Format.Ending), marks: f.Marks,
		confounders: f.Confounders,
		view:        f.View, sex: f.Sex, age: f.Age, spacing: f.PixelSpacing}
	data, err := d.Format.Encode(Exam{Image: f, Patient: v.patient, Number: v.number, Date: v.date, Seed: d.Seed})
	if err != nil {
		return entry{}, message.Errorf("encode %s: %w", e.name, err)
	}
	for i := range e.marks {
		e.marks[i].Mask = nil
	}
	_, err = d.files.WriteBytes(filepath.Join(d.Dir, imageFolder, e.name), data)
	return e, err
}

// drawConfounded draws a film with the confounders that its labels call for. A
// finding that was asked for but is hidden is no label; then, rarely, the film
// is drawn again.
func drawConfounded(cs []Confounder, o Options) (*Image, error) {
	labels := make([]Finding, len(o.Findings))
	for i, l := range o.Findings {
		labels[i] = l.Finding
	}
	s := canvas.Seeds{Seed: o.Seed, Visit: o.Visit}
	own := o.Confounders
	for {
		extra := drawnConfounders(s, cs, labels)
		o.Confounders = append(slices.Clone(own), extra...)
		f, err := Generate(o)
		if err != nil {
			return nil, err
		}
		seen := make([]Finding, len(f.Marks))
		for i, m := range f.Marks {
			seen[i] = m.Finding
		}
		if len(seen) >= len(labels) || slices.Equal(extra, drawnConfounders(s, cs, seen)) {
			return f, nil
		}
		labels = seen // shorter each time, so this ends
	}
}

func encodePNG(s Exam) ([]byte, error) {
	file, err := greypng.Encode(s.Image.Grey8(), s.Image.Width)
	if err != nil {
		return nil, err
	}
	return greypng.WithSource(file, Source), nil
}
