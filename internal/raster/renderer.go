package raster

import (
	"encoding/binary"
	"image"
	"math"
	"sync"

	"hilum/internal/parallel"
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
	Filter  Filter

	// Part is what is drawn of the viewport; empty draws all of it. A film that
	// does not fill the viewport costs only what it covers, see Covered.
	Part image.Rectangle

	Heat    *Heat // nil for the bare picture
	Colours *ColourMap
	Opacity float64 // 0..1
	Floor   float64 // map values whose size is below leave the picture bare, 0..1

	Over *Overlays // several maps or contours in place of Heat; nil for none
}

// Filter is how values between the pixels of a film are found.
type Filter int

// The filters.
const (
	Smooth Filter = iota // bilinear, the default
	Sharp                // cubic, of Catmull and Rom
	Pixels               // the nearest pixel as it is
)

// Covered is the part of the viewport that the film covers.
func (f Frame) Covered() image.Rectangle {
	if f.Pyramid == nil {
		return image.Rectangle{}
	}
	iw, ih := f.Pyramid.Size()
	ox, oy := f.Place.origin(f.W, f.H)
	x0, x1 := covered(ox, float64(iw)*f.Place.Zoom, f.W)
	y0, y1 := covered(oy, float64(ih)*f.Place.Zoom, f.H)
	return image.Rect(x0, y0, x1, y1)
}

// Halved is the frame at half the resolution: a quarter of the pixels, for the
// same part of the film up to a pixel of the halved frame.
func (f Frame) Halved() Frame {
	f.W, f.H, f.Place.Zoom = (f.W+1)/2, (f.H+1)/2, f.Place.Zoom/2
	part := image.Rectangle{f.Part.Min.Div(2), f.Part.Max.Add(image.Pt(1, 1)).Div(2)}
	f.Part = part.Intersect(f.Covered()) // an edge that is rounded inwards is no black line
	return f
}

// drawn is the part of the viewport to draw.
func (f Frame) drawn() image.Rectangle {
	all := image.Rect(0, 0, max(f.W, 0), max(f.H, 0))
	if f.Part.Empty() {
		return all
	}
	return f.Part.Intersect(all)
}

// Renderer draws frames into a buffer of its own. It repeats only the stages
// whose inputs changed since the last frame; Pyramid, Heat and Colours are
// compared by identity. It is for one goroutine; the zero value is ready.
type Renderer struct {
	out   *image.RGBA
	part  image.Rectangle // of the viewport: what out shows
	gray  []uint16        // geometry stage: the picture's values in the viewport
	level []uint16        // and the map's levels

	geometry geometry // what gray was made for
	heat     *Heat    // what level was made for, with geometry
	mix      mix      // what blend was made for
	blend    *blend   // nil before the first map

	image     image.Rectangle // the part of the viewport that is drawn and that the picture covers
	columns   []tap
	stretched sync.Pool // of *stretched, one for each goroutine that resamples
	cubics    []cubic
	axes      heatAxes

	layer   []layerPixel // the overlays, resampled
	layerOf layerKey
}

// geometry is where a film lies in the viewport: its corner at ox, oy, in the
// viewport's pixels.
type geometry struct {
	pyramid *Pyramid
	ox, oy  float64
	zoom    float64
	w, h    int
	filter  Filter
}

// mix is how a map is laid over the picture.
type mix struct {
	colours        *ColourMap
	opacity, floor float64
}

// Render draws a frame, or the part of it that is asked for. The result is
// valid until the next call. No buffer is allocated while the output does not
// grow.
func (r *Renderer) Render(f Frame) *image.RGBA {
	part := f.drawn()
	r.size(part, f.W, f.H)
	if f.Pyramid == nil || f.Table == nil || part.Empty() {
		parallel.Range(r.out.Rect.Dy(), shortest,
			func(y0, y1 int) { black(r.out.Pix[y0*r.out.Stride : y1*r.out.Stride]) })
		return r.out
	}
	ox, oy := f.Place.origin(f.W, f.H)
	stale := r.follow(geometry{f.Pyramid, ox, oy, f.Place.Zoom, f.W, f.H, f.Filter}, f.Covered().Intersect(part))
	switch heat := f.Heat; {
	case f.Over.any():
		r.overlay(f.Over, f.Opacity)
		r.toneLayer(f.Table)
	case heat.valid() && f.Colours != nil:
		if heat != r.heat {
			r.heat, stale = heat, []image.Rectangle{r.image}
		}
		for _, area := range stale {
			r.resampleHeat(heat, area)
		}
		if m := (mix{f.Colours, f.Opacity, f.Floor}); m != r.mix {
			if r.blend == nil {
				r.blend = new(blend)
			}
			r.blend.set(m)
			r.mix = m
		}
		r.tone(f.Table, true)
	default:
		if len(stale) > 0 {
			r.heat = nil // its levels are no longer where the film is
		}
		r.tone(f.Table, false)
	}
	return r.out
}

