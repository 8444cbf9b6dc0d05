// Package thresholds is where thresholds are set by hand. Its core type is [Editor]: the
// scores of the films for calibration, a calibrator and an operating point for each
// class, and what follows from them at the site. It imports inference/calib,
// training/evaluate and training/scores.
package thresholds

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training/evaluate"
	"hilum/training/scores"
)

// Config is what was chosen so far, and what there is to choose from.
type Config struct {
	Calibrator   string // a kind of Methods
	Policy       string // in a form of Policies
	ByClass      map[string]evaluate.ClassChoice
	Prevalence   map[string]float64 // at the site; classes left out are as in the films
	ImagesPerDay float64            // read at the site

	Methods  calib.Methods
	Policies calib.Rules
}

// Editor is where the thresholds of a model are set by hand. It is used by one
// goroutine.
type Editor struct {
	ImagesPerDay float64 // read at the site
	Patients     int
	Classes      []*Class
}

// Class is one class in the editor.
type Class struct {
	Name       string
	Choice     evaluate.ClassChoice // what differs from the run's calibrator and policy
	Counts     calib.Counts
	Refused    string  // why there is no threshold; "" when there is
	Prevalence float64 // at the site, 0..1

	methods     calib.Methods
	policies    calib.Rules
	own         float64 // prevalence of the films
	policy      string
	calibrator  string
	scores      *scores.Class
	patient     []int
	fitted      calib.Calibrator
	probability []float64
	threshold   float64
	weights     [][]float64 // how often each draw of the patient bootstrap has each patient; nil before the first
}

// New opens a table of scores with what was chosen before.
func New(t *scores.Table, c Config) *Editor {
	b := &Editor{ImagesPerDay: c.ImagesPerDay, Patients: t.Patients}
	for i := range t.Classes {
		scores := &t.Classes[i]
		k := &Class{
			Name: scores.Name, Choice: c.ByClass[scores.Name], Counts: scores.Counts(), methods: c.Methods,
			policies: c.Policies,
			policy:   c.Policy, calibrator: c.Calibrator, scores: scores,
		}
		for _, row := range scores.Row {
			k.patient = append(k.patient, t.Patient[row])
		}
		k.own = float64(k.Counts.Positive) / float64(max(1, k.Counts.Positive+k.Counts.Negative))
		k.Prevalence = k.own
		if p, ok := c.Prevalence[scores.Name]; ok {
			k.Prevalence = p
		}
		k.refit()
		b.Classes = append(b.Classes, k)
	}
	return b
}

