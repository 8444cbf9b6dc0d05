package calib

import (
	"math"
	"slices"

	"hilum/internal/message"
)

// ErrOneOutcome is returned where a figure needs positives and negatives.
var ErrOneOutcome = message.New("only one outcome occurs")

// ErrNoSpread is returned where nothing in the data says how far a figure may be
// off.
var ErrNoSpread = message.New("the data show no error to reckon an interval from")

// DeLong gives the AUROC and its variance (DeLong, DeLong and Clarke-Pearson
// 1988) by the midranks of Sun and Xu 2014. It treats films as independent.
func DeLong(scores []float64, positive []bool) (auc, variance float64, err error) {
	p, err := placements(scores, positive)
	if err != nil {
		return 0, 0, err
	}
	return p.auc, covariance(p, p), nil
}

// DeLongInterval is the normal interval of DeLong at 1.96 standard errors,
// clipped to 0..1. Where no score is on the wrong side the variance is 0 and the
// error ErrNoSpread.
func DeLongInterval(scores []float64, positive []bool) (Interval, error) {
	auc, v, err := DeLong(scores, positive)
	if err != nil {
		return Interval{}, err
	}
	if v <= 0 {
		return Interval{}, ErrNoSpread
	}
	d := 1.959963984540054 * math.Sqrt(v)
	return Interval{max(0, auc-d), min(1, auc+d)}, nil
}

// PairedTest compares two models on the same films.
type PairedTest struct {
	Difference float64 // AUROC of the first less that of the second
	Z, P       float64 // two-sided; identical scores give 0 and 1
}

// DeLongPaired tests whether two scores of the same films have the same AUROC.
func DeLongPaired(a, b []float64, positive []bool) (PairedTest, error) {
	pa, err := placements(a, positive)
	if err != nil {
		return PairedTest{}, message.Errorf("first model: %w", err)
	}
	pb, err := placements(b, positive)
	if err != nil {
		return PairedTest{}, message.Errorf("second model: %w", err)
	}
	t := PairedTest{Difference: pa.auc - pb.auc, P: 1}
	v := covariance(pa, pa) + covariance(pb, pb) - 2*covariance(pa, pb)
	if v > 1e-15 {
		t.Z = t.Difference / math.Sqrt(v)
		t.P = math.Erfc(math.Abs(t.Z) / math.Sqrt2)
	}
	return t, nil
}

// placement values: for each positive the share of negatives it beats, and for
// each negative the share of positives that beat it.
type placement struct {
	auc      float64
	pos, neg []float64
}

func placements(scores []float64, positive []bool) (placement, error) {
	if len(scores) != len(positive) {
		return placement{}, message.Errorf("calib: %d scores for %d labels", len(scores), len(positive))
	}
	var x, y []float64
	for i, s := range scores {
		switch {
		case math.IsNaN(s):
			return placement{}, message.Errorf("calib: score %d is not a number", i)
		case positive[i]:
			x = append(x, s)
		default:
			y = append(y, s)
		}
	}
	if len(x) == 0 || len(y) == 0 {
		return placement{}, message.Errorf("calib: %w", ErrOneOutcome)
	}
	all := midranks(append(slices.Clone(x), y...))
	rx, ry := midranks(x), midranks(y)
	m, n := float64(len(x)), float64(len(y))
	p := placement{pos: make([]float64, len(x)), neg: make([]float64, len(y))}
	for i := range x {
		p.pos[i] = (all[i] - rx[i]) / n
		p.auc += p.pos[i] / m
	}
	for i := range y {
		p.neg[i] = 1 - (all[len(x)+i]-ry[i])/m
	}
	return p, nil
}

// midranks gives ranks from 1, equal values sharing their mean rank.
func midranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case v[a] < v[b]:
			return -1
		case v[a] > v[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}

// covariance of two AUROCs from their placement values; with one positive or
// one negative that part is unknown and counts nothing.
func covariance(a, b placement) float64 {
	part := func(u, v []float64) float64 {
		n := float64(len(u))
		if n < 2 {
			return 0
		}
		mu, mv := sum(u)/n, sum(v)/n
		var s float64
		for i := range u {
			s += (u[i] - mu) * (v[i] - mv)
		}
		return s / (n - 1) / n
	}
	return part(a.pos, b.pos) + part(a.neg, b.neg)
}
