package bias

import (
	"context"
	"math"
	"path/filepath"
	"slices"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
)

// ExperimentReport is what a biased model turned out to be. Intervals are 95 %
// bootstrap intervals over patients; every film is of another patient.
type ExperimentReport struct {
	Experiment
	Model string `json:"-"` // model.onnx
	// mean of the two findings, on the biased films kept from training
	Validation training.Metric `json:"validation_auroc"`

	Biased        inference.Measured `json:"auroc_biased"`   // of the confounded finding, confounder tied as in training
	Unbiased      inference.Measured `json:"auroc_unbiased"` // the same patients, confounder shown at random
	Fall          inference.Measured `json:"auroc_fall"`     // biased less unbiased, on the same draws of patients
	OtherBiased   inference.Measured `json:"auroc_other_biased"`
	OtherUnbiased inference.Measured `json:"auroc_other_unbiased"`

	// On unbiased test films with the finding and the confounder: does the cell
	// of the strongest evidence in the finding's map touch a box of the one, of
	// the other?
	OnLesion     Share `json:"pointing_lesion"`
	OnConfounder Share `json:"pointing_confounder"`
	Nearer       Share `json:"nearer_confounder"` // and is it nearer to the latter's boxes, whatever it touches?

	// On unbiased test films with the confounder: the mean change of the finding's
	// probability when the confounder is erased, when as much is erased at random
	// places, and on the same patient's film without it.
	// nil where no film shows it or none has room.
	Erased  *inference.Measured `json:"erased"`
	Control *inference.Measured `json:"erased_elsewhere"`
	Without *inference.Measured `json:"without"`
}

// Share is k of n with Wilson's interval.
type Share struct {
	K  int     `json:"k"`
	N  int     `json:"n"`
	Lo float64 `json:"lo"`
	Hi float64 `json:"hi"`
}

func shareOf(images []*seenImage, is func(f *seenImage) bool) Share {
	k := 0
	for _, f := range images {
		if is(f) {
			k++
		}
	}
	ci := calib.Wilson(k, len(images))
	return Share{k, len(images), ci.Lo, ci.Hi}
}

// seenImage is what the model said of a film and of its variants.
type seenImage struct {
	*shownImage
	probability [2]float64 // of the confounded finding, of the other
	hits        [2]bool    // of the finding's map: its boxes, the confounder's
	nearer      bool       // the map's strongest place, to the confounder
	erased      float64    // probability of the confounded finding then
	elsewhere   []float64
	twin        float64 // of the film of the same patient without the confounder
}

