package passport

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/internal/phantom"
	"hilum/training"
	"hilum/training/dataset"
)

// Config says on which films shortcuts are measured.
type Config struct {
	Data   string // the site's films; "" for phantoms alone
	Images int    // of each source, at most; 0 is 32
	Places int    // random places of each thing on each film; 0 is 4
	Rounds int    // of the patient bootstrap; 0 is 1000
	Seed   uint64
}

// phantomSize is that of the phantoms, pixels a side.
const phantomSize = 512

// firstPhantom is the first seed of the phantoms: others than those of the demonstration,
// of its model's training and of the tests.
const firstPhantom = 71_000_000

// UsualSeed is that of passports whose reader chose none, so that all have the same films.
const UsualSeed = 1

// mostImages bounds the films of a source.
const mostImages = 10_000

func (c Config) withDefaults() (Config, error) {
	if c.Images < 0 || c.Images > mostImages || c.Places < 0 || c.Rounds < 0 {
		return c, message.Errorf("numbers of films (up to %d), places and rounds are not negative", mostImages)
	}
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	set(&c.Images, 32)
	set(&c.Places, 4)
	set(&c.Rounds, 1000)
	return c, nil
}

// Job measures the shortcuts of a model.
type Job struct {
	Config    Config
	Model     *inference.Model
	Shortcuts Registry                // nil is Shortcuts
	OnStep    func(training.Progress) // may be nil
}

// operations are what the edits of shortcuts may be of.
func operations() edit.Operations { return append(edit.Standard(), edit.Bordering()) }

// Run measures. When ctx ends it returns ctx's error.
func (j Job) Run(ctx context.Context) (*Passport, error) {
	p, err := j.run(ctx)
	if err != nil {
		return nil, message.Errorf("passport: %w", err)
	}
	return p, nil
}

func (j Job) run(ctx context.Context) (*Passport, error) {
	var err error
	if j.Config, err = j.Config.withDefaults(); err != nil {
		return nil, err
	}
	if j.Shortcuts == nil {
		j.Shortcuts = Shortcuts()
	}
	out := &Passport{Model: j.Model.Name, SHA256: j.Model.SHA256, Notes: []string{}}
	sources := []source{phantoms(j.Config)}
	if j.Config.Data != "" {
		site, err := siteOf(ctx, j.Config)
		if err != nil {
			return nil, err
		}
		sources = append(sources, site)
	}
	for _, s := range sources {
		measured, err := j.measure(ctx, s)
		if err != nil {
			return nil, err
		}
		out.Sources = append(out.Sources, measured)
	}
	if !j.Model.Spec.Card.Knows(true) {
		out.Notes = append(out.Notes, "This model never saw generated films: what shortcuts do to it on phantoms says little. Measure it on films of your own, with --data.")
	}
	return out, nil
}

// source is where films come from.
type source struct {
	name   string
	images []sourceImage
}

// sourceImage is one film. options are those of a phantom, nil for another film.
type sourceImage struct {
	name, patient string
	options       *phantom.Options
	open          func(ctx context.Context) (*dicomio.Image, error)
}

// phantoms are persons who never lived, every other one with a finding, in turn of all.
func phantoms(c Config) source {
	findings := phantom.Findings()
	s := source{name: Phantoms}
	for i := range c.Images {
		o := &phantom.Options{Seed: firstPhantom + c.Seed*mostImages + uint64(i), Size: phantomSize}
		if i%2 == 1 {
			o.Findings = []phantom.Lesion{{Finding: findings[i/2%len(findings)], Severity: 0.7}}
		}
		s.images = append(s.images, sourceImage{options: o,
			open: func(context.Context) (*dicomio.Image, error) { return drawn(*o) }})
	}
	return s
}

func drawn(o phantom.Options) (*dicomio.Image, error) {
	img, err := phantom.Generate(o)
	if err != nil {
		return nil, err
	}
	return radiograph.PhantomImage(img, false), nil
}

// siteOf are films of a data set, one of each patient, drawn by chance.
func siteOf(ctx context.Context, c Config) (source, error) {
	d, err := dataset.Open(ctx, c.Data)
	if err != nil {
		return source{}, err
	}
	images := slices.Clone(d.Images)
	rand.New(rand.NewPCG(c.Seed, 0x73697465)).Shuffle(len(images), func(a, b int) {
		images[a], images[b] = images[b], images[a]
	})
	s := source{name: d.Name}
	seen := map[string]bool{}
	for _, f := range images {
		if len(s.images) == c.Images {
			break
		}
		if !seen[f.Patient] {
			seen[f.Patient] = true
			s.images = append(s.images, sourceImage{name: f.Path, patient: f.Patient,
				open: func(ctx context.Context) (*dicomio.Image, error) { return dicomio.Decode(ctx, f.Path) }})
		}
	}
	return s, nil
}

// changes are what one shortcut did to each class, film by film: [class][film], NaN where
// that is not known.
type changes struct{ effect, elsewhere, control [][]float64 }

func newChanges(classes int) changes {
	return changes{make([][]float64, classes), make([][]float64, classes), make([][]float64, classes)}
}

// add takes what one film gave.
func (c changes) add(t tried) {
	for k := range c.effect {
		c.effect[k] = append(c.effect[k], t.effect[k])
		c.elsewhere[k] = append(c.elsewhere[k], t.elsewhere[k])
		c.control[k] = append(c.control[k], t.control[k])
	}
}

// measure tries all shortcuts on all films of a source.
func (j Job) measure(ctx context.Context, s source) (Source, error) {
	out := Source{Name: s.name, Effects: []Effect{}}
	classes := j.Model.Spec.Classes
	all := make([]changes, len(j.Shortcuts))
	for i := range all {
		all[i] = newChanges(len(classes))
	}
	step := training.Track(j.OnStep, "shortcuts on "+s.name, len(s.images))
	var first error
	for i, f := range s.images {
		results, err := j.tryAll(ctx, f, uint64(i))
		switch {
		case ctx.Err() != nil:
			return out, ctx.Err()
		case err != nil:
			first = err
			out.Skipped = append(out.Skipped, err.Error())
		default:
			out.Images++
			for k, t := range results {
				all[k].add(t)
			}
		}
		step(i + 1)
	}
	if out.Images == 0 {
		return out, message.Errorf("no film of %s could be used: %w", s.name, first)
	}
	for i, short := range j.Shortcuts {
		for k, class := range classes {
			e, known, err := j.sum(ctx, all[i], k)
			if err != nil {
				return out, err
			}
			if known {
				e.Shortcut, e.Class = short.Name, class
				out.Effects = append(out.Effects, e)
			}
		}
	}
	return out, nil
}

// sum makes one effect; false where no film showed it.
func (j Job) sum(ctx context.Context, c changes, class int) (e Effect, known bool, err error) {
	beyond := make([]float64, len(c.effect[class]))
	patients := make([]int, len(beyond)) // one film each
	for i, v := range c.effect[class] {
		beyond[i], patients[i] = v-c.control[class][i], i
	}
	b := calib.Bootstrap{Patient: patients, Rounds: j.Config.Rounds, Seed: j.Config.Seed}
	m, err := effect.Means(ctx, b, [][]float64{c.effect[class], c.elsewhere[class], c.control[class], beyond})
	if err != nil || math.IsNaN(m[0].Value) {
		return e, false, err
	}
	e.Change = m[0]
	for i, to := range []**inference.Measured{&e.Elsewhere, &e.Control, &e.Beyond} {
		if !math.IsNaN(m[i+1].Value) {
			*to = &m[i+1]
		}
	}
	e.Takes = e.takes()
	return e, true, nil
}
