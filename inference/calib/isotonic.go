package calib

import (
	"cmp"
	"encoding/json"
	"slices"
	"sort"

	"hilum/internal/message"
)

// KindIsotonic is the name of [isotonicRegression].
const KindIsotonic = "isotonic"

// Isotonic interpolates linearly between knots of non-decreasing Y over
// strictly increasing logits X, and clips outside them.
type Isotonic struct{ X, Y []float64 }

// isotonicRegression is any rising curve.
func isotonicRegression() Method {
	return Method{
		Name: KindIsotonic, Title: "isotonic", Source: "Barlow et al. 1972", Decode: decodeIsotonic,
		Fit: func(logits []float64, positive []bool) (Calibrator, error) { return fitIsotonic(logits, positive), nil },
	}
}

// Probability implements Calibrator.
func (c Isotonic) Probability(l float64) float64 {
	n := len(c.X)
	i := sort.SearchFloat64s(c.X, l)
	switch i {
	case 0:
		return c.Y[0]
	case n:
		return c.Y[n-1]
	}
	w := (l - c.X[i-1]) / (c.X[i] - c.X[i-1])
	return c.Y[i-1] + w*(c.Y[i]-c.Y[i-1])
}

// Kind implements Calibrator.
func (Isotonic) Kind() string { return KindIsotonic }

// Check implements Calibrator.
func (c Isotonic) Check() error {
	if len(c.X) == 0 || len(c.X) != len(c.Y) || !finite(c.X...) || !finite(c.Y...) {
		return message.New("an isotonic calibrator needs as many x as y, all finite")
	}
	for i := range c.X {
		if c.Y[i] < 0 || c.Y[i] > 1 || i > 0 && (c.X[i] <= c.X[i-1] || c.Y[i] < c.Y[i-1]) {
			return message.New("an isotonic calibrator needs rising x and y, y within 0..1")
		}
	}
	return nil
}

// Shifted implements Calibrator.
func (c Isotonic) Shifted(delta float64) Calibrator {
	y := make([]float64, len(c.Y))
	for i, p := range c.Y {
		y[i] = Sigmoid(Logit(p) + delta)
	}
	return Isotonic{c.X, y}
}

// MarshalJSON implements Calibrator.
func (c Isotonic) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind string    `json:"kind"`
		X    []float64 `json:"x,omitempty"`
		Y    []float64 `json:"y,omitempty"`
	}{KindIsotonic, c.X, c.Y})
}

func decodeIsotonic(data []byte) (Calibrator, error) {
	var j struct{ X, Y []float64 }
	err := json.Unmarshal(data, &j)
	return Isotonic{j.X, j.Y}, err
}

// fitIsotonic is least squares under a rising order by pooling adjacent
// violators (Barlow et al. 1972). Equal logits are averaged first; the knots are
// the two ends of every pooled block, as scikit-learn keeps them.
func fitIsotonic(logits []float64, positive []bool) Isotonic {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(logits[a], logits[b]) })
	var blocks []block
	for k := 0; k < len(order); {
		b := block{lo: logits[order[k]], hi: logits[order[k]]}
		for ; k < len(order) && logits[order[k]] == b.lo; k++ {
			b.n++
			if positive[order[k]] {
				b.pos++
			}
		}
		blocks = append(blocks, b)
		for n := len(blocks); n > 1 && blocks[n-2].mean() >= blocks[n-1].mean(); n-- {
			blocks[n-2] = blocks[n-2].join(blocks[n-1])
			blocks = blocks[:n-1]
		}
	}
	var c Isotonic
	for _, b := range blocks {
		c.X, c.Y = append(c.X, b.lo), append(c.Y, b.mean())
		if b.hi > b.lo {
			c.X, c.Y = append(c.X, b.hi), append(c.Y, b.mean())
		}
	}
	return c
}

// block is a run of logits that share one probability.
type block struct{ lo, hi, pos, n float64 }

func (b block) mean() float64 { return b.pos / b.n }

func (b block) join(c block) block { return block{b.lo, c.hi, b.pos + c.pos, b.n + c.n} }
