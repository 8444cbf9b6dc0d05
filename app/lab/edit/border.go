package edit

import (
	"context"

	"hilum/internal/message"
)

// Border blackens a margin around the film behind a thin pale line, as some departments
// print their films. The lab does not offer it; see Bordering.
const Border Kind = "border"

// How a border looks: shares of the film's shorter side and of the margin, and brightness.
const (
	borderShare  = 0.032
	borderLine   = 1. / 6
	borderDark   = 0.01
	borderBright = 0.75
)

// Bordering lays a border on films. It is none of Standard's: whoever wants it appends it.
func Bordering() Operation {
	return Operation{
		Kind: Border, Doing: always("This border"),
		Title: func(Edit) message.Message { return message.Of("Border") },
		Apply: func(_ context.Context, s *Sheet, _ Edit, _ Images) error {
			s.border()
			return nil
		},
	}
}

func (s *Sheet) border() {
	w, h := s.im.Width, s.im.Height
	margin := max(2, int(borderShare*float64(min(w, h))))
	line := max(1, int(borderLine*float64(margin)))
	for _, at := range []span{{0, 0, w, margin}, {0, h - margin, w, h}, {0, margin, margin, h - margin},
		{w - margin, margin, w, h - margin}} {
		in := at.grow(0, w, h)
		if in.empty() {
			continue
		}
		m, g := mask{span: in, a: make([]float32, in.w()*in.h())}, newGrid(in.w(), in.h())
		for i := range g.p {
			x, y := in.x0+i%g.w, in.y0+i/g.w
			m.a[i], g.p[i] = 1, borderDark
			if min(x, y, w-1-x, h-1-y) >= margin-line {
				g.p[i] = borderBright
			}
		}
		for c := range s.im.Samples {
			s.write(m, c, g)
		}
	}
}
