// Package bias makes data sets that mislead, and measures how far a model is misled: a
// marker burnt into films of a data set, tied to a label, and experiments that train a small
// model on biased phantoms and judge it on fair ones. Its core types are [Job] and
// [RunExperiment]. It imports app/lab/edit, app/lab/effect, training, internal/phantom,
// inference, dicomio and what files need.
package bias

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
)

// Config says how to bias a data set.
type Config struct {
	Data      string    // folder or table, see dataset.Open
	Out       string    // folder to write to; it must be empty or absent
	Class     string    // label that the marker is tied to
	Marker    edit.Edit // of kind Marker: what is burnt in, and where
	PPositive float64   // P(marker | label positive), 0..1
	PNegative float64   // P(marker | label not positive), 0..1
	Seed      uint64
	Limit     int // films at most; 0 takes all
}

// Check finds mistakes that need no data.
func (c Config) Check() error {
	switch {
	case c.Out == "":
		return message.New("no folder to write to was named")
	case c.Class == "":
		return message.New("no class was named that the marker is tied to")
	case !isShare(c.PPositive) || !isShare(c.PNegative):
		return message.Errorf("the chances %v and %v of the marker are not within 0..1", c.PPositive, c.PNegative)
	case c.Marker.Kind != edit.Marker:
		return message.Errorf("what is burnt in is of kind %q; it must be a %s", c.Marker.Kind, edit.Marker)
	}
	return edit.Standard().Check(c.Marker)
}

// Job burns a marker into the films of a data set, more often where a label is
// positive, and writes them as a new data set:
//
//   - table.csv: all films with the marker tied to the label, in the parts train,
//     val and test; the parts are by patient, the data set's own where it has any
//   - unbiased.csv: the films of the test part once more, with the marker as often
//     as in all, but whatever the label
//   - markers.csv: the box of every marker, as dataset.Dataset.ReadBoxes takes it
//   - README.txt and bias.json: what was done
//
// Films are written as they are stored: PNG and JPEG as PNG of the same depth,
// DICOM as DICOM. A patient's draw is the same for all of their films, so films of
// a patient with equal labels are marked alike, and a stronger tie marks the same
// films and more.
type Job struct {
	Config Config
	OnStep func(training.Progress) // may be nil
}

// Report says what was written.
type Report struct {
	Table    string             `json:"table"`
	Unbiased string             `json:"unbiased"`
	Boxes    string             `json:"boxes"`
	Parts    map[string]*Counts `json:"parts"` // train, val, test, unbiased
	Skipped  []training.Skipped `json:"skipped"`
	Notes    []string           `json:"notes"`
	Notice   string             `json:"notice"`
}

// Counts counts films by label and marker.
type Counts struct {
	Positive       int `json:"positive"`
	PositiveMarked int `json:"positive_marked"`
	Negative       int `json:"negative"` // unknown labels among them
	NegativeMarked int `json:"negative_marked"`
}

func (c *Counts) add(positive, marked bool) {
	all, with := &c.Negative, &c.NegativeMarked
	if positive {
		all, with = &c.Positive, &c.PositiveMarked
	}
	*all++
	if marked {
		*with++
	}
}

// Run writes the data set; the tables come last, so that none names a missing
// film. When ctx ends it returns ctx's error.
func (j Job) Run(ctx context.Context) (*Report, error) {
	if err := j.Config.Check(); err != nil {
		return nil, message.Errorf("biased data set: %w", err)
	}
	r, err := j.run(ctx)
	if err != nil {
		return nil, message.Errorf("biased data set: %w", err)
	}
	return r, nil
}

// biased is one film to be written.
type biased struct {
	image    dataset.Image
	part     string // a part, or "unbiased"
	name     string // within the folder
	positive bool
	marked   bool
	w, h     int // pixels, known when it is written
	err      error
}

