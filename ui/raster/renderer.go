package raster

import (
	"image"
	"math"
)

// Table maps the pyramid's 16-bit values to 8-bit display values: window and
// polarity in one look-up.
type Table [1 << 16]uint8

// Set fills the table with gray; values beyond its end take the last entry.
func (t *Table) Set(gray []uint8) {
	n := copy(t[:], gray)
	if n == 0 {
		*t = Table{}
		return
	}
	last := t[n-1]
	for i := n; i < len(t); i++ {
		t[i] = last
	}
}

// Frame is everything that one picture on the screen depends on.
type Frame struct {
	Pyramid *Pyramid // nil draws black
	Place   Placement
	W, H    int // of the viewport, device pixels
	Table   *Table

	Heat    *Heat // nil for the bare picture
	Colours *ColourMap
	Opacity float64 // 0..1
}

// Renderer draws frames into a buffer of its own. It repeats only the stages
// whose inputs changed since the last frame; Pyramid, Heat and Colours are
// compared by identity. It is for one goroutine; the zero value is ready.
type Renderer struct {
	out   *image.RGBA
	gray  []uint16 // geometry stage: the picture's values in the viewport
	level []uint16 // and the map's levels

	geometry geometry // what gray was made for
	heat     *Heat    // what level was made for, with geometry
	colours  *ColourMap
	opacity  float64
	blend    blend

	x0, y0, x1, y1 int // the part of the viewport that the picture covers
	columns        []tap
	axes           heatAxes
}

type geometry struct {
	pyramid *Pyramid
	place   Placement
	w, h    int
}

// Render draws a frame. The result is valid until the next call. No buffer is
// allocated while the viewport keeps its size.
func (r *Renderer) Render(f Frame) *image.RGBA {
	r.size(f.W, f.H)
	if f.Pyramid == nil || f.Table == nil || f.W <= 0 || f.H <= 0 {
		stripes(r.out.Rect.Dy(), func(y0, y1 int) { black(r.out.Pix[y0*r.out.Stride : y1*r.out.Stride]) })
		return r.out
	}
	heat := f.Heat
	if !heat.valid() || f.Colours == nil {
		heat = nil
	}
	if g := (geometry{f.Pyramid, f.Place, f.W, f.H}); g != r.geometry {
		r.resample(g)
		r.geometry, r.heat = g, nil
	}
	if heat != nil && heat != r.heat {
		r.resampleHeat(heat)
		r.heat = heat
	}
	if heat != nil && (f.Colours != r.colours || f.Opacity != r.opacity) {
		r.blend.set(f.Colours, f.Opacity)
		r.colours, r.opacity = f.Colours, f.Opacity
	}
	r.tone(f.Table, heat != nil)
	return r.out
}

func (r *Renderer) size(w, h int) {
	w, h = max(w, 1), max(h, 1)
	if r.out != nil && r.out.Rect.Dx() == w && r.out.Rect.Dy() == h {
		return
	}
	r.out = image.NewRGBA(image.Rect(0, 0, w, h))
	r.gray, r.level = make([]uint16, w*h), make([]uint16, w*h)
	r.geometry = geometry{}
}

// coarsest is the zoom on a pyramid level under which the next one is taken:
// at 0.6 bilinear sampling still meets nearly every pixel, and the level above
// would be blown up by 1.2 at most.
const coarsest = 0.6

// level picks the level to sample and the zoom on it.
func (p *Pyramid) level(zoom float64) (g Gray, z float64) {
	i := 0
	for z = zoom; z < coarsest && i+1 < len(p.levels); i++ {
		z *= 2
	}
	return p.levels[i], z
}

