// Package raster draws pictures without a toolkit: a pyramid of 16-bit grey
// values, the geometry of looking at it, the window table, and class maps
// blended over it. Its core type is [Renderer], which keeps two stages, so that
// dragging the window repeats only the second: geometry (resampling into the
// viewport) and tone (table and blend). It imports internal/parallel.
package raster

import "hilum/internal/parallel"

// Gray is a picture of one 16-bit value a pixel, row-major,
// len(Pix) = W*H. Pixel (x, y) covers the square from (x, y) to (x+1, y+1) of
// the picture's plane.
type Gray struct {
	W, H int
	Pix  []uint16

	row func(y int, to []uint16) // in place of Pix
}

// values are those of a row, which may use buf.
func (g *Gray) values(y int, buf *[]uint16) []uint16 {
	if g.row == nil {
		return g.Pix[y*g.W:][:g.W]
	}
	*buf = grow(*buf, g.W)
	g.row(y, *buf)
	return *buf
}

// NewRows is a picture without halves, whose rows are made when they are drawn. It
// is drawn with the filters Smooth and Pixels, and has no At. row may be called by
// several goroutines.
func NewRows(w, h int, row func(y int, to []uint16)) *Pyramid {
	return &Pyramid{levels: []Gray{{W: w, H: h, row: row}}}
}

// smallestLevel is the side under which halving a picture further saves no
// time.
const smallestLevel = 256

// Pyramid is a picture and its halves, quarters and so on, each pixel the mean
// of four of the level above. It is immutable.
type Pyramid struct {
	levels []Gray
}

// NewPyramid builds the levels; src becomes the first and must not be written
// to any more. A picture without pixels gives a pyramid that draws nothing.
func NewPyramid(src Gray) *Pyramid {
	if src.W <= 0 || src.H <= 0 || len(src.Pix) < src.W*src.H {
		return &Pyramid{levels: []Gray{{}}}
	}
	p := &Pyramid{levels: []Gray{src}}
	for src.W > smallestLevel && src.H > smallestLevel {
		src = halve(src)
		p.levels = append(p.levels, src)
	}
	return p
}

// Size is that of the full picture in pixels.
func (p *Pyramid) Size() (w, h int) { return p.levels[0].W, p.levels[0].H }

// At is value i, row-major, of the full picture.
func (p *Pyramid) At(i int) uint16 { return p.levels[0].Pix[i] }

// halve averages blocks of 2x2 pixels. Where a side is odd the last column or
// row stands for itself, so that pixel (x, y) of every level covers exactly the
// block (2x, 2y)-(2x+2, 2y+2) of the one above.
func halve(s Gray) Gray {
	d := Gray{W: (s.W + 1) / 2, H: (s.H + 1) / 2}
	d.Pix = make([]uint16, d.W*d.H)
	parallel.Range(d.H, shortest, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			below := min(2*y+1, s.H-1)
			halveRow(d.Pix[y*d.W:][:d.W], s.Pix[2*y*s.W:][:s.W], s.Pix[below*s.W:][:s.W])
		}
	})
	return d
}

func halveRow(out, a, b []uint16) {
	n := len(a) / 2
	for x := range n {
		out[x] = uint16((uint32(a[2*x]) + uint32(a[2*x+1]) + uint32(b[2*x]) + uint32(b[2*x+1]) + 2) >> 2)
	}
	if n < len(out) {
		out[n] = uint16((uint32(a[len(a)-1]) + uint32(b[len(b)-1]) + 1) >> 1)
	}
}
