package raster

import "hilum/internal/parallel"

// Orientation is how a picture is turned and mirrored before it is shown: first
// mirrored left to right where Mirror is set, then turned clockwise by Turns
// quarters, 0..3. The zero value leaves it as it is.
type Orientation struct {
	Mirror bool
	Turns  int
}

// quarters is the number of quarter turns in a whole one.
const quarters = 4

// Turn turns what is seen clockwise by n quarters; negative is anticlockwise.
func (o Orientation) Turn(n int) Orientation {
	o.Turns = ((o.Turns+n)%quarters + quarters) % quarters
	return o
}

// FlipLeftRight mirrors what is seen at the vertical.
func (o Orientation) FlipLeftRight() Orientation {
	return Orientation{Mirror: !o.Mirror}.Turn(-o.Turns)
}

// FlipUpDown mirrors what is seen at the horizontal.
func (o Orientation) FlipUpDown() Orientation { return o.FlipLeftRight().Turn(2) }

// sideways tells whether width and height change places.
func (o Orientation) sideways() bool { return o.Turns%2 != 0 }

// Size is what a picture of w x h becomes.
func (o Orientation) Size(w, h int) (int, int) {
	if o.sideways() {
		return h, w
	}
	return w, h
}

// Apply maps a point of a picture of w x h to where it is seen.
func (o Orientation) Apply(x, y, w, h float64) (float64, float64) {
	if o.Mirror {
		x = w - x
	}
	for range o.Turns {
		x, y = h-y, x
		w, h = h, w
	}
	return x, y
}

// Undo is the inverse of Apply: w and h are those of the picture, x and y a
// point of what is seen.
func (o Orientation) Undo(x, y, w, h float64) (float64, float64) {
	if o.sideways() {
		w, h = h, w
	}
	for range o.Turns {
		x, y = y, w-x
		w, h = h, w
	}
	if o.Mirror {
		x = w - x
	}
	return x, y
}

// Oriented is the pyramid of the picture as it is seen; pixels keep their
// values. The orientation that changes nothing gives the pyramid itself.
func (p *Pyramid) Oriented(o Orientation) *Pyramid {
	if o == (Orientation{}) {
		return p
	}
	g := p.levels[0]
	w, h := o.Size(g.W, g.H)
	return NewPyramid(Gray{W: w, H: h, Pix: orient(g.Pix, g.W, g.H, o)})
}

// Oriented is the map of a picture that is seen in that orientation.
func (h *Heat) Oriented(o Orientation) *Heat {
	if h == nil || o == (Orientation{}) {
		return h
	}
	w, ht := o.Size(h.W, h.H)
	out := &Heat{W: w, H: ht, Values: orient(h.Values, h.W, h.H, o)}
	x0, y0 := o.Apply(h.X0, h.Y0, 1, 1)
	x1, y1 := o.Apply(h.X1, h.Y1, 1, 1)
	out.X0, out.X1 = min(x0, x1), max(x0, x1)
	out.Y0, out.Y1 = min(y0, y1), max(y0, y1)
	return out
}

// orient moves the w x h values of a plane, row-major, to where they are seen.
func orient[T any](values []T, w, h int, o Orientation) []T {
	ow, oh := o.Size(w, h)
	out := make([]T, len(values))
	if ow == 0 || oh == 0 {
		return out
	}
	// The source of the first pixel, and the steps in the source for one to
	// the right and one down.
	at := func(x, y float64) int {
		sx, sy := o.Undo(x+0.5, y+0.5, float64(w), float64(h))
		return int(sy)*w + int(sx)
	}
	first := at(0, 0)
	right, down := 0, 0
	if ow > 1 {
		right = at(1, 0) - first
	}
	if oh > 1 {
		down = at(0, 1) - first
	}
	parallel.Range(oh, shortest, func(from, to int) {
		for y := from; y < to; y++ {
			row, i := out[y*ow:][:ow], first+y*down
			for x := range row {
				row[x] = values[i]
				i += right
			}
		}
	})
	return out
}