// follow brings the values of the picture in line with g in the part of the
// viewport where the film is to be drawn, and gives the areas whose values are
// new. Placements differ by whole pixels (origin), so a pan moves what stays in
// sight, to the very values that a new start would give.
func (r *Renderer) follow(g geometry, img image.Rectangle) (stale []image.Rectangle) {
	if g == r.geometry && img == r.image {
		return nil
	}
	var kept image.Rectangle
	if by, ok := g.pan(r.geometry); ok {
		kept = r.image.Add(by).Intersect(img)
		move(r.gray, g.w, kept, by)
		if r.heat != nil {
			move(r.level, g.w, kept, by)
		}
	} else {
		r.heat = nil
	}
	r.geometry, r.image, r.layerOf = g, img, layerKey{}
	stale = without(img, kept)
	for _, area := range stale {
		r.resample(area)
	}
	return stale
}

// pan is the way from old to g, when they differ in nothing else.
func (g geometry) pan(old geometry) (by image.Point, ok bool) {
	x, y := g.ox-old.ox, g.oy-old.oy
	old.ox, old.oy = g.ox, g.oy
	by = image.Pt(int(x), int(y))
	return by, g == old && float64(by.X) == x && float64(by.Y) == y
}

// move copies the values of an area of rows of w from where they were before they
// moved by a vector.
func move(values []uint16, w int, to image.Rectangle, by image.Point) {
	for i := range to.Dy() {
		y := to.Min.Y + i
		if by.Y > 0 { // downwards: the last row first, or it is written over
			y = to.Max.Y - 1 - i
		}
		row := values[y*w:][:w]
		from := values[(y-by.Y)*w:][:w]
		copy(row[to.Min.X:to.Max.X], from[to.Min.X-by.X:to.Max.X-by.X])
	}
}

// without divides what is left of an area without a part of it into rectangles.
func without(area, part image.Rectangle) (out []image.Rectangle) {
	if part.Empty() {
		part = image.Rectangle{area.Min, image.Pt(area.Max.X, area.Min.Y)}
	}
	for _, r := range []image.Rectangle{
		image.Rect(area.Min.X, area.Min.Y, area.Max.X, part.Min.Y),
		image.Rect(area.Min.X, part.Min.Y, part.Min.X, part.Max.Y),
		image.Rect(part.Max.X, part.Min.Y, area.Max.X, part.Max.Y),
		image.Rect(area.Min.X, part.Max.Y, area.Max.X, area.Max.Y),
	} {
		if !r.Empty() {
			out = append(out, r)
		}
	}
	return out
}

