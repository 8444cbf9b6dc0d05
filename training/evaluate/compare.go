package evaluate

import (
	"context"
	"math"
	"slices"

	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/report"
	"hilum/training/scores"
)

// compare reads the other table, which must be of the same films in the same
// order, and compares the classes that both have; warned is of the other table.
func (j Validate) compare(ctx context.Context, t *scores.Table,
	all []*evaluation) (r *report.Comparison, warned []string, err error) {
	other, err := scores.Load(j.Config.Compare)
	if err != nil {
		return nil, nil, err
	}
	if err := t.SameImages(other); err != nil {
		return nil, nil, message.Errorf("%s cannot be compared: %w", j.Config.Compare, err)
	}
	if j.Config.OtherName != "" {
		other.Name = j.Config.OtherName
	}
	r = &report.Comparison{With: other.Name, SHA256: other.SHA256, Classes: map[string]*report.ClassComparison{}}
	var a, b []*evaluation
	for _, e := range all {
		i := slices.IndexFunc(other.Classes, func(c scores.Class) bool { return c.Name == e.scores.Name })
		if i < 0 {
			continue
		}
		o, err := newEvaluation(&other.Classes[i], calib.Class{Name: e.scores.Name, Threshold: e.threshold})
		if err != nil {
			return nil, nil, err
		}
		a, b = append(a, e), append(b, o)
		r.Classes[e.scores.Name] = newClassComparison(e, o)
	}
	return r, other.Table.Warnings, j.intervals(ctx, r, t, append(a, b...))
}

func newClassComparison(a, b *evaluation) *report.ClassComparison {
	nan := training.Metric(math.NaN())
	c := &report.ClassComparison{AUROC: nan, Other: nan, Difference: nan, Z: nan, P: nan}
	test, err := calib.DeLongPaired(a.scores.Score, b.scores.Score, a.scores.Positive)
	if err != nil { // one outcome
		return c
	}
	c.AUROC, c.Other = training.Metric(a.figures(nil, nil).auroc), training.Metric(b.figures(nil, nil).auroc)
	c.Difference, c.Z, c.P = training.Metric(test.Difference), training.Metric(test.Z), training.Metric(test.P)
	return c
}

// intervals fills the mean and the intervals of differences from draws that both
// models share; pairs holds this model's classes and then the other's.
func (j Validate) intervals(ctx context.Context, r *report.Comparison, t *scores.Table, pairs []*evaluation) error {
	n := len(pairs) / 2
	reports := make([]report.Class, n)
	var mean report.ClassComparison
	for i, e := range pairs[:n] {
		c := r.Classes[e.scores.Name]
		reports[i].AUROC = c.AUROC
		if c.AUROC.Defined() {
			mean.AUROC, mean.Other = mean.AUROC+c.AUROC, mean.Other+c.Other
		}
	}
	k := training.Metric(newMacro(reports).Classes)
	r.Macro = report.ClassComparison{AUROC: mean.AUROC / k, Other: mean.Other / k,
		Difference: (mean.AUROC - mean.Other) / k, Z: training.Metric(math.NaN()), P: training.Metric(math.NaN())}
	if j.Config.Rounds < 1 {
		return nil
	}
	b := calib.Bootstrap{Patient: t.Patient, Rounds: j.Config.Rounds, Seed: j.Config.Seed}
	values, err := bootstrapAll(ctx, pairs, b, training.Track(j.OnStep, "comparison", b.Rounds))
	if err != nil {
		return err
	}
	for i, e := range pairs[:n] {
		ours, theirs := values[i*figuresPerClass], values[(n+i)*figuresPerClass]
		for round := range ours {
			ours[round] -= theirs[round]
		}
		if k := r.Classes[e.scores.Name]; rankingGap(e.patients(t.Patient), k.AUROC.Defined()) == "" {
			k.DifferenceCI = training.NewRange(ours)
		}
	}
	if t.Patients >= fewPatients {
		r.Macro.DifferenceCI = training.NewRange(meanOf(reports, values, 0))
	}
	return nil
}
