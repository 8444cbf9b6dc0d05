package raster

import "math"

// Heat is a class map ready to be drawn: W x H values, row-major, -1..1
// (negative: evidence against). It covers the part of the picture from X0, Y0
// to X1, Y1, fractions of its width and height. It is immutable once drawn.
type Heat struct {
	W, H           int
	Values         []float32
	X0, Y0, X1, Y1 float64
}

// levels is the number of steps that a map value has when it is drawn: index
// i stands for the value (i-zeroLevel)/255. One more stands for "no map here".
const (
	zeroLevel = 255
	levels    = 2*zeroLevel + 1
	noHeat    = levels
)

func (h *Heat) valid() bool {
	return h != nil && h.W > 0 && h.H > 0 && len(h.Values) >= h.W*h.H && h.X1 > h.X0 && h.Y1 > h.Y0
}

// level cuts a value to -1..1 and rounds it down to a step, as the usual
// display does with uint8(255*map).
func level(v float32) uint16 { return step(max(-1, min(1, v))) }

// step is level of a value that is cut already.
func step(v float32) uint16 { return uint16(int32(zeroLevel + zeroLevel*v)) }

// tap is where one output column or row reads its source: between sample i and
// the next one, with weight f of the next, in 1/256 or as a float.
type tap struct {
	i, j int32
	f    float32
	w    uint32
}

// heatTap is the place in n samples, spread evenly over from..to (fractions of
// a side), for the point at fraction u of that side: bilinear with sample
// centres at (i+0.5)/n and the border repeated, as cv2.resize INTER_LINEAR.
// ok is false outside from..to.
func heatTap(u, from, to float64, n int) (t tap, ok bool) {
	if u < from || u >= to {
		return tap{}, false
	}
	return bilinear((u-from)/(to-from)*float64(n)-0.5, n), true
}

// bilinear is the tap at place x in n samples, the border repeated.
func bilinear(x float64, n int) tap {
	switch {
	case !(x > 0):
		return tap{}
	case x >= float64(n-1):
		return tap{i: int32(n - 1), j: int32(n - 1)}
	}
	i := int(x)
	f := x - float64(i)
	return tap{i: int32(i), j: int32(i + 1), f: float32(f), w: uint32(f*256 + 0.5)}
}

// nearest is the tap at the sample next to place x.
func nearest(x float64, n int) tap {
	i := int32(min(max(int(math.Floor(x+0.5)), 0), n-1))
	return tap{i: i, j: i}
}

// blendRows writes the row between two rows of the map, cut to -1..1.
func (h *Heat) blendRows(out []float32, t tap) {
	a, b := h.Values[int(t.i)*h.W:][:h.W], h.Values[int(t.j)*h.W:][:h.W]
	for i := range out {
		out[i] = max(-1, min(1, a[i]*(1-t.f)+b[i]*t.f))
	}
}

// heatAxes are the taps of a map for the columns and rows of an output of
// w x h pixels; missing where the map does not reach.
type heatAxes struct {
	x, y           []tap
	x0, x1, y0, y1 int // the output pixels that the map covers
}

// place computes the axes. u and v give the fraction of the picture's width
// and height at the centre of an output column and row.
func (a *heatAxes) place(h *Heat, w, ht int, u, v func(int) float64) {
	a.x, a.x0, a.x1 = heatAxis(a.x, axis{w, h.W, h.X0, h.X1}, u)
	a.y, a.y0, a.y1 = heatAxis(a.y, axis{ht, h.H, h.Y0, h.Y1}, v)
}

type axis struct {
	out, samples int
	from, to     float64
}

func heatAxis(taps []tap, a axis, at func(int) float64) (grown []tap, first, end int) {
	taps = grow(taps, a.out)
	first = a.out
	for i := range taps {
		t, ok := heatTap(at(i), a.from, a.to, a.samples)
		if taps[i] = t; ok {
			first, end = min(first, i), i+1
		}
	}
	return taps, min(first, end), end
}

// row writes the map's levels for output row y from column x on; buf holds one row
// of the map.
func (a *heatAxes) row(h *Heat, out []uint16, buf []float32, x, y int) {
	if y < a.y0 || y >= a.y1 {
		fillLevel(out, noHeat)
		return
	}
	h.blendRows(buf, a.y[y])
	from, to := min(max(a.x0-x, 0), len(out)), min(max(a.x1-x, 0), len(out))
	fillLevel(out[:from], noHeat)
	fillLevel(out[to:], noHeat)
	out = out[from:to]
	taps := a.x[x+from:][:len(out)]
	for len(out) > 0 { // from sample to sample, many pixels each
		i, j := taps[0].i, taps[0].j
		v, d := buf[i], buf[j]-buf[i]
		n := 0
		for n < len(out) && taps[n].i == i && taps[n].j == j {
			out[n] = step(v + d*taps[n].f)
			n++
		}
		out, taps = out[n:], taps[n:]
	}
}

func fillLevel(out []uint16, v uint16) {
	for i := range out {
		out[i] = v
	}
}

// grow returns a slice of length n, the old one where it is long enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
