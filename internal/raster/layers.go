package raster

import (
	"encoding/binary"
	"math"

	"hilum/internal/parallel"
)

// Overlays are several class maps over one picture, each filled with its
// colours or drawn as a line where its value crosses a level. They are
// immutable once drawn and compared by identity.
type Overlays struct {
	Layers []Layer // the first lies undermost
}

// Layer is one map of Overlays.
type Layer struct {
	Heat    *Heat
	Colours *ColourMap
	// Contours are the values, 0..1, at which a line is drawn instead of the
	// filled map; nil fills.
	Contours []float64
	Line     int     // width of the line in device pixels; 0 is lineWidth
	Floor    float64 // values below leave the picture bare, where it is filled
}

func (o *Overlays) any() bool { return o != nil && len(o.Layers) > 0 }

// layerPixel is what the overlays do to a grey value g: g*keep/255 + r, g, b,
// rounded.
type layerPixel struct{ keep, r, g, b uint8 }

type layerKey struct {
	over    *Overlays
	opacity float64
}

// overlay resamples the layers for the geometry at hand, unless it did before.
func (r *Renderer) overlay(o *Overlays, opacity float64) {
	key := layerKey{o, opacity}
	if key == r.layerOf {
		return
	}
	r.layerOf = key
	r.layer = grow(r.layer, r.geometry.w*r.geometry.h)
	for i := range r.layer {
		r.layer[i] = layerPixel{keep: 255}
	}
	for _, l := range o.Layers {
		if !l.Heat.valid() || l.Colours == nil {
			continue
		}
		if l.Contours != nil {
			r.contour(l)
		} else {
			r.fill(l, opacity)
		}
	}
}

// fill lays a map's colours over what is there. level is used for it, so it is
// that of the single map no longer.
func (r *Renderer) fill(l Layer, opacity float64) {
	w := r.geometry.w
	r.resampleHeat(l.Heat, r.image)
	r.heat = nil
	parallel.Range(r.image.Dy(), shortest, func(from, to int) {
		for y := r.image.Min.Y + from; y < r.image.Min.Y+to; y++ {
			for i := y*w + r.image.Min.X; i < y*w+r.image.Max.X; i++ {
				level := r.level[i]
				if level == noHeat || math.Abs(float64(int(level)-zeroLevel)) < l.Floor*zeroLevel {
					continue
				}
				e := l.Colours.table[level]
				r.layer[i].cover(e, opacity*float64(e.a)/255)
			}
		}
	})
}

// cover lays a colour of opacity a over the pixel.
func (p *layerPixel) cover(e entry, a float64) {
	mixed := func(under, over uint8) uint8 { return uint8(math.Round(float64(under)*(1-a) + float64(over)*a)) }
	*p = layerPixel{keep: uint8(math.Round(float64(p.keep) * (1 - a))), r: mixed(p.r, e.r), g: mixed(p.g, e.g),
		b: mixed(p.b, e.b)}
}

// lineWidth is that of a contour in device pixels.
const lineWidth = 2

// contour draws a line where the map crosses a level: a pixel is on it when one
// of those up to its width to the right and below lies on the other side.
func (r *Renderer) contour(l Layer) {
	w := r.geometry.w
	r.resampleHeat(l.Heat, r.image)
	r.heat = nil
	width := l.Line
	if width < 1 {
		width = lineWidth
	}
	parallel.Range(r.image.Dy(), shortest, func(from, to int) {
		for y := r.image.Min.Y + from; y < r.image.Min.Y+to; y++ {
			for x := r.image.Min.X; x < r.image.Max.X; x++ {
				if at, ok := r.crosses(x, y, width, l.Contours); ok {
					e := l.Colours.table[levelOf(at)]
					r.layer[y*w+x].cover(e, 1)
				}
			}
		}
	})
}

// crosses finds the level that is crossed at an output pixel.
func (r *Renderer) crosses(x, y, width int, at []float64) (float64, bool) {
	w := r.geometry.w
	here := r.level[y*w+x]
	if here == noHeat {
		return 0, false
	}
	right, below := r.level[y*w+min(x+width, r.image.Max.X-1)], r.level[min(y+width, r.image.Max.Y-1)*w+x]
	for _, v := range at {
		limit := levelOf(v)
		if side := here >= limit; right != noHeat && side != (right >= limit) || below != noHeat &&
			side != (below >= limit) {
			return v, true
		}
	}
	return 0, false
}

func levelOf(v float64) uint16 { return level(float32(v)) }

// toneLayer is the tone stage with overlays.
func (r *Renderer) toneLayer(t *Table) {
	w := r.geometry.w
	r.rows(func(row []uint8, y int) {
		from, to := y*w+r.image.Min.X, y*w+r.image.Max.X
		layer, gray := r.layer[from:to], r.gray[from:to]
		for i, v := range gray {
			p := layer[i]
			g := (uint32(t[v])*uint32(p.keep) + 127) / 255
			word := min(g+uint32(p.r), 255) | min(g+uint32(p.g), 255)<<8 | min(g+uint32(p.b), 255)<<16 | opaque
			binary.LittleEndian.PutUint32(row[4*i:], word)
		}
	})
}
