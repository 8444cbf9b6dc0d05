package prep

import (
	"math"
	"math/bits"

	"hilum/dicomio"
	"hilum/internal/message"
)

// greyRange maps stored values to 0 (black) .. 1 (white), polarity normalised.
type greyRange struct {
	im       *dicomio.Image
	lo, hi   float64 // modality-table or stored values of the two ends
	flip     bool    // low values are bright
	first    int32   // smallest and
	last     int32   // largest stored value present
	eightBit bool    // the values are exactly the 256 levels of an 8-bit picture
	notes    []message.Message
}

// rangeOf finds the two ends for a picture under the rule of p. A linear
// rescale cancels out of the ratio, so stored values are used, and only a
// negative slope (which turns the polarity) and a Modality LUT count.
func (p Prep) rangeOf(im *dicomio.Image) greyRange {
	r := greyRange{im: im, flip: im.Inverted != (im.Modality.LUT == nil && im.Modality.Slope < 0)}
	least, most := r.present()
	rule := p.Range
	declared := im.BitsStored
	if l := im.Modality.LUT; l != nil {
		declared = l.Bits
	}
	fixed := false
	if rule == RangeAuto {
		if fixed = r.rescaled(least, most) || r.balanced(least, most); !fixed {
			rule, declared = r.auto(declared, least, most)
		}
	}
	switch {
	case fixed:
	case rule == RangeWindow:
		r.window(least, most)
	case rule == RangeMinMax:
		r.lo, r.hi = least, most
	default:
		r.lo, r.hi = 0, float64(int64(1)<<declared-1)
		if im.Signed && im.Modality.LUT == nil {
			r.lo, r.hi = -float64(int64(1)<<(declared-1)), float64(int64(1)<<(declared-1)-1)
			if p.Range == RangeAuto {
				r.lo = 0
			}
		}
	}
	if r.hi <= r.lo { // a constant picture
		r.hi = r.lo + 1
	}
	// torchvision resamples the 8-bit picture; TorchXRayVision, whose crop this
	// is, turns it into floats first.
	r.eightBit = r.hi-r.lo == 255 && r.lo == math.Trunc(r.lo) && p.Resize == Stretch && (r.lo == 0 || fixed)
	return r
}

// rescaled takes signed values at the range to which the rescale brings them,
// where that is the range of an unsigned film: stored value v stands for
// v + offset there, from 0 on. An offset of half a range of so many bits (128 for
// 8, 2048 for 12) declares them, any other the bits that are used. Then the film
// is scored like the unsigned one, and header windows do not count.
func (r *greyRange) rescaled(least, most float64) bool {
	m := r.im.Modality
	if !r.im.Signed || m.LUT != nil || m.Slope == 0 {
		return false
	}
	offset, a, b := m.Intercept/m.Slope, least, most
	if m.Slope < 0 { // the film turned round: v stands for offset - v
		offset, a, b = -offset, -most, -least
	}
	if a+offset < 0 || offset <= 0 {
		return false
	}
	top, half := r.unsignedTop(b+offset, offset, m.Slope < 0)
	if !half && least >= 0 { // nothing is known that the stored values do not say
		return false
	}
	r.lo, r.hi = -offset, top-offset
	if m.Slope < 0 {
		r.lo, r.hi = -r.hi, -r.lo
	}
	return true
}

// balanced takes signed values that lie on both sides of zero, as an unsigned film
// does that was moved down by half its range, at the range of the declared bits:
// -128 to 127 for 8. Files that declare 16 may use fewer, as unsigned ones. Where
// the values hardly go below zero, for their bits, they are no such film.
func (r *greyRange) balanced(least, most float64) bool {
	if !r.im.Signed || r.im.Modality.LUT != nil || least >= 0 {
		return false
	}
	depths := []int{r.im.BitsStored}
	if r.im.BitsStored == 16 {
		depths = []int{8, 10, 12, 14, 16}
	}
	for _, b := range depths {
		half := float64(int64(1) << (b - 1))
		if least < -half || most >= half {
			continue
		}
		if least > -half/4 {
			return false
		}
		r.lo, r.hi = -half, half-1
		r.notes = append(r.notes,
			message.Of("The file has values on both sides of zero: the grey scale is taken as %.0f..%.0f.", r.lo, r.hi).Minor())
		return true
	}
	return false
}

