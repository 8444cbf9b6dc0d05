package calib

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"hilum/internal/message"
)

// Events of the rarer outcome below which a calibration is refused, and below
// which it comes with a warning.
const (
	FewestEvents  = 10
	AdvisedEvents = 100
)

// ErrTooFewEvents is returned when a class has fewer than FewestEvents
// positives or negatives; the caller keeps the threshold it had.
var ErrTooFewEvents = message.New("too few labelled films of one outcome")

// ErrConstant is returned when every film of a class has the same score: no
// threshold separates them.
var ErrConstant = message.New(
	"every film has the same score, so it cannot tell films with and without the finding apart")

// FewestPatients of each outcome are needed for an interval by patient: draws of
// fewer repeat the same few people.
const FewestPatients = 5

// fewestPeople counts the patients of the rarer outcome.
func fewestPeople(d Labelled) int {
	seen := [2]map[int]bool{{}, {}}
	for i, y := range d.Positive {
		side := 0
		if y {
			side = 1
		}
		seen[side][d.Patient[i]] = true
	}
	return min(len(seen[0]), len(seen[1]))
}

// Labelled is one class's scores with their labels and patients, films with an
// unknown label left out.
type Labelled struct {
	Logits   []float64
	Positive []bool
	Patient  []int // see Bootstrap

	// Probabilities are the scores as probabilities where a table gives them so;
	// nil takes the sigmoid of the logits. A threshold without a calibrator is
	// chosen on them, because going through the logit may swap near ties.
	Probabilities []float64
}

// Recipe is how a class is calibrated.
type Recipe struct {
	Calibrator string  // the name of a method, or KindAuto
	Methods    Methods // that there are to choose from; nil is Calibrators
	Policy     Policy  // of the threshold
	Grid       float64 // step of a threshold grid; 0 is exact
	Prevalence float64 // where the model will be used, 0..1; 0 is as in the data
	Rounds     int     // of the bootstrap for the threshold's interval; 0 is none
	Seed       uint64
}

// Outcome is a fitted class and what a person should know of it.
type Outcome struct {
	Class    Class
	Warnings []string // sentences
}

// Fit calibrates one class: it fits the calibrator, corrects it for the
// prevalence, chooses the threshold, and puts an interval around it by drawing
// patients anew and choosing again (the calibrator stays). The metrics are those
// on the same films and so flatter a little.
func (r Recipe) Fit(ctx context.Context, name string, d Labelled) (Outcome, error) {
	counts, err := d.count()
	if err != nil {
		return Outcome{}, message.Errorf("calib: %s: %w", name, err)
	}
	k := Class{Name: name, Counts: &counts, Policy: r.Policy.String(), Prevalence: r.Prevalence}
	o := Outcome{}
	if n := min(counts.Positive, counts.Negative); n < AdvisedEvents {
		o.Warnings = append(o.Warnings, fmt.Sprintf(
			"%s has only %d films of the rarer outcome; under %d a threshold is uncertain.", name, n, AdvisedEvents))
	}
	if slices.Min(d.Logits) == slices.Max(d.Logits) {
		return Outcome{}, message.Errorf("calib: %s: %w", name, ErrConstant)
	}
	if k.Calibrator, err = r.calibrator(d); err != nil {
		return Outcome{}, message.Errorf("calib: %s: %w", name, err)
	}
	weight, err := r.reweight(counts)
	if err != nil {
		return Outcome{}, message.Errorf("calib: %s: %w", name, err)
	}
	if k.Calibrator, err = shifted(k.Calibrator, r.shift(counts)); err != nil {
		return Outcome{}, message.Errorf("calib: %s: %w", name, err)
	}
	warnings, err := r.threshold(ctx, &k, d, weight)
	if err != nil {
		return Outcome{}, message.Errorf("calib: %s: %w", name, err)
	}
	if i, err := DeLongInterval(d.Logits, d.Positive); err == nil && i.Lo <= 0.5 {
		warnings = append(warnings, fmt.Sprintf(
			"The scores tell films with and without %s apart no better than chance may: the interval of their AUROC, %.2f to %.2f, reaches one half.",
			name, i.Lo, i.Hi))
	}
	o.Class, o.Warnings = k, append(o.Warnings, warnings...)
	return o, nil
}

func (d Labelled) count() (Counts, error) {
	if len(d.Logits) != len(d.Positive) || len(d.Patient) != len(d.Logits) ||
		d.Probabilities != nil && len(d.Probabilities) != len(d.Logits) {
		return Counts{}, message.Errorf("%d logits, %d labels and %d patients do not match", len(d.Logits),
			len(d.Positive),
			len(d.Patient))
	}
	var c Counts
	for _, y := range d.Positive {
		if y {
			c.Positive++
		} else {
			c.Negative++
		}
	}
	if min(c.Positive, c.Negative) < FewestEvents {
		return c, message.Errorf("%w: %d positive and %d negative, at least %d of each are needed", ErrTooFewEvents,
			c.Positive,
			c.Negative, FewestEvents)
	}
	return c, nil
}

