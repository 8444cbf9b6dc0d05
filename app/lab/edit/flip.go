package edit

import "hilum/internal/message"

// flipping mirrors the picture, left and right or top and bottom.
func flipping() Operation {
	return Operation{
		Kind: Flip, Doing: always("Flipping the film"),
		Title: func(e Edit) message.Message {
			if e.Upright {
				return message.Of("Flip top and bottom")
			}
			return message.Of("Flip left and right")
		},
		Turn: func(f *Frame, e Edit) {
			if e.Upright {
				f.after([6]float64{1, 0, 0, 0, -1, float64(f.H)})
			} else {
				f.after([6]float64{-1, 0, float64(f.W), 0, 1, 0})
			}
		},
		Tools: []Tool{
			{Text: "Mirror", Group: ChangesAll, Edit: Edit{Kind: Flip}},
			{Text: "Upend", Group: ChangesAll, Edit: Edit{Kind: Flip, Upright: true}},
		},
	}
}
