package phantom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// Dataset says which films WriteDataset writes.
type Dataset struct {
	Dir     string // made when absent; files of the same names are replaced
	N       int    // films, at least 1
	Seed    uint64
	Size    int // pixels a side, MinSize..MaxSize; 0 is 512
	Workers int // films drawn at once; 0 is one a core. The bytes do not depend on it.
}

// Files of the NIH layout.
const (
	imageFolder  = "images"
	entryFile    = "Data_Entry_2017_v2020.csv"
	trainFile    = "train_val_list.txt"
	testFile     = "test_list.txt"
	boxFile      = "BBox_List_2017.csv"
	maxDatasetN  = 1_000_000
	finalMode    = 0o644
	dirMode      = 0o755
	nameTemplate = "%08d_%03d.png"
)

// WriteDataset draws d.N films and writes them in the layout of NIH
// ChestX-ray14: 8-bit grey PNG files under images/, the table of labels, the
// two lists of a split by patient (about 4 : 1) and the boxes. Box coordinates
// are those of a 1024-pixel picture whatever Size is, as in the release, whose
// pictures are also passed around smaller.
//
// onProgress, if not nil, is called after each film with films done and in all,
// never twice at once. When ctx ends, WriteDataset stops within one film a core
// and returns the wrapped ctx.Err(). Every file is written beside its final
// name and then renamed; the tables come last, so a killed run leaves whole
// pictures and no table that names a missing one.
func WriteDataset(ctx context.Context, d Dataset, onProgress func(done, total int)) error {
	if d.N < 1 || d.N > maxDatasetN {
		return fmt.Errorf("phantom: data set of %d films: want 1..%d", d.N, maxDatasetN)
	}
	if d.Size == 0 {
		d.Size = defaultSize
	}
	if d.Size < MinSize || d.Size > MaxSize {
		return fmt.Errorf("phantom: data set: size %d is outside %d..%d", d.Size, MinSize, MaxSize)
	}
	if err := os.MkdirAll(filepath.Join(d.Dir, imageFolder), dirMode); err != nil {
		return fmt.Errorf("phantom: data set: %w", err)
	}
	entries, err := drawAll(ctx, d, plan(d), onProgress)
	if err != nil {
		return fmt.Errorf("phantom: data set %s: %w", d.Dir, err)
	}
	for name, text := range tables(d, entries) {
		if err := writeFile(filepath.Join(d.Dir, name), text); err != nil {
			return fmt.Errorf("phantom: data set: %w", err)
		}
	}
	return nil
}

// entry is one written film, without its pixels.
type entry struct {
	visit
	name    string
	marks   []Mark // without masks
	view    View
	sex     string
	age     int
	spacing float64
}

// drawAll draws and writes the films on several cores; the entries come back in
// the order of the plan.
func drawAll(ctx context.Context, d Dataset, visits []visit, onProgress func(done, total int)) ([]entry, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	workers := d.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	jobs := make(chan int)
	out := make([]entry, len(visits))
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range workers {
		wg.Go(func() {
			for i := range jobs {
				e, err := drawEntry(d, visits[i])
				if err != nil {
					stop(err)
					return
				}
				out[i] = e
				mu.Lock()
				done++
				if onProgress != nil {
					onProgress(done, len(visits))
				}
				mu.Unlock()
			}
		})
	}
	feed(ctx, jobs, len(visits))
	wg.Wait()
	if ctx.Err() != nil {
		err := context.Cause(ctx)
		if errors.Is(err, ctx.Err()) {
			return nil, fmt.Errorf("stopped after %d of %d films: %w", done, len(visits), err)
		}
		return nil, err
	}
	return out, nil
}

// feed hands out 0..n-1 until ctx ends.
func feed(ctx context.Context, jobs chan<- int, n int) {
	defer close(jobs)
	for i := range n {
		select {
		case jobs <- i:
		case <-ctx.Done():
			return
		}
	}
}

// drawEntry draws one film and writes its picture.
func drawEntry(d Dataset, v visit) (entry, error) {
	f, err := Generate(v.options)
	if err != nil {
		return entry{}, err
	}
	e := entry{visit: v, name: fmt.Sprintf(nameTemplate, v.patient, v.number), marks: f.Marks, view: f.View, sex: f.Sex, age: f.Age, spacing: f.PixelSpacing}
	for i := range e.marks {
		e.marks[i].Mask = nil
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, &image.Gray{Pix: f.Grey8(), Stride: f.Width, Rect: image.Rect(0, 0, f.Width, f.Height)}); err != nil {
		return entry{}, fmt.Errorf("encode %s: %w", e.name, err)
	}
	return e, writeFile(filepath.Join(d.Dir, imageFolder, e.name), b.Bytes())
}

// writeFile replaces a file as a whole or not at all.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".phantom-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	if _, err := f.Write(data); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Chmod(f.Name(), finalMode); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
