package edit

import (
	"image"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"hilum/internal/message"
)

// point is a place in a device's region, 0..1 each way.
type point struct{ x, y float64 }

// curve is a cubic Bezier curve in straight pieces.
func curve(a, b, c, d point) []point {
	const pieces = 48
	out := make([]point, pieces+1)
	for i := range out {
		t := float64(i) / pieces
		s := 1 - t
		k := [4]float64{s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t}
		out[i] = point{k[0]*a.x + k[1]*b.x + k[2]*c.x + k[3]*d.x, k[0]*a.y + k[1]*b.y + k[2]*c.y + k[3]*d.y}
	}
	return out
}

// side is what radii are fractions of, in pixels.
func (d drawing) side() float64 { return float64(min(d.ink.w, d.ink.h)) }

// line draws through points with round ends; the radius is a fraction of the
// region's shorter side, at least half a pixel.
func (d drawing) line(path []point, radius, opacity float64) {
	r := max(radius*d.side(), 0.5)
	cover := newGrid(d.ink.w, d.ink.h)
	w, h := float64(d.ink.w), float64(d.ink.h)
	for i := 1; i < len(path); i++ {
		cover.segment(path[i-1].x*w, path[i-1].y*h, path[i].x*w, path[i].y*h, r)
	}
	d.shade(cover, opacity)
}

// segment covers what lies within r of a piece of a line, edges one pixel soft.
func (g grid) segment(ax, ay, bx, by, r float64) {
	x0, y0 := max(int(min(ax, bx)-r-1), 0), max(int(min(ay, by)-r-1), 0)
	x1, y1 := min(int(max(ax, bx)+r+2), g.w), min(int(max(ay, by)+r+2), g.h)
	dx, dy := bx-ax, by-ay
	length2 := max(dx*dx+dy*dy, 1e-12)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			px, py := float64(x)+0.5-ax, float64(y)+0.5-ay
			t := min(max((px*dx+py*dy)/length2, 0), 1)
			c := r + 0.5 - math.Hypot(px-t*dx, py-t*dy)
			p := &g.p[y*g.w+x]
			*p = max(*p, float32(min(max(c, 0), 1)))
		}
	}
}

// disc is round in pixels whatever the region's shape.
func (d drawing) disc(c point, radius, opacity float64) { d.line([]point{c, c}, radius, opacity) }

// ellipse follows the region's shape: radii are fractions of its width and height.
func (d drawing) ellipse(c point, rx, ry, opacity float64) {
	cover := newGrid(d.ink.w, d.ink.h)
	w, h := float64(d.ink.w), float64(d.ink.h)
	for y := range d.ink.h {
		for x := range d.ink.w {
			dx, dy := ((float64(x)+0.5)/w-c.x)/rx, ((float64(y)+0.5)/h-c.y)/ry
			edge := (1 - math.Hypot(dx, dy)) * min(rx*w, ry*h) // nearly pixels
			cover.p[y*cover.w+x] = float32(min(max(edge+0.5, 0), 1))
		}
	}
	d.shade(cover, opacity)
}

// shade lets a shape take light on top of what is drawn already.
func (d drawing) shade(cover grid, opacity float64) {
	for i, c := range cover.p {
		d.ink.p[i] = 1 - (1-d.ink.p[i])*(1-float32(opacity)*c)
	}
}

// word writes text as large as the region allows, in its middle.
func (d drawing) word(text string, opacity float64) error {
	const margin = 0.92 // of the region that letters may fill
	f, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return message.Errorf("lettering: %w", err)
	}
	const trial = 100
	box, err := measure(f, text, trial)
	if err != nil {
		return err
	}
	if box.Empty() { // blanks only
		return nil
	}
	size := trial * margin * min(float64(d.ink.w)/float64(box.Dx()), float64(d.ink.h)/float64(box.Dy()))
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: max(size, 1), DPI: 72})
	if err != nil {
		return message.Errorf("lettering: %w", err)
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	b, _ := font.BoundString(face, text)
	to := image.NewAlpha(image.Rect(0, 0, d.ink.w, d.ink.h))
	half := func(n int, lo, hi fixed.Int26_6) fixed.Int26_6 { return (fixed.I(n) - lo - hi) / 2 }
	writer := font.Drawer{Dst: to, Src: image.Opaque, Face: face}
	writer.Dot = fixed.Point26_6{X: half(d.ink.w, b.Min.X, b.Max.X), Y: half(d.ink.h, b.Min.Y, b.Max.Y)}
	writer.DrawString(text)
	cover := newGrid(d.ink.w, d.ink.h)
	for i := range cover.p {
		cover.p[i] = float32(to.Pix[i/d.ink.w*to.Stride+i%d.ink.w]) / 255
	}
	d.shade(cover, opacity)
	return nil
}

// measure is the room that text takes at a size.
func measure(f *opentype.Font, text string, size float64) (image.Rectangle, error) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return image.Rectangle{}, message.Errorf("lettering: %w", err)
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	b, _ := font.BoundString(face, text)
	return image.Rect(b.Min.X.Floor(), b.Min.Y.Floor(), b.Max.X.Ceil(), b.Max.Y.Ceil()), nil
}