func (r Recipe) calibrator(d Labelled) (Calibrator, error) {
	kind := r.Calibrator
	if kind == KindAuto {
		var err error
		if kind, err = r.Methods.orKnown().Choose(d, r.Seed); err != nil {
			return nil, err
		}
	}
	return r.Methods.orKnown().Fit(kind, d.Logits, d.Positive)
}

// shift is the change of the logit that the deployment prevalence asks for.
func (r Recipe) shift(c Counts) float64 {
	if r.Prevalence == 0 {
		return 0
	}
	return priorShift(float64(c.Positive)/float64(c.Positive+c.Negative), r.Prevalence)
}

// reweight gives the weights of a positive and a negative film that bring the
// data to the deployment prevalence.
func (r Recipe) reweight(c Counts) ([2]float64, error) {
	if r.Prevalence == 0 {
		return [2]float64{1, 1}, nil
	}
	if !(r.Prevalence > 0 && r.Prevalence < 1) {
		return [2]float64{}, message.Errorf("prevalence %v is not within 0..1", r.Prevalence)
	}
	share := float64(c.Positive) / float64(c.Positive+c.Negative)
	return [2]float64{r.Prevalence / share, (1 - r.Prevalence) / (1 - share)}, nil
}

// threshold sets the threshold with its metrics and its interval; the warnings say
// what is odd about it.
func (r Recipe) threshold(ctx context.Context, k *Class, d Labelled, weight [2]float64) (warnings []string, err error) {
	p := make([]float64, len(d.Logits))
	base := make([]float64, len(d.Logits))
	for i, l := range d.Logits {
		p[i] = k.finding(l).Probability
		if k.Calibrator == nil && d.Probabilities != nil {
			p[i] = d.Probabilities[i]
		}
		base[i] = weight[1]
		if d.Positive[i] {
			base[i] = weight[0]
		}
	}
	if slices.Min(p) == slices.Max(p) { // a calibrator made them so of scores that differ
		return nil, ErrNotRising
	}
	ranking, err := NewRanking(p, d.Positive)
	if err != nil {
		return nil, err
	}
	t := ranking.Tally(base, nil)
	if k.Threshold, err = r.choose(t); err != nil {
		return nil, err
	}
	c := t.At(k.Threshold)
	k.Metrics = c.Metrics()
	switch {
	case c.FN+c.TN == 0:
		warnings = append(warnings, fmt.Sprintf(
			"%s is positive on every film at its threshold: by this policy the scores do not tell films with and without it apart.",
			k.Name))
	case c.TP+c.FP == 0:
		warnings = append(warnings, fmt.Sprintf(
			"%s is positive on no film at its threshold: by this policy the scores do not tell films with and without it apart.",
			k.Name))
	}
	if r.Rounds < 1 || r.Policy.given() { // what a person set does not vary with the films
		return warnings, nil
	}
	if err := r.interval(ctx, k, ranking, base, d.Patient); err != nil {
		return nil, err
	}
	if n := fewestPeople(d); k.CI != nil && n < FewestPatients {
		k.CI = nil
		return append(warnings, fmt.Sprintf(
			"The threshold of %s has no interval: only %d patients stand behind the rarer outcome.", k.Name, n)), nil
	}
	if k.CI == nil {
		warnings = append(warnings, fmt.Sprintf(
			"The threshold of %s has no interval: every draw of patients gives the same, which does not make it certain.",
			k.Name))
	}
	return warnings, nil
}

func (r Recipe) choose(t *Tally) (float64, error) {
	if r.Grid > 0 {
		return t.ThresholdOnGrid(r.Policy, r.Grid)
	}
	return t.Threshold(r.Policy)
}

func (r Recipe) interval(ctx context.Context, k *Class, ranking *Ranking, base []float64, patient []int) error {
	b := Bootstrap{Patient: patient, Rounds: r.Rounds, Seed: r.Seed}
	type scratch struct {
		w     []float64
		tally *Tally
	}
	pool := sync.Pool{New: func() any {
		return &scratch{w: make([]float64, ranking.Len()),
			tally: ranking.Tally(nil, nil)}
	}}
	values, err := b.Figures(ctx, 1, func(w, out []float64) {
		s := pool.Get().(*scratch)
		defer pool.Put(s)
		for i := range w {
			s.w[i] = w[i] * base[i]
		}
		var err error
		if out[0], err = r.choose(ranking.Tally(s.w, s.tally)); err != nil {
			out[0] = math.NaN()
		}
	})
	if err != nil {
		return err
	}
	if ci, ok := Spread(values[0]); ok {
		k.CI = &ci
	}
	return nil
}

// shifted is c with delta added to the logit of its probability; nil stands for
// the plain sigmoid.
func shifted(c Calibrator, delta float64) (Calibrator, error) {
	if delta == 0 {
		return c, nil
	}
	if !finite(delta) {
		return nil, message.Errorf("shift %v of the logit is not a number", delta)
	}
	if c == nil {
		return Platt{1, delta}, nil
	}
	return c.Shifted(delta), nil
}
