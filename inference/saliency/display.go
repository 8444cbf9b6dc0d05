package saliency

import (
	"math"
	"slices"
)

// Normalise prepares a map for display as pytorch-grad-cam does: ReLU, scale
// to 0-1, bilinear resize to h x w, scale again. It stretches every map to
// full range, noise too; Fixed keeps maps comparable.
func Normalise(m Map, h, w int) Map {
	v := finite(m.Values)
	for i, x := range v {
		v[i] = max(x, 0)
	}
	v = resize(unit(v, 1e-7), m.H, m.W, size{h, w})
	return Map{m.Class, h, w, unit(v, 1e-7)}
}

// Fixed scales signed maps by one number for all classes, the largest absolute
// value among them, to -1..1 and resizes them to h x w: colours then mean the
// same in every map.
func Fixed(maps []Map, h, w int) []Map {
	top := float32(0)
	for _, m := range maps {
		for _, x := range finite(m.Values) {
			top = max(top, float32(math.Abs(float64(x))))
		}
	}
	out := make([]Map, len(maps))
	for i, m := range maps {
		v := finite(m.Values)
		for j := range v {
			v[j] /= max(top, math.SmallestNonzeroFloat32)
		}
		out[i] = Map{m.Class, h, w, resize(v, m.H, m.W, size{h, w})}
	}
	return out
}

// Resized is the map at another resolution, as it is: signed, and not scaled.
func (m Map) Resized(h, w int) Map {
	if m.H == h && m.W == w {
		return m
	}
	return Map{m.Class, h, w, resize(m.Values, m.H, m.W, size{h, w})}
}

// finite copies values; what is no number becomes 0, which draws nothing.
func finite(v []float32) []float32 {
	out := slices.Clone(v)
	for i, x := range out {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			out[i] = 0
		}
	}
	return out
}

// unit moves the least value to 0 and divides by the largest plus eps.
func unit(v []float32, eps float32) []float32 {
	least := slices.Min(v)
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = x - least
	}
	top := slices.Max(out) + eps
	for i := range out {
		out[i] /= top
	}
	return out
}

// resize interpolates linearly between pixel centres (OpenCV's INTER_LINEAR);
// outside the outermost centres the edge value holds.
func resize(v []float32, h, w int, to size) []float32 {
	at := func(o, n, m int) float64 { return (float64(o)+.5)*float64(n)/float64(m) - .5 }
	return interpolate(v, h, w, to, at)
}

// resizeCorners interpolates linearly with the corners aligned, as PyTorch's
// UpsamplingBilinear2d does.
func resizeCorners(v []float32, h, w int, to size) []float32 {
	at := func(o, n, m int) float64 {
		if m == 1 {
			return 0
		}
		return float64(o) * float64(n-1) / float64(m-1)
	}
	return interpolate(v, h, w, to, at)
}

type tap struct {
	low, high int
	part      float32 // of high
}

func taps(n, m int, at func(o, n, m int) float64) []tap {
	out := make([]tap, m)
	for o := range out {
		x := min(max(at(o, n, m), 0), float64(n-1))
		low := int(x)
		out[o] = tap{low, min(low+1, n-1), float32(x - float64(low))}
	}
	return out
}

func interpolate(v []float32, h, w int, to size, at func(o, n, m int) float64) []float32 {
	rows, cols := taps(h, to.h, at), taps(w, to.w, at)
	out := make([]float32, 0, to.h*to.w)
	for _, r := range rows {
		for _, c := range cols {
			top := v[r.low*w+c.low]*(1-c.part) + v[r.low*w+c.high]*c.part
			bottom := v[r.high*w+c.low]*(1-c.part) + v[r.high*w+c.high]*c.part
			out = append(out, top*(1-r.part)+bottom*r.part)
		}
	}
	return out
}
