package edit

import (
	"context"
	"math"
	"slices"

	"hilum/internal/message"
)

// The bounds of an exposure.
const (
	maxGamma = 8
	maxScale = 8
)

// exposing changes the grey scale of the whole film.
func exposing() Operation {
	return Operation{
		Kind: Exposure, Doing: always("This exposure"),
		Title: func(e Edit) message.Message {
			return message.Of("Exposure: gamma %s, scale %s, shift %s", Figure(e.Gamma), Figure(e.Scale),
				Signed(e.Shift))
		},
		Check: func(e Edit) error {
			if !(e.Gamma > 0 && e.Gamma <= maxGamma) || !within(e.Scale, 0, maxScale) || !within(e.Shift, -1, 1) {
				return message.New("its gamma, scale or shift is out of range")
			}
			return nil
		},
		Apply: func(_ context.Context, s *Sheet, e Edit, _ Images) error {
			s.expose(e)
			return nil
		},
		Tools: []Tool{{Text: "Exposure", Group: ChangesAll, Edit: Edit{Kind: Exposure, Gamma: 1, Scale: 1}}},
		Sliders: []Slider{
			{"Gamma", 0.3, 3, 0.05, func(e *Edit) *float64 { return &e.Gamma }},
			{"Contrast", 0.3, 2, 0.05, func(e *Edit) *float64 { return &e.Scale }},
			{"Brightness", -0.5, 0.5, 0.02, func(e *Edit) *float64 { return &e.Shift }},
		},
	}
}

// expose maps the brightness of every pixel by a table over the stored values
// present.
func (s *Sheet) expose(e Edit) {
	s.Map(func(u float32) float32 {
		return float32(e.Scale*math.Pow(float64(min(max(u, 0), 1)), e.Gamma) + e.Shift)
	})
}

// Map maps brightness, 0 black to 1 white, by f, asked once for each value that is present.
func (s *Sheet) Map(f func(u float32) float32) {
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
