package calib

import (
	"encoding/json"

	"hilum/internal/message"
)

// KindPlatt is the name of [PlattScaling].
const KindPlatt = "platt"

// Platt is p = sigmoid(A*logit + B) (Platt 1999).
type Platt struct{ A, B float64 }

// PlattScaling is a slope and an intercept.
func PlattScaling() Method {
	return Method{Name: KindPlatt, Title: "Platt (logistic)", Source: "Platt 1999", Fit: fitPlatt, Decode: decodePlatt}
}

// Probability implements Calibrator.
func (c Platt) Probability(l float64) float64 { return Sigmoid(c.A*l + c.B) }

// Kind implements Calibrator.
func (Platt) Kind() string { return KindPlatt }

// Check implements Calibrator.
func (c Platt) Check() error {
	if !finite(c.A, c.B) || c.A <= 0 {
		return message.New("a platt calibrator needs a > 0 and finite a, b")
	}
	return nil
}

// Shifted implements Calibrator.
func (c Platt) Shifted(delta float64) Calibrator { return Platt{c.A, c.B + delta} }

// MarshalJSON implements Calibrator.
func (c Platt) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind string  `json:"kind"`
		A    float64 `json:"a"`
		B    float64 `json:"b"`
	}{KindPlatt, c.A, c.B})
}

func decodePlatt(data []byte) (Calibrator, error) {
	var j struct{ A, B *float64 }
	err := json.Unmarshal(data, &j)
	return Platt{value(j.A), value(j.B)}, err
}

// fitPlatt has Platt's targets (N+ + 1)/(N+ + 2) and 1/(N- + 2), which keep the
// slope finite even where the classes separate.
func fitPlatt(logits []float64, positive []bool) (Calibrator, error) {
	if err := varied(logits); err != nil {
		return nil, err
	}
	t := hard(positive)
	pos := sum(t)
	high, low := (pos+1)/(pos+2), 1/(float64(len(t))-pos+2)
	for i := range t {
		t[i] = low + (high-low)*t[i]
	}
	w, err := logistic([][]float64{logits, ones(len(logits))}, t)
	if err != nil {
		return nil, err
	}
	if w[0] <= 0 {
		return nil, ErrNotRising
	}
	return Platt{w[0], w[1]}, nil
}
