package calib

import (
	"encoding/json"
	"math"
	"sort"

	"hilum/internal/message"
)

// Calibrator maps a logit to a calibrated probability, 0..1, monotonically.
type Calibrator interface {
	Probability(logit float64) float64
	Kind() string // its name in thresholds.json
	check() error
}

// Platt is p = sigmoid(A*logit + B) (Platt 1999).
type Platt struct{ A, B float64 }

// Temperature is p = sigmoid(logit/T) (Guo et al. 2017), T > 0.
type Temperature struct{ T float64 }

// Beta is logit p = A*ln q - B*ln(1-q) + C with q the sigmoid of the logit
// (Kull et al. 2017), A, B >= 0.
type Beta struct{ A, B, C float64 }

// Isotonic interpolates linearly between knots of non-decreasing Y over
// strictly increasing logits X, and clips outside them.
type Isotonic struct{ X, Y []float64 }

// Probability implements Calibrator.
func (c Platt) Probability(l float64) float64 { return Sigmoid(c.A*l + c.B) }

// Probability implements Calibrator.
func (c Temperature) Probability(l float64) float64 { return Sigmoid(l / c.T) }

// Probability implements Calibrator. ln q and ln(1-q) are taken from the logit
// itself, which stays exact where q would round to 0 or 1.
func (c Beta) Probability(l float64) float64 {
	return Sigmoid(c.A*logSigmoid(l) - c.B*logSigmoid(-l) + c.C)
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
func (Platt) Kind() string { return "platt" }

// Kind implements Calibrator.
func (Temperature) Kind() string { return "temperature" }

// Kind implements Calibrator.
func (Beta) Kind() string { return "beta" }

// Kind implements Calibrator.
func (Isotonic) Kind() string { return "isotonic" }

func (c Platt) check() error {
	if !finite(c.A, c.B) || c.A <= 0 {
		return message.New("a platt calibrator needs a > 0 and finite a, b")
	}
	return nil
}

func (c Temperature) check() error {
	if !finite(c.T) || c.T <= 0 {
		return message.New("a temperature calibrator needs t > 0")
	}
	return nil
}

func (c Beta) check() error {
	if !finite(c.A, c.B, c.C) || c.A < 0 || c.B < 0 {
		return message.New("a beta calibrator needs a, b >= 0 and finite a, b, c")
	}
	return nil
}

func (c Isotonic) check() error {
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

// calibratorJSON is the form of every kind in thresholds.json.
type calibratorJSON struct {
	Kind string    `json:"kind"`
	A    *float64  `json:"a,omitempty"`
	B    *float64  `json:"b,omitempty"`
	C    *float64  `json:"c,omitempty"`
	T    *float64  `json:"t,omitempty"`
	X    []float64 `json:"x,omitempty"`
	Y    []float64 `json:"y,omitempty"`
}

func encodeCalibrator(c Calibrator) calibratorJSON {
	j := calibratorJSON{Kind: c.Kind()}
	switch c := c.(type) {
	case Platt:
		j.A, j.B = &c.A, &c.B
	case Temperature:
		j.T = &c.T
	case Beta:
		j.A, j.B, j.C = &c.A, &c.B, &c.C
	case Isotonic:
		j.X, j.Y = c.X, c.Y
	}
	return j
}

// decodeCalibrator returns nil for kind "none".
func decodeCalibrator(raw json.RawMessage) (Calibrator, error) {
	var j calibratorJSON
	if err := json.Unmarshal(raw, &j); err != nil {
		return nil, err
	}
	var c Calibrator
	switch j.Kind {
	case "none":
		return nil, nil
	case "platt":
		c = Platt{A: value(j.A), B: value(j.B)}
	case "temperature":
		c = Temperature{T: value(j.T)}
	case "beta":
		c = Beta{A: value(j.A), B: value(j.B), C: value(j.C)}
	case "isotonic":
		c = Isotonic{X: j.X, Y: j.Y}
	default:
		return nil, message.Errorf("unknown calibrator %q", j.Kind)
	}
	return c, c.check()
}

// value makes a missing figure not a number, so that check refuses it.
func value(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}

func finite(xs ...float64) bool {
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// logSigmoid is ln sigmoid(x) without overflow.
func logSigmoid(x float64) float64 {
	if x >= 0 {
		return -math.Log1p(math.Exp(-x))
	}
	return x - math.Log1p(math.Exp(x))
}
