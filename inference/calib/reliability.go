package calib

import (
	"cmp"
	"math"
	"slices"

	"hilum/internal/message"
)

// Bin is a group of films with neighbouring probabilities.
type Bin struct {
	Films          int
	Mean, Observed float64 // mean probability, share of positives
}

// Bins groups probabilities into n bins of equal width over 0..1 (the last
// includes 1), or with equalMass of equal size; empty bins are left out.
func Bins(p []float64, positive []bool, n int, equalMass bool) ([]Bin, error) {
	if len(p) != len(positive) || len(p) == 0 || n < 1 {
		return nil, message.New("calib: bins need as many probabilities as labels, at least one, and a bin")
	}
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	if equalMass {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	}
	bins := make([]Bin, n)
	for k, i := range order {
		b := k * n / len(p)
		if !equalMass {
			if !(p[i] >= 0 && p[i] <= 1) {
				return nil, message.New("calib: a probability is not within 0..1")
			}
			b = min(int(p[i]*float64(n)), n-1)
		}
		bins[b].Films++
		bins[b].Mean += p[i]
		if positive[i] {
			bins[b].Observed++
		}
	}
	out := bins[:0]
	for _, b := range bins {
		if b.Films > 0 {
			f := float64(b.Films)
			out = append(out, Bin{b.Films, b.Mean / f, b.Observed / f})
		}
	}
	return out, nil
}

// ECE is the expected calibration error sum n_b/N |observed - mean| (Naeini et
// al. 2015) on the probability of the finding.
func ECE(bins []Bin) float64 {
	var e, n float64
	for _, b := range bins {
		e += float64(b.Films) * math.Abs(b.Observed-b.Mean)
		n += float64(b.Films)
	}
	return e / n
}

// Brier is the mean squared error of the probabilities.
func Brier(p []float64, positive []bool) float64 {
	var s float64
	for i, v := range p {
		if positive[i] {
			v = 1 - v
		}
		s += v * v
	}
	return s / float64(len(p))
}

// BrierSkill is 1 - Brier / (prevalence (1 - prevalence)): 0 for a model that
// always says the prevalence; not a number with one outcome.
func BrierSkill(p []float64, positive []bool) float64 {
	r := prevalence(positive)
	return 1 - Brier(p, positive)/(r*(1-r))
}

// logLossFloor keeps a wrong certainty from an infinite loss, as scikit-learn
// clips at the precision of a float64.
const logLossFloor = 2.220446049250313e-16

// Weights are those of a positive and of a negative film.
type Weights struct{ Positive, Negative float64 }

// PrevalenceWeights bring films with these counts to another prevalence, and leave
// their sum as it is. A prevalence of 0 leaves each film at 1.
func PrevalenceWeights(c Counts, prevalence float64) Weights {
	if prevalence == 0 || c.Positive == 0 || c.Negative == 0 {
		return Weights{1, 1}
	}
	share := float64(c.Positive) / float64(c.Positive+c.Negative)
	return Weights{prevalence / share, (1 - prevalence) / (1 - share)}
}

// LogLoss is LogLoss of weighted films.
func (w Weights) LogLoss(p []float64, positive []bool) float64 {
	var s, n float64
	for i, v := range p {
		k := w.Positive
		if !positive[i] {
			k, v = w.Negative, 1-v
		}
		s -= k * math.Log(min(max(v, logLossFloor), 1-logLossFloor))
		n += k
	}
	return s / n
}

// ECE is the expected calibration error of weighted films over n bins of equal
// width; not a number without films.
func (w Weights) ECE(p []float64, positive []bool, n int) float64 {
	type bin struct{ weight, mean, observed float64 }
	bins := make([]bin, n)
	var all, e float64
	for i, v := range p {
		b := &bins[min(max(int(v*float64(n)), 0), n-1)]
		k := w.Negative
		if positive[i] {
			k = w.Positive
			b.observed += k
		}
		b.weight += k
		b.mean += k * v
		all += k
	}
	for _, b := range bins {
		e += math.Abs(b.observed - b.mean)
	}
	return e / all
}

// LogLoss is the mean of -ln of the probability given to what happened.
func LogLoss(p []float64, positive []bool) float64 {
	var s float64
	for i, v := range p {
		if !positive[i] {
			v = 1 - v
		}
		s -= math.Log(min(max(v, logLossFloor), 1-logLossFloor))
	}
	return s / float64(len(p))
}

func prevalence(positive []bool) float64 {
	n := 0
	for _, y := range positive {
		if y {
			n++
		}
	}
	return float64(n) / float64(len(positive))
}

// priorShift is what to add to a logit fitted where the prevalence was from so
// that it holds where it is to: ln[to(1-from)/(from(1-to))] (Saerens et al.
// 2002). Both are within (0, 1).
func priorShift(from, to float64) float64 { return Logit(to) - Logit(from) }

// SlopeIntercept are those of a logistic regression of the outcome on the logit of p (Cox 1958): 1
// and 0 where probabilities are right; a slope below 1 says that they are too sure. Probabilities of 0
// and 1 are moved by 1e-9. ok is false where the data leave them undefined.
func SlopeIntercept(p []float64, positive []bool) (slope, intercept float64, ok bool) {
	logits := make([]float64, len(p))
	n := 0
	for i, v := range p {
		logits[i] = Logit(min(max(v, 1e-9), 1-1e-9))
		if positive[i] {
			n++
		}
	}
	if n == 0 || n == len(p) || varied(logits) != nil {
		return math.NaN(), math.NaN(), false
	}
	w, err := logistic([][]float64{logits, ones(len(logits))}, hard(positive))
	if err != nil || !finite(w...) {
		return math.NaN(), math.NaN(), false
	}
	return w[0], w[1], true
}
