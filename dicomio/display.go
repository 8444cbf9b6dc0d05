package dicomio

import (
	"math"
	"sync"
)

// stats is measured once over the stored values, when first needed.
type stats struct {
	once       sync.Once
	lo, hi     int32 // of all values present
	dark, high int32 // 0.5th and 99.5th percentile outside the padding
}

// Percentiles that bound the default window when the header gives none.
const (
	windowLow  = 0.005
	windowHigh = 0.995
)

// measure finds the range and the percentiles by a histogram of at most 2^16
// bins; stored values have no more.
func (s *stats) measure(im *Image) {
	if len(im.Stored) == 0 {
		return
	}
	s.lo, s.hi = im.Stored[0], im.Stored[0]
	for _, v := range im.Stored {
		s.lo, s.hi = min(s.lo, v), max(s.hi, v)
	}
	if int64(s.hi)-int64(s.lo) > 1<<16 { // made by hand, not by Decode
		s.dark, s.high = s.lo, s.hi
		return
	}
	bins := make([]int, s.hi-s.lo+1)
	for _, v := range im.Stored {
		bins[v-s.lo]++
	}
	if p := im.Padding; p != nil {
		for v := max(p.Lo, s.lo); v <= min(p.Hi, s.hi); v++ {
			bins[v-s.lo] = 0
		}
	}
	s.dark, s.high = s.lo+quantile(bins, windowLow), s.lo+quantile(bins, windowHigh)
}

// quantile returns the first bin at which the share q of all counts is
// reached.
func quantile(bins []int, q float64) int32 {
	total := 0
	for _, n := range bins {
		total += n
	}
	want, sum := int(math.Ceil(q*float64(total))), 0
	for i, n := range bins {
		if sum += n; n > 0 && sum >= want {
			return int32(i)
		}
	}
	return int32(len(bins) - 1)
}

func (im *Image) measured() *stats {
	s := im.stats
	if s == nil { // an image made by hand
		s = &stats{}
	}
	s.once.Do(func() { s.measure(im) })
	return s
}

// ValueRange returns the least and the greatest stored value present.
func (im *Image) ValueRange() (lo, hi int32) {
	s := im.measured()
	return s.lo, s.hi
}

// Gray returns one value a pixel: Stored itself (not to be written to) for
// grey pictures, the luma of Rec. ITU-R BT.601, rounded, for colour.
func (im *Image) Gray() []int32 {
	if im.Samples != 3 {
		return im.Stored
	}
	out := make([]int32, len(im.Stored)/3)
	for i := range out {
		out[i] = im.luma(i)
	}
	return out
}

// GrayAt is value i of Gray.
func (im *Image) GrayAt(i int) int32 { return im.luma(i) }

// luma is the grey value of pixel i.
func (im *Image) luma(i int) int32 {
	if im.Samples != 3 {
		return im.Stored[i]
	}
	r, g, b := im.Stored[3*i], im.Stored[3*i+1], im.Stored[3*i+2]
	return int32(math.Round(0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)))
}

// ModalityValue maps a stored value to the modality's units (PS3.3 C.11.1).
func (im *Image) ModalityValue(stored int32) float64 {
	if l := im.Modality.LUT; l != nil {
		return float64(l.At(int64(stored)))
	}
	return im.Modality.Slope*float64(stored) + im.Modality.Intercept
}

// At looks x up; values outside take the first or the last entry.
func (l *LUT) At(x int64) uint16 {
	if len(l.Data) == 0 {
		return 0
	}
	i := min(max(x-int64(l.First), 0), int64(len(l.Data)-1))
	return l.Data[i]
}

// Span is the centre and width of the values that the table is for.
func (l *LUT) Span() Window {
	n := float64(max(len(l.Data), 1))
	return Window{Center: float64(l.First) + (n-1)/2, Width: n}
}

