package labelaudit

import (
	"math"
	"slices"

	"hilum/training/scores"
)

// nearest is how many similar films vote on a label.
const nearest = 10

// neighbours is for each labelled film of a class the share of the nearest films of
// other patients, by the cosine of their features, that have its label; nil without
// features or where no other patient has a label.
func neighbours(t *scores.Table, c *scores.Class) []float64 {
	if t.Features == nil {
		return nil
	}
	unit := make([][]float32, len(c.Row))
	for i, row := range c.Row {
		unit[i] = normalised(t.Features[row])
	}
	patient := c.Patients(t)
	out := make([]float64, len(unit))
	for i := range unit {
		same, n := vote(unit, patient, c.Positive, i)
		if n == 0 {
			return nil
		}
		out[i] = float64(same) / float64(n)
	}
	return out
}

// vote counts the nearest films of other patients, and those of them with the label of film i.
func vote(unit [][]float32, patient []int, positive []bool, i int) (same, n int) {
	type near struct {
		at  int
		cos float64
	}
	var best []near // by falling cosine, at most nearest
	for k := range unit {
		if patient[k] == patient[i] {
			continue
		}
		d := dot(unit[i], unit[k])
		if len(best) == nearest && d <= best[nearest-1].cos {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, d, func(b near, d float64) int {
			if b.cos >= d {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, near{k, d})
		best = best[:min(len(best), nearest)]
	}
	for _, b := range best {
		if positive[b.at] == positive[i] {
			same++
		}
	}
	return same, len(best)
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// normalised has length 1; a film without features keeps its zeros.
func normalised(v []float32) []float32 {
	out := slices.Clone(v)
	if n := math.Sqrt(dot(v, v)); n > 0 {
		for i := range out {
			out[i] = float32(float64(v[i]) / n)
		}
	}
	return out
}
