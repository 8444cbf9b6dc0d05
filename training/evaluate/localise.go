package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/report"
	"hilum/training/table"
)

// DefaultLevel is the share of a map's maximum from which a place counts as
// marked: half, the contour that people see.
const DefaultLevel = 0.5

// LocaliseConfig says on which films class maps are held against boxes.
type LocaliseConfig struct {
	Data      string
	Boxes     string            // list of boxes, see Dataset.ReadBoxes; "" takes the data set's own
	Split     dataset.Split     // Unassigned takes all films that have boxes
	Unit      dataset.SplitUnit // of the split, where the data set has none; "" is ByPatient
	SplitSeed uint64            // of the same
	Run       string            // see ScoreConfig.Run
	Level     float64           // share of a map's maximum that counts as marked, over 0 to 1; 0 is DefaultLevel
	Rounds    int               // of the patient bootstrap; 0 gives no intervals
	Seed      uint64            // of the same
}

// Check finds mistakes that need no data.
func (c LocaliseConfig) Check() error {
	if !(c.Level >= 0 && c.Level <= 1) {
		return message.Errorf("the level %v of maps is not within 0..1", c.Level)
	}
	return checkRounds(c.Rounds)
}

// Localise holds a model's class maps against boxes. On each film with a box of
// a class, that class's map is taken, whatever the model's score:
//
//   - pointing: is the place of the strongest evidence in a box? (Zhang et al.
//     2018; the centre of the map's largest cell)
//   - IoU and IoBB: |P and G| / |P or G| and |P and G| / |P| (Wang et al. 2017),
//     with G the boxes and P the places where the map, bilinear between the
//     centres of its cells, has at least Level of its maximum.
//
// The same is asked of a map that knows no picture: how many boxes of the class
// cover a place in the films of all other patients. A model whose maps are not
// better than that has shown nothing.
type Localise struct {
	Config LocaliseConfig
	Model  *inference.Model
	OnStep func(training.Progress) // may be nil
}

// Run scores the films with boxes and compares. It gives nil where the data set
// has no box of the model's classes and Boxes is "". When ctx ends it returns
// ctx's error.
func (j Localise) Run(ctx context.Context) (*report.Localisation, error) {
	r, err := j.run(ctx)
	if err != nil {
		return nil, message.Errorf("localise: %w", err)
	}
	return r, nil
}

func (j Localise) run(ctx context.Context) (*report.Localisation, error) {
	c := j.Config
	if err := c.Check(); err != nil {
		return nil, err
	}
	d, err := j.open(ctx)
	if err != nil {
		return nil, err
	}
	l := &localiser{classes: j.Model.Spec.Classes, level: cmp.Or(c.Level, DefaultLevel),
		report: &report.Localisation{Boxes: boxSource(c.Boxes, d), Notes: []string{}}}
	images := slices.DeleteFunc(slices.Clone(d.Of(c.Split)), func(f dataset.Image) bool { return len(l.boxed(f)) == 0 })
	if len(images) == 0 {
		if c.Boxes == "" {
			return nil, nil
		}
		return nil, message.Errorf("no film of the data set has a box of the model's classes in %s",
			filepath.Base(c.Boxes))
	}
	l.prior = newBoxPrior(d.Boxed(), l.classes)
	if err := j.compare(ctx, l, images); err != nil {
		return nil, err
	}
	return l.finish(ctx, d, calib.Bootstrap{Rounds: c.Rounds, Seed: c.Seed})
}

func boxSource(list string, d *dataset.Dataset) string {
	if list == "" {
		return d.Name
	}
	return filepath.Base(list)
}

func (j Localise) open(ctx context.Context) (*dataset.Dataset, error) {
	c := j.Config
	d, err := dataset.Open(ctx, c.Data, ownFindings(j.Model)...)
	if err != nil {
		return nil, err
	}
	if c.Boxes != "" {
		if err := d.ReadBoxes(c.Boxes); err != nil {
			return nil, err
		}
	}
	if c.Split != dataset.Unassigned {
		err = d.Divide(ctx, dataset.SplitRule{Unit: c.Unit, Seed: c.SplitSeed, Run: c.Run})
	}
	return d, err
}

