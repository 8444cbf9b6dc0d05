package monitor

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// cusum watches a share of films, one at a time, by the log-likelihood ratio of a share
// whose odds are shift times as large (Page 1954). It is begun with the largest (or,
// for a falling share, smallest) share that the reference leaves open, so that the likelihood ratio
// of a film has a mean of at most 1 while nothing has changed. Each start is
// then a supermartingale, and by Ville's inequality a start exceeds exp(bound) with a chance of at most
// exp(-bound): of n films, one alarm in n*exp(-bound) (Lorden 1971).
type cusum struct {
	hit, miss float64 // log-likelihood ratio of a film with, and without
	bound     float64
	sum       float64
	since     int     // films since the sum was last 0
	peak      float64 // largest sum since reached was asked last
}

// shift is how many times larger, or smaller, the odds are that a chart is built to find.
const shift = 2

// newCusum watches a share of which the reference counted k in n. alpha is the chance, 0..1, of an
// alarm among the next films while the share is the reference's: half of it
// is spent on the reference. nil where the reference is empty.
func newCusum(k, n, films int, rising bool, alpha float64) *cusum {
	if n == 0 || films == 0 {
		return nil
	}
	lo, hi := clopperPearson(k, n, alpha/2)
	p0, odds := hi, float64(shift)
	if !rising {
		p0, odds = lo, 1/float64(shift)
	}
	if p0 <= 0 || p0 >= 1 { // no share lies beyond
		return nil
	}
	p1 := p0 * odds / (1 - p0 + p0*odds)
	return &cusum{hit: math.Log(p1 / p0), miss: math.Log((1 - p1) / (1 - p0)),
		bound: math.Log(float64(films) / (alpha / 2))}
}

// add takes a film and tells whether the chart says that the share has changed; it begins
// anew after that.
func (c *cusum) add(yes bool) bool {
	if c == nil {
		return false
	}
	step := c.miss
	if yes {
		step = c.hit
	}
	c.since++
	if c.sum = c.sum + step; c.sum <= 0 {
		c.sum, c.since = 0, 0
	}
	c.peak = max(c.peak, c.sum)
	if c.sum < c.bound {
		return false
	}
	c.sum, c.since = 0, 0
	return true
}

// reached is the largest share of its limit that the chart had since this was asked last: an alarm
// is at 1. NaN where there is no chart.
func (c *cusum) reached() float64 {
	if c == nil {
		return math.NaN()
	}
	share := c.peak / c.bound
	c.peak = c.sum
	return share
}

// clopperPearson are one-sided bounds of a share, each wrong with a chance of alpha
// (Clopper and Pearson 1934).
func clopperPearson(k, n int, alpha float64) (lo, hi float64) {
	lo, hi = 0, 1
	if k > 0 {
		lo = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(alpha)
	}
	if k < n {
		hi = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - alpha)
	}
	return lo, hi
}

// sequence is a confidence sequence for the mean of values within 0..1: intervals that
// hold the mean at all times at once, however often one looks (the predictable plug-in empirical
// Bernstein sequence, theorem 2 of Waudby-Smith and Ramdas, JRSS B 2024). The running
// intersection is kept.
type sequence struct {
	logs                   float64 // ln(2/alpha)
	n                      int
	mean, variance         float64 // of the values so far, with half a value of 1/2 and of 1/4 before them
	sum, sumSquares        float64
	weight, weighted, cost float64
	lo, hi                 float64
}

// mostWeight bounds a bet; 1/2 is the authors' choice.
const mostWeight = 0.5

func newSequence(alpha float64) *sequence {
	return &sequence{logs: math.Log(2 / alpha), mean: 0.5, variance: 0.25, hi: 1}
}

func (s *sequence) add(x float64) {
	s.n++
	t := float64(s.n)
	lambda := min(math.Sqrt(2*s.logs/(s.variance*t*math.Log(1+t))), mostWeight)
	d := x - s.mean // the mean before this value
	s.weight += lambda
	s.weighted += lambda * x
	s.cost += 4 * d * d * (-math.Log1p(-lambda) - lambda) / 4
	s.sum += x
	s.mean = (0.5 + s.sum) / (t + 1)
	e := x - s.mean
	s.sumSquares += e * e
	s.variance = (0.25 + s.sumSquares) / (t + 1)
	centre, half := s.weighted/s.weight, (s.logs+s.cost)/s.weight
	s.lo, s.hi = max(s.lo, centre-half), min(s.hi, centre+half)
}