// size makes room for a part of a viewport of w x h.
func (r *Renderer) size(part image.Rectangle, w, h int) {
	r.part = part
	w, h = max(w, 1), max(h, 1)
	if r.geometry.w != w || r.geometry.h != h {
		r.gray, r.level = grow(r.gray, w*h), grow(r.level, w*h)
		r.geometry = geometry{}
	}
	w, h = max(part.Dx(), 1), max(part.Dy(), 1)
	if r.out != nil && r.out.Rect.Dx() == w && r.out.Rect.Dy() == h {
		return
	}
	var pix []uint8
	if r.out != nil {
		pix = r.out.Pix
	}
	r.out = &image.RGBA{Pix: grow(pix, 4*w*h), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
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

// resample is the geometry stage of the picture, for an area of the viewport:
// between the centres of the pixels of one pyramid level, exact copies at zoom 1.
func (r *Renderer) resample(area image.Rectangle) {
	g := r.geometry
	src, z := g.pyramid.level(g.zoom)
	if g.filter == Sharp {
		r.resampleCubic(area, src, z)
		return
	}
	find := bilinear
	if g.filter == Pixels {
		find = nearest
	}
	r.columns = grow(r.columns, area.Dx())
	for i := range r.columns {
		r.columns[i] = find((float64(area.Min.X+i)+0.5-g.ox)/z-0.5, src.W)
	}
	parallel.Range(area.Dy(), shortest, func(from, to int) {
		rows, _ := r.stretched.Get().(*stretched)
		if rows == nil {
			rows = &stretched{}
		}
		defer r.stretched.Put(rows)
		rows.begin(src, r.columns)
		for y := area.Min.Y + from; y < area.Min.Y+to; y++ {
			t := find((float64(y)+0.5-g.oy)/z-0.5, src.H)
			top := rows.at(t.i, t.j)
			below := top
			if t.w != 0 {
				below = rows.at(t.j, t.i)
			}
			between(r.gray[y*g.w+area.Min.X:][:area.Dx()], top, below, t.w)
		}
	})
}

// covered is the range of viewport pixels whose centres lie in
// origin..origin+length, cut to 0..n.
func covered(origin, length float64, n int) (from, to int) {
	limit := func(v float64) int { return int(math.Max(0, math.Min(float64(n), math.Ceil(v-0.5)))) }
	return limit(origin), limit(origin + length)
}

// stretched are the last two rows of a source, interpolated between columns: an enlarged row
// lies between the same two many times over. Values are in 1/256.
type stretched struct {
	src     Gray
	columns []tap
	rows    [2]struct {
		y      int32 // of the source, from 1 on; 0 for none yet
		values []uint32
	}
	buf []uint16
}

// begin forgets the rows of before.
func (s *stretched) begin(src Gray, columns []tap) {
	s.src, s.columns = src, columns
	s.rows[0].y, s.rows[1].y = 0, 0
}

// at is row y; other is one that is to stay.
func (s *stretched) at(y, other int32) []uint32 {
	for i := range s.rows {
		if s.rows[i].y == y+1 {
			return s.rows[i].values
		}
	}
	r := &s.rows[0]
	if r.y == other+1 {
		r = &s.rows[1]
	}
	r.y, r.values = y+1, grow(r.values, len(s.columns))
	row := s.src.values(int(y), &s.buf)
	out := r.values[:len(s.columns)]
	for x := range s.columns {
		c := &s.columns[x]
		a := uint32(row[c.i])
		out[x] = a<<8 + (uint32(row[c.j])-a)*c.w
	}
	return out
}

// between interpolates two rows in 1/256 steps; the products fill 32 bits (differences wrap
// around and come back) and are rounded once.
func between(out []uint16, top, below []uint32, w uint32) {
	top, below = top[:len(out)], below[:len(out)]
	for x := range out {
		a := top[x]
		out[x] = uint16((a<<8 + (below[x]-a)*w + 1<<15) >> 16)
	}
}

// resampleHeat is the geometry stage of the map, for an area of the viewport.
func (r *Renderer) resampleHeat(h *Heat, area image.Rectangle) {
	g := r.geometry
	iw, ih := g.pyramid.Size()
	kx, ky := 1/(g.zoom*float64(iw)), 1/(g.zoom*float64(ih))
	r.axes.place(h, g.w, g.h,
		func(x int) float64 { return (float64(x) + 0.5 - g.ox) * kx },
		func(y int) float64 { return (float64(y) + 0.5 - g.oy) * ky })
	parallel.Range(area.Dy(), shortest, func(from, to int) {
		buf := make([]float32, h.W) // a row of the map, a few dozen values
		for y := area.Min.Y + from; y < area.Min.Y+to; y++ {
			r.axes.row(h, r.level[y*g.w+area.Min.X:][:area.Dx()], buf, area.Min.X, y)
		}
	})
}

// tone is the second stage: the table, the blend, and black around.
func (r *Renderer) tone(t *Table, heat bool) {
	w := r.geometry.w
	r.rows(func(row []uint8, y int) {
		from, to := y*w+r.image.Min.X, y*w+r.image.Max.X
		gray := r.gray[from:to]
		if heat {
			r.blend.through(row, gray, r.level[from:to], t)
		} else {
			t.row(row, gray)
		}
	})
}

// rows hands out the part of each output row that the film covers, y that of the
// viewport, and blackens the rest.
func (r *Renderer) rows(draw func(row []uint8, y int)) {
	stride := r.out.Stride
	x0, x1 := 4*(r.image.Min.X-r.part.Min.X), 4*(r.image.Max.X-r.part.Min.X)
	parallel.Range(r.out.Rect.Dy(), shortest, func(from, to int) {
		for i := from; i < to; i++ {
			row, y := r.out.Pix[i*stride:][:stride], r.part.Min.Y+i
			if y < r.image.Min.Y || y >= r.image.Max.Y {
				black(row)
				continue
			}
			black(row[:x0])
			black(row[x1:])
			draw(row[x0:x1], y)
		}
	})
}

func (t *Table) row(out []uint8, gray []uint16) {
	out = out[:4*len(gray)]
	for i, v := range gray {
		binary.LittleEndian.PutUint32(out[4*i:], uint32(t[v])*0x010101|opaque)
	}
}

// opaque is the alpha of a pixel written as one little-endian word, R first.
const opaque = 0xff << 24

func black(out []uint8) {
	for i := 0; i+4 <= len(out); i += 4 {
		binary.LittleEndian.PutUint32(out[i:], opaque)
	}
}