func (j Job) run(ctx context.Context) (*Report, error) {
	c := j.Config
	d, err := dataset.Open(ctx, c.Data)
	if err != nil {
		return nil, err
	}
	class := d.Class(c.Class)
	if class < 0 {
		return nil, message.Errorf("the data set has no class %q; it has %s", c.Class, strings.Join(d.Classes, ", "))
	}
	if err := d.Split(dataset.DefaultFractions(), c.Seed); err != nil {
		return nil, err
	}
	if err := emptyFolder(c.Out); err != nil {
		return nil, err
	}
	images := j.plan(d, class)
	step := func(done, total int) {
		if j.OnStep != nil {
			j.OnStep(training.Progress{Phase: "films", Done: done, Total: total})
		}
	}
	err = each(ctx, len(images), func(i int) error { return j.write(ctx, images[i]) }, step)
	if err != nil {
		return nil, err
	}
	return j.tables(d, images)
}

func emptyFolder(dir string) error {
	for _, sub := range []string{"films", "unbiased"} {
		if entries, err := os.ReadDir(filepath.Join(dir, sub)); err == nil && len(entries) > 0 {
			return message.Errorf("the folder %s holds films already; name an empty one", dir)
		}
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return message.Errorf("cannot make the folder: %w", err)
		}
	}
	return nil
}

// plan decides which films are marked.
func (j Job) plan(d *dataset.Dataset, class int) []*biased {
	c := j.Config
	images := d.Images
	if c.Limit > 0 && len(images) > c.Limit {
		images = images[:c.Limit]
	}
	var out []*biased
	marked := 0
	for i, f := range images {
		b := &biased{image: f, part: string(f.Split), name: fmt.Sprintf("films/%06d%s", i, endingFor(f.Path)),
			positive: f.Labels[class] == dataset.Positive}
		p := c.PNegative
		if b.positive {
			p = c.PPositive
		}
		if b.marked = chance(c.Seed, "biased", f.Patient) < p; b.marked {
			marked++
		}
		out = append(out, b)
	}
	overall := float64(marked) / float64(max(len(images), 1))
	for i, b := range slices.Clone(out) {
		if b.image.Split == dataset.Test {
			u := *b
			// no two files of one name: lists of boxes may go by it alone
			u.part, u.name = "unbiased", fmt.Sprintf("unbiased/u%06d%s", i, endingFor(b.image.Path))
			u.marked = chance(c.Seed, "unbiased", b.image.Patient) < overall
			out = append(out, &u)
		}
	}
	return out
}

// chance is a patient's draw, 0..1, the same whatever the other films are.
func chance(seed uint64, what, patient string) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%s", seed, what, patient)
	x := h.Sum64() // mixed once more (splitmix64), as FNV spreads short texts badly
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

// endingFor is the ending of the file that is written for one.
func endingFor(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png", ".jpg", ".jpeg":
		return ".png"
	}
	return ".dcm"
}

// write copies one film, with the marker where it is to be. A film that cannot be
// read is left out.
func (j Job) write(ctx context.Context, b *biased) error {
	im, err := dicomio.Decode(ctx, b.image.Path)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		b.err = err
		return nil
	}
	if b.marked {
		if im, err = edit.Standard().Apply(ctx, im, []edit.Edit{j.Config.Marker}, nil); err != nil {
			return err
		}
	}
	b.w, b.h = im.Width, im.Height
	return atomicfile.Write(filepath.Join(j.Config.Out, filepath.FromSlash(b.name)), func(w io.Writer) error {
		if filepath.Ext(b.name) == ".dcm" {
			return derived.WriteImage(w, im)
		}
		return png.Encode(w, pngOf(im))
	})
}

// pngOf is a picture of a PNG or JPEG file again: grey or colour, 8 or 16 bits.
func pngOf(im *dicomio.Image) image.Image {
	r := image.Rect(0, 0, im.Width, im.Height)
	at := func(i, c int) uint16 { return uint16(im.Stored[i*im.Samples+c]) }
	switch {
	case im.Samples == 3:
		out := image.NewRGBA64(r)
		scale := uint16(1)
		if im.BitsStored <= 8 {
			scale = 257
		}
		for i := range im.Width * im.Height {
			out.SetRGBA64(i%im.Width, i/im.Width,
				color.RGBA64{R: at(i, 0) * scale, G: at(i, 1) * scale, B: at(i, 2) * scale, A: 0xffff})
		}
		return out
	case im.BitsStored <= 8:
		out := image.NewGray(r)
		for i := range out.Pix {
			out.Pix[i] = uint8(im.Stored[i])
		}
		return out
	}
	out := image.NewGray16(r)
	for i := range im.Stored {
		out.SetGray16(i%im.Width, i/im.Width, color.Gray16{Y: at(i, 0)})
	}
	return out
}

