package calib

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"hilum/internal/message"
)

// Policy is how a threshold is chosen from labelled probabilities.
type Policy struct {
	Kind   PolicyKind
	Value  float64 // the floor of sensitivity, specificity or PPV, or the fixed threshold, 0..1
	FN, FP float64 // costs of a miss and of a false alarm
}

// PolicyKind names a policy.
type PolicyKind string

// The policies.
const (
	F1Max       PolicyKind = "f1"          // the largest F1
	Youden      PolicyKind = "youden"      // the largest sensitivity + specificity
	Sensitivity PolicyKind = "sensitivity" // the highest threshold with at least Value
	Specificity PolicyKind = "specificity" // the lowest threshold with at least Value
	PPV         PolicyKind = "ppv"         // the lowest threshold with at least Value
	Cost        PolicyKind = "cost"        // the least FN*misses + FP*false alarms
	Fixed       PolicyKind = "fixed"       // Value itself: a person set the threshold
)

// ParsePolicy reads f1, youden, sensitivity=X, specificity=X, ppv=X, cost=FN:FP,
// fixed=X.
func ParsePolicy(text string) (Policy, error) {
	kind, value, has := strings.Cut(text, "=")
	p := Policy{Kind: PolicyKind(kind)}
	bad := message.Errorf("policy %q is not f1, youden, sensitivity=X, specificity=X, ppv=X, cost=FN:FP or fixed=X", text)
	var err error
	switch p.Kind {
	case F1Max, Youden:
		if has {
			return p, bad
		}
		return p, nil
	case Sensitivity, Specificity, PPV, Fixed:
		if p.Value, err = strconv.ParseFloat(value, 64); err != nil || !(p.Value > 0 && p.Value <= 1) {
			return p, bad
		}
		return p, nil
	case Cost:
		fn, fp, _ := strings.Cut(value, ":")
		var err2 error
		p.FN, err = strconv.ParseFloat(fn, 64)
		p.FP, err2 = strconv.ParseFloat(fp, 64)
		if err != nil || err2 != nil || !(p.FN > 0 && p.FP > 0) || math.IsInf(p.FN+p.FP, 0) {
			return p, bad
		}
		return p, nil
	}
	return p, bad
}

// String is the form that ParsePolicy reads.
func (p Policy) String() string {
	switch p.Kind {
	case Sensitivity, Specificity, PPV, Fixed:
		return fmt.Sprintf("%s=%g", p.Kind, p.Value)
	case Cost:
		return fmt.Sprintf("cost=%g:%g", p.FN, p.FP)
	}
	return string(p.Kind)
}

// worth ranks an operating point; among equals the higher threshold wins. The
// floors return -Inf where they are not met.
func (p Policy) worth(c Confusion) float64 {
	met := func(v, worth float64) float64 {
		if v >= p.Value-1e-12 {
			return worth
		}
		return math.Inf(-1)
	}
	switch p.Kind {
	case F1Max:
		return c.F1()
	case Youden:
		return c.Sensitivity() + c.Specificity()
	case Sensitivity:
		return met(c.Sensitivity(), c.Specificity())
	case Specificity:
		return met(c.Specificity(), c.Sensitivity())
	case PPV:
		return met(c.PPV(), c.Sensitivity())
	case Cost:
		return -(p.FN*c.FN + p.FP*c.FP)
	}
	return math.NaN()
}

// Threshold chooses the operating point of p over every cut between distinct
// scores, which must be probabilities: exact, not on a grid. The threshold is
// the middle between the neighbouring scores.
func (t *Tally) Threshold(p Policy) (float64, error) {
	if p.Kind == Fixed {
		return p.Value, nil
	}
	best, at, found := math.Inf(-1), 0.0, false
	c := Confusion{FN: t.P, TN: t.N}
	for g := -1; g < len(t.scores); g++ {
		if g >= 0 {
			c.TP += t.pos[g]
			c.FN -= t.pos[g]
			c.FP += t.neg[g]
			c.TN -= t.neg[g]
			if t.pos[g]+t.neg[g] == 0 {
				continue // nobody has this score under these weights
			}
		}
		threshold, possible := t.cut(g)
		if w := p.worth(c); possible && w > best {
			best, at, found = w, threshold, true
		}
	}
	if !found {
		return 0, message.Errorf("policy %s: %w", p, errNoThreshold)
	}
	return at, nil
}

// cut is a threshold that calls the scores up to index g positive and those
// after it negative; false where probabilities leave no room for one.
func (t *Tally) cut(g int) (float64, bool) {
	above, below := 1.0, 0.0
	if g >= 0 {
		above = t.scores[g]
	}
	if g+1 < len(t.scores) {
		below = t.scores[g+1]
	} else {
		return above / 2, true
	}
	if g < 0 && below >= 1 {
		return 0, false
	}
	mid := (above + below) / 2
	if mid <= below { // neighbours in floating point
		mid = above
	}
	return mid, true
}

// ThresholdOnGrid chooses among step, 2 step, ... below 1, the first of the
// best, as pipelines do that scan a grid. step is within (0, 1).
func (t *Tally) ThresholdOnGrid(p Policy, step float64) (float64, error) {
	if !(step > 0 && step < 1) {
		return 0, message.Errorf("calib: grid step %v is not within 0..1", step)
	}
	if p.Kind == Fixed {
		return p.Value, nil
	}
	best, at := math.Inf(-1), 0.0
	for k := 1; float64(k)*step < 1-1e-9; k++ {
		x := float64(k) * step
		if w := p.worth(t.At(x)); w > best {
			best, at = w, x
		}
	}
	if math.IsInf(best, -1) {
		return 0, message.Errorf("policy %s: %w", p, errNoThreshold)
	}
	return at, nil
}
