// Package samplesize says before any work how precise figures of a given number of films will be,
// and how many films a wanted precision takes. Its core type is [Plan]. It imports the standard
// library.
//
// AUROC: the standard error of Hanley and McNeil (Radiology 143:29, 1982). Sensitivity and
// specificity: the score interval of Wilson (JASA 22:209, 1927). Both count films as independent;
// where patients have several films the intervals are wider.
package samplesize

import (
	"math"

	"hilum/internal/message"
)

// z is the quantile of the normal distribution of 95% intervals.
const z = 1.959963984540054

// Plan is what is expected and what is wanted.
type Plan struct {
	AUROC       float64 // that the model is expected to have, above .5 and below 1
	Sensitivity float64 // and specificity, above 0 and below 1
	Width       float64 // wanted of a 95% interval from end to end, above 0 and below 1
}

// Usual is what is expected where nothing is known: the middle of published figures of classes
// on chest films, and intervals of five points on either side.
func Usual() Plan { return Plan{AUROC: 0.85, Sensitivity: 0.85, Width: 0.1} }

// Check refuses what cannot be computed with.
func (p Plan) Check() error {
	switch {
	case !(p.AUROC > 0.5 && p.AUROC < 1):
		return message.Errorf("the expected AUROC %v is not between 0.5 and 1", p.AUROC)
	case !(p.Sensitivity > 0 && p.Sensitivity < 1):
		return message.Errorf("the expected sensitivity %v is not between 0 and 1", p.Sensitivity)
	case !(p.Width >= 0.005 && p.Width < 1):
		return message.Errorf("the width %v of an interval is not between 0.005 and 1", p.Width)
	}
	return nil
}

// Precision is what a number of films gives. Widths are of 95% intervals from end to end, at
// most 1, and NaN where a side has no film.
type Precision struct {
	Positive, Negative              int
	AUROC, Sensitivity, Specificity float64
	// More is how many films with the finding are missing, at the present share of films with it, until the widths
	// of AUROC and sensitivity are as wanted; 0 for none, -1 where the share is not known.
	More int
}

// Of says what films with and without a finding give.
func (p Plan) Of(positive, negative int) Precision {
	out := Precision{Positive: positive, Negative: negative, AUROC: AUROCWidth(p.AUROC, positive, negative),
		Sensitivity: ShareWidth(p.Sensitivity, positive), Specificity: ShareWidth(p.Sensitivity, negative), More: -1}
	if positive > 0 && negative > 0 {
		out.More = max(0, p.needed(float64(negative)/float64(positive))-positive)
	}
	return out
}

// mostFilms bounds a search.
const mostFilms = 1 << 30

// needed is the least number of films with the finding, beside ratio times as many without it,
// that give both widths.
func (p Plan) needed(ratio float64) int {
	enough := func(n int) bool {
		without := int(math.Round(ratio * float64(n)))
		return without > 0 && AUROCWidth(p.AUROC, n, without) <= p.Width && ShareWidth(p.Sensitivity, n) <= p.Width
	}
	hi := 1
	for hi < mostFilms && !enough(hi) {
		hi *= 2
	}
	lo := hi / 2 // not enough
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; enough(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// AUROCWidth is the width of the 95% interval of an AUROC of so many films with and without the
// finding; NaN where either are none.
func AUROCWidth(auroc float64, positive, negative int) float64 {
	if positive <= 0 || negative <= 0 {
		return math.NaN()
	}
	a, n1, n0 := auroc, float64(positive), float64(negative)
	q1, q2 := a/(2-a), 2*a*a/(1+a)
	variance := (a*(1-a) + (n1-1)*(q1-a*a) + (n0-1)*(q2-a*a)) / (n1 * n0)
	half := z * math.Sqrt(variance)
	return min(1, a+half) - max(0, a-half)
}

// ShareWidth is the width of the 95% interval of a share of n films; NaN for no film.
func ShareWidth(p float64, n int) float64 {
	if n <= 0 {
		return math.NaN()
	}
	m := float64(n)
	return 2 * z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
}
