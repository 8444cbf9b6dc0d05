package raster

import (
	"encoding/binary"
	"image"
	"math"

	"hilum/internal/parallel"
)

// blend is a colour map laid over grey: for level l of the map and grey value g, the pixel's
// colour at l<<8|g as one little-endian word, R first. Level noHeat keeps the grey. A picture
// and its map change slowly from pixel to pixel, so that neighbours read what is in the cache.
type blend [(levels + 1) << 8]uint32

// one is 1 in the fixed point that colours are mixed in, half is for rounding.
const (
	one  = 1 << 16
	half = one / 2
)

// set computes the colours: the share a of a colour is its own opacity times
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
		row := t[i<<8:][:256]
		r, gr, b := uint32(e.r)*a+half, uint32(e.g)*a+half, uint32(e.b)*a+half
		for g := range row {
			keep := uint32(g) * (one - a)
			row[g] = (keep+r)>>16 | (keep+gr)>>16<<8 | (keep+b)>>16<<16 | opaque // none exceeds 255
		}
	}
	for g := range t[noHeat<<8:] {
		t[noHeat<<8|g] = uint32(g)*0x010101 | opaque
	}
}

// at is the colour of a level of the map over a grey value.
func (t *blend) at(level uint16, gray uint8) uint32 { return t[uint32(level&levels)<<8|uint32(gray)] }

// through blends a row of the map's levels over grey values by way of a table of those.
func (t *blend) through(out []uint8, gray, level []uint16, table *Table) {
	level, out = level[:len(gray)], out[:4*len(gray)]
	for i, g := range gray {
		binary.LittleEndian.PutUint32(out[4*i:], t.at(level[i], table[g]))
	}
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
	t := new(blend)
	t.set(mix{colours: &c, opacity: opacity})
	var axes heatAxes
	axes.place(heat, w, h, centres(w), centres(h))
	parallel.Range(h, shortest, func(y0, y1 int) {
		row, buf := make([]uint16, w), make([]float32, heat.W)
		for y := y0; y < y1; y++ {
			axes.row(heat, row, buf, 0, y)
			line := out.Pix[4*w*y:][:4*w]
			for x, g := range gray[w*y:][:w] {
				binary.LittleEndian.PutUint32(line[4*x:], t.at(row[x], g))
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