// compare runs the model over the films.
func (j Localise) compare(ctx context.Context, l *localiser, images []dataset.Image) error {
	files := make([]inference.File, len(images))
	for i, f := range images {
		files[i] = inference.File{Path: f.Path, Decode: func(ctx context.Context) (*dicomio.Image, error) {
			return dicomio.Decode(ctx, f.Path)
		}}
	}
	step := training.Track(j.OnStep, "maps", len(files))
	return j.Model.ScoreFiles(ctx, files, func(s inference.Scored) error {
		step(s.Index + 1)
		if s.Err != nil {
			l.report.Skipped = append(l.report.Skipped, training.Skipped{Path: s.Path, Error: s.Err.Error()})
			return nil
		}
		maps, err := j.Model.Maps(ctx, s.Image, s.Result)
		if err != nil {
			return message.Errorf("%s: %w", s.Path, err)
		}
		l.add(images[s.Index], maps)
		return nil
	})
}

// localiser collects the comparisons.
type localiser struct {
	classes  []string
	level    float64
	prior    *boxPrior
	patients []string // of the films compared
	pairs    []boxedPair
	report   *report.Localisation
}

// boxedPair is one class with boxes on one film.
type boxedPair struct {
	image, class int
	boxes        int
	figures      [report.LocalisedColumns]float64 // see locColumns; NaN where undefined
}

