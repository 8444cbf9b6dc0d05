package calib

import "math"

// z95 is the 97.5th percentile of the normal distribution.
const z95 = 1.959963984540054

// Wilson is the 95% score interval of a proportion k/n without continuity
// correction (Wilson, JASA 1927; method 3 of Newcombe, Stat Med 1998): it stays
// within 0..1 and has a length also where k is 0 or n. n = 0 gives 0..1.
func Wilson(k, n int) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	return WilsonShare(float64(k)/float64(n), float64(n))
}

// WilsonShare is Wilson's interval of a share of n, which need not be whole: of
// films that are not independent, n is the number of patients. n = 0 gives 0..1.
func WilsonShare(p, n float64) Interval {
	if !(n > 0) {
		return Interval{0, 1}
	}
	total := n
	centre := p + z95*z95/(2*total)
	half := z95 * math.Sqrt(p*(1-p)/total+z95*z95/(4*total*total))
	scale := 1 + z95*z95/total
	return Interval{max(0, (centre-half)/scale), min(1, (centre+half)/scale)}
}
