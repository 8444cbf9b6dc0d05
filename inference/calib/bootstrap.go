package calib

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"hilum/internal/message"
	"hilum/internal/parallel"
)

// Bootstrap resamples films by patient: films of one person are not
// independent, so a person is drawn with all of theirs.
type Bootstrap struct {
	Patient []int // of each film; any numbers, equal for the same person
	Rounds  int
	Seed    uint64
	Workers int // 0 is one a core; the draws do not depend on it
}

// GroupPatients numbers the patients of films by their identifiers; an empty
// identifier stands for a person of their own.
func GroupPatients(ids []string) []int {
	number := map[string]int{}
	out := make([]int, len(ids))
	next := 0
	for i, id := range ids {
		n, known := number[id]
		if !known || id == "" {
			n = next
			next++
			number[id] = n
		}
		out[i] = n
	}
	return out
}

// Each calls f once a round, on several goroutines, with how often each film
// was drawn; w is f's only until it returns. It stops early when ctx ends.
func (b Bootstrap) Each(ctx context.Context, f func(round int, w []float64)) error {
	if b.Rounds < 1 || len(b.Patient) == 0 {
		return message.New("calib: a bootstrap needs rounds and films")
	}
	index, n := dense(b.Patient)
	err := parallel.Loop{Workers: b.Workers}.RunWith(ctx, b.Rounds, func() func(int) error {
		drawn, w := make([]float64, n), make([]float64, len(index))
		return func(round int) error {
			b.draw(round, drawn)
			for i, p := range index {
				w[i] = drawn[p]
			}
			f(round, w)
			return nil
		}
	})
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return message.Errorf("calib: bootstrap stopped: %w", err)
	}
	return nil
}

// draw fills how often each patient is drawn in a round. Every round has its
// own stream, so any number of workers gives the same draws.
func (b Bootstrap) draw(round int, drawn []float64) {
	clear(drawn)
	r := rand.New(rand.NewPCG(b.Seed, uint64(round)))
	for range drawn {
		drawn[r.IntN(len(drawn))]++
	}
}

func dense(ids []int) (index []int, n int) {
	number := map[int]int{}
	index = make([]int, len(ids))
	for i, id := range ids {
		k, known := number[id]
		if !known {
			k = len(number)
			number[id] = k
		}
		index[i] = k
	}
	return index, len(number)
}

// Figures computes several figures in every round; NaN means undefined there.
// The result is indexed [figure][round].
func (b Bootstrap) Figures(ctx context.Context, n int, f func(w, out []float64)) ([][]float64, error) {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, max(b.Rounds, 0))
	}
	err := b.Each(ctx, func(round int, w []float64) {
		v := make([]float64, n)
		f(w, v)
		for i := range v {
			out[i][round] = v[i]
		}
	})
	return out, err
}

// narrow is a width that only equal draws give: rounding apart, they are one value.
const narrow = 1e-9

// Spread is the 95% percentile interval of a bootstrap; false where it has no
// width. An interval without one does not say that a figure is certain: there was
// nothing to draw from, as of one patient, or no error.
func Spread(values []float64) (Interval, bool) {
	i, ok := Percentiles(values, 0.95)
	return i, ok && i.Hi-i.Lo > narrow
}

// Percentiles is the percentile interval that holds the given share of the
// defined values, with linear interpolation as numpy's; false when there are
// none.
func Percentiles(values []float64, share float64) (Interval, bool) {
	v := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(v) == 0 {
		return Interval{}, false
	}
	slices.Sort(v)
	at := func(q float64) float64 {
		x := q * float64(len(v)-1)
		i := int(x)
		if i+1 >= len(v) {
			return v[len(v)-1]
		}
		return v[i] + (v[i+1]-v[i])*(x-float64(i))
	}
	return Interval{at((1 - share) / 2), at((1 + share) / 2)}, true
}

// Mean is weighted by w, nil for equally; NaN values do not count. Without any other value
// it is NaN.
func Mean(v, w []float64) float64 {
	var sum, weight float64
	for i, x := range v {
		k := 1.0
		if w != nil {
			k = w[i]
		}
		if !math.IsNaN(x) {
			sum, weight = sum+k*x, weight+k
		}
	}
	return sum / weight
}