// resample is the geometry stage of the picture: bilinear between the centres
// of the pixels of one pyramid level, exact copies at zoom 1.
func (r *Renderer) resample(g geometry) {
	iw, ih := g.pyramid.Size()
	ox, oy := g.place.origin(g.w, g.h)
	r.x0, r.x1 = covered(ox, float64(iw)*g.place.Zoom, g.w)
	r.y0, r.y1 = covered(oy, float64(ih)*g.place.Zoom, g.h)
	src, z := g.pyramid.level(g.place.Zoom)
	if r.x1 <= r.x0 || r.y1 <= r.y0 || src.W == 0 {
		r.x0, r.x1, r.y0, r.y1 = 0, 0, 0, 0
		return
	}
	r.columns = grow(r.columns, g.w)
	for x := r.x0; x < r.x1; x++ {
		r.columns[x] = bilinear((float64(x)+0.5-ox)/z-0.5, src.W)
	}
	columns := r.columns[r.x0:r.x1]
	stripes(r.y1-r.y0, func(from, to int) {
		for y := r.y0 + from; y < r.y0+to; y++ {
			t := bilinear((float64(y)+0.5-oy)/z-0.5, src.H)
			top, below := src.Pix[int(t.i)*src.W:][:src.W], src.Pix[int(t.j)*src.W:][:src.W]
			resampleRow(r.gray[y*g.w+r.x0:][:len(columns)], top, below, columns, t.w)
		}
	})
}

// covered is the range of viewport pixels whose centres lie in
// origin..origin+length, cut to 0..n.
func covered(origin, length float64, n int) (from, to int) {
	limit := func(v float64) int { return int(math.Max(0, math.Min(float64(n), math.Ceil(v-0.5)))) }
	return limit(origin), limit(origin + length)
}

// resampleRow interpolates in 1/256 steps each way; the products fill 32 bits
// and are rounded once.
func resampleRow(out, top, below []uint16, columns []tap, w uint32) {
	if w == 0 {
		below = top
	}
	out = out[:len(columns)]
	for x := range columns {
		c := &columns[x]
		a := uint32(top[c.i])*(256-c.w) + uint32(top[c.j])*c.w
		b := uint32(below[c.i])*(256-c.w) + uint32(below[c.j])*c.w
		out[x] = uint16((a*(256-w) + b*w + half) >> 16)
	}
}

// resampleHeat is the geometry stage of the map.
func (r *Renderer) resampleHeat(h *Heat) {
	g := r.geometry
	iw, ih := g.pyramid.Size()
	ox, oy := g.place.origin(g.w, g.h)
	kx, ky := 1/(g.place.Zoom*float64(iw)), 1/(g.place.Zoom*float64(ih))
	r.axes.place(h, g.w, g.h,
		func(x int) float64 { return (float64(x) + 0.5 - ox) * kx },
		func(y int) float64 { return (float64(y) + 0.5 - oy) * ky })
	stripes(r.y1-r.y0, func(from, to int) {
		buf := make([]float32, h.W) // a row of the map, a few dozen values
		for y := r.y0 + from; y < r.y0+to; y++ {
			r.axes.row(h, r.level[y*g.w:][:g.w], buf, y)
		}
	})
}

// tone is the second stage: the table, the blend, and black around.
func (r *Renderer) tone(t *Table, heat bool) {
	w, stride := r.geometry.w, r.out.Stride
	stripes(r.geometry.h, func(from, to int) {
		for y := from; y < to; y++ {
			row := r.out.Pix[y*stride:][:stride]
			if y < r.y0 || y >= r.y1 {
				black(row)
				continue
			}
			black(row[:4*r.x0])
			black(row[4*r.x1:])
			row, gray := row[4*r.x0:4*r.x1], r.gray[y*w+r.x0:y*w+r.x1]
			if heat {
				r.blend.through(row, gray, r.level[y*w+r.x0:y*w+r.x1], t)
			} else {
				t.row(row, gray)
			}
		}
	})
}

func (t *Table) row(out []uint8, gray []uint16) {
	out = out[:4*len(gray)]
	for i, v := range gray {
		g := t[v]
		q := out[4*i : 4*i+4 : 4*i+4]
		q[0], q[1], q[2], q[3] = g, g, g, 255
	}
}

// through blends one row: the picture's values by way of the table.
func (t *blend) through(out []uint8, gray, level []uint16, table *Table) {
	level, out = level[:len(gray)], out[:4*len(gray)]
	for i, g := range gray {
		t.pixel(out[4*i:4*i+4:4*i+4], level[i], table[g])
	}
}

func black(out []uint8) {
	for i := 0; i+4 <= len(out); i += 4 {
		q := out[i : i+4 : i+4]
		q[0], q[1], q[2], q[3] = 0, 0, 0, 255
	}
}
