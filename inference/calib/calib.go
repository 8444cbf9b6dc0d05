// Package calib turns the logits of a classifier into findings: a calibrated
// probability for each class, the site's own threshold, and the margin between
// them. Its core type is [Calibration], which is read from and written to
// thresholds.json. It imports gonum, internal/atomicfile and
// internal/parallel.
package calib

import (
	"math"
	"time"

	"hilum/internal/message"
)

// DefaultThreshold is used for every class of a model that comes without a
// calibration; such findings are shown with a warning.
const DefaultThreshold = 0.5

// Calibration holds, class by class, how a logit becomes a probability and
// where the operating point lies. The order of Classes is the model's.
type Calibration struct {
	Method string // how the thresholds were chosen, as "f1"
	Split  string // the part of the data they were chosen on
	Data   string // what the data was, in words; "" when unknown

	ModelSHA256 string // of the .onnx file it was fitted for; "" when unknown
	PrepSHA256  string // of the preprocessing, see inference.Prep.Hash; "" when unknown
	DataSHA256  string // of the table of scores and labels; "" when unknown
	Date        time.Time

	Classes []Class

	// Uncalibrated is true when no thresholds.json was given and every
	// threshold is DefaultThreshold.
	Uncalibrated bool
}

// Class is the calibration of one finding.
type Class struct {
	Name       string
	Threshold  float64    // on the calibrated probability, 0..1; p >= Threshold is positive
	CI         *Interval  // 95% interval of the threshold; nil when unknown
	Calibrator Calibrator // nil means the plain sigmoid
	Policy     string     // how this class's threshold was chosen; "" means Method
	Metrics    *Metrics   // at the threshold, on the split; nil when unknown
	Counts     *Counts    // of labelled images behind it; nil when unknown
	NoValid    string     // why no valid threshold could be set; "" when it could
	Prevalence float64    // of the place it was corrected for, within 0..1; 0 when it is that of the data
}

// Interval is a closed interval of a figure.
type Interval struct{ Lo, Hi float64 }

// Metrics are figures of merit at the threshold, each 0..1.
type Metrics struct {
	F1        float64 `json:"F1"`
	Precision float64 `json:"Precision"`
	Recall    float64 `json:"Recall"`
}

// Counts are the labelled images of a class.
type Counts struct {
	Positive int `json:"positive"`
	Negative int `json:"negative"`
}

// Default is the calibration of a model that has none: plain sigmoid and
// DefaultThreshold.
func Default(classes []string) *Calibration {
	c := &Calibration{Method: "none", Uncalibrated: true}
	for _, name := range classes {
		c.Classes = append(c.Classes, Class{Name: name, Threshold: DefaultThreshold})
	}
	return c
}

// Names returns the class names in order.
func (c *Calibration) Names() []string {
	names := make([]string, len(c.Classes))
	for i := range c.Classes {
		names[i] = c.Classes[i].Name
	}
	return names
}

// Score turns one logit a class, in the order of Classes, into findings. It
// refuses a wrong count and a logit that is not a finite number.
func (c *Calibration) Score(logits []float32) ([]Finding, error) {
	if len(logits) != len(c.Classes) {
		return nil, message.Errorf("calib: %d logits for %d classes", len(logits), len(c.Classes))
	}
	out := make([]Finding, len(logits))
	for i, l := range logits {
		if !finite(float64(l)) {
			return nil, message.Errorf("the model gave %v for %s, which is no score", l, c.Classes[i].Name)
		}
		out[i] = c.Classes[i].finding(float64(l))
	}
	return out, nil
}

func (k *Class) finding(logit float64) Finding {
	raw := Sigmoid(logit)
	p := raw
	if k.Calibrator != nil {
		p = k.Calibrator.Probability(logit)
	}
	f := Finding{
		Class: k.Name, Logit: logit, Raw: raw, Probability: p,
		Threshold: k.Threshold, ThresholdCI: k.CI,
		Positive:  p >= k.Threshold,
		AbsMargin: AbsMargin(p, k.Threshold),
		RelMargin: RelMargin(p, k.Threshold),
		NoValid:   k.NoValid,
	}
	return f
}

// Sigmoid is the logistic function, exact in both tails.
func Sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// Logit is the inverse of Sigmoid; 0 and 1 give -Inf and +Inf.
func Logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }
