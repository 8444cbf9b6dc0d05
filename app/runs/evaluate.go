package runs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/graph"
	"hilum/internal/atomicfile"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/report"
	"hilum/training/scores"
)

// judge scores the films held out, by the run's model and by the one in use,
// and then calibrates.
func (t *task) judge(ctx context.Context, e inference.Engine) error {
	if err := t.begin(); err != nil {
		return err
	}
	data := t.run.dataPath()
	if t.run.CalibrateOnly {
		d, err := openSplit(ctx, t.run.Settings)
		if err != nil {
			return err
		}
		data = t.run.Path(imagesFile)
		if err := writeTable(data, d); err != nil {
			return err
		}
	}
	m, err := openModel(e, t.run.ModelPath())
	if err != nil {
		return err
	}
	err = t.score(ctx, m, data, dataset.Validate, t.next(fitScores))
	if err == nil {
		err = t.score(ctx, m, data, dataset.Test, t.next(heldOutScores))
	}
	if err := errors.Join(err, m.Close()); err != nil {
		return err
	}
	if err := t.scoreInUse(ctx, e, data); err != nil {
		return err
	}
	return t.pronounce(ctx, e)
}

func openModel(e inference.Engine, path string) (*inference.Model, error) {
	src, err := inference.ReadSource(path, "")
	if err != nil {
		return nil, err
	}
	return inference.OpenModel(e, src)
}

func (t *task) score(ctx context.Context, m *inference.Model, data string, part dataset.Split, out string) error {
	phase := map[dataset.Split]string{dataset.Validate: phaseFit, dataset.Test: phaseHeldOut}[part]
	job := evaluate.Score{
		Config: evaluate.ScoreConfig{Data: data, Split: part, Unit: dataset.ByPatient, Seed: t.run.Seed, Out: out},
		Model:  m, OnStep: func(s training.Progress) { s.Phase = phase; t.step(s) },
	}
	_, err := job.Run(ctx)
	return err
}

// scoreInUse scores the held-out films by the model in use, where that is
// another one; without it there is no comparison.
func (t *task) scoreInUse(ctx context.Context, e inference.Engine, data string) error {
	if t.spec.InUse == "" {
		return nil
	}
	m, err := openModel(e, t.spec.InUse)
	if err != nil { // the run's own figures need no comparison
		t.notes = append(t.notes, fmt.Sprintf("There is no comparison with the model in use: %v.", err))
		return nil
	}
	own, err := inference.HashFile(t.run.ModelPath())
	if err == nil && own != m.SHA256 && shares(m.Spec.Classes, t.run.Data) {
		err = t.score(ctx, m, data, dataset.Test, t.next(inUseScores))
	}
	return errors.Join(err, m.Close())
}

// shares says whether a model knows a class of the data.
func shares(classes []string, d *DataSummary) bool {
	return d == nil || slices.ContainsFunc(d.Classes,
		func(c ClassCount) bool { return slices.Contains(classes, c.Name) })
}

// calibrate sets the thresholds as chosen, from the scores that are there.
func (t *task) calibrate(ctx context.Context, e inference.Engine) error {
	if err := t.begin(); err != nil {
		return err
	}
	return t.pronounce(ctx, e)
}

// pronounce sets the thresholds as chosen, writes the report of the films held out, makes
// the model that can be deployed, with card, and the thresholds beside it, and puts this
// verdict in the place of the last one.
func (t *task) pronounce(ctx context.Context, e inference.Engine) error {
	m, err := openModel(e, t.run.ModelPath())
	if err != nil {
		return err
	}
	about := modelFacts{m.Spec, m.SHA256, m.Calibration}
	if err := m.Close(); err != nil {
		return err
	}
	fitted, err := t.fit(ctx, about)
	if err != nil {
		return err
	}
	report, err := t.validate(ctx, fitted.Calibration)
	if err != nil {
		return err
	}
	if err := t.writeModel(ctx, about, fitted.Calibration, report); err != nil {
		return err
	}
	judged := Judged{ModelSHA256: about.sha256, Notes: append(t.notes, fitted.Notes...)}
	if report.Comparison != nil {
		judged.With = report.Comparison.With
	}
	if err := writeJSON(t.next(judgedFile), judged); err != nil {
		return err
	}
	return publish(t.run.Dir)
}

// modelFacts are what is kept of a model after it was closed.
type modelFacts struct {
	spec   inference.Spec
	sha256 string
	before *calib.Calibration // that the model came with
}

func (t *task) fit(ctx context.Context, m modelFacts) (*evaluate.CalibrateReport, error) {
	s := t.run.Settings
	c := evaluate.CalibrateConfig{
		Scores: t.newest(fitScores), Calibrator: s.Calibrator, Policy: s.Policy, ByClass: s.ByClass, Rounds: Rounds,
		Seed:  s.Seed,
		Split: string(dataset.Validate), ModelSHA256: m.sha256, PrepSHA256: m.spec.Prep.Hash(),
		DataName: filepath.Base(s.Data), Methods: t.worker.Catalogue.Methods, Policies: t.worker.Catalogue.Policies,
	}
	table, err := scores.Load(c.Scores)
	if err != nil {
		return nil, err
	}
	known := map[string]float64{}
	for class, p := range s.Prevalence {
		if slices.Contains(table.Names(), class) {
			known[class] = p
		}
	}
	if len(known) > 0 {
		c.Prevalence = t.next(scoresDir + "/prevalence.json")
		if err := writeJSON(c.Prevalence, known); err != nil {
			return nil, err
		}
	}
	return evaluate.Calibrate{Config: c,
		OnStep: func(s training.Progress) { s.Phase = phaseSetting; t.step(s) }}.Run(ctx)
}

