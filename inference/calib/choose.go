package calib

import (
	"math"
	"math/rand/v2"

	"hilum/internal/message"
)

// chooseFolds is the number of parts of the cross-validation.
const chooseFolds = 5

// Choose names the method with the least log loss in a
// cross-validation whose parts share no patient. A simpler kind wins unless a
// richer one is better by a thousandth of the loss.
func (ms Methods) Choose(d Labelled, seed uint64) (string, error) {
	fold := folds(d.Patient, seed)
	best, kindOfBest := math.Inf(1), ""
	for _, m := range ms {
		loss, err := ms.crossLoss(m.Name, d, fold)
		if err != nil {
			continue // a kind that cannot be fitted is no candidate
		}
		if loss < best*(1-1e-3) {
			best, kindOfBest = loss, m.Name
		}
	}
	if kindOfBest == "" {
		return "", message.Errorf("calib: no calibrator could be fitted")
	}
	return kindOfBest, nil
}

func folds(patient []int, seed uint64) []int {
	index, n := dense(patient)
	order := rand.New(rand.NewPCG(seed, 0x5f01d)).Perm(n)
	out := make([]int, len(patient))
	for i, p := range index {
		out[i] = order[p] % chooseFolds
	}
	return out
}

func (ms Methods) crossLoss(kind string, d Labelled, fold []int) (float64, error) {
	p := make([]float64, len(d.Logits))
	for f := range chooseFolds {
		var logits []float64
		var positive []bool
		for i, l := range d.Logits {
			if fold[i] != f {
				logits, positive = append(logits, l), append(positive, d.Positive[i])
			}
		}
		c, err := ms.Fit(kind, logits, positive)
		if err != nil {
			return 0, err
		}
		k := Class{Calibrator: c}
		for i, l := range d.Logits {
			if fold[i] == f {
				p[i] = k.finding(l).Probability
			}
		}
	}
	return LogLoss(p, d.Positive), nil
}
