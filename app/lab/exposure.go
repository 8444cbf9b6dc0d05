package lab

import (
	"math"
	"math/rand/v2"
	"slices"
)

// expose maps the brightness of every pixel by a table over the stored values
// present.
func (s *sheet) expose(e Edit) {
	s.each(func(u float32) float32 {
		return float32(e.Scale*math.Pow(float64(min(max(u, 0), 1)), e.Gamma) + e.Shift)
	})
}

// each maps brightness by f, asked once for each value that is present.
func (s *sheet) each(f func(u float32) float32) {
	lo, hi := slices.Min(s.v), slices.Max(s.v)
	table := make([]int32, int(hi-lo)+1)
	asked := make([]bool, len(table))
	for i, v := range s.v {
		if s.padded(v) {
			continue
		}
		k := v - lo
		if !asked[k] {
			table[k], asked[k] = s.tone.stored(f(s.tone.unit(v))), true
		}
		s.v[i] = table[k]
	}
}

// latitude is the range of detector exposures, in decades, that a film's grey
// scale from black to white spans (a chest is taken over about two).
const latitude = 2

// noise adds quantum noise. The number of quanta falls by a factor of ten for
// every decade of attenuation and the film shows its logarithm, so the noise grows
// with brightness: sigma(b) = Amount * 10^(latitude*(b-1/2)/2).
func (s *sheet) noise(e Edit) {
	rng := rand.New(rand.NewPCG(e.Seed, uint64(len(s.v))))
	var sigma [1025]float64
	for i := range sigma {
		sigma[i] = e.Amount * math.Pow(10, latitude*(float64(i)/1024-0.5)/2)
	}
	n := s.im.Samples
	for i := 0; i < len(s.v); i += n {
		z := rng.NormFloat64() // one draw a pixel: colour channels share it
		for c := range n {
			v := &s.v[i+c]
			if u := s.tone.unit(*v); !s.padded(*v) {
				*v = s.tone.stored(u + float32(z*sigma[int(1024*min(max(u, 0), 1))]))
			}
		}
	}
}
