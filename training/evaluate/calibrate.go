package evaluate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hilum/inference/calib"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/scores"
)

// CalibrateConfig says how to calibrate.
type CalibrateConfig struct {
	Scores     string                 // CSV, see scores.Table
	Calibrator string                 // the name of one of Methods, or calib.KindAuto
	Policy     string                 // in a form of one of Policies
	ByClass    map[string]ClassChoice // what single classes have instead of Calibrator and Policy
	Grid       float64                // step of a threshold grid, within 0..1; 0 is exact
	Prevalence string                 // file of prevalences, see LoadPrevalences; "" keeps those of the data
	Parent     string                 // thresholds.json whose thresholds stay where the data are too few; "" is 0.5
	Rounds     int                    // of the patient bootstrap of thresholds, 0..20000; 0 gives no intervals
	Seed       uint64
	Split      string // part of the data that the scores are of, for the record; "" is "all"

	// Hashes of the model that gave the scores, for the record; "" takes those of
	// Parent.
	ModelSHA256, PrepSHA256 string

	DataName string // what thresholds.json calls the films; "" is the table's file name

	Out       string // thresholds.json to write; "" writes none
	Overwrite bool   // Out may replace a file

	Methods  calib.Methods // that there are to choose from; nil is calib.Calibrators
	Policies calib.Rules   // the same; nil is calib.Policies
}

// known fills in the lists that come along.
func (c CalibrateConfig) known() CalibrateConfig {
	if c.Methods == nil {
		c.Methods = calib.Calibrators()
	}
	if c.Policies == nil {
		c.Policies = calib.Policies()
	}
	return c
}

// ClassChoice is how one class is calibrated; "" is as all the others.
type ClassChoice struct {
	Calibrator string `json:"calibrator,omitempty"`
	Policy     string `json:"policy,omitempty"`
}

// Check finds mistakes that need no data.
func (c CalibrateConfig) Check() error {
	c = c.known()
	choices := c.Methods.Choices()
	if !slices.Contains(choices, c.Calibrator) {
		return message.Errorf("calibrator %q is not known; use %s", c.Calibrator, strings.Join(choices, ", "))
	}
	if _, err := c.Policies.Parse(c.Policy); err != nil {
		return err
	}
	for class, choice := range c.ByClass {
		if choice.Calibrator != "" && !slices.Contains(choices, choice.Calibrator) {
			return message.Errorf("calibrator %q of %s is not known; use %s", choice.Calibrator, class,
				strings.Join(choices, ", "))
		}
		if choice.Policy != "" {
			if _, err := c.Policies.Parse(choice.Policy); err != nil {
				return message.Errorf("%s: %w", class, err)
			}
		}
	}
	if c.Grid != 0 && !(c.Grid >= 1e-5 && c.Grid <= 0.5) {
		return message.Errorf("grid step %v is not within 0.00001..0.5", c.Grid)
	}
	return checkRounds(c.Rounds)
}

func checkRounds(n int) error {
	if n < 0 || n > maxRounds {
		return message.Errorf("%d bootstrap rounds are not within 0..%d", n, maxRounds)
	}
	return nil
}

// Calibrate fits a calibration to scores and labels.
type Calibrate struct {
	Config CalibrateConfig
	OnStep func(training.Progress) // may be nil
}

// CalibrateReport is what a calibration came to. All figures are on the films it
// was fitted on, and so flatter.
type CalibrateReport struct {
	Calibration *calib.Calibration
	Classes     []CalibratedClass // in the order of the table
	Notes       []string          // what a reader must know
	Warnings    []string          // of the table: what is not used of it, what was guessed
}

// CalibratedClass shows what the fit changed.
type CalibratedClass struct {
	Name       string
	Calibrator string // its kind
	// at which all figures of the class stand, the metrics of its calibration too: films are weighted to
	// it
	Prevalence    training.Metric
	Weighted      bool            // it is not that of the films
	LogLossBefore training.Metric // of the plain scores
	LogLossAfter  training.Metric
	ECEBefore     training.Metric
	ECEAfter      training.Metric
}

// Run fits every class and writes thresholds.json. When ctx ends it stops,
// leaves what is there as it was, and returns ctx's error.
func (j Calibrate) Run(ctx context.Context) (*CalibrateReport, error) {
	j.Config = j.Config.known()
	c := j.Config
	if err := c.Check(); err != nil {
		return nil, message.Errorf("calibrate: %w", err)
	}
	t, err := scores.Load(c.Scores)
	if err != nil {
		return nil, message.Errorf("calibrate: %w", err)
	}
	out, err := c.start(t)
	if err != nil {
		return nil, message.Errorf("calibrate: %w", err)
	}
	if err := j.classes(ctx, t, out); err != nil {
		return nil, message.Errorf("calibrate: %w", err)
	}
	if c.Out != "" {
		if err := c.write(out.Calibration); err != nil {
			return nil, message.Errorf("calibrate: %w", err)
		}
	}
	return out, nil
}

func (c CalibrateConfig) write(k *calib.Calibration) error {
	data, err := k.Encode()
	if err != nil {
		return err
	}
	files := atomicfile.Overwriting(c.Overwrite)
	files.Protect(c.Scores, c.Prevalence) // the parent may be replaced where somebody says so
	if _, err = files.WriteBytes(c.Out, data); err != nil {
		return message.Errorf("calib: save: %w", err)
	}
	return nil
}

