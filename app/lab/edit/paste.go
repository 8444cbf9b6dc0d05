package edit

import (
	"context"

	"hilum/dicomio"
	"hilum/internal/message"
)

// pasting puts a piece of this film or of another into a region.
func pasting() Operation {
	return Operation{
		Kind: Paste, Doing: always("Pasting this"), Placed: true,
		Title: func(e Edit) message.Message {
			if e.From != nil && e.From.Path != "" {
				return message.Of("Paste from another film")
			}
			return message.Of("Paste")
		},
		Check: func(e Edit) error {
			if e.From == nil || !within(e.From.X, -1, 1) || !within(e.From.Y, -1, 1) {
				return message.New("it does not say what to paste")
			}
			return nil
		},
		Apply: func(ctx context.Context, s *Sheet, e Edit, images Images) error { return s.paste(ctx, e, images) },
		Tools: []Tool{{Text: "Paste", Group: ChangesPlaces, Drawn: true,
			Edit: Edit{Kind: Paste, Soft: softBorder, Shape: Ellipse}, Once: true}},
		Sliders: []Slider{softness()},
	}
}

// paste puts a piece of this film or of another into the region. Brightness is
// carried over, whatever the depth and polarity of the two.
func (s *Sheet) paste(ctx context.Context, e Edit, images Images) error {
	src := &Sheet{im: s.im, tone: s.tone, v: s.v}
	if e.From.Path != "" {
		im, err := openImage(ctx, e.From.Path, images)
		if err != nil {
			return err
		}
		src = &Sheet{im: im, tone: toneOf(im), v: im.Stored}
	}
	w, h := s.im.Width, s.im.Height
	m := newMask(e.Region, e.Shape, e.Soft, w, h)
	if m.empty() {
		return nil
	}
	around := m.grow(1, w, h)
	inner := span{m.x0 - around.x0, m.y0 - around.y0, m.x1 - around.x0, m.y1 - around.y0}
	dx, dy := e.From.X-e.Region.X, e.From.Y-e.Region.Y
	for c := range s.im.Samples {
		piece := src.sample(around, c, w, h, dx, dy)
		if e.From.Blend {
			meet(piece, s.read(around, c), holeOf(m, inner, around))
		}
		s.write(m, c, piece.cut(inner))
	}
	return nil
}

func openImage(ctx context.Context, path string, images Images) (*dicomio.Image, error) {
	if images == nil {
		return nil, message.New("pasting from another film is not possible here")
	}
	im, err := images(ctx, path)
	if err != nil {
		return nil, message.Errorf("the film to paste from: %w", err)
	}
	return im, nil
}

// sample reads what lies dx, dy (fractions) from the pixels of a span of a w x h
// picture, interpolated; beyond the source's edge, the edge goes on.
func (s *Sheet) sample(at span, channel, w, h int, dx, dy float64) grid {
	sw, sh, n := s.im.Width, s.im.Height, s.im.Samples
	all := s.read(span{0, 0, sw, sh}, min(channel, n-1))
	out := newGrid(at.w(), at.h())
	for y := range out.h {
		v := ((float64(at.y0+y)+0.5)/float64(h)+dy)*float64(sh) - 0.5
		for x := range out.w {
			u := ((float64(at.x0+x)+0.5)/float64(w)+dx)*float64(sw) - 0.5
			out.p[y*out.w+x] = all.at(u, v)
		}
	}
	return out
}

// meet shifts the piece by the smoothest surface that makes it equal to what is
// there on the hole's rim (membrane interpolation: the Poisson blending of Perez,
// Gangnet and Blake 2003).
func meet(piece, there grid, hole []bool) {
	shift := newGrid(piece.w, piece.h)
	for i := range shift.p {
		if !hole[i] {
			shift.p[i] = there.p[i] - piece.p[i]
		}
	}
	harmonic(shift, hole)
	for i := range piece.p {
		piece.p[i] += shift.p[i]
	}
}
