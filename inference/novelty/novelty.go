// Package novelty says how far a picture's features lie from those of the
// pictures that a model was trained on. Its core type is [Reference]: the mean
// of the training features, the few directions in which they spread most, and how
// far pictures of patients left out lie from it. It is small enough to travel in
// the model's file. It imports gonum.
package novelty

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"hilum/internal/message"
)

// Reference describes features by a Gaussian of few directions (probabilistic
// PCA: Tipping and Bishop, J. R. Statist. Soc. B 61:611, 1999): along Axes they
// vary by Variances, in every other direction by Rest.
type Reference struct {
	N         int         // pictures that it was made from
	Mean      []float32   // one a feature
	Axes      [][]float32 // orthonormal, as many features each; the largest variance first
	Variances []float64   // along the axes
	Rest      float64     // in each of the other directions
	// Distances are the distances, ascending, that the Levels of pictures of
	// patients left out do not exceed.
	Distances [levels]float64
}

// levels is how many quantiles of the distances are kept.
const levels = 5

// Levels are the shares of pictures left out that Distances are of.
func Levels() [levels]float64 { return [levels]float64{0.5, 0.9, 0.95, 0.99, 0.995} }

// unusualLevel is the index of the level beyond which a picture is unusual: one
// of 200 like the training pictures is, too.
const unusualLevel = levels - 1

// What Fit works with.
const (
	folds       = 5
	axesMost    = 24
	leastN      = 50   // pictures; fewer say little of their spread
	mostN       = 4000 // more say no more, and take time
	maxFeatures = 1 << 12
)

// Fit describes the features of training pictures, one row a picture. groups
// names the patient of each row, so that distances are measured on patients that
// the description did not see; nil counts every row as a patient. It needs at
// least 50 pictures.
func Fit(rows [][]float32, groups []string) (*Reference, error) {
	if err := checkRows(rows, groups); err != nil {
		return nil, err
	}
	rows, groups = sample(rows, groups)
	fold := foldsOf(len(rows), groups)
	var left []float64
	for f := range folds {
		var in, out [][]float32
		for i, row := range rows {
			if fold[i] == f {
				out = append(out, row)
			} else {
				in = append(in, row)
			}
		}
		if len(out) == 0 {
			continue
		}
		r, err := describe(in)
		if err != nil {
			return nil, err
		}
		for _, row := range out {
			left = append(left, r.Distance(row))
		}
	}
	r, err := describe(rows)
	if err != nil {
		return nil, err
	}
	slices.Sort(left)
	for i, level := range Levels() {
		r.Distances[i] = quantile(left, level)
	}
	return r, nil
}

func checkRows(rows [][]float32, groups []string) error {
	switch {
	case len(rows) < leastN:
		return message.Errorf("%d pictures are too few to say what is usual; %d are needed", len(rows), leastN)
	case len(rows[0]) == 0 || len(rows[0]) > maxFeatures:
		return message.Errorf("%d features a picture are not possible", len(rows[0]))
	case groups != nil && len(groups) != len(rows):
		return message.Errorf("%d pictures and %d patients do not go together", len(rows), len(groups))
	}
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return message.Errorf("picture %d has %d features and the first has %d", i, len(row), len(rows[0]))
		}
		for _, v := range row {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return message.Errorf("picture %d has a feature that is no number", i)
			}
		}
	}
	return nil
}

// sample draws some of too many rows, always the same.
func sample(rows [][]float32, groups []string) ([][]float32, []string) {
	if len(rows) <= mostN {
		return rows, groups
	}
	rng := rand.New(rand.NewPCG(uint64(len(rows)), mostN))
	var someRows [][]float32
	var someGroups []string
	for _, i := range rng.Perm(len(rows))[:mostN] {
		someRows = append(someRows, rows[i])
		if groups != nil {
			someGroups = append(someGroups, groups[i])
		}
	}
	return someRows, someGroups
}