// validate writes the report on the films held out.
func (t *task) validate(ctx context.Context, c *calib.Calibration) (*report.Report, error) {
	thresholds := t.next(scoresDir + "/" + thresholdsName)
	if err := c.Save(thresholds); err != nil {
		return nil, err
	}
	v := evaluate.ValidateConfig{Scores: t.newest(heldOutScores), Thresholds: thresholds, Rounds: Rounds,
		Seed: t.run.Seed,
		Out:  t.next(reportDir)}
	if other := t.compared(); other != "" {
		v.Compare, v.OtherName = other, otherName
	}
	return evaluate.Validate{Config: v, OnStep: t.step}.Run(ctx)
}

// compared is the table of scores of the model in use; "" where there is none.
func (t *task) compared() string {
	beside := filepath.Dir(t.newest(heldOutScores)) // of the same validation
	path := filepath.Join(beside, filepath.Base(inUseScores))
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// writeModel makes the folder that is deployed. A model that was only
// calibrated stays byte for byte what it was.
func (t *task) writeModel(ctx context.Context, m modelFacts, fitted *calib.Calibration, report *report.Report) error {
	card := t.card(m, report)
	path := t.next(calibratedDir + "/" + modelName)
	g, err := graph.ReadFile(t.run.ModelPath())
	if err != nil {
		return err
	}
	_, own := g.Metadata("hilum.labels")
	if t.run.CalibrateOnly && own && !slices.ContainsFunc(g.Graph.Initializers, (*graph.Tensor).External) {
		err = copyFile(ctx, t.run.ModelPath(), path)
	} else {
		err = writeWithCard(g, m.spec, card, path)
	}
	if err != nil {
		return err
	}
	whole := complete(fitted, m, t.run.CalibrateOnly)
	if whole.ModelSHA256, err = inference.HashFile(path); err != nil {
		return err
	}
	if err := whole.Save(t.next(calibratedDir + "/" + thresholdsName)); err != nil {
		return err
	}
	return atomicfile.WriteBytes(t.next(calibratedDir+"/card.md"), []byte(cardText(card, whole, report)))
}

func writeWithCard(g *graph.Model, spec inference.Spec, card inference.Card, path string) error {
	spec.Card = card
	if err := spec.Stamp(g); err != nil {
		return err
	}
	if err := g.Inline(); err != nil {
		return err
	}
	return g.WriteFile(path)
}

// complete gives the model's classes that the data say nothing of a place in
// the calibration, as the model had it, with the reason. A class with too few
// films keeps what it had before, where only calibrating was asked for.
func complete(fitted *calib.Calibration, m modelFacts, calibrateOnly bool) *calib.Calibration {
	out := *fitted
	out.Classes = nil
	for i, name := range m.spec.Classes {
		before := calib.Class{Name: name, Threshold: calib.DefaultThreshold}
		if calibrateOnly {
			before = m.before.Classes[i]
		}
		at := slices.IndexFunc(fitted.Classes, func(k calib.Class) bool { return k.Name == name })
		switch {
		case at < 0:
			before.NoValid = "the data have no label of it"
			out.Classes = append(out.Classes, before)
		case fitted.Classes[at].NoValid != "":
			before.NoValid = fitted.Classes[at].NoValid
			out.Classes = append(out.Classes, before)
		default:
			out.Classes = append(out.Classes, fitted.Classes[at])
		}
	}
	return &out
}

// card says of the model what the run found.
func (t *task) card(m modelFacts, r *report.Report) inference.Card {
	c := m.spec.Card
	s := t.run.Settings
	if !t.run.CalibrateOnly {
		c.Name = s.Name
		if p := t.run.Training; p != nil && p.Plan != nil {
			c.Trained = p.Plan.Train
			c.Description = fmt.Sprintf("Trained from %s by the recipe %s. The figures are of films that neither trained it nor set its thresholds.", p.Plan.Network, p.Plan.Recipe)
		}
	}
	c.NotForDiagnosis = true
	c.Date = time.Now().UTC().Format(time.DateOnly)
	r.Measure(&c)
	return c
}

// cardText is the card for people, in Markdown.
func cardText(c inference.Card, k *calib.Calibration, r *report.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n%s\n\n", c.Name, inference.NotForDiagnosis, c.Description)
	fmt.Fprintf(&b, "Validated on %d films of %d patients that set no threshold. Thresholds: %s.\n\n", r.Rows,
		r.Patients, k.Data)
	b.WriteString("| class | AUROC (95%) | threshold (95%) | sensitivity | specificity | positives | negatives |\n|---|---|---|---|---|---|---|\n")
	for _, row := range r.Classes {
		i := slices.IndexFunc(k.Classes, func(x calib.Class) bool { return x.Name == row.Name })
		threshold := "-"
		if i >= 0 {
			threshold = thresholdText(k.Classes[i])
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s %s | %s %s | %d | %d |\n", row.Name, row.AUROC, row.AUROCCI, threshold,
			row.Sensitivity, row.SensitivityCI, row.Specificity, row.SpecificityCI, row.Positive, row.Negative)
	}
	fmt.Fprintf(&b, "\nMean AUROC %s %s.\n", r.Macro.AUROC, r.Macro.AUROCCI)
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "\n- %s", n)
	}
	b.WriteString("\n")
	return b.String()
}

func thresholdText(k calib.Class) string {
	switch {
	case k.NoValid != "":
		return "none: " + k.NoValid
	case k.CI != nil:
		return fmt.Sprintf("%.3f (%.3f-%.3f)", k.Threshold, k.CI.Lo, k.CI.Hi)
	}
	return fmt.Sprintf("%.3f, %s", k.Threshold, k.Policy)
}
