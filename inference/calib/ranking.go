package calib

import (
	"math"
	"slices"

	"hilum/internal/message"
)

// Ranking is one class's labelled scores, sorted once so that figures can be
// recomputed quickly for many weightings of the films, as a bootstrap does.
type Ranking struct {
	scores []float64 // distinct, falling
	group  []int32   // of each film: index into scores
	label  []bool
}

// NewRanking takes one score (rising with the evidence: logit or probability)
// and one label a film. Scores must be numbers; infinite ones are allowed.
func NewRanking(scores []float64, positive []bool) (*Ranking, error) {
	if len(scores) != len(positive) {
		return nil, message.Errorf("calib: %d scores for %d labels", len(scores), len(positive))
	}
	order := make([]int, len(scores))
	for i, s := range scores {
		if math.IsNaN(s) {
			return nil, message.Errorf("calib: score %d is not a number", i)
		}
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	r := &Ranking{group: make([]int32, len(scores)), label: slices.Clone(positive)}
	for _, i := range order {
		if n := len(r.scores); n == 0 || scores[i] < r.scores[n-1] {
			r.scores = append(r.scores, scores[i])
		}
		r.group[i] = int32(len(r.scores) - 1)
	}
	return r, nil
}

// Len is the number of films.
func (r *Ranking) Len() int { return len(r.label) }

// Tally holds the weight of positives and negatives at each distinct score,
// highest first. It is reused between weightings.
type Tally struct {
	scores   []float64
	pos, neg []float64
	P, N     float64 // in all
}

// Tally weighs the films with w, or each with 1 where w is nil. t is filled and
// returned; nil makes a new one.
func (r *Ranking) Tally(w []float64, t *Tally) *Tally {
	if t == nil || len(t.pos) != len(r.scores) {
		t = &Tally{pos: make([]float64, len(r.scores)), neg: make([]float64, len(r.scores))}
	}
	t.scores = r.scores
	clear(t.pos)
	clear(t.neg)
	for i, g := range r.group {
		k := 1.0
		if w != nil {
			k = w[i]
		}
		if r.label[i] {
			t.pos[g] += k
		} else {
			t.neg[g] += k
		}
	}
	t.P, t.N = sum(t.pos), sum(t.neg)
	return t
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

// AUROC is the area under the ROC curve, ties counted one half (Hanley and
// McNeil 1982); not a number when an outcome is missing.
func (t *Tally) AUROC() float64 {
	var above, area float64
	for g, n := range t.neg {
		area += n * (above + t.pos[g]/2)
		above += t.pos[g]
	}
	return area / (t.P * t.N)
}

// AveragePrecision is sum (R_k - R_k-1) P_k over the distinct scores, as
// scikit-learn's average_precision_score; not a number without positives.
func (t *Tally) AveragePrecision() float64 {
	var tp, fp, area float64
	for g := range t.pos {
		tp += t.pos[g]
		fp += t.neg[g]
		if tp+fp > 0 {
			area += t.pos[g] * tp / (tp + fp)
		}
	}
	return area / t.P
}

// Confusion counts films by outcome and call; with weights they are sums.
type Confusion struct{ TP, FP, FN, TN float64 }

// At counts the calls at threshold t: a score of t or more is positive.
func (t *Tally) At(threshold float64) Confusion {
	var c Confusion
	for g, s := range t.scores {
		if s < threshold {
			break
		}
		c.TP += t.pos[g]
		c.FP += t.neg[g]
	}
	c.FN, c.TN = t.P-c.TP, t.N-c.FP
	return c
}

// Steps calls f for each distinct score, highest first, with the calls when it
// is the threshold.
func (t *Tally) Steps(f func(score float64, c Confusion)) {
	c := Confusion{FN: t.P, TN: t.N}
	for g, s := range t.scores {
		c.TP += t.pos[g]
		c.FN -= t.pos[g]
		c.FP += t.neg[g]
		c.TN -= t.neg[g]
		f(s, c)
	}
}

// Sensitivity is TP/(TP+FN); like its siblings not a number when undefined.
func (c Confusion) Sensitivity() float64 { return c.TP / (c.TP + c.FN) }

// Specificity is TN/(TN+FP).
func (c Confusion) Specificity() float64 { return c.TN / (c.TN + c.FP) }

// PPV is TP/(TP+FP).
func (c Confusion) PPV() float64 { return c.TP / (c.TP + c.FP) }

// NPV is TN/(TN+FN).
func (c Confusion) NPV() float64 { return c.TN / (c.TN + c.FN) }

// F1 is 2TP/(2TP+FP+FN).
func (c Confusion) F1() float64 { return 2 * c.TP / (2*c.TP + c.FP + c.FN) }

// NetBenefit is TP/n - FP/n * t/(1-t) at threshold probability t (Vickers and
// Elkin 2006).
func (c Confusion) NetBenefit(t float64) float64 {
	n := c.TP + c.FP + c.FN + c.TN
	return (c.TP - c.FP*t/(1-t)) / n
}

// Metrics are the figures that thresholds.json keeps; undefined ones are 0.
func (c Confusion) Metrics() *Metrics {
	or0 := func(v float64) float64 {
		if math.IsNaN(v) {
			return 0
		}
		return v
	}
	return &Metrics{F1: or0(c.F1()), Precision: or0(c.PPV()), Recall: or0(c.Sensitivity())}
}

var errNoThreshold = message.New("no threshold reaches it")
