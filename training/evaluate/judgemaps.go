package evaluate

import (
	"context"
	"math/rand/v2"
	"slices"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/report"
)

// JudgeMapsConfig says which maps are judged.
type JudgeMapsConfig struct {
	Films  int             // of each class, at most; those are drawn by chance
	Method saliency.Method // that draws the maps
}

// JudgeMaps tests whether a model's class maps can be believed (see package mapcheck), on
// films that show the class: its map is judged, whatever the model's score.
type JudgeMaps struct {
	Films    LocaliseConfig // which films, boxes, and how intervals are made
	Config   JudgeMapsConfig
	Model    *inference.Model
	Explains *inference.Explainer    // of the model
	OnStep   func(training.Progress) // may be nil
}

// Run judges the maps. It gives nil where no film is labelled with a class of the model's. When ctx ends it returns
// ctx's error.
func (j JudgeMaps) Run(ctx context.Context) (*report.MapVerdicts, error) {
	r, err := j.run(ctx)
	if err != nil {
		return nil, message.Errorf("judge maps: %w", err)
	}
	return r, nil
}

// judgedMap is a class on a film, and what came of its map.
type judgedMap struct {
	image   *dataset.Image
	class   string
	verdict mapcheck.Verdict
}

func (j JudgeMaps) run(ctx context.Context) (*report.MapVerdicts, error) {
	d, err := Localise{Config: j.Films, Model: j.Model}.open(ctx)
	if err != nil {
		return nil, err
	}
	truth := newTruth(d, j.Model.Spec.Classes)
	chosen := j.choose(d)
	if len(chosen) == 0 {
		return nil, nil
	}
	r := &report.MapVerdicts{Method: j.Config.Method.Name, Checks: []report.CheckedMaps{}}
	step := training.Track(j.OnStep, "verdicts", len(chosen))
	var judged []judgedMap
	for i, m := range chosen {
		if m.verdict, err = j.judge(ctx, truth, m); ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			r.Skipped = append(r.Skipped, training.Skipped{Path: m.image.Path, Error: err.Error()})
		} else {
			judged = append(judged, m)
		}
		step(i + 1)
	}
	if len(judged) == 0 {
		return nil, message.Errorf("none of %d maps could be judged; the first: %s", len(chosen), r.Skipped[0].Error)
	}
	return r, j.sum(ctx, r, judged)
}

// choose draws the films of each class.
func (j JudgeMaps) choose(d *dataset.Dataset) []judgedMap {
	rng := rand.New(rand.NewPCG(j.Films.Seed, 0x6d617073))
	images := d.Of(j.Films.Split)
	var out []judgedMap
	for _, class := range j.Model.Spec.Classes {
		at := classIndex(d.Classes, class)
		if at < 0 {
			continue
		}
		var shown []judgedMap
		for i := range images {
			if images[i].Labels[at] == dataset.Positive {
				shown = append(shown, judgedMap{image: &images[i], class: class})
			}
		}
		rng.Shuffle(len(shown), func(a, b int) { shown[a], shown[b] = shown[b], shown[a] })
		out = append(out, shown[:min(len(shown), j.Config.Films)]...)
	}
	return out
}

func (j JudgeMaps) judge(ctx context.Context, truth *Truth, m judgedMap) (mapcheck.Verdict, error) {
	im, err := dicomio.Decode(ctx, m.image.Path)
	if err != nil {
		return mapcheck.Verdict{}, err
	}
	defer im.Hold()()
	return j.Explains.Judge(ctx, im, j.Config.Method, m.class, truth.of(m.image, m.class))
}

// sum makes shares and means of the verdicts, with intervals by patient.
func (j JudgeMaps) sum(ctx context.Context, r *report.MapVerdicts, judged []judgedMap) error {
	films, patients := map[string]bool{}, map[string]bool{}
	passed := checked{}
	byCheck := make([]checked, len(mapcheck.Checks()))
	for _, m := range judged {
		films[m.image.Path], patients[m.image.Patient] = true, true
		passed.add(m.image.Patient, m.verdict.Passed(), 0)
		for i, o := range m.verdict.Outcomes {
			if o.Asked {
				byCheck[i].add(m.image.Patient, o.Passed, o.Figure.Value)
			}
		}
	}
	r.Maps, r.Films, r.Patients = len(judged), len(films), len(patients)
	r.Passed, r.PassedCI = passed.share()
	for i, c := range mapcheck.Checks() {
		k := byCheck[i]
		if len(k.patients) == 0 {
			continue
		}
		out := report.CheckedMaps{Name: c.Name, Title: c.Title, Rule: c.Rule.String(), Maps: len(k.patients)}
		out.Passed, out.PassedCI = k.share()
		out.Mean = training.Metric(calib.Mean(k.figures, nil))
		b := calib.Bootstrap{Patient: calib.GroupPatients(k.patients), Rounds: j.Films.Rounds, Seed: j.Films.Seed}
		if b.Rounds > 0 {
			rounds, err := b.Figures(ctx, 1, func(w, out []float64) { out[0] = calib.Mean(k.figures, w) })
			if err != nil {
				return err
			}
			out.MeanCI = training.NewRange(rounds[0])
		}
		r.Checks = append(r.Checks, out)
	}
	return nil
}

// checked are the maps that a check was asked of.
type checked struct {
	patients []string
	passed   []bool
	figures  []float64
}

func (c *checked) add(patient string, passed bool, figure float64) {
	c.patients, c.passed, c.figures = append(c.patients, patient), append(c.passed, passed), append(c.figures, figure)
}

// share is that of the maps that passed, with Wilson's interval over the patients.
func (c *checked) share() (training.Metric, *training.Range) {
	n := 0
	for _, p := range c.passed {
		if p {
			n++
		}
	}
	seen := slices.Compact(slices.Sorted(slices.Values(c.patients)))
	v := float64(n) / float64(len(c.passed))
	i := calib.WilsonShare(v, float64(len(seen)))
	return training.Metric(v), &training.Range{i.Lo, i.Hi}
}
