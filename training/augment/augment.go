// Package augment draws small random changes of a film, as another exposure of
// the same patient would show them: a rotation, a shift, a scale and a mirror in
// one bilinear resampling, then contrast and brightness. Its core type is
// [Options]. It imports the standard library only.
package augment

import (
	"math"
	"math/rand/v2"

	"hilum/internal/message"
)

// Options say how far films are changed at most. The zero value changes nothing.
// Each amount is drawn uniformly from both sides of "no change".
type Options struct {
	Rotate     float64 `json:"rotate"`     // degrees, 0..180
	Shift      float64 `json:"shift"`      // of the width and of the height, 0..1
	Scale      float64 `json:"scale"`      // 0.1 draws factors of 0.9 to 1.1; under 1
	Contrast   float64 `json:"contrast"`   // 0.2 draws gains of 0.8 to 1.2 about the film's mean; up to 1
	Brightness float64 `json:"brightness"` // of the film's own range of values, 0..1
	Flip       float64 `json:"flip"`       // probability of a left-right mirror, 0..1; it destroys laterality
}

// Check finds amounts that make no sense.
func (o Options) Check() error {
	for _, v := range []struct {
		name        string
		value, most float64
	}{
		{"rotate", o.Rotate, 180}, {"shift", o.Shift, 1}, {"scale", o.Scale, 0.99},
		{"contrast", o.Contrast, 1}, {"brightness", o.Brightness, 1}, {"flip", o.Flip, 1},
	} {
		if !(v.value >= 0 && v.value <= v.most) {
			return message.Errorf("augmentation: %s is %v; it goes from 0 to %v", v.name, v.value, v.most)
		}
	}
	return nil
}

// Off tells whether nothing would ever be changed.
func (o Options) Off() bool { return o == Options{} }

// View is one drawn change.
type View struct {
	Degrees    float64 // counter-clockwise as the film is seen
	ShiftX     float64 // of the width; positive moves the film right
	ShiftY     float64 // of the height; positive moves the film down
	Scale      float64 // over 1 makes the film larger
	Gain       float64 // about the film's mean
	Brightness float64 // added, of the film's own range of values
	Flip       bool    // left and right change places, before the rotation
}

// Draw draws a view. It takes the same number of draws whatever the options, so
// that switching one change on leaves the others as they were.
func (o Options) Draw(rng *rand.Rand) View {
	either := func(most float64) float64 { return most * (2*rng.Float64() - 1) }
	return View{
		Degrees: either(o.Rotate), ShiftX: either(o.Shift), ShiftY: either(o.Shift), Scale: 1 + either(o.Scale),
		Gain: 1 + either(o.Contrast), Brightness: either(o.Brightness), Flip: rng.Float64() < o.Flip,
	}
}

// Apply draws a view and writes it into dst: one grey plane of w by h values in
// rows, before normalisation. What comes from outside of the film is fill. dst
// and src must not overlap and hold w*h values each.
func (o Options) Apply(dst, src []float32, w, h int, fill float32, rng *rand.Rand) {
	o.Draw(rng).Apply(dst, src, w, h, fill)
}

// Apply writes the view of src into dst, see [Options.Apply].
func (v View) Apply(dst, src []float32, w, h int, fill float32) {
	if v.moves() {
		v.resample(dst, plane{src, w, h, fill})
	} else {
		copy(dst[:w*h], src[:w*h])
	}
	if v.Gain != 1 || v.Brightness != 0 {
		v.expose(dst[:w*h])
	}
}

func (v View) moves() bool {
	return v.Flip || v.Degrees != 0 || v.ShiftX != 0 || v.ShiftY != 0 || v.Scale != 1
}

// Source tells where the place x, y of a view comes from; both are fractions of
// the width w and height h of the film, and may lie outside of it.
func (v View) Source(x, y float64, w, h int) (float64, float64) {
	fw, fh := float64(w), float64(h)
	sin, cos := math.Sincos(v.Degrees * math.Pi / 180)
	dx, dy := (x-0.5-v.ShiftX)*fw/v.Scale, (y-0.5-v.ShiftY)*fh/v.Scale
	sx, sy := cos*dx-sin*dy, sin*dx+cos*dy
	if v.Flip {
		sx = -sx
	}
	return 0.5 + sx/fw, 0.5 + sy/fh
}

// plane is the film that is sampled.
type plane struct {
	values []float32
	w, h   int
	fill   float32
}

// resample walks over the target and looks up where each pixel comes from. The
// geometry is torchvision's: about the middle of the film, pixel i covering i to
// i+1, first scaled and rotated, then shifted.
func (v View) resample(dst []float32, p plane) {
	sin, cos := math.Sincos(v.Degrees * math.Pi / 180)
	// The inverse of a counter-clockwise turn, in axes whose y points down.
	xx, xy := cos/v.Scale, -sin/v.Scale
	yx, yy := sin/v.Scale, cos/v.Scale
	midX, midY := float64(p.w)/2, float64(p.h)/2
	left, top := midX+v.ShiftX*float64(p.w)-0.5, midY+v.ShiftY*float64(p.h)-0.5
	if v.Flip {
		xx, xy = -xx, -xy
	}
	for y := range p.h {
		dy := float64(y) - top
		x0, y0 := midX+xy*dy-xx*left-0.5, midY+yy*dy-yx*left-0.5
		row := dst[y*p.w : (y+1)*p.w]
		for x := range row {
			row[x] = p.at(x0+xx*float64(x), y0+yx*float64(x))
		}
	}
}

// at interpolates between the four pixels around a place given in pixel centres.
func (p plane) at(x, y float64) float32 {
	if !(x > -1 && y > -1 && x < float64(p.w) && y < float64(p.h)) {
		return p.fill
	}
	// Both are over -1, so adding one makes truncation a floor.
	i, j := int(x+1)-1, int(y+1)-1
	fx, fy := float32(x-float64(i)), float32(y-float64(j))
	var a, b, c, d float32
	if i >= 0 && j >= 0 && i < p.w-1 && j < p.h-1 {
		k := j*p.w + i
		a, b, c, d = p.values[k], p.values[k+1], p.values[k+p.w], p.values[k+p.w+1]
	} else {
		a, b, c, d = p.pixel(i, j), p.pixel(i+1, j), p.pixel(i, j+1), p.pixel(i+1, j+1)
	}
	upper, lower := a+(b-a)*fx, c+(d-c)*fx
	return upper + (lower-upper)*fy
}

func (p plane) pixel(i, j int) float32 {
	if i < 0 || j < 0 || i >= p.w || j >= p.h {
		return p.fill
	}
	return p.values[j*p.w+i]
}

// expose changes contrast and brightness in place. The film's own black and
// white stay the limits, as on a detector that saturates.
func (v View) expose(values []float32) {
	if len(values) == 0 {
		return
	}
	lo, hi, sum := values[0], values[0], 0.0
	for _, x := range values {
		lo, hi = min(lo, x), max(hi, x)
		sum += float64(x)
	}
	mean := sum / float64(len(values))
	gain, add := float32(v.Gain), float32(mean*(1-v.Gain)+v.Brightness*float64(hi-lo))
	for i, x := range values {
		values[i] = min(max(x*gain+add, lo), hi)
	}
}
