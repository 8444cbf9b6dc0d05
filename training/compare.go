package training

import (
	"context"
	"fmt"
	"math"
	"slices"

	"hilum/inference/calib"
)

// ComparisonReport sets two models against each other on the same films.
type ComparisonReport struct {
	With    string                      `json:"with"` // name of the other table
	SHA256  string                      `json:"with_sha256"`
	Classes map[string]*ClassComparison `json:"classes"`
	warned  []string                    // of the other table
	Macro   ClassComparison             `json:"macro"` // without z and p: films of one test are shared by all classes
}

// ClassComparison is the difference of AUROCs, this model's less the other's.
// DeLong's test takes films for independent; the interval is by patient.
type ClassComparison struct {
	AUROC        Figure `json:"auroc"`
	Other        Figure `json:"auroc_other"`
	Difference   Figure `json:"difference"`
	DifferenceCI *Range `json:"difference_ci"`
	Z            Figure `json:"delong_z"`
	P            Figure `json:"delong_p"`
}

// compare reads the other table, which must be of the same films in the same
// order, and compares the classes that both have.
func (j Validate) compare(ctx context.Context, t *ScoreTable, all []*evaluation) (*ComparisonReport, error) {
	other, err := LoadScores(j.Config.Compare)
	if err != nil {
		return nil, err
	}
	if err := t.sameFilms(other); err != nil {
		return nil, fmt.Errorf("%s cannot be compared: %w", j.Config.Compare, err)
	}
	if j.Config.OtherName != "" {
		other.Name = j.Config.OtherName
	}
	r := &ComparisonReport{With: other.Name, SHA256: other.SHA256, Classes: map[string]*ClassComparison{}, warned: other.Table.Warnings}
	var a, b []*evaluation
	for _, e := range all {
		i := slices.IndexFunc(other.Classes, func(c ClassScores) bool { return c.Name == e.scores.Name })
		if i < 0 {
			continue
		}
		o, err := newEvaluation(&other.Classes[i], calib.Class{Name: e.scores.Name, Threshold: e.threshold})
		if err != nil {
			return nil, err
		}
		a, b = append(a, e), append(b, o)
		r.Classes[e.scores.Name] = newClassComparison(e, o)
	}
	return r, j.intervals(ctx, r, t, append(a, b...))
}

func newClassComparison(a, b *evaluation) *ClassComparison {
	nan := Figure(math.NaN())
	c := &ClassComparison{AUROC: nan, Other: nan, Difference: nan, Z: nan, P: nan}
	test, err := calib.DeLongPaired(a.scores.Score, b.scores.Score, a.scores.Positive)
	if err != nil { // one outcome
		return c
	}
	c.AUROC, c.Other = Figure(a.figures(nil, nil).auroc), Figure(b.figures(nil, nil).auroc)
	c.Difference, c.Z, c.P = Figure(test.Difference), Figure(test.Z), Figure(test.P)
	return c
}

// intervals fills the mean and the intervals of differences from draws that both
// models share; pairs holds this model's classes and then the other's.
func (j Validate) intervals(ctx context.Context, r *ComparisonReport, t *ScoreTable, pairs []*evaluation) error {
	n := len(pairs) / 2
	reports := make([]ClassReport, n)
	var mean ClassComparison
	for i, e := range pairs[:n] {
		c := r.Classes[e.scores.Name]
		reports[i].AUROC = c.AUROC
		if c.AUROC.Defined() {
			mean.AUROC, mean.Other = mean.AUROC+c.AUROC, mean.Other+c.Other
		}
	}
	k := Figure(newMacro(reports).Classes)
	r.Macro = ClassComparison{AUROC: mean.AUROC / k, Other: mean.Other / k, Difference: (mean.AUROC - mean.Other) / k, Z: Figure(math.NaN()), P: Figure(math.NaN())}
	if j.Config.Rounds < 1 {
		return nil
	}
	b := calib.Bootstrap{Patient: t.Patient, Rounds: j.Config.Rounds, Seed: j.Config.Seed}
	values, err := bootstrapAll(ctx, pairs, b, progress(j.OnStep, "comparison", b.Rounds))
	if err != nil {
		return err
	}
	for i, e := range pairs[:n] {
		ours, theirs := values[i*figuresPerClass], values[(n+i)*figuresPerClass]
		for round := range ours {
			ours[round] -= theirs[round]
		}
		if k := r.Classes[e.scores.Name]; rankingGap(e.patients(t.Patient), k.AUROC.Defined()) == "" {
			k.DifferenceCI = newRange(ours)
		}
	}
	if t.Patients >= fewPatients {
		r.Macro.DifferenceCI = newRange(meanOf(reports, values, 0))
	}
	return nil
}

// sameFilms checks what two tables say of the truth, which is how the same films
// in the same order show.
func (t *ScoreTable) sameFilms(o *ScoreTable) error {
	if t.Rows != o.Rows || !slices.Equal(t.Patient, o.Patient) {
		return fmt.Errorf("its rows are not of the same patients (%d rows of %d patients against %d of %d)", o.Rows, o.Patients, t.Rows, t.Patients)
	}
	shared := 0
	for i := range t.Classes {
		a := &t.Classes[i]
		k := slices.IndexFunc(o.Classes, func(c ClassScores) bool { return c.Name == a.Name })
		if k < 0 {
			continue
		}
		shared++
		if b := &o.Classes[k]; !slices.Equal(a.Row, b.Row) || !slices.Equal(a.Positive, b.Positive) {
			return fmt.Errorf("its labels of %s differ", a.Name)
		}
	}
	if shared == 0 {
		return fmt.Errorf("it shares no class")
	}
	return nil
}
