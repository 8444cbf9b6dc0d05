package edit

import (
	"math"

	"hilum/internal/message"
)

// rotating turns the picture about its middle; what comes from beside it is black.
func rotating() Operation {
	return Operation{
		Kind: Rotate, Doing: always("Rotating the film"),
		Title: func(e Edit) message.Message { return message.Of("Rotate by %g degrees", e.Degrees) },
		Turn: func(f *Frame, e Edit) {
			w, h := float64(f.W), float64(f.H)
			sin, cos := math.Sincos(e.Degrees * math.Pi / 180)
			f.after([6]float64{cos, sin, w/2 - cos*w/2 - sin*h/2, -sin, cos, h/2 + sin*w/2 - cos*h/2})
		},
		Tools:   []Tool{{Text: "Rotate", Group: ChangesAll, Edit: Edit{Kind: Rotate, Degrees: newTurn}}},
		Sliders: []Slider{angle()},
	}
}
