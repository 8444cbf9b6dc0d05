package calib

import (
	"encoding/json"

	"hilum/internal/message"
)

// KindBeta is the name of [betaCalibration].
const KindBeta = "beta"

// Beta is logit p = A*ln q - B*ln(1-q) + C with q the sigmoid of the logit
// (Kull et al. 2017), A, B >= 0.
type Beta struct{ A, B, C float64 }

// betaCalibration is a slope for each tail and an intercept.
func betaCalibration() Method {
	return Method{Name: KindBeta, Title: "beta", Source: "Kull, Silva Filho and Flach 2017", Fit: fitBeta,
		Decode: decodeBeta}
}

// Probability implements Calibrator. ln q and ln(1-q) are taken from the logit
// itself, which stays exact where q would round to 0 or 1.
func (c Beta) Probability(l float64) float64 {
	return Sigmoid(c.A*logSigmoid(l) - c.B*logSigmoid(-l) + c.C)
}

// Kind implements Calibrator.
func (Beta) Kind() string { return KindBeta }

// Check implements Calibrator.
func (c Beta) Check() error {
	if !finite(c.A, c.B, c.C) || c.A < 0 || c.B < 0 {
		return message.New("a beta calibrator needs a, b >= 0 and finite a, b, c")
	}
	return nil
}

// Shifted implements Calibrator.
func (c Beta) Shifted(delta float64) Calibrator { return Beta{c.A, c.B, c.C + delta} }

// MarshalJSON implements Calibrator.
func (c Beta) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind string  `json:"kind"`
		A    float64 `json:"a"`
		B    float64 `json:"b"`
		C    float64 `json:"c"`
	}{KindBeta, c.A, c.B, c.C})
}

func decodeBeta(data []byte) (Calibrator, error) {
	var j struct{ A, B, C *float64 }
	err := json.Unmarshal(data, &j)
	return Beta{value(j.A), value(j.B), value(j.C)}, err
}

// fitBeta is logistic regression on ln q and
// -ln(1-q); a negative coefficient is set to nought and the rest refitted.
func fitBeta(logits []float64, positive []bool) (Calibrator, error) {
	if err := varied(logits); err != nil {
		return nil, err
	}
	lnq, lnr := make([]float64, len(logits)), make([]float64, len(logits))
	for i, l := range logits {
		lnq[i], lnr[i] = logSigmoid(l), -logSigmoid(-l)
	}
	t, one := hard(positive), ones(len(logits))
	w, err := logistic([][]float64{lnq, lnr, one}, t)
	if err != nil {
		return nil, err
	}
	if w[0] >= 0 && w[1] >= 0 {
		return Beta{w[0], w[1], w[2]}, nil
	}
	keep, drop := lnr, 0
	if w[0] >= 0 {
		keep, drop = lnq, 1
	}
	v, err := logistic([][]float64{keep, one}, t)
	if err != nil {
		return nil, err
	}
	if v[0] <= 0 {
		return nil, ErrNotRising
	}
	if drop == 0 {
		return Beta{0, v[0], v[1]}, nil
	}
	return Beta{v[0], 0, v[1]}, nil
}
