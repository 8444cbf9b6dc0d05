package calib

// Finding is what the model says of one class on one picture.
type Finding struct {
	Class       string
	Logit       float64   // as the network gives it
	Raw         float64   // sigmoid of the logit, 0..1
	Probability float64   // calibrated, 0..1
	Threshold   float64   // 0..1
	ThresholdCI *Interval // nil when unknown
	Positive    bool      // Probability >= Threshold
	AbsMargin   float64   // Probability - Threshold, -1..1
	RelMargin   float64   // see RelMargin, -1..1
	NoValid     string    // why the threshold is not valid, "" when it is
}

// AbsMargin is p - t.
func AbsMargin(p, t float64) float64 { return p - t }

// RelMargin is the share of the way from the threshold t to certainty that the
// probability p has gone: (p-t)/(1-t) when p >= t, else (p-t)/t. It is 0 at the
// threshold, 1 at p = 1 and -1 at p = 0. Where the way has no length (t = 1, or
// p = t = 0) it is 0.
func RelMargin(p, t float64) float64 {
	switch {
	case p < t:
		return (p - t) / t
	case t < 1:
		return (p - t) / (1 - t)
	default:
		return 0
	}
}

// OperatingPoint maps p so that 0.5 always means "at the threshold": p/(2t)
// below t, 1 - (1-p)/(2(1-t)) from t on. It equals (1 + RelMargin)/2, and is
// written this way so that the scale cannot drift from the margin.
func OperatingPoint(p, t float64) float64 { return (1 + RelMargin(p, t)) / 2 }
