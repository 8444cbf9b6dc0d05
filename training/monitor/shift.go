package monitor

import (
	"math"
	"math/rand/v2"
	"slices"
)

// psiBins is the usual number of bins of the population stability index.
const psiBins = 10

// psi is the population stability index of scores against those of a reference, in bins
// that hold a tenth of the reference each: the sum of (a-b) ln(a/b) over their shares. Half a
// film is added to each bin, so that an empty one is not infinite. NaN without films.
func psi(reference, now []float64) float64 {
	if len(reference) == 0 || len(now) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(reference))
	var edges []float64
	for i := 1; i < psiBins; i++ {
		if e := sorted[i*len(sorted)/psiBins]; len(edges) == 0 || e > edges[len(edges)-1] {
			edges = append(edges, e)
		}
	}
	a, b := shares(edges, reference), shares(edges, now)
	sum := 0.0
	for i := range a {
		sum += (b[i] - a[i]) * math.Log(b[i]/a[i])
	}
	return sum
}

func shares(edges, v []float64) []float64 {
	out := make([]float64, len(edges)+1)
	for i := range out {
		out[i] = 0.5
	}
	for _, x := range v {
		i, at := slices.BinarySearch(edges, x)
		if at {
			i++
		}
		out[i]++
	}
	total := float64(len(v)) + 0.5*float64(len(out))
	for i := range out {
		out[i] /= total
	}
	return out
}

// kolmogorov is the p-value of the two-sample test of Kolmogorov and Smirnov, by the
// limiting distribution with Stephens' correction (1970); ties make it larger. NaN without films.
func kolmogorov(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN()
	}
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	d := 0.0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		v := min(x[i], y[j])
		for i < len(x) && x[i] == v {
			i++
		}
		for j < len(y) && y[j] == v {
			j++
		}
		d = max(d, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
	}
	n := math.Sqrt(float64(len(x)) * float64(len(y)) / float64(len(x)+len(y)))
	return kolmogorovTail((n + 0.12 + 0.11/n) * d)
}

// kolmogorovTail is the chance that the supremum of a Brownian bridge exceeds t.
func kolmogorovTail(t float64) float64 {
	if t < 0.2 { // the series below does not converge; the chance is 1 to 12 digits
		return 1
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k <= 100; k++ {
		term := math.Exp(-2 * k * k * t * t)
		sum += sign * term
		sign = -sign
		if term < 1e-18 {
			break
		}
	}
	return min(max(2*sum, 0), 1)
}

// mmd is the squared maximum mean discrepancy of two samples of features (Gretton and
// others, JMLR 2012, the biased estimate) under a Gaussian kernel whose width is the median distance,
// and the p-value of a permutation test: both samples are pooled and dealt out anew, so that the
// null knows how uncertain the reference is too. Without two films on each side both are NaN.
func mmd(reference, now [][]float32, rounds int, seed uint64) (value, p float64) {
	n, m := len(reference), len(now)
	if n < 2 || m < 2 {
		return math.NaN(), math.NaN()
	}
	k := kernel(append(slices.Clone(reference), now...))
	order := make([]int, n+m)
	for i := range order {
		order[i] = i
	}
	value = discrepancy(k, order, n)
	r := rand.New(rand.NewPCG(seed, uint64(n+m)))
	atLeast := 0
	for round := range rounds {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if discrepancy(k, order, n) >= value-1e-12 {
			atLeast++
		}
		if atLeast == enough {
			return value, enough / float64(round+1)
		}
	}
	return value, float64(atLeast+1) / float64(rounds+1)
}

// enough draws that are as far apart end a permutation test: the p-value stays valid, and
// what is clearly no difference costs little (Besag and Clifford 1991).
const enough = 20

// kernel is the Gaussian kernel between all films.
func kernel(v [][]float32) [][]float64 {
	out := make([][]float64, len(v))
	var all []float64
	for i := range v {
		out[i] = make([]float64, len(v))
		for j := range i {
			sum := 0.0
			for c, x := range v[i] {
				d := float64(x) - float64(v[j][c])
				sum += d * d
			}
			out[i][j] = sum
			all = append(all, sum)
		}
	}
	slices.Sort(all)
	width := all[len(all)/2]
	if width == 0 {
		width = 1
	}
	for i := range out {
		out[i][i] = 1
		for j := range i {
			out[i][j] = math.Exp(-out[i][j] / width)
			out[j][i] = out[i][j]
		}
	}
	return out
}

// discrepancy is of the first n films in an order against the others.
func discrepancy(k [][]float64, order []int, n int) float64 {
	m := len(order) - n
	weight := make([]float64, len(order))
	for i, at := range order {
		if i < n {
			weight[at] = 1 / float64(n)
		} else {
			weight[at] = -1 / float64(m)
		}
	}
	sum := 0.0
	for i, row := range k {
		inner := 0.0
		for j, v := range row {
			inner += weight[j] * v
		}
		sum += weight[i] * inner
	}
	return sum
}