// foldsOf puts whole patients into folds of about the same number of patients.
// The draw is always the same.
func foldsOf(n int, groups []string) []int {
	of := map[string]int{}
	var order []string
	name := func(i int) string {
		if groups == nil {
			return fmt.Sprint(i)
		}
		return groups[i]
	}
	for i := range n {
		if g := name(i); of[g] == 0 {
			of[g] = 1
			order = append(order, g)
		}
	}
	rng := rand.New(rand.NewPCG(uint64(n), folds))
	rng.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	for i, g := range order {
		of[g] = i % folds
	}
	out := make([]int, n)
	for i := range out {
		out[i] = of[name(i)]
	}
	return out
}

// describe is the Gaussian of some rows, without the distances.
func describe(rows [][]float32) (*Reference, error) {
	n, d := len(rows), len(rows[0])
	mean := make([]float64, d)
	for _, row := range rows {
		for j, v := range row {
			mean[j] += float64(v)
		}
	}
	size := 0.0
	for j := range mean {
		mean[j] /= float64(n)
		size += mean[j] * mean[j]
	}
	x := mat.NewDense(n, d, nil)
	for i, row := range rows {
		for j, v := range row {
			x.Set(i, j, float64(v)-mean[j])
		}
	}
	covariance := mat.NewSymDense(d, nil)
	covariance.SymOuterK(1/float64(n-1), x.T())
	total := mat.Trace(covariance)
	if total <= 1e-12*size { // no more than rounding
		return nil, message.New("all pictures have the same features")
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil, message.New("the spread of the features could not be computed")
	}
	var v mat.Dense
	eigen.VectorsTo(&v)
	values := eigen.Values(nil) // ascending
	// Half of what the pictures can tell at most, so that something is left to
	// measure the rest by.
	k := min(axesMost, d-1, (n-1)/2)
	r := &Reference{N: n, Mean: make([]float32, d)}
	for j := range mean {
		r.Mean[j] = float32(mean[j])
	}
	along := 0.0
	for column := d - 1; column >= d-k; column-- {
		axis := make([]float32, d)
		for j := range axis {
			axis[j] = float32(v.At(j, column))
		}
		r.Axes, r.Variances = append(r.Axes, axis), append(r.Variances, values[column])
		along += values[column]
	}
	r.Rest = (total - along) / float64(max(d-k, 1))
	r.floor(total / float64(d))
	return r, nil
}

// floor keeps directions in which the training pictures did not differ at all
// from making any difference infinitely far.
func (r *Reference) floor(mean float64) {
	const least = 1e-6
	r.Rest = max(r.Rest, least*mean)
	for i := range r.Variances {
		r.Variances[i] = max(r.Variances[i], r.Rest)
	}
}

// quantile of ascending values, by linear interpolation (Hyndman and Fan's type
// 7, numpy's default).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Distance is the Mahalanobis distance of features to the training pictures
// under the Gaussian, divided by the root of the number of features: about 1 for
// a picture like them. NaN when x has another number of features.
func (r *Reference) Distance(x []float32) float64 {
	if len(x) != len(r.Mean) {
		return math.NaN()
	}
	rest := make([]float64, len(x)) // what no axis explains
	for j, v := range x {
		rest[j] = float64(v) - float64(r.Mean[j])
	}
	square := 0.0
	for a, axis := range r.Axes {
		along := 0.0
		for j, v := range axis {
			along += float64(v) * rest[j]
		}
		square += along * along / r.Variances[a]
		for j, v := range axis {
			rest[j] -= along * float64(v)
		}
	}
	for _, v := range rest {
		square += v * v / r.Rest
	}
	return math.Sqrt(square / float64(len(x)))
}

// Verdict is how a picture lies to the training pictures.
type Verdict struct {
	Distance float64 `json:"distance"`
	// Within is the smallest of Levels whose share of the training pictures left
	// out lies at most as far from them as this picture does; 1 beyond all.
	Within  float64 `json:"within"`
	Unusual bool    `json:"unusual"` // farther than 99.5% of them
}

// Judge places features among the training pictures; false when they do not fit
// the reference.
func (r *Reference) Judge(x []float32) (Verdict, bool) {
	d := r.Distance(x)
	if math.IsNaN(d) {
		return Verdict{}, false
	}
	v := Verdict{Distance: d, Within: 1, Unusual: d > r.Distances[unusualLevel]}
	for i, level := range Levels() {
		if d <= r.Distances[i] {
			v.Within = level
			break
		}
	}
	return v, true
}