// start is the parent's calibration under a new heading.
func (c CalibrateConfig) start(t *scores.Table) (*CalibrateReport, error) {
	parent := calib.Default(t.Names())
	if c.Parent != "" {
		var err error
		if parent, err = c.Methods.LoadAll(c.Parent, t.Names()); err != nil {
			return nil, err
		}
	}
	// The scores are of the parent's model, so its hashes hold for the child.
	out := &CalibrateReport{Calibration: &calib.Calibration{
		Method: c.Policy, Split: cmp.Or(c.Split, "all"), Data: fmt.Sprintf("%d films of %d patients in %s", t.Rows,
			t.Patients, cmp.Or(c.DataName, t.Name)),
		ModelSHA256: cmp.Or(c.ModelSHA256, parent.ModelSHA256), PrepSHA256: cmp.Or(c.PrepSHA256, parent.PrepSHA256),
		DataSHA256: t.SHA256,
		Date:       time.Now().UTC().Truncate(time.Second), Classes: parent.Classes,
	}}
	if t.SplitByImage {
		out.note(dataset.LeakingNote)
	}
	out.note("Every figure here is on the films it was fitted on and so flatters; run validate on other films.")
	if c.Grid > 0 {
		out.Calibration.Method = fmt.Sprintf("%s on a grid of %g", c.Policy, c.Grid)
	}
	if kept := parent.Classes[len(t.Classes):]; len(kept) > 0 {
		out.note("The table does not speak of %s: they keep the thresholds that they had.",
			strings.Join(classNames(kept), ", "))
	}
	for _, name := range t.Unpaired {
		out.note("%s has scores or labels but not both and is left out.", name)
	}
	return out, nil
}

func classNames(classes []calib.Class) (out []string) {
	for _, k := range classes {
		out = append(out, k.Name)
	}
	return out
}

func (r *CalibrateReport) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

func (j Calibrate) classes(ctx context.Context, t *scores.Table, out *CalibrateReport) error {
	c := j.Config
	prevalence, err := scores.LoadPrevalencesFor(c.Prevalence, t)
	if err != nil {
		return err
	}
	out.Warnings = t.Table.Warnings
	if len(prevalence) > 0 {
		out.note(
			"Where a prevalence was given, every figure of the class (F1, PPV, sensitivity, log loss and ECE, before and after) stands at that prevalence: the films are weighted to it.")
	}
	step := training.Track(j.OnStep, "classes", len(t.Classes))
	for i := range t.Classes {
		recipe, err := c.recipe(t.Classes[i].Name, prevalence[t.Classes[i].Name])
		if err != nil {
			return err
		}
		if err := out.fit(ctx, recipe, t, i); err != nil {
			return err
		}
		step(i + 1)
	}
	return nil
}

// recipe is how one class is calibrated.
func (c CalibrateConfig) recipe(class string, prevalence float64) (calib.Recipe, error) {
	own := c.ByClass[class]
	policy, err := c.Policies.Parse(cmp.Or(own.Policy, c.Policy))
	return calib.Recipe{
		Methods:    c.Methods,
		Calibrator: cmp.Or(own.Calibrator, c.Calibrator), Policy: policy, Grid: c.Grid, Prevalence: prevalence,
		Rounds: c.Rounds, Seed: c.Seed,
	}, err
}

// fit calibrates one class, or leaves it as its parent had it and says why.
func (r *CalibrateReport) fit(ctx context.Context, recipe calib.Recipe, t *scores.Table, i int) error {
	s, k := &t.Classes[i], &r.Calibration.Classes[i]
	d := calib.Labelled{Logits: s.Logits(), Positive: s.Positive, Patient: s.Patients(t),
		Probabilities: s.Probabilities(nil)}
	o, err := recipe.Fit(ctx, s.Name, d)
	switch {
	case ctx.Err() != nil:
		return message.Errorf("stopped at %s: %w", s.Name, ctx.Err())
	case err != nil:
		k.NoValid = because(s.Name, err)
		recipe.Prevalence = 0 // nothing was corrected
		r.note("%s keeps the threshold %.4g that it had: %s.", s.Name, k.Threshold, k.NoValid)
	default:
		*k = o.Class
		r.Notes = append(r.Notes, o.Warnings...)
	}
	r.Classes = append(r.Classes, newCalibratedClass(s, k, recipe.Prevalence))
	return nil
}

// because is an error of a fit as a reason, without the places it came through.
func because(class string, err error) string {
	for _, known := range []error{calib.ErrNotRising, calib.ErrConstant} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "calib: "), class+": ")
}

func newCalibratedClass(s *scores.Class, k *calib.Class, prevalence float64) CalibratedClass {
	n := s.Counts()
	out := CalibratedClass{Name: s.Name, Calibrator: calib.KindNone, Prevalence: training.Metric(prevalence),
		Weighted: prevalence > 0}
	if prevalence == 0 {
		out.Prevalence = training.Metric(float64(n.Positive) / float64(n.Positive+n.Negative))
	}
	if k.Calibrator != nil {
		out.Calibrator = k.Calibrator.Kind()
	}
	w := calib.PrevalenceWeights(n, prevalence)
	out.LogLossBefore, out.ECEBefore = fitOf(s, nil, w)
	out.LogLossAfter, out.ECEAfter = fitOf(s, k.Calibrator, w)
	return out
}

func fitOf(s *scores.Class, by calib.Calibrator, w calib.Weights) (logLoss, ece training.Metric) {
	p := s.Probabilities(by)
	return training.Metric(w.LogLoss(p, s.Positive)), training.Metric(w.ECE(p, s.Positive, eceBins))
}