// boxed lists the model's classes that have a box on the film.
func (l *localiser) boxed(f dataset.Image) []int {
	var out []int
	for _, b := range f.Boxes {
		if c := classIndex(l.classes, b.Class); c >= 0 && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func classIndex(classes []string, name string) int {
	return slices.IndexFunc(classes, func(c string) bool { return table.SameClass(c, name) })
}

// add compares the maps of one film.
func (l *localiser) add(f dataset.Image, maps []inference.Heatmap) {
	image := len(l.patients)
	l.patients = append(l.patients, f.Patient)
	for _, c := range l.boxed(f) {
		boxes := f.BoxesOf(l.classes[c])
		truth := newRegion(boxes)
		h := &maps[c]
		x, y, points := h.Peak()
		model := truth.compare(evidence(h), l.level)
		if model.pointing = 0; points { // a map without evidence is a miss
			model.pointing = holds(boxes, x, y)
		}
		prior, known := l.prior.without(c, f.Patient)
		chance := placement{math.NaN(), math.NaN(), math.NaN()}
		if known {
			px, py := prior.centre()
			chance = truth.compare(prior.values(), l.level)
			chance.pointing = holds(boxes, px, py)
		}
		l.pairs = append(l.pairs, boxedPair{image, c, len(boxes), [report.LocalisedColumns]float64{
			model.pointing, model.iou, model.iobb, chance.pointing, chance.iou, chance.iobb,
			model.pointing - chance.pointing,
			model.iou - chance.iou,
		}})
	}
}

// finish makes means and intervals of the pairs.
func (l *localiser) finish(ctx context.Context, d *dataset.Dataset, b calib.Bootstrap) (*report.Localisation, error) {
	r := l.report
	if len(l.pairs) == 0 {
		return nil, message.Errorf("none of %d films could be read; the first: %s", len(r.Skipped), r.Skipped[0].Error)
	}
	r.Films, r.Level = len(l.patients), l.level
	b.Patient = calib.GroupPatients(l.patients)
	r.Patients = 1 + slices.Max(b.Patient)
	present := l.present()
	blocks := len(present) + 2 // the classes, all pairs, the mean over classes
	point := make([]float64, blocks*report.LocalisedColumns)
	l.means(nil, present, point)
	var rounds [][]float64
	if b.Rounds > 0 {
		var err error
		if rounds, err = b.Figures(ctx, len(point), func(w, out []float64) { l.means(w, present, out) }); err != nil {
			return nil, err
		}
	}
	for i := range blocks {
		var c report.LocalisedClass
		for k, to := range c.Columns() {
			at := i*report.LocalisedColumns + k
			*to.Value = training.Metric(point[at])
			if rounds == nil {
				continue
			}
			*to.CI = mostlyDefined(rounds[at])
			if i <= len(present) && (to.Name == "pointing" || to.Name == "prior_pointing") { // shares of films
				*to.CI = shareRange(rounds[at], *to.Value, l.people(i, present, b.Patient))
			}
		}
		switch {
		case i < len(present):
			c.Name = l.classes[present[i]]
			c.Films, c.Boxes = l.count(present[i])
			r.Classes = append(r.Classes, c)
		case i == len(present):
			r.Pooled = c
			r.Pooled.Films, r.Pooled.Boxes = l.count(-1)
		default:
			r.Mean = c
			r.Mean.Films, r.Mean.Boxes = r.Pooled.Films, r.Pooled.Boxes
		}
	}
	noteBoxes(r, d)
	return r, ctx.Err()
}

// mostlyDefined is the interval of a figure that most rounds define: what is left
// of a class that half of them lose says little about it.
func mostlyDefined(values []float64) *training.Range {
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	if 2*n < len(values) {
		return nil
	}
	return training.NewRange(values)
}

// people counts the patients behind a block of figures: of a class, or of all.
func (l *localiser) people(block int, present, of []int) int {
	seen := map[int]bool{}
	for _, p := range l.pairs {
		if block == len(present) || p.class == present[block] {
			seen[of[p.image]] = true
		}
	}
	return len(seen)
}

// present lists the classes that have pairs, in the model's order.
func (l *localiser) present() []int {
	var out []int
	for _, p := range l.pairs {
		if !slices.Contains(out, p.class) {
			out = append(out, p.class)
		}
	}
	slices.Sort(out)
	return out
}

// count gives pairs and boxes of a class, or of all for -1.
func (l *localiser) count(class int) (pairs, boxes int) {
	for _, p := range l.pairs {
		if class < 0 || p.class == class {
			pairs++
			boxes += p.boxes
		}
	}
	return pairs, boxes
}

// means fills out with the means of each present class, of all pairs, and over
// the classes; w weights the films, nil is one each. A class that a round has
// lost makes the mean over classes undefined there, as for AUROC.
func (l *localiser) means(w []float64, present []int, out []float64) {
	n := len(present)
	sum, weight := make([]float64, len(out)), make([]float64, len(out))
	for _, p := range l.pairs {
		k := 1.0
		if w != nil {
			k = w[p.image]
		}
		for f, v := range p.figures {
			if k == 0 || math.IsNaN(v) {
				continue
			}
			for _, block := range []int{slices.Index(present, p.class), n} {
				sum[block*report.LocalisedColumns+f] += k * v
				weight[block*report.LocalisedColumns+f] += k
			}
		}
	}
	for i := range (n + 1) * report.LocalisedColumns {
		out[i] = sum[i] / weight[i] // 0/0 is NaN, which is meant
	}
	for f := range report.LocalisedColumns {
		total := 0.0
		for c := range n {
			total += out[c*report.LocalisedColumns+f]
		}
		out[(n+1)*report.LocalisedColumns+f] = total / float64(n)
	}
}

// advisedBoxes is under how many films a class's figures are called uncertain:
// the interval of a share of one half is then wider than 0.25 to each side.
const advisedBoxes = 15

func noteBoxes(r *report.Localisation, d *dataset.Dataset) {
	add := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	for _, c := range r.Classes {
		if c.Films < advisedBoxes {
			add("%s has %d films with boxes: under %d its figures are uncertain.", c.Name, c.Films, advisedBoxes)
		}
		if !c.PriorPointing.Defined() {
			add("%s has boxes of one patient only, so that there is no prior from others.", c.Name)
		}
	}
	if missing := boxesOfOthers(d, r.Classes); len(missing) > 0 {
		add("Boxes of %v are not of a class of the model and are left out.", missing)
	}
	if n := len(r.Skipped); n > 0 {
		add("%d films with boxes could not be read.", n)
	}
	if d.Leaking > 0 {
		r.Notes = append(r.Notes, dataset.LeakingNote)
	}
}

// mostNamed bounds how many classes a sentence names.
const mostNamed = 12

// boxesOfOthers lists the classes of boxes that the report does not have.
func boxesOfOthers(d *dataset.Dataset, known []report.LocalisedClass) []string {
	var out []string
	for _, f := range d.Images {
		for _, b := range f.Boxes {
			reported := slices.ContainsFunc(known, func(c report.LocalisedClass) bool {
				return table.SameClass(c.Name, b.Class)
			})
			if !reported && !slices.Contains(out, b.Class) && len(out) < mostNamed {
				out = append(out, b.Class)
			}
		}
	}
	return out
}