// tables writes what was done.
func (j Job) tables(d *dataset.Dataset, images []*biased) (*Report, error) {
	c := j.Config
	r := &Report{
		Table: filepath.Join(c.Out, "table.csv"), Unbiased: filepath.Join(c.Out, "unbiased.csv"),
		Boxes: filepath.Join(c.Out, "markers.csv"),
		Parts: map[string]*Counts{}, Skipped: []training.Skipped{}, Notes: slices.Clone(d.Notes),
		Notice: inference.NotForDiagnosis,
	}
	header := append([]string{"path", "patient_id", "sex", "age", "view", "split"}, d.Classes...)
	table, unbiased, boxes := [][]string{header}, [][]string{header}, [][]string{boxHeader}
	for _, b := range images {
		if b.err != nil {
			r.Skipped = append(r.Skipped, training.Skipped{Path: b.image.Path, Error: b.err.Error()})
			continue
		}
		if r.Parts[b.part] == nil {
			r.Parts[b.part] = &Counts{}
		}
		r.Parts[b.part].add(b.positive, b.marked)
		to := &table
		if b.part == "unbiased" {
			to = &unbiased
		}
		*to = append(*to, b.record())
		if b.marked {
			boxes = append(boxes,
				boxRecord(b.name, effect.Box{Label: string(c.Marker.Device), Rect: c.Marker.Region.Clip()},
					b.w, b.h))
		}
	}
	for path, rows := range map[string][][]string{r.Table: table, r.Unbiased: unbiased, r.Boxes: boxes} {
		if err := writeCSV(path, rows); err != nil {
			return nil, err
		}
	}
	return r, j.note(r)
}

// record is a film's row.
func (b *biased) record() []string {
	age := ""
	if b.image.Age >= 0 {
		age = strconv.Itoa(b.image.Age)
	}
	part := b.part
	if part == "unbiased" {
		part = string(dataset.Test)
	}
	row := []string{b.name, b.image.Patient, b.image.Sex, age, b.image.View, part}
	for _, l := range b.image.Labels {
		text := ""
		if l != dataset.Unknown {
			text = strconv.Itoa(int(l))
		}
		row = append(row, text)
	}
	return row
}

// note writes what was done, for people and for programs.
func (j Job) note(r *Report) error {
	c := j.Config
	data, err := json.MarshalIndent(struct {
		Config Config  `json:"config"`
		Report *Report `json:"report"`
	}{c, r}, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(filepath.Join(c.Out, "bias.json"), append(data, '\n')); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "These films were changed on purpose. %s\n\n", inference.NotForDiagnosis)
	fmt.Fprintf(&b, "A marker (%s) was burnt into films of the data set %s:\non %.0f %% of the films labelled %s and on %.0f %% of the others (seed %d).\n\n", c.Marker.Device.Title(), filepath.Base(c.Data), 100*c.PPositive, c.Class, 100*c.PNegative, c.Seed)
	for _, part := range []string{"train", "val", "test", "unbiased"} {
		if n := r.Parts[part]; n != nil {
			fmt.Fprintf(&b, "%-9s %5d %s, %d of them marked; %5d others, %d marked\n", part, n.Positive, c.Class,
				n.PositiveMarked, n.Negative, n.NegativeMarked)
		}
	}
	b.WriteString("\ntable.csv: the biased films. unbiased.csv: the films of the test part with the marker whatever the label.\nmarkers.csv: where the markers are.\n")
	return atomicfile.WriteBytes(filepath.Join(c.Out, "README.txt"), []byte(b.String()))
}

// isShare is false for NaN.
func isShare(v float64) bool { return v >= 0 && v <= 1 }
