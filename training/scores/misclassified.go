package scores

import (
	"cmp"
	"math"
	"slices"

	"hilum/inference/calib"
)

// Misclassification is a film that is called wrongly.
type Misclassification struct {
	Class       string
	Row         int // of the table of scores, from 0
	Probability float64
	Threshold   float64
	Missed      bool    // a finding that was not called; else a call without a finding
	Margin      float64 // relative, see calib.RelMargin; its size is how wrong
}

// Misclassified lists the films on the wrong side of the thresholds, the most wrong
// first, at most n. Labels may be wrong too: that is what looking is for.
func (t *Table) Misclassified(c *calib.Calibration, n int) []Misclassification {
	var out []Misclassification
	for i := range t.Classes {
		s := &t.Classes[i]
		k := slices.IndexFunc(c.Classes, func(k calib.Class) bool { return k.Name == s.Name })
		if k < 0 || c.Classes[k].NoValid != "" {
			continue
		}
		by, threshold := c.Classes[k].Calibrator, c.Classes[k].Threshold
		for f, p := range s.Probabilities(by) {
			if called := p >= threshold; called != s.Positive[f] {
				out = append(out, Misclassification{s.Name, int(s.Row[f]), p, threshold, !called,
					calib.RelMargin(p, threshold)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Misclassification) int {
		return cmp.Compare(math.Abs(b.Margin), math.Abs(a.Margin))
	})
	return out[:min(n, len(out))]
}
