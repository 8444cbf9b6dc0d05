package calib

import (
	"encoding/json"
	"math"
	"slices"

	"hilum/internal/message"
)

// Calibrator maps a logit to a calibrated probability, 0..1, monotonically. As
// JSON it is an object whose "kind" is its Kind.
type Calibrator interface {
	json.Marshaler
	Probability(logit float64) float64
	Kind() string // the name of its Method
	Check() error // what is wrong with it; nil for nothing
	// Shifted is the calibrator with delta added to the logit of its probability.
	Shifted(delta float64) Calibrator
}

// Method is one way to calibrate a class. It is a value: whoever has one of their
// own appends it to [Calibrators] and hands the list on.
type Method struct {
	Name   string // what flags and thresholds.json call it
	Title  string // what people call it
	Source string // where it is from

	// Fit fits it to the logits of one class, all finite. Both outcomes occur,
	// unless it is Plain.
	Fit func(logits []float64, positive []bool) (Calibrator, error)
	// Plain methods have nothing to fit: their calibrator is nil, the sigmoid.
	Plain bool
	// Decode reads what its calibrator wrote.
	Decode func(data []byte) (Calibrator, error)
}

// Methods is a list of methods, the simplest first.
type Methods []Method

// Calibrators lists the methods that come along.
func Calibrators() Methods {
	return Methods{none(), temperatureScaling(), PlattScaling(), betaCalibration(), isotonicRegression()}
}

// KindAuto stands for the method of a list with the least cross-validated log
// loss, KindNone for the plain sigmoid.
const (
	KindAuto = "auto"
	KindNone = "none"
)

// autoTitle is what people call KindAuto.
const autoTitle = "the best of all, cross-validated"

// none leaves the model as it is.
func none() Method {
	return Method{
		Name: KindNone, Title: "the model as it is", Plain: true,
		Fit:    func([]float64, []bool) (Calibrator, error) { return nil, nil },
		Decode: func([]byte) (Calibrator, error) { return nil, nil },
	}
}

// Find finds a method by its name.
func (ms Methods) Find(name string) (Method, bool) {
	i := slices.IndexFunc(ms, func(m Method) bool { return m.Name == name })
	if i < 0 {
		return Method{}, false
	}
	return ms[i], true
}

// Choices lists what a person may choose: KindAuto and the names of the methods.
func (ms Methods) Choices() []string {
	out := []string{KindAuto}
	for _, m := range ms {
		out = append(out, m.Name)
	}
	return out
}

// Title is what people call a choice; its name where it is not known.
func (ms Methods) Title(choice string) string {
	if choice == KindAuto {
		return autoTitle
	}
	if m, ok := ms.Find(choice); ok {
		return m.Title
	}
	return choice
}

// Fit fits a calibrator of a kind to one class's logits; nil for none. Logits
// must be finite. Fitting needs both outcomes.
func (ms Methods) Fit(kind string, logits []float64, positive []bool) (Calibrator, error) {
	if len(logits) != len(positive) || !finite(logits...) {
		return nil, message.Errorf("calib: fit %s: needs as many finite logits as labels", kind)
	}
	m, known := ms.Find(kind)
	if r := prevalence(positive); !m.Plain && !(r > 0 && r < 1) {
		return nil, message.Errorf("calib: fit %s: %w", kind, ErrOneOutcome)
	}
	if !known {
		return nil, message.Errorf("calib: fit %s: unknown calibrator", kind)
	}
	c, err := m.Fit(logits, positive)
	if err == nil && c != nil {
		err = c.Check()
	}
	if err != nil {
		return nil, message.Errorf("calib: fit %s: %w", kind, err)
	}
	return c, nil
}

// decode reads a calibrator; nil for kind "none".
func (ms Methods) decode(data []byte) (Calibrator, error) {
	var j struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, err
	}
	m, ok := ms.Find(j.Kind)
	if !ok {
		return nil, message.Errorf("unknown calibrator %q", j.Kind)
	}
	c, err := m.Decode(data)
	if err != nil || c == nil {
		return nil, err
	}
	return c, c.Check()
}

// orKnown are the methods, those that come along where there are none.
func (ms Methods) orKnown() Methods {
	if ms == nil {
		return Calibrators()
	}
	return ms
}

// value makes a missing figure not a number, so that Check refuses it.
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
