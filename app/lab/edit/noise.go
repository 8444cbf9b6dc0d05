package edit

import (
	"context"
	"math"
	"math/rand/v2"

	"hilum/internal/message"
)

// maxAmount bounds noise: its deviation at mid grey, as a fraction of the grey scale.
const maxAmount = 0.5

// addingNoise adds quantum noise to the whole film.
func addingNoise() Operation {
	return Operation{
		Kind: Noise, Doing: always("This noise"),
		Title: func(e Edit) message.Message { return message.Of("Noise %s", Figure(e.Amount)) },
		Check: func(e Edit) error {
			if !within(e.Amount, 0, maxAmount) {
				return message.Errorf("its amount %v is not within 0..%v", e.Amount, maxAmount)
			}
			return nil
		},
		Apply: func(_ context.Context, s *Sheet, e Edit, _ Images) error {
			s.noise(e)
			return nil
		},
		Tools:   []Tool{{Text: "Noise", Group: ChangesAll, Edit: Edit{Kind: Noise, Amount: noiseLevel, Seed: 1}}},
		Sliders: []Slider{{"Amount", 0, 0.15, 0.005, func(e *Edit) *float64 { return &e.Amount }}},
	}
}

// latitude is the range of detector exposures, in decades, that a film's grey
// scale from black to white spans (a chest is taken over about two).
const latitude = 2

// noise adds quantum noise. The number of quanta falls by a factor of ten for
// every decade of attenuation and the film shows its logarithm, so the noise grows
// with brightness: sigma(b) = Amount * 10^(latitude*(b-1/2)/2).
func (s *Sheet) noise(e Edit) {
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
