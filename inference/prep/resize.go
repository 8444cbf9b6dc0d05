package prep

import "math"

// The resampling here is Pillow's, which torchvision's Resize uses on a picture:
// a triangle filter whose support grows with the reduction (antialias), rows
// first, then columns. On 8-bit pictures the weights are fixed-point and the
// intermediate is rounded to 8 bits, so that the result equals Pillow's to the
// last grey level (Pillow, src/libImaging/Resample.c, precision 22 bits).

const precisionBits = 32 - 8 - 2

// taps are the weights of one output position: source pixels from, from+1, ...
type taps struct {
	from   int
	weight []float64
}

// bilinearTaps computes the weights for resampling n pixels to m.
func bilinearTaps(n, m int) []taps {
	scale := float64(n) / float64(m)
	support := math.Max(scale, 1)
	out := make([]taps, m)
	for i := range out {
		centre := (float64(i) + 0.5) * scale
		lo := max(int(centre-support+0.5), 0)
		hi := min(int(centre+support+0.5), n)
		w := make([]float64, hi-lo)
		sum := 0.0
		for x := range w {
			d := math.Abs((float64(x+lo) - centre + 0.5) / support)
			if d < 1 {
				w[x] = 1 - d
			}
			sum += w[x]
		}
		for x := range w {
			w[x] /= sum
		}
		out[i] = taps{lo, w}
	}
	return out
}

// plane is one channel, row-major.
type plane[T uint8 | float32] struct {
	w, h int
	pix  []T
}

// lines is a channel that is made line by line, so that a large picture is never
// there twice.
type lines[T uint8 | float32] struct {
	w, h int
	line func(y int, dst []T)
}

// whole is the channel as it is.
func (l lines[T]) whole() plane[T] {
	dst := plane[T]{l.w, l.h, make([]T, l.w*l.h)}
	for y := range l.h {
		l.line(y, dst.pix[y*l.w:(y+1)*l.w])
	}
	return dst
}

// resize8 resamples an 8-bit channel to w x h as Pillow does.
func resize8(src lines[uint8], w, h int) plane[uint8] {
	var out plane[uint8]
	if w != src.w {
		out = rows8(src, bilinearTaps(src.w, w))
	} else {
		out = src.whole()
	}
	if h != out.h {
		out = columns8(out, bilinearTaps(out.h, h))
	}
	return out
}

func rows8(src lines[uint8], ts []taps) plane[uint8] {
	dst := plane[uint8]{len(ts), src.h, make([]uint8, len(ts)*src.h)}
	fixed, row := fixedPoint(ts), make([]uint8, src.w)
	for y := range src.h {
		src.line(y, row)
		out := dst.pix[y*dst.w : (y+1)*dst.w]
		for x, t := range fixed {
			acc := int32(1) << (precisionBits - 1)
			seen := row[t.from:][:len(t.weight)]
			for i, k := range t.weight {
				acc += k * int32(seen[i])
			}
			out[x] = clip8(acc)
		}
	}
	return dst
}

func columns8(src plane[uint8], ts []taps) plane[uint8] {
	dst := plane[uint8]{src.w, len(ts), make([]uint8, src.w*len(ts))}
	acc := make([]int32, src.w)
	for y, t := range fixedPoint(ts) {
		for x := range acc {
			acc[x] = 1 << (precisionBits - 1)
		}
		for i, k := range t.weight {
			row := src.pix[(t.from+i)*src.w:][:src.w]
			for x, v := range row {
				acc[x] += k * int32(v)
			}
		}
		out := dst.pix[y*dst.w : (y+1)*dst.w]
		for x, a := range acc {
			out[x] = clip8(a)
		}
	}
	return dst
}

type fixedTaps struct {
	from   int
	weight []int32
}

func fixedPoint(ts []taps) []fixedTaps {
	out := make([]fixedTaps, len(ts))
	for i, t := range ts {
		w := make([]int32, len(t.weight))
		for j, v := range t.weight {
			w[j] = int32(0.5 + v*(1<<precisionBits))
		}
		out[i] = fixedTaps{t.from, w}
	}
	return out
}

func clip8(acc int32) uint8 {
	return uint8(min(max(acc>>precisionBits, 0), 255))
}

// resizeFloat resamples a channel of floats to w x h with the same weights.
func resizeFloat(src lines[float32], w, h int) plane[float32] {
	var out plane[float32]
	if w != src.w {
		out = rowsFloat(src, bilinearTaps(src.w, w))
	} else {
		out = src.whole()
	}
	if h != out.h {
		out = columnsFloat(out, bilinearTaps(out.h, h))
	}
	return out
}

func rowsFloat(src lines[float32], ts []taps) plane[float32] {
	dst := plane[float32]{len(ts), src.h, make([]float32, len(ts)*src.h)}
	row := make([]float32, src.w)
	for y := range src.h {
		src.line(y, row)
		out := dst.pix[y*dst.w : (y+1)*dst.w]
		for x, t := range ts {
			acc := 0.0
			for i, k := range t.weight {
				acc += k * float64(row[t.from+i])
			}
			out[x] = float32(acc)
		}
	}
	return dst
}

func columnsFloat(src plane[float32], ts []taps) plane[float32] {
	dst := plane[float32]{src.w, len(ts), make([]float32, src.w*len(ts))}
	acc := make([]float64, src.w)
	for y, t := range ts {
		clear(acc)
		for i, k := range t.weight {
			for x, v := range src.pix[(t.from+i)*src.w:][:src.w] {
				acc[x] += k * float64(v)
			}
		}
		out := dst.pix[y*dst.w : (y+1)*dst.w]
		for x, a := range acc {
			out[x] = float32(a)
		}
	}
	return dst
}
