package calib

import (
	"encoding/json"

	"hilum/internal/message"
)

// KindTemperature is the name of [temperatureScaling].
const KindTemperature = "temperature"

// Temperature is p = sigmoid(logit/T) (Guo et al. 2017), T > 0.
type Temperature struct{ T float64 }

// temperatureScaling is one slope and no intercept.
func temperatureScaling() Method {
	return Method{Name: KindTemperature, Title: "temperature", Source: "Guo et al. 2017", Fit: fitTemperature,
		Decode: decodeTemperature}
}

// Probability implements Calibrator.
func (c Temperature) Probability(l float64) float64 { return Sigmoid(l / c.T) }

// Kind implements Calibrator.
func (Temperature) Kind() string { return KindTemperature }

// Check implements Calibrator.
func (c Temperature) Check() error {
	if !finite(c.T) || c.T <= 0 {
		return message.New("a temperature calibrator needs t > 0")
	}
	return nil
}

// Shifted implements Calibrator.
func (c Temperature) Shifted(delta float64) Calibrator { return Platt{1 / c.T, delta} }

// MarshalJSON implements Calibrator.
func (c Temperature) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind string  `json:"kind"`
		T    float64 `json:"t"`
	}{KindTemperature, c.T})
}

func decodeTemperature(data []byte) (Calibrator, error) {
	var j struct{ T *float64 }
	err := json.Unmarshal(data, &j)
	return Temperature{value(j.T)}, err
}

func fitTemperature(logits []float64, positive []bool) (Calibrator, error) {
	if err := varied(logits); err != nil {
		return nil, err
	}
	w, err := logistic([][]float64{logits}, hard(positive))
	if err != nil {
		return nil, err
	}
	if w[0] <= 0 {
		return nil, ErrNotRising
	}
	return Temperature{1 / w[0]}, nil
}