// measure scores both test sets and fills the report.
func (j RunExperiment) measure(ctx context.Context, m *imageMaker, r *ExperimentReport) error {
	src, err := inference.ReadSource(r.Model, "")
	if err != nil {
		return err
	}
	model, err := inference.OpenModel(j.Engine, src)
	if err != nil {
		return err
	}
	err = j.measureWith(ctx, model, m, r)
	return firstOf(err, model.Close())
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (j RunExperiment) measureWith(ctx context.Context, model *inference.Model, m *imageMaker,
	r *ExperimentReport) error {
	p := prober{m: m, model: model, places: j.Config.Controls}
	if p.places == 0 {
		p.places = defaultErasures
	}
	for k, class := range []string{string(m.confounder.Class), m.Other} {
		if p.class[k] = slices.Index(model.Spec.Classes, class); p.class[k] < 0 {
			return message.Errorf("the model has no class %s", class)
		}
	}
	biased, err := p.score(ctx, m.biased, j.step("test"))
	if err != nil {
		return err
	}
	unbiased, err := p.score(ctx, m.unbiased, j.step("test"))
	if err != nil {
		return err
	}
	if err := p.eraseAll(ctx, unbiased, j.step("erase")); err != nil {
		return err
	}
	return j.sum(ctx, r, biased, unbiased)
}

// prober asks the model about films.
type prober struct {
	m      *imageMaker
	model  *inference.Model
	class  [2]int // places of the confounded and the other finding
	places int
}

// score runs the model over a test set.
func (p *prober) score(ctx context.Context, images []*shownImage, step func(done, total int)) ([]*seenImage, error) {
	files := make([]inference.File, len(images))
	for i, f := range images {
		path := filepath.Join(p.m.dir, f.path)
		files[i] = inference.File{Path: path,
			Decode: func(ctx context.Context) (*dicomio.Image, error) { return dicomio.Decode(ctx, path) }}
	}
	out := make([]*seenImage, len(images))
	err := p.model.ScoreFiles(ctx, files, func(s inference.Scored) error {
		if s.Err != nil {
			return s.Err
		}
		maps, err := p.model.Maps(ctx, s.Image, s.Result)
		if err != nil {
			return err
		}
		f := &seenImage{shownImage: images[s.Index]}
		for k, c := range p.class {
			f.probability[k] = s.Result.Findings[c].Probability
		}
		var far [2]float64
		x, y, points := maps[p.class[0]].Peak()
		for k, label := range [2]string{string(p.m.confounder.Class), string(p.m.confounder.Kind)} {
			f.hits[k] = touches(&maps[p.class[0]], f.boxes, label)
			far[k] = distance(f.boxes, label, x, y)
		}
		f.nearer = points && far[1] < far[0]
		out[s.Index] = f
		step(s.Index+1, len(images))
		return nil
	})
	return out, err
}

// touches tells whether the map's cell of strongest evidence touches a box of a
// label. The cells of a small network are larger than a word, so that a cell's
// centre may lie beside a word that fills it.
func touches(h *inference.Heatmap, boxes []effect.Box, label string) bool {
	x, y, ok := h.Peak()
	if !ok {
		return false
	}
	w, high := (h.X1-h.X0)/float64(h.Width), (h.Y1-h.Y0)/float64(h.Height)
	cell := edit.Rect{X: x - w/2, Y: y - high/2, W: w, H: high}
	return slices.ContainsFunc(boxes, func(b effect.Box) bool { return b.Label == label && b.Rect.Overlaps(cell) })
}

// distance is how far a place lies from the nearest box of a label, in pictures;
// 0 inside one, infinite without any.
func distance(boxes []effect.Box, label string, x, y float64) float64 {
	least := math.Inf(1)
	for _, b := range boxes {
		if b.Label == label {
			r := b.Rect
			least = min(least, math.Hypot(max(r.X-x, 0, x-r.X-r.W), max(r.Y-y, 0, y-r.Y-r.H)))
		}
	}
	return least
}

// eraseAll erases the confounder where it is shown, and as much elsewhere.
func (p *prober) eraseAll(ctx context.Context, images []*seenImage, step func(done, total int)) error {
	shown := slices.DeleteFunc(slices.Clone(images), func(f *seenImage) bool { return !f.shown })
	return each(ctx, len(shown), func(i int) error { return p.erase(ctx, shown[i]) }, step)
}

func (p *prober) erase(ctx context.Context, f *seenImage) error {
	im, err := dicomio.Decode(ctx, filepath.Join(p.m.dir, f.path))
	if err != nil {
		return err
	}
	s := effect.Subject{Ops: edit.Standard(), Model: p.model, Image: im}
	var marks []edit.Rect
	for _, b := range f.boxes {
		if b.Label == string(p.m.confounder.Kind) {
			marks = append(marks, b.Rect)
		}
	}
	if f.erased, err = p.probability(ctx, s, marks); err != nil {
		return err
	}
	for k := range p.places {
		var moved []edit.Rect
		for _, r := range marks {
			moved = append(moved, s.Places(r, 1, f.options.Seed+uint64(k))...)
		}
		if len(moved) < len(marks) {
			break // no room on this film
		}
		v, err := p.probability(ctx, s, moved)
		if err != nil {
			return err
		}
		f.elsewhere = append(f.elsewhere, v)
	}
	return p.without(ctx, f)
}

// probability is that of the confounded finding with regions erased.
func (p *prober) probability(ctx context.Context, s effect.Subject, regions []edit.Rect) (float64, error) {
	var edits []edit.Edit
	for _, r := range regions {
		edits = append(edits, edit.Edit{Kind: edit.Erase, Region: r})
	}
	_, r, err := s.Score(ctx, edits)
	if err != nil {
		return 0, err
	}
	return r.Findings[p.class[0]].Probability, nil
}

// without scores the same patient's film drawn without the confounder.
func (p *prober) without(ctx context.Context, f *seenImage) error {
	twin := shownImage{options: f.options}
	twin.options.Confounders = nil
	im, err := twin.image()
	if err != nil {
		return err
	}
	r, err := p.model.Score(ctx, im)
	if err == nil {
		f.twin = r.Findings[p.class[0]].Probability
	}
	return err
}

// sum turns what was seen into figures with intervals.
func (j RunExperiment) sum(ctx context.Context, r *ExperimentReport, biased, unbiased []*seenImage) error {
	rounds := j.Config.Rounds
	if rounds == 0 {
		rounds = defaultRounds
	}
	b := calib.Bootstrap{Patient: patients(biased), Rounds: rounds, Seed: j.Config.Seed}
	tests := [2][]*seenImage{biased, unbiased}
	if err := aurocs(ctx, b, tests, 0, [3]*inference.Measured{&r.Biased, &r.Unbiased, &r.Fall}); err != nil {
		return err
	}
	if err := aurocs(ctx, b, tests, 1, [3]*inference.Measured{&r.OtherBiased, &r.OtherUnbiased, nil}); err != nil {
		return err
	}
	var both []*seenImage
	for _, f := range unbiased {
		if f.shown && f.positive {
			both = append(both, f)
		}
	}
	r.OnLesion = shareOf(both, func(f *seenImage) bool { return f.hits[0] })
	r.OnConfounder = shareOf(both, func(f *seenImage) bool { return f.hits[1] })
	r.Nearer = shareOf(both, func(f *seenImage) bool { return f.nearer })
	return changes(ctx, b, unbiased, r)
}

func patients(images []*seenImage) []int {
	out := make([]int, len(images))
	for i, f := range images {
		out[i] = f.patient
	}
	return out
}

// aurocs measures finding k on two test sets of the same patients, in the same
// order, and their difference.
func aurocs(ctx context.Context, b calib.Bootstrap, tests [2][]*seenImage, k int, to [3]*inference.Measured) error {
	var rankings [2]*calib.Ranking
	for t, images := range tests {
		scores, labels := make([]float64, len(images)), make([]bool, len(images))
		for i, f := range images {
			scores[i], labels[i] = f.probability[k], [2]bool{f.positive, f.other}[k]
		}
		var err error
		if rankings[t], err = calib.NewRanking(scores, labels); err != nil {
			return err
		}
	}
	figures := func(w, out []float64) {
		out[0], out[1] = rankings[0].Tally(w, nil).AUROC(), rankings[1].Tally(w, nil).AUROC()
		out[2] = out[0] - out[1]
	}
	point := make([]float64, 3)
	all := slices.Repeat([]float64{1}, len(tests[0]))
	figures(all, point)
	rounds, err := b.Figures(ctx, 3, figures)
	if err != nil {
		return err
	}
	positive := 0
	for _, f := range tests[0] {
		if [2]bool{f.positive, f.other}[k] {
			positive++
		}
	}
	for i, m := range to {
		if m != nil {
			*m = effect.Measured(point[i], rounds[i])
			m.Positive, m.Negative = positive, len(tests[0])-positive
		}
	}
	return nil
}

// changes measures what erasing did, on the films that show the confounder.
func changes(ctx context.Context, b calib.Bootstrap, images []*seenImage, r *ExperimentReport) error {
	var change [3][]float64
	var shown []*seenImage
	for _, f := range images {
		if !f.shown {
			continue
		}
		shown = append(shown, f)
		change[0] = append(change[0], f.erased-f.probability[0])
		elsewhere := math.NaN()
		if len(f.elsewhere) > 0 {
			elsewhere = calib.Mean(f.elsewhere, nil) - f.probability[0]
		}
		change[1] = append(change[1], elsewhere)
		change[2] = append(change[2], f.twin-f.probability[0])
	}
	b.Patient = patients(shown)
	means, err := effect.Means(ctx, b, change[:])
	if err != nil {
		return err
	}
	positive := len(slices.DeleteFunc(slices.Clone(shown), func(f *seenImage) bool { return !f.positive }))
	for k, to := range [3]**inference.Measured{&r.Erased, &r.Control, &r.Without} {
		if m := means[k]; !math.IsNaN(m.Value) {
			m.Positive, m.Negative = positive, len(shown)-positive
			*to = &m
		}
	}
	return nil
}
