package inference

import (
	"math"

	"hilum/internal/message"
)

// link says how the numbers that come out become the logit of each class: the
// log odds of its probability, which calibration and thresholds work on.
type link int

const (
	linkLogit       link = iota // they are logits
	linkSoftmax                 // logits of exclusive classes
	linkProbability             // probabilities
	linkLogProbability
)

// A probability of exactly 0 or 1 has no finite logit. It is taken as the least
// normal float and as the float next to 1 by half a step: nothing that a network
// of 32-bit floats can tell apart is lost.
const (
	leastProbability = 1.1754944e-38
	mostProbability  = 1 - 1.0/(1<<25)
	below1           = 1 - 1.0/(1<<24) // the float next to 1
	strayProbability = 1e-3            // how far rounding may carry a probability out of 0..1
)

// logits turns one row of the output into log odds by class.
func (l link) logits(row []float32, classes []string) ([]float32, error) {
	switch l {
	case linkSoftmax:
		return oneAgainstRest(row), nil
	case linkProbability, linkLogProbability:
		out := make([]float32, len(row))
		for i, v := range row {
			p := float64(v)
			if l == linkLogProbability {
				p = math.Exp(p)
			}
			if p < -strayProbability || p > 1+strayProbability {
				return nil, message.Errorf("the model gave %v for %s, which is no probability; if its output holds logits say so with --contract NAME:logits", v, classes[min(i, len(classes)-1)])
			}
			p = math.Min(math.Max(p, leastProbability), mostProbability) // NaN stays
			out[i] = float32(math.Log(p) - math.Log1p(-p))
		}
		return out, nil
	}
	return row, nil
}

// oneAgainstRest gives the log odds of each class of a softmax against all others,
// log p/(1-p) = l_c - log sum_{k != c} exp l_k: their sigmoid is the softmax, and
// they stay exact where a probability would round to 1.
func oneAgainstRest(l []float32) []float32 {
	out := make([]float32, len(l))
	for c := range l {
		top := math.Inf(-1)
		for k, v := range l {
			if k != c {
				top = math.Max(top, float64(v))
			}
		}
		sum := 0.
		for k, v := range l {
			if k != c {
				sum += math.Exp(float64(v) - top)
			}
		}
		out[c] = float32(float64(l[c]) - top - math.Log(sum))
	}
	return out
}
