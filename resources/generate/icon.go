package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/vector"
)

// The icon: two lungs on a dark ground and, between them, the root where
// airways and vessels enter, which anatomy calls the hilum. Coordinates run
// from 0 to 1.

type point struct{ x, y float64 }

var (
	ground     = color.NRGBA{0x10, 0x18, 0x22, 0xff}
	lungColour = color.NRGBA{0x5f, 0x86, 0xa6, 0xff}
	rootColour = color.NRGBA{0xff, 0xb8, 0x4d, 0xff}

	// leftLung is the viewer's left, clockwise from the apex.
	leftLung = []point{{0.36, 0.17}, {0.425, 0.25}, {0.435, 0.40}, {0.445, 0.56}, {0.425, 0.70}, {0.36, 0.775},
		{0.25, 0.83},
		{0.15, 0.845}, {0.125, 0.76}, {0.14, 0.58}, {0.185, 0.37}, {0.26, 0.21}}

	// airway is the windpipe and, mirrored, one side's branches: start, end and
	// their half-widths.
	trachea  = stroke{point{0.5, 0.10}, point{0.5, 0.405}, 0.030, 0.028}
	branches = []stroke{
		{point{0.5, 0.40}, point{0.375, 0.495}, 0.027, 0.021},
		{point{0.375, 0.495}, point{0.295, 0.43}, 0.017, 0.011}, {point{0.295, 0.43}, point{0.275, 0.33}, 0.011, 0.006},
		{point{0.295, 0.43}, point{0.225, 0.425}, 0.010, 0.005},
		{point{0.375, 0.495}, point{0.315, 0.60}, 0.018, 0.012}, {point{0.315, 0.60}, point{0.335, 0.71}, 0.011, 0.006},
		{point{0.315, 0.60}, point{0.23, 0.665}, 0.012, 0.007},
		{point{0.23, 0.665}, point{0.205, 0.755}, 0.007, 0.004}, {point{0.23, 0.665}, point{0.17, 0.655}, 0.007, 0.004},
	}
)

type stroke struct {
	a, b   point
	wa, wb float64
}

// icon draws the icon at n x n pixels as PNG.
func icon(n int) ([]byte, error) {
	im := image.NewNRGBA(image.Rect(0, 0, n, n))
	c := &canvas{im, float64(n)}
	c.fill(roundedSquare(0.02, 0.20), ground)
	for _, side := range []float64{1, -1} {
		c.fill(mirrored(closed(leftLung), side), lungColour)
	}
	for _, side := range []float64{1, -1} {
		for _, s := range branches {
			c.fill(mirrored(s.outline(), side), rootColour)
		}
	}
	c.fill(trachea.outline(), rootColour)
	var b bytes.Buffer
	err := png.Encode(&b, im)
	return b.Bytes(), err
}

type canvas struct {
	im *image.NRGBA
	n  float64
}

func (c *canvas) fill(path []point, col color.Color) {
	r := vector.NewRasterizer(int(c.n), int(c.n))
	for i, p := range path {
		x, y := float32(p.x*c.n), float32(p.y*c.n)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.DrawOp = draw.Over
	r.Draw(c.im, c.im.Bounds(), image.NewUniform(col), image.Point{})
}

func mirrored(path []point, side float64) []point {
	out := make([]point, len(path))
	for i, p := range path {
		out[i] = point{0.5 + side*(p.x-0.5), p.y}
	}
	return out
}

// closed is a smooth closed curve through the knots (Catmull-Rom).
func closed(k []point) []point {
	const steps = 16
	var out []point
	n := len(k)
	for i := range k {
		p0, p1, p2, p3 := k[(i+n-1)%n], k[i], k[(i+1)%n], k[(i+2)%n]
		for j := range steps {
			t := float64(j) / steps
			f := func(a, b, c, d float64) float64 {
				return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
			}
			out = append(out, point{f(p0.x, p1.x, p2.x, p3.x), f(p0.y, p1.y, p2.y, p3.y)})
		}
	}
	return out
}

// outline is the stroke with round ends.
func (s stroke) outline() []point {
	angle := math.Atan2(s.b.y-s.a.y, s.b.x-s.a.x)
	var out []point
	arc := func(c point, w, from float64) {
		for i := range 17 {
			sn, cs := math.Sincos(from + math.Pi*float64(i)/16)
			out = append(out, point{c.x + w*cs, c.y + w*sn})
		}
	}
	arc(s.b, s.wb, angle-math.Pi/2)
	arc(s.a, s.wa, angle+math.Pi/2)
	return out
}

// roundedSquare leaves a margin and has corners of the given radius.
func roundedSquare(margin, radius float64) []point {
	var out []point
	lo, hi := margin+radius, 1-margin-radius
	for k, c := range []point{{hi, lo}, {hi, hi}, {lo, hi}, {lo, lo}} {
		for i := range 17 {
			sn, cs := math.Sincos(math.Pi/2*float64(k-1) + math.Pi/2*float64(i)/16)
			out = append(out, point{c.x + radius*cs, c.y + radius*sn})
		}
	}
	return out
}