// Class finds a class by name; nil when it is not there.
func (e *Editor) Class(name string) *Class {
	for _, k := range e.Classes {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Choices are the classes whose calibrator or policy differ from the run's.
func (e *Editor) Choices() map[string]evaluate.ClassChoice {
	out := map[string]evaluate.ClassChoice{}
	for _, k := range e.Classes {
		if k.Choice != (evaluate.ClassChoice{}) {
			out[k.Name] = k.Choice
		}
	}
	return out
}

// Prevalences are those of the site where they differ from the films'.
func (e *Editor) Prevalences() map[string]float64 {
	out := map[string]float64{}
	for _, k := range e.Classes {
		if k.Prevalence != k.own && k.Prevalence > 0 && k.Prevalence < 1 {
			out[k.Name] = k.Prevalence
		}
	}
	return out
}

// Calibrator is the kind in use, see training.Calibrators.
func (k *Class) Calibrator() string {
	if k.Choice.Calibrator != "" {
		return k.Choice.Calibrator
	}
	return k.calibrator
}

// Policy is the one in use, in a form of calib.Rules.
func (k *Class) Policy() string {
	if k.Choice.Policy != "" {
		return k.Choice.Policy
	}
	return k.policy
}

// Threshold is the operating point on the calibrated probability, 0..1.
func (k *Class) Threshold() float64 { return k.threshold }

// ByHand says whether a person set the threshold.
func (k *Class) ByHand() bool {
	p, err := k.policies.Parse(k.Policy())
	return err == nil && p.Kind == calib.Fixed
}

// SetCalibrator fits another calibrator. A threshold that was set by hand
// stands for another operating point then, so the policy sets it again.
func (k *Class) SetCalibrator(kind string) {
	k.Choice.Calibrator = kind
	if k.ByHand() {
		k.Choice.Policy = ""
	}
	k.refit()
}

// SetPolicy chooses the threshold by another policy.
func (k *Class) SetPolicy(policy string) error {
	if _, err := k.policies.Parse(policy); err != nil {
		return err
	}
	k.Choice.Policy = policy
	k.refit()
	return nil
}

// Bounds of a threshold that is dragged: at 0 and 1 a class would be called
// always or never.
const leastThreshold, mostThreshold = 0.001, 0.999

// SetThreshold sets the threshold by hand, kept within 0.001..0.999.
func (k *Class) SetThreshold(t float64) {
	k.threshold = min(max(t, leastThreshold), mostThreshold)
	k.Choice.Policy = calib.Policy{Kind: calib.Fixed, Value: k.threshold}.String()
}

// SetPrevalence says how frequent the finding is at the site, above 0 and below
// 1. The probabilities follow it.
func (k *Class) SetPrevalence(p float64) error {
	if !(p > 0 && p < 1) {
		return message.Errorf("the prevalence %v is not between 0 and 1", p)
	}
	k.Prevalence = p
	k.refit()
	return nil
}

// refit fits calibrator and threshold as chosen.
func (k *Class) refit() {
	k.Refused, k.fitted = "", nil
	policy, err := k.policies.Parse(k.Policy())
	if err == nil {
		recipe := calib.Recipe{Calibrator: k.Calibrator(), Methods: k.methods, Policy: policy}
		if k.Prevalence != k.own {
			recipe.Prevalence = k.Prevalence
		}
		d := calib.Labelled{Logits: k.scores.Logits(), Positive: k.scores.Positive, Patient: k.patient,
			Probabilities: k.scores.Probabilities(nil)}
		var o calib.Outcome
		if o, err = recipe.Fit(context.Background(), k.Name, d); err == nil {
			k.fitted, k.threshold = o.Class.Calibrator, o.Class.Threshold
		}
	}
	if err != nil {
		k.Refused = because(k.Name, err)
		k.threshold = calib.DefaultThreshold
	}
	k.probability = k.scores.Probabilities(k.fitted)
}

// Probabilities are the calibrated probabilities of the films with a label, and
// the labels.
func (k *Class) Probabilities() (p []float64, positive []bool) {
	return k.probability, k.scores.Positive
}

// Operating is what a threshold means at the site, each figure with its 95%
// interval.
type Operating struct {
	Threshold    float64
	Confusion    calib.Confusion // of the films
	Sensitivity  Estimate
	Specificity  Estimate
	PPV          Estimate // at the site's prevalence
	AlertsPerDay Estimate // calls, right and wrong, at the site's prevalence
}

// Estimate is a figure with its 95% interval. It is NaN where it is undefined.
type Estimate struct {
	Value float64
	calib.Interval
}

// rounds is the number of draws behind an interval that follows the mouse.
const rounds = 200

// At gives what the class's threshold means. Intervals of sensitivity and
// specificity are the wider of Wilson's by patients and the patient bootstrap's: the
// first knows that none of few is not never, the second that films of one patient
// are alike. Those of PPV and alerts follow from their ends, and so err on the wide
// side; the prevalence is taken as known.
func (e *Editor) At(k *Class) Operating {
	o := Operating{Threshold: k.threshold}
	for i, p := range k.probability {
		switch called := p >= k.threshold; {
		case called && k.scores.Positive[i]:
			o.Confusion.TP++
		case called:
			o.Confusion.FP++
		case k.scores.Positive[i]:
			o.Confusion.FN++
		default:
			o.Confusion.TN++
		}
	}
	c := o.Confusion
	sens, spec := k.resampled()
	with, without := k.people()
	o.Sensitivity = Estimate{c.Sensitivity(), hull(calib.WilsonShare(c.Sensitivity(), with), sens)}
	o.Specificity = Estimate{c.Specificity(), hull(calib.WilsonShare(c.Specificity(), without), spec)}
	o.PPV = atSite(k.Prevalence, o.Sensitivity, o.Specificity, ppv)
	alerts := func(pi, sensitivity, specificity float64) float64 {
		return e.ImagesPerDay * (pi*sensitivity + (1-pi)*(1-specificity))
	}
	o.AlertsPerDay = atSite(k.Prevalence, o.Sensitivity, o.Specificity, alerts)
	o.AlertsPerDay.Interval = calib.Interval{
		Lo: alerts(k.Prevalence, o.Sensitivity.Lo, o.Specificity.Hi),
		Hi: alerts(k.Prevalence, o.Sensitivity.Hi, o.Specificity.Lo),
	}
	return o
}

// people counts the patients with a film with the finding, and with one without.
func (k *Class) people() (with, without float64) {
	seen := [2]map[int]bool{{}, {}}
	for i, positive := range k.scores.Positive {
		side := 1
		if positive {
			side = 0
		}
		seen[side][k.patient[i]] = true
	}
	return float64(len(seen[0])), float64(len(seen[1]))
}

// ppv is Bayes' theorem.
func ppv(pi, sensitivity, specificity float64) float64 {
	hit, alarm := pi*sensitivity, (1-pi)*(1-specificity)
	return hit / (hit + alarm)
}

// atSite is a figure that rises with both sensitivity and specificity.
func atSite(pi float64, sens, spec Estimate, f func(pi, sensitivity, specificity float64) float64) Estimate {
	return Estimate{f(pi, sens.Value, spec.Value),
		calib.Interval{Lo: f(pi, sens.Lo, spec.Lo), Hi: f(pi, sens.Hi, spec.Hi)}}
}

func hull(a calib.Interval, b *calib.Interval) calib.Interval {
	if b == nil {
		return a
	}
	return calib.Interval{Lo: min(a.Lo, b.Lo), Hi: max(a.Hi, b.Hi)}
}

// resampled gives the intervals of sensitivity and specificity over draws of
// patients; nil where draws leave nothing to count.
func (k *Class) resampled() (sensitivity, specificity *calib.Interval) {
	if k.weights == nil {
		k.draw()
	}
	var values [2][]float64 // sensitivity, specificity
	for _, w := range k.weights {
		var right, all [2]float64
		for i, p := range k.probability {
			side := 1
			if k.scores.Positive[i] {
				side = 0
			}
			weight := w[k.patient[i]]
			all[side] += weight
			if (p >= k.threshold) == k.scores.Positive[i] {
				right[side] += weight
			}
		}
		for side := range values {
			if all[side] > 0 {
				values[side] = append(values[side], right[side]/all[side])
			}
		}
	}
	return interval(values[0]), interval(values[1])
}

func interval(values []float64) *calib.Interval {
	if i, ok := calib.Percentiles(values, 0.95); ok {
		return &i
	}
	return nil
}

// draw draws patients with replacement, once: intervals then move with the
// threshold alone.
func (k *Class) draw() {
	n := 0
	if len(k.patient) > 0 {
		n = slices.Max(k.patient) + 1
	}
	present := make([]bool, n)
	var ids []int
	for _, p := range k.patient {
		if !present[p] {
			present[p] = true
			ids = append(ids, p)
		}
	}
	r := rand.New(rand.NewPCG(1, uint64(n)))
	k.weights = make([][]float64, rounds)
	for draw := range k.weights {
		w := make([]float64, n)
		for range ids {
			w[ids[r.IntN(len(ids))]]++
		}
		k.weights[draw] = w
	}
}

// because is an error of a fit as a reason, without the places it came through.
func because(class string, err error) string {
	if errors.Is(err, calib.ErrConstant) {
		return calib.ErrConstant.Error()
	}
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "calib: "), class+": ")
}
