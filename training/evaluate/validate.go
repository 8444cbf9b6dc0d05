package evaluate

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"hilum/inference/calib"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/report"
	"hilum/training/scores"
)

// maxRounds bounds the bootstrap: beyond it intervals do not move any more.
const maxRounds = 20_000

// ValidateConfig says what to validate.
type ValidateConfig struct {
	Scores     string // CSV, see scores.Table
	Thresholds string // thresholds.json; "" takes 0.5 on the scores as they are
	Rounds     int    // of the patient bootstrap, 0..20000; 0 gives no intervals
	Seed       uint64
	Out        string        // folder of the report; "" writes none
	Overwrite  bool          // files in Out may be replaced
	PerClass   bool          // a page of figures for each class in the report
	Compare    string        // CSV of another model's scores of the same films; "" compares none
	OtherName  string        // of the other model in the report; "" takes the table's
	DataNotes  []string      // what scoring the data set said, for the report
	Methods    calib.Methods // that the thresholds may be of; nil is calib.Calibrators
	Metrics    string        // metrics.jsonl of the run that made the model, for its curves; "" draws none
}

// Check finds mistakes that need no data.
func (c ValidateConfig) Check() error { return checkRounds(c.Rounds) }

// Validate judges scores against labels.
type Validate struct {
	Config ValidateConfig
	Boxes  *report.Localisation    // to go with the report; nil for none
	Maps   *report.MapVerdicts     // likewise
	OnStep func(training.Progress) // may be nil; called from several goroutines, one at a time
}

// Run reads the table, computes all figures and writes the report. When ctx ends
// it stops and returns ctx's error; a report is then not written, or not whole.
func (j Validate) Run(ctx context.Context) (*report.Report, error) {
	c := j.Config
	if err := c.Check(); err != nil {
		return nil, message.Errorf("validate: %w", err)
	}
	t, err := scores.Load(c.Scores)
	if err != nil {
		return nil, message.Errorf("validate: %w", err)
	}
	thresholds := calib.Default(t.Names())
	methods := c.Methods
	if methods == nil {
		methods = calib.Calibrators()
	}
	if c.Thresholds != "" {
		if thresholds, err = methods.LoadAll(c.Thresholds, t.Names()); err != nil {
			return nil, message.Errorf("validate: %w", err)
		}
	}
	all := make([]*evaluation, len(t.Classes))
	for i := range t.Classes {
		if all[i], err = newEvaluation(&t.Classes[i], thresholds.Classes[i]); err != nil {
			return nil, message.Errorf("validate: %s: %w", t.Classes[i].Name, err)
		}
	}
	report := &report.Report{Warnings: t.Table.Warnings, Source: t.Name, SHA256: t.SHA256, Rows: t.Rows,
		Patients: t.Patients, Rounds: c.Rounds, Seed: c.Seed, Boxes: j.Boxes, Maps: j.Maps}
	if err := j.figures(ctx, report, t, all); err != nil {
		return nil, message.Errorf("validate: %w", err)
	}
	report.Notes = append(report.Notes, c.DataNotes...)
	note(report, t, thresholds, c.Thresholds)
	if err := j.write(ctx, report, all); err != nil {
		return nil, message.Errorf("validate: %w", err)
	}
	return report, nil
}

// write fills the folder of the report, if there is one.
func (j Validate) write(ctx context.Context, r *report.Report, all []*evaluation) error {
	c := j.Config
	d := report.Drawing{Dir: c.Out, Files: atomicfile.Overwriting(c.Overwrite), PerClass: c.PerClass, OnStep: j.OnStep}
	if c.Metrics != "" {
		var err error
		if d.Curves, err = history.LoadCurves(c.Metrics); err != nil {
			return err
		}
	}
	if c.Out == "" {
		return nil
	}
	d.Files.Protect(c.Scores, c.Thresholds, c.Compare, c.Metrics)
	for i, e := range all {
		d.Classes = append(d.Classes, e.figure(&r.Classes[i]))
	}
	return r.Write(ctx, d)
}

// figures fills the report: all films, subgroups, the other model.
func (j Validate) figures(ctx context.Context, r *report.Report, t *scores.Table, all []*evaluation) (err error) {
	b := calib.Bootstrap{Patient: t.Patient, Rounds: j.Config.Rounds, Seed: j.Config.Seed}
	if r.Classes, r.Macro, err = evaluateAll(ctx, all, b, training.Track(j.OnStep, "bootstrap", b.Rounds)); err != nil {
		return err
	}
	if err := j.subgroups(ctx, r, t, all); err != nil {
		return err
	}
	if j.Config.Compare == "" {
		return nil
	}
	var warned []string
	if r.Comparison, warned, err = j.compare(ctx, t, all); err == nil {
		r.Warnings = append(slices.Clone(r.Warnings), warned...)
	}
	return err
}

// note says what a reader must know before believing the figures.
func note(r *report.Report, t *scores.Table, c *calib.Calibration, path string) {
	add := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	if r.Leaking = t.SplitByImage; r.Leaking {
		r.Notes = append(r.Notes, dataset.LeakingNote)
	}
	switch {
	case path == "":
		add("No thresholds were given: every threshold is %v, on the scores as they are.", calib.DefaultThreshold)
	case c.DataSHA256 == t.SHA256:
		r.SameData = true
		add(
			"The thresholds were fitted on this very table: figures at the threshold and of calibration flatter. Judge them on other films.")
	case c.DataSHA256 == "":
		add(
			"The thresholds do not say which data they were fitted on. If it was this table, figures at the threshold flatter.")
	}
	if path != "" {
		r.Thresholds = filepath.Base(path)
	}
	noteIntervals(r, add)
	for i := range r.Classes {
		k := &r.Classes[i]
		if p := c.Classes[i].Prevalence; p > 0 {
			add(
				"The probabilities of %s are corrected for a prevalence of %.4g; every figure here stands at %v, that of these films.",
				k.Name, p, k.Prevalence)
		}
		if t.Classes[i].Constant() && k.Positive+k.Negative > 1 {
			add("Every film has the same score of %s: it cannot tell films with and without the finding apart.", k.Name)
		}
		k.ThresholdNote = c.Classes[i].NoValid
		if k.ThresholdNote != "" {
			add("%s has no threshold of its own: %s.", k.Name, k.ThresholdNote)
		}
		switch n := min(k.Positive, k.Negative); {
		case n == 0:
			add("%s has only one outcome here: its AUROC is undefined and it is left out of the mean.", k.Name)
		case n < calib.AdvisedEvents:
			add("%s has %d positive and %d negative films: under %d of each its figures are uncertain.", k.Name,
				k.Positive,
				k.Negative, calib.AdvisedEvents)
		}
	}
	for _, name := range t.Unpaired {
		add("%s has scores or labels but not both and is left out.", name)
	}
}
