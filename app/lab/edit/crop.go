package edit

import "hilum/internal/message"

// leastCrop is the least that may be kept, as a fraction of each side.
const leastCrop = 0.02

// cropping keeps a part of the picture.
func cropping() Operation {
	return Operation{
		Kind: Crop, Title: always("Crop"), Doing: always("This crop"), Bounded: true,
		Check: func(e Edit) error {
			if c := e.Region.Clip(); c.W < leastCrop || c.H < leastCrop {
				return message.New("it leaves too little of the picture")
			}
			return nil
		},
		Turn: func(f *Frame, e Edit) {
			s := e.Region.pixels(f.W, f.H)
			f.after([6]float64{1, 0, float64(s.x0), 0, 1, float64(s.y0)})
			f.W, f.H = s.w(), s.h()
		},
		Tools: []Tool{{Text: "Crop", Group: ChangesAll, Drawn: true, Edit: Edit{Kind: Crop}, Once: true}},
	}
}
