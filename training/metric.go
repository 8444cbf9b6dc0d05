package training

import (
	"encoding/json"
	"math"
	"strconv"

	"hilum/inference/calib"
	"hilum/internal/message"
)

// Metric is a number of a report. One that the data leave undefined is NaN, and
// null in JSON.
type Metric float64

// MarshalJSON implements json.Marshaler.
func (f Metric) MarshalJSON() ([]byte, error) {
	if !f.Defined() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', -1, 64), nil
}

// Defined says whether there is a number.
func (f Metric) Defined() bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }

// String writes three decimals, more for what they would round away, or a dash
// where there is no number.
func (f Metric) String() string {
	if !f.Defined() {
		return "-"
	}
	if f != 0 && math.Abs(float64(f)) < 0.01 {
		return strconv.FormatFloat(float64(f), 'g', 2, 64)
	}
	return strconv.FormatFloat(float64(f), 'f', 3, 64)
}

// Figure is String as a figure that follows a language.
func (f Metric) Figure() message.Figure { return message.Figure(f.String()) }

// Range is a 95% interval, [low, high]; nil where there is none.
type Range [2]float64

// String writes "(low-high)", or nothing.
func (r *Range) String() string {
	if r == nil {
		return ""
	}
	return "(" + Metric(r[0]).String() + "-" + Metric(r[1]).String() + ")"
}

// Message is String as figures that follow a language.
func (r *Range) Message() message.Message {
	if r == nil {
		return message.Message{}
	}
	return message.List("", "(", Metric(r[0]), "-", Metric(r[1]), ")")
}

// NewRange is the interval of a bootstrap; nil where it has no width.
func NewRange(values []float64) *Range {
	if i, ok := calib.Spread(values); ok {
		return &Range{i.Lo, i.Hi}
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler: null is NaN.
func (f *Metric) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*f = Metric(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(f))
}