// DefaultWindow returns the header's first window. Without one it spans the
// full range of 8-bit and colour pictures and the 0.5th to 99.5th percentile of
// deeper ones, padding left out.
func (im *Image) DefaultWindow() Window {
	if len(im.VOI) > 0 {
		return im.VOI[0]
	}
	if (im.BitsStored <= 8 || im.Samples == 3) && !im.Signed && im.Modality.LUT == nil {
		return im.span("full range", 0, 1<<max(im.BitsStored, 1)-1)
	}
	s := im.measured()
	return im.span("computed", s.dark, s.high)
}

// FullWindow returns the window from the least to the greatest value present.
func (im *Image) FullWindow() Window {
	lo, hi := im.ValueRange()
	return im.span("all values", lo, hi)
}

// span makes the window that shows stored values from lo (black) to hi.
func (im *Image) span(name string, lo, hi int32) Window {
	a, b := im.ModalityValue(lo), im.ModalityValue(hi)
	if a > b {
		a, b = b, a
	}
	return Window{Name: name, Center: (a + b) / 2, Width: max(b-a, 1), Function: LinearExact}
}

// Apply maps a modality value to [0, 1] by the function of PS3.3 C.11.2.1.2
// or C.11.2.1.3, or by the look-up table of C.11.2.1.1.
func (w Window) Apply(x float64) float64 {
	if w.LUT != nil {
		if w.Width > 0 {
			own := w.LUT.Span()
			x = own.Center + (x-w.Center)*own.Width/w.Width
		}
		return min(float64(w.LUT.At(int64(math.Round(x))))/w.LUT.White(), 1)
	}
	width := math.Max(w.Width, 1e-6)
	switch {
	case w.Function == Sigmoid:
		return 1 / (1 + math.Exp(-4*(x-w.Center)/width))
	case w.Function == LinearExact || width < 1: // LINEAR needs a width of at least 1
		return clamp01((x-w.Center)/width + 0.5)
	case width == 1:
		if x > w.Center-0.5 {
			return 1
		}
		return 0
	}
	return clamp01((x-(w.Center-0.5))/(width-1) + 0.5)
}

func clamp01(v float64) float64 {
	switch {
	case v >= 1:
		return 1
	case v > 0:
		return v
	}
	return 0 // also for NaN
}

// DisplayTable maps stored values to 8-bit display values: index by
// stored - First. It covers every value present in the picture.
type DisplayTable struct {
	First int32
	Gray  []uint8
}

// At returns the display value of a stored value; values outside the table
// take its nearest entry.
func (t DisplayTable) At(stored int32) uint8 {
	i := min(max(int64(stored)-int64(t.First), 0), int64(len(t.Gray)-1))
	return t.Gray[i]
}

// DisplayTable runs the whole pipeline of PS3.4 N.2 for every stored value:
// modality transform, window, and last the polarity: low values are bright when
// im.Inverted differs from invert, the reader's own choice. Padding is black
// whatever the polarity, as the network sees it. Colour pictures use the table for
// each channel.
func (im *Image) DisplayTable(w Window, invert bool) DisplayTable {
	lo, hi := im.ValueRange()
	if int64(hi)-int64(lo) >= 1<<16 {
		hi = lo + 1<<16 - 1
	}
	t := DisplayTable{First: lo, Gray: make([]uint8, int(hi-lo)+1)}
	flip := im.Inverted != invert
	for i := range t.Gray {
		if im.Padding.Has(lo + int32(i)) {
			continue
		}
		y := w.Apply(im.ModalityValue(lo + int32(i)))
		if flip {
			y = 1 - y
		}
		t.Gray[i] = uint8(math.Round(255 * y))
	}
	return t
}

// Display8 renders the picture through DisplayTable: Samples values a pixel.
func (im *Image) Display8(w Window, invert bool) []uint8 {
	t := im.DisplayTable(w, invert)
	out := make([]uint8, len(im.Stored))
	for i, v := range im.Stored {
		out[i] = t.At(v)
	}
	return out
}