// unsignedTop is the white of the unsigned film whose largest value is most;
// half says whether the offset is half its range. Turned round, it is one less.
func (r *greyRange) unsignedTop(most, offset float64, turned bool) (top float64, half bool) {
	if turned {
		offset++
	}
	for bits := 2; bits < 16; bits++ {
		if offset == float64(int64(1)<<(bits-1)) && most < 2*offset {
			return 2*offset - 1, true
		}
	}
	for _, b := range []int{8, 10, 12, 14} {
		if top := float64(int64(1)<<b - 1); most <= top {
			r.notes = append(r.notes,
				message.Of("The rescaled values use %d bits: the grey scale is taken as 0..%.0f.", b, top).Minor())
			return top, offset == 1<<15
		}
	}
	return math.Max(1<<16-1, most), offset == 1<<15
}

// auto applies RangeAuto: the rule and the bits that it comes to.
func (r *greyRange) auto(declared int, least, most float64) (RangeRule, int) {
	if least < 0 {
		r.notes = append(r.notes,
			message.Of("The file has values below zero: the grey scale is taken from its window.").Minor())
		return RangeWindow, declared
	}
	if declared < 16 {
		return RangeDeclared, declared
	}
	need := bits.Len32(uint32(most))
	for _, b := range []int{8, 10, 12, 14} {
		if need <= b {
			r.notes = append(r.notes,
				message.Of("The file declares %d bits and uses %d: the grey scale is taken as 0..%d.", declared, need,
					1<<b-1).Minor())
			if r.im.Signed { // rangeOf gives one bit of signed values to the sign
				b++
			}
			return RangeDeclared, b
		}
	}
	return RangeDeclared, declared
}

func (r *greyRange) window(least, most float64) {
	r.lo, r.hi = least, most
	for _, w := range r.im.VOI {
		if w.LUT != nil || w.Width <= 1 {
			continue
		}
		// PS3.3 C.11.2.1.2: the two ends of LINEAR, on modality values; they go
		// back to stored values so that the rescale cancels.
		lo, hi := w.Center-0.5-(w.Width-1)/2, w.Center-0.5+(w.Width-1)/2
		if w.Function == dicomio.LinearExact {
			lo, hi = w.Center-w.Width/2, w.Center+w.Width/2
		}
		m := r.im.Modality
		if m.LUT == nil && m.Slope != 0 {
			lo, hi = (lo-m.Intercept)/m.Slope, (hi-m.Intercept)/m.Slope
			if lo > hi {
				lo, hi = hi, lo
			}
		}
		r.lo, r.hi = lo, hi
		return
	}
}

// value is the stored value, or what the Modality LUT makes of it.
func (r *greyRange) value(stored int32) float64 {
	l := r.im.Modality.LUT
	if l == nil {
		return float64(stored)
	}
	return float64(l.At(int64(stored)))
}

// unit maps a stored value to 0..1; padding is black.
func (r *greyRange) unit(stored int32) float64 {
	if r.im.Padding.Has(stored) {
		return 0
	}
	v := (r.value(stored) - r.lo) / (r.hi - r.lo)
	v = max(0, min(v, 1))
	if r.flip {
		return 1 - v
	}
	return v
}

// table is unit for every stored value from the smallest present to the
// largest: one look-up a pixel instead of the arithmetic.
func (r *greyRange) table() []float32 {
	t := make([]float32, int64(r.last)-int64(r.first)+1)
	for i := range t {
		t[i] = float32(r.unit(r.first + int32(i)))
	}
	return t
}

// unpadded finds the smallest and largest stored values outside the padding;
// where all is padding, all count.
func (r *greyRange) unpadded() (a, b int32) {
	pad := r.im.Padding
	if pad == nil {
		return r.first, r.last
	}
	a, b = math.MaxInt32, math.MinInt32
	for _, s := range r.im.Stored {
		if s < pad.Lo || s > pad.Hi {
			a, b = min(a, s), max(b, s)
		}
	}
	if a > b {
		return r.first, r.last
	}
	return a, b
}

// present finds the smallest and largest stored values, and the modality values
// among them, padding left out of the latter.
func (r *greyRange) present() (lo, hi float64) {
	r.first, r.last = r.im.ValueRange()
	a, b := r.unpadded()
	lo, hi = r.value(a), r.value(b)
	if lut := r.im.Modality.LUT; lut != nil { // a table need not rise
		for s := int64(a); s <= int64(b); s++ {
			v := r.value(int32(s))
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi
}
