package evaluate

import (
	"context"

	"hilum/inference/calib"
	"hilum/training"
	"hilum/training/report"
	"hilum/training/scores"
)

// subgroups evaluates every subgroup with the draws of the whole: a patient is
// drawn, and the films that are of the subgroup count.
func (j Validate) subgroups(ctx context.Context, r *report.Report, t *scores.Table, all []*evaluation) error {
	total := 0
	for _, g := range t.Groups {
		total += len(g.Names)
	}
	step := training.Track(j.OnStep, "subgroups", total)
	for _, g := range t.Groups {
		for i, name := range g.Names {
			part, err := restrict(all, g.Of, int8(i))
			if err != nil {
				return err
			}
			b := calib.Bootstrap{Patient: t.Patient, Rounds: j.Config.Rounds, Seed: j.Config.Seed}
			classes, macro, err := evaluateAll(ctx, part, b, func(int) {})
			if err != nil {
				return err
			}
			r.Subgroups = append(r.Subgroups, report.Subgroup{By: g.By, Name: name, Rows: count(g.Of, int8(i)),
				Classes: report.ByName(classes), Macro: macro})
			step(len(r.Subgroups))
		}
	}
	return nil
}

func count(of []int8, group int8) int {
	n := 0
	for _, g := range of {
		if g == group {
			n++
		}
	}
	return n
}

// restrict keeps the rows of one subgroup.
func restrict(all []*evaluation, of []int8, group int8) ([]*evaluation, error) {
	out := make([]*evaluation, len(all))
	for i, e := range all {
		s := &scores.Class{Name: e.scores.Name, IsLogit: e.scores.IsLogit}
		part := &evaluation{scores: s, threshold: e.threshold}
		for k, row := range e.scores.Row {
			if of[row] != group {
				continue
			}
			s.Row, s.Score, s.Positive = append(s.Row, row), append(s.Score, e.scores.Score[k]),
				append(s.Positive, e.scores.Positive[k])
			part.probability, part.called = append(part.probability, e.probability[k]), append(part.called, e.called[k])
		}
		var err error
		if part.ranking, err = calib.NewRanking(s.Score, s.Positive); err != nil {
			return nil, err
		}
		out[i] = part
	}
	return out, nil
}
