package bias

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/phantom"
)

// The tables of an experiment; the films lie in folders of the same names.
const (
	trainTable    = "train.csv"
	biasedTable   = "test-biased.csv"
	unbiasedTable = "test-unbiased.csv"
)

// shownImage is a film of an experiment with its truth.
type shownImage struct {
	path     string // within the experiment's folder
	patient  int
	split    string
	positive bool // the confounded finding
	other    bool
	shown    bool // the confounder
	options  phantom.Options
	boxes    []effect.Box // of findings and confounders
}

// imageMaker draws the films of an experiment.
type imageMaker struct {
	Experiment
	dir        string
	confounder phantom.Confounder
	train      []*shownImage
	biased     []*shownImage // two test sets of the same patients, alike but for the confounder
	unbiased   []*shownImage
}

func newImageMaker(e Experiment, dir string) *imageMaker {
	c, _ := phantom.ParseConfounder(e.Confounder) // Check has read it
	m := &imageMaker{Experiment: e, dir: dir, confounder: c}
	even := (c.Positive + c.Negative) / 2
	m.train = m.plan("train", e.Images, c.Positive, c.Negative)
	m.biased = m.plan("test-biased", e.Test, c.Positive, c.Negative)
	m.unbiased = m.plan("test-unbiased", e.Test, even, even)
	return m
}

// validationShare of the films are kept from training.
const validationShare = 0.2

// plan decides what each film shows: either finding on half of the films, the
// confounder by its chances. Every film is of another patient. The two test sets
// have the same patients and the same draws, so that films on which both show the
// confounder, or neither, are equal.
func (m *imageMaker) plan(folder string, n int, positive, negative float64) []*shownImage {
	stream := uint64(1)
	if folder != "train" {
		stream = 2
	}
	images := make([]*shownImage, n)
	for i := range images {
		r := rand.New(rand.NewPCG(m.Seed, stream<<32|uint64(i)))
		f := &shownImage{path: filepath.Join("films", folder, fmt.Sprintf("%05d.png", i)),
			patient: int(stream)*mostImages*10 + i, split: "test"}
		f.positive, f.other = r.IntN(2) == 0, r.IntN(2) == 0
		draw, part := r.Float64(), r.Float64()
		severity, otherSeverity := m.Severity[0]+(m.Severity[1]-m.Severity[0])*r.Float64(), 0.4+0.6*r.Float64()
		p := negative
		if f.positive {
			p = positive
		}
		f.shown = draw < p
		if folder == "train" {
			f.split = "train"
			if part < validationShare {
				f.split = "val"
			}
		}
		f.options = phantom.Options{Seed: r.Uint64(), Size: m.Size,
			DrainRight: r.IntN(2) == 0} // or the side would tell
		if f.positive {
			f.options.Findings = append(f.options.Findings,
				phantom.Lesion{Finding: m.confounder.Class, Severity: severity})
		}
		if f.other {
			f.options.Findings = append(f.options.Findings,
				phantom.Lesion{Finding: phantom.Finding(m.Other), Severity: otherSeverity})
		}
		if f.shown {
			f.options.Confounders = []phantom.ConfounderKind{m.confounder.Kind}
		}
		images[i] = f
	}
	return images
}

// write draws all films on all cores and then the tables, so that no table names
// a missing film. Films that are there already are drawn again only for their
// boxes.
func (m *imageMaker) write(ctx context.Context, step func(done, total int)) error {
	all := append(append(append([]*shownImage{}, m.train...), m.biased...), m.unbiased...)
	for _, folder := range []string{"train", "test-biased", "test-unbiased"} {
		if err := os.MkdirAll(filepath.Join(m.dir, "films", folder), 0o755); err != nil {
			return message.Errorf("cannot make a folder for the films: %w", err)
		}
	}
	if err := each(ctx, len(all), func(i int) error { return m.draw(all[i]) }, step); err != nil {
		return err
	}
	for name, images := range map[string][]*shownImage{trainTable: m.train, biasedTable: m.biased,
		unbiasedTable: m.unbiased} {
		if err := m.table(name, images); err != nil {
			return err
		}
	}
	return nil
}

// each does n pieces of work on all cores, in no order; the first error ends it.
func each(ctx context.Context, n int, do func(i int) error, step func(done, total int)) error {
	return parallel.Loop{Done: func(done int) { step(done, n) }}.Run(ctx, n, do)
}

// draw makes one film and keeps its boxes.
func (m *imageMaker) draw(f *shownImage) error {
	img, err := phantom.Generate(f.options)
	if err != nil {
		return err
	}
	f.boxes = effect.PhantomBoxes(img)
	path := filepath.Join(m.dir, f.path)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	grey := &image.Gray{Pix: img.Grey8(), Stride: img.Width, Rect: image.Rect(0, 0, img.Width, img.Height)}
	return atomicfile.Write(path,
		func(w io.Writer) error { return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, grey) })
}

// image draws the film as it is read back from its file.
func (f *shownImage) image() (*dicomio.Image, error) {
	img, err := phantom.Generate(f.options)
	if err != nil {
		return nil, err
	}
	im := &dicomio.Image{Format: dicomio.PNG, Width: img.Width, Height: img.Height, Frames: 1, Samples: 1,
		BitsStored: 8, Modality: dicomio.Modality{Slope: 1}}
	im.Stored = make([]int32, len(img.Pixels))
	for i, v := range img.Grey8() {
		im.Stored[i] = int32(v)
	}
	return im, nil
}

// table writes the labels of a set and, beside it, the boxes.
func (m *imageMaker) table(name string, images []*shownImage) error {
	bit := map[bool]string{true: "1", false: "0"}
	rows := [][]string{{"path", "patient_id", "split", string(m.confounder.Class), m.Other}}
	boxes := [][]string{boxHeader}
	for _, f := range images {
		rows = append(rows, []string{filepath.ToSlash(f.path), strconv.Itoa(f.patient), f.split, bit[f.positive],
			bit[f.other]})
		for _, b := range f.boxes {
			boxes = append(boxes, boxRecord(filepath.ToSlash(f.path), b, m.Size, m.Size))
		}
	}
	if err := writeCSV(filepath.Join(m.dir, "boxes-"+name), boxes); err != nil {
		return err
	}
	return writeCSV(filepath.Join(m.dir, name), rows)
}

// boxHeader is that of a list of boxes as dataset.Dataset.ReadBoxes reads it.
var boxHeader = []string{"image", "class", "x", "y", "w", "h", "image_width", "image_height"}

func boxRecord(name string, b effect.Box, w, h int) []string {
	px := func(v float64, n int) string { return strconv.FormatFloat(v*float64(n), 'g', 6, 64) }
	return []string{name, b.Label, px(b.Rect.X, w), px(b.Rect.Y, h), px(b.Rect.W, w), px(b.Rect.H, h), strconv.Itoa(w),
		strconv.Itoa(h)}
}

func writeCSV(path string, rows [][]string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		return message.Errorf("cannot write %s: %w", path, err)
	}
	return atomicfile.WriteBytes(path, b.Bytes())
}
