package edit

import (
	"context"
	"math"
	"math/bits"

	"hilum/dicomio"
	"hilum/internal/message"
)

// Images gives the films that pieces are pasted from, by path.
type Images func(ctx context.Context, path string) (*dicomio.Image, error)

// Sheet is a film while it is edited: a copy of its stored values.
type Sheet struct {
	im   *dicomio.Image
	tone tone
	v    []int32
}

// tone says which stored values are black and white. On a film whose low values
// are bright, white is the lower one.
type tone struct{ black, white float64 }

// toneOf takes the grey scale as the network does where its card leaves the
// choice: the bits in use of unsigned values, else what is present.
func toneOf(im *dicomio.Image) tone {
	lo, hi := im.ValueRange()
	t := tone{float64(lo), float64(hi)}
	if lo >= 0 {
		t = tone{0, float64(int64(1)<<usedBits(im.BitsStored, hi) - 1)}
	}
	if t.white <= t.black {
		t.white = t.black + 1
	}
	falling := im.ModalityValue(int32(t.white)) < im.ModalityValue(int32(t.black))
	if im.Inverted != falling {
		t.black, t.white = t.white, t.black
	}
	return t
}

// usedBits is the depth of a film: a file that declares 16 bits often holds 10,
// 12 or 14.
func usedBits(declared int, most int32) int {
	need := bits.Len32(uint32(most))
	if declared == 16 {
		for _, b := range []int{8, 10, 12, 14} {
			if need <= b {
				return b
			}
		}
	}
	return max(declared, need)
}

// unit is a stored value's brightness, 0 black to 1 white.
func (t tone) unit(v int32) float32 {
	return float32((float64(v) - t.black) / (t.white - t.black))
}

// stored is the inverse of unit, cut to the grey scale.
func (t tone) stored(u float32) int32 {
	u = min(max(u, 0), 1)
	return int32(math.Round(t.black + float64(u)*(t.white-t.black)))
}

// NewSheet is a film that may be edited.
func NewSheet(im *dicomio.Image) *Sheet {
	return &Sheet{im: im, tone: toneOf(im), v: append([]int32(nil), im.Stored...)}
}

// Clone is a copy that may be edited on its own.
func (s *Sheet) Clone() *Sheet {
	return &Sheet{im: s.im, tone: s.tone, v: append([]int32(nil), s.v...)}
}

// padded tells the values that are no part of the picture.
func (s *Sheet) padded(v int32) bool {
	p := s.im.Padding
	return p != nil && v >= p.Lo && v <= p.Hi
}

// read takes a span of a channel as brightness.
func (s *Sheet) read(at span, channel int) grid {
	g := newGrid(at.w(), at.h())
	n := s.im.Samples
	for y := range g.h {
		row := s.v[((at.y0+y)*s.im.Width+at.x0)*n+channel:]
		for x := range g.w {
			g.p[y*g.w+x] = s.tone.unit(row[x*n])
		}
	}
	return g
}

// write mixes brightness into a channel as strongly as the mask says; g covers
// the mask's span. Padding stays.
func (s *Sheet) write(m mask, channel int, g grid) {
	n := s.im.Samples
	for y := range m.h() {
		row := s.v[((m.y0+y)*s.im.Width+m.x0)*n+channel:]
		for x := range m.w() {
			a := m.a[y*m.w()+x]
			if v := &row[x*n]; a > 0 && !s.padded(*v) {
				u := s.tone.unit(*v)
				*v = s.tone.stored(u + a*(g.p[y*g.w+x]-u))
			}
		}
	}
}

// grid is a plane of brightness values, row-major.
type grid struct {
	w, h int
	p    []float32
}

func newGrid(w, h int) grid { return grid{w, h, make([]float32, w*h)} }

// cut is a part of the grid.
func (g grid) cut(s span) grid {
	out := newGrid(s.w(), s.h())
	for y := range out.h {
		copy(out.p[y*out.w:(y+1)*out.w], g.p[(s.y0+y)*g.w+s.x0:])
	}
	return out
}

// Apply makes the film that a list of edits leads to; the film itself is not
// touched. Edits of the content come first, in their order; crops, rotations and
// flips after them in one resampling.
func (o Operations) Apply(ctx context.Context, im *dicomio.Image, edits []Edit, images Images) (*dicomio.Image, error) {
	s := NewSheet(im)
	if err := o.Edit(ctx, s, edits, images); err != nil {
		return nil, err
	}
	return s.Develop(o.Frame(edits, im.Width, im.Height)), nil
}

// Edit does the edits of the content.
func (o Operations) Edit(ctx context.Context, s *Sheet, edits []Edit, images Images) error {
	for _, e := range edits {
		if e.Off || o.turns(e) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return message.Errorf("editing the film: %w", err)
		}
		if err := o.Check(e); err != nil {
			return err
		}
		op, _ := o.Find(e.Kind)
		if err := op.Apply(ctx, s, e, images); err != nil {
			return err
		}
	}
	return nil
}

// filling puts something else in the place of the pixels of a grid that the hole marks.
type filling func(ctx context.Context, g grid, hole []bool) error

// replace fills a region with what is made of it and of margin pixels around.
func (s *Sheet) replace(ctx context.Context, e Edit, margin int, fill filling) error {
	w, h := s.im.Width, s.im.Height
	m := newMask(e.Region, e.Shape, e.Soft, w, h)
	if m.empty() {
		return nil
	}
	around := m.grow(margin, w, h)
	inner := span{m.x0 - around.x0, m.y0 - around.y0, m.x1 - around.x0, m.y1 - around.y0}
	hole := holeOf(m, inner, around)
	for c := range s.im.Samples {
		g := s.read(around, c)
		if err := fill(ctx, g, hole); err != nil {
			return err
		}
		s.write(m, c, g.cut(inner))
	}
	return nil
}

// Pixels is the size of the film.
func (s *Sheet) Pixels() (w, h int) { return s.im.Width, s.im.Height }

// holeOf marks the pixels of a grid over around that the mask touches.
func holeOf(m mask, inner, around span) []bool {
	hole := make([]bool, around.w()*around.h())
	for y := range m.h() {
		for x := range m.w() {
			hole[(inner.y0+y)*around.w()+inner.x0+x] = m.a[y*m.w()+x] > 0
		}
	}
	return hole
}
