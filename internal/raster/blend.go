package raster

import (
	"encoding/binary"
	"image"
	"math"

	"hilum/internal/parallel"
)

// blend is what the tone stage needs to lay a colour map over grey: for level
// l of the map the result is grey*keep[l] + add[c][l], in 1/65536. Level noHeat
// keeps the grey.
type blend struct {
	keep [levels + 1]uint32
	add  [3][levels + 1]uint32
}

// one is 1 in the fixed point of blend, half is for rounding.
const (
	one  = 1 << 16
	half = one / 2
)

// set computes the tables: the share a of a colour is its own opacity times
// the reader's, and the result (1-a)*grey + a*colour; values below the floor
// have none.
func (t *blend) set(m mix) {
	opacity := math.Max(0, math.Min(1, m.opacity))
	bare := int(math.Ceil(zeroLevel * m.floor))
	for i, e := range m.colours.table {
		a := uint32(math.Round(opacity * float64(e.a) / 255 * one))
		if i > zeroLevel-bare && i < zeroLevel+bare {
			a = 0
		}
		t.keep[i] = one - a
		for k, v := range [3]uint8{e.r, e.g, e.b} {
			t.add[k][i] = uint32(v)*a + half
		}
	}
	t.keep[noHeat] = one
	for k := range t.add {
		t.add[k][noHeat] = half
	}
}

// pixel blends the map's level l over the grey value g.
func (t *blend) pixel(q []uint8, l uint16, g uint8) {
	l &= levels // which is 511: no bounds to check
	keep := t.keep[l] * uint32(g)
	r, gr, b := (keep+t.add[0][l])>>16, (keep+t.add[1][l])>>16, (keep+t.add[2][l])>>16
	binary.LittleEndian.PutUint32(q, r|gr<<8|b<<16|opaque) // none exceeds 255
}

// Overlay draws a picture of w x h 8-bit grey values (gray, row-major) at full
// size with the map, bilinearly resized, blended over it:
//
//	out = (1 - opacity*a(v))*gray + opacity*a(v)*colour(v)
//
// rounded to the nearest value, where a is the colour map's own opacity. For
// [Jet] a is 1, so that opacity 0.5 is the usual display of the literature,
// 0.5*picture + 0.5*jet(map), as pytorch-grad-cam's show_cam_on_image with
// image_weight 0.5 before it divides the result by its maximum. heat nil gives
// the plain picture.
func Overlay(gray []uint8, w, h int, heat *Heat, c ColourMap, opacity float64) *image.RGBA {
	if w <= 0 || h <= 0 || len(gray) < w*h {
		return image.NewRGBA(image.Rect(0, 0, 0, 0))
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if !heat.valid() {
		parallel.Range(h, shortest, func(y0, y1 int) { plain(out.Pix[4*w*y0:], gray[w*y0:w*y1]) })
		return out
	}
	var t blend
	t.set(mix{colours: &c, opacity: opacity})
	var axes heatAxes
	axes.place(heat, w, h, centres(w), centres(h))
	parallel.Range(h, shortest, func(y0, y1 int) {
		row, buf := make([]uint16, w), make([]float32, heat.W)
		for y := y0; y < y1; y++ {
			axes.row(heat, row, buf, 0, y)
			line := out.Pix[4*w*y:][:4*w]
			for x, g := range gray[w*y:][:w] {
				t.pixel(line[4*x:4*x+4:4*x+4], row[x], g)
			}
		}
	})
	return out
}

// centres gives the fraction of a side at the centre of pixel i of n.
func centres(n int) func(int) float64 {
	return func(i int) float64 { return (float64(i) + 0.5) / float64(n) }
}

func plain(out, gray []uint8) {
	out = out[:4*len(gray)]
	for i, g := range gray {
		q := out[4*i : 4*i+4 : 4*i+4]
		q[0], q[1], q[2], q[3] = g, g, g, 255
	}
}
