package dicomio

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// decimals reads a DS or IS value of several components, each at its place; what
// is no finite decimal (PS3.5 6.2) is NaN. An empty value has none.
func decimals(e *dcm.Element) []float64 {
	text := e.Text()
	if text == "" {
		return nil
	}
	var out []float64
	for _, t := range strings.Split(text, "\\") {
		out = append(out, parseDecimal(t))
	}
	return out
}

// parseDecimal reads one decimal string, NaN for what is none: strconv also takes
// words and hexadecimal numbers.
func parseDecimal(t string) float64 {
	t = strings.Trim(t, " \t\r\n\x00")
	v, err := strconv.ParseFloat(t, 64)
	if err != nil || math.IsInf(v, 0) || strings.Trim(t, "0123456789+-.eE") != "" {
		return math.NaN()
	}
	return v
}

// numbers is decimals without the components that are no numbers.
func numbers(e *dcm.Element) []float64 {
	var out []float64
	for _, v := range decimals(e) {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}

func number(e *dcm.Element, silent float64) float64 {
	if v := numbers(e); len(v) > 0 {
		return v[0]
	}
	return silent
}

// readDisplay reads what the picture is shown with: modality transform,
// windows, polarity and padding. What is wrong with them is a warning of im; the
// windows are held against the values later, see checkDisplay.
func (o *object) readDisplay(im *Image) {
	s := o.file.Elements
	o.readModality(im)
	im.VOI = append(o.tables(im), o.windows(im)...)
	shape := s.Find(tagPresentationShape).Text()
	im.Inverted = im.Photometric == "MONOCHROME1" || shape == "INVERSE" && im.Photometric == "MONOCHROME2"
	im.Padding = o.padding()
}

// maxRescale bounds rescale figures: beyond it 16-bit values times a slope lose
// their differences in a float.
const maxRescale = 1e12

// readModality reads the modality transform: a table, or slope and intercept, of
// which one without sense takes the other with it.
func (o *object) readModality(im *Image) {
	s := o.file.Elements
	im.Modality = Modality{Slope: 1, Units: s.Find(tagRescaleType).Text()}
	slope, intercept := first(s.Find(tagRescaleSlope), 1), first(s.Find(tagRescaleIntercept), 0)
	switch {
	case !(math.Abs(slope) <= maxRescale) || !(math.Abs(intercept) <= maxRescale):
		im.warn("The rescale slope and intercept are no finite numbers and were ignored.")
	case slope == 0:
		im.warn("The rescale slope is zero and was ignored.")
		im.Modality.Intercept = intercept
	default:
		im.Modality.Slope, im.Modality.Intercept = slope, intercept
	}
	items := s.Items(tagModalityLUT)
	if len(items) == 0 {
		return
	}
	lut, faults, err := readLUT(items[0], im.declared())
	switch {
	case errors.Is(err, errNoEntries): // see checkModality
	case err != nil:
		im.warn("The Modality LUT was left out: %v.", err)
		return
	}
	for _, f := range faults {
		im.warn("The Modality LUT %s.", f)
	}
	im.Modality.LUT, im.Modality.Units = lut, items[0].Find(tagModalityLUTType).Text()
}

// first reads the first component, NaN where it is no number.
func first(e *dcm.Element, silent float64) float64 {
	if v := decimals(e); len(v) > 0 {
		return v[0]
	}
	return silent
}

// declared are the stored values that the file may have.
func (im *Image) declared() span {
	b := min(max(im.BitsStored, 1), 16)
	if im.Signed {
		return span{-float64(int(1) << (b - 1)), float64(int(1)<<(b-1) - 1)}
	}
	return span{0, float64(int(1)<<b - 1)}
}

// modalityValues are the values that may come to the VOI transform.
func (im *Image) modalityValues() span {
	if l := im.Modality.LUT; l != nil {
		return span{0, float64(int(1)<<l.Bits - 1)}
	}
	in := im.declared()
	a, b := im.Modality.Slope*in.lo+im.Modality.Intercept, im.Modality.Slope*in.hi+im.Modality.Intercept
	return span{min(a, b), max(a, b)}
}

func (im *Image) warn(key string, args ...any) {
	im.Warnings = append(im.Warnings, message.Of(key, args...))
}

// tables reads the VOI LUTs. They come before the windows: where a file has
// both, the table is the vendor's intent for the eye.
func (o *object) tables(im *Image) []Window {
	var out []Window
	for i, item := range o.file.Elements.Items(tagVOILUT) {
		lut, faults, err := readLUT(item, im.modalityValues())
		if err != nil {
			im.warn("VOI LUT %d was left out: %v.", i+1, err)
			continue
		}
		for _, f := range faults {
			im.warn("VOI LUT %d %s.", i+1, f)
		}
		name := lut.Explanation
		if name == "" {
			name = fmt.Sprintf("LUT %d", i+1)
		}
		out = append(out, Window{Name: name, LUT: lut})
	}
	return out
}

// windows reads the windows. Centre and width stand at the same place of their
// lists; one that is no number, or a width that is none, drops its partner too.
func (o *object) windows(im *Image) []Window {
	s := o.file.Elements
	centres, widths := decimals(s.Find(tagWindowCenter)), decimals(s.Find(tagWindowWidth))
	if len(centres) != len(widths) {
		im.warn("The header has %d window centres and %d widths: a window without its partner was left out.", len(centres), len(widths))
	}
	names := strings.Split(s.Find(tagWindowName).Text(), "\\")
	function := WindowFunction(s.Find(tagWindowFunction).Text())
	if function != Sigmoid && function != LinearExact {
		function = Linear
	}
	var out []Window
	for i := range min(len(centres), len(widths)) {
		switch c, w := centres[i], widths[i]; {
		case math.IsNaN(c) || math.IsNaN(w):
			im.warn("Window %d of the header was left out: its centre or width is no finite number.", i+1)
			continue
		case w <= 0:
			im.warn("A window without width was left out.")
			continue
		}
		w := Window{Name: fmt.Sprintf("Window %d", i+1), Center: centres[i], Width: widths[i], Function: function}
		if i < len(names) && strings.TrimSpace(names[i]) != "" {
			w.Name = strings.TrimSpace(names[i])
		}
		out = append(out, w)
	}
	return out
}

// padding reads Pixel Padding Value and its Range Limit (PS3.3 C.7.5.1.1.2).
func (o *object) padding() *Padding {
	value := func(t dcm.Tag) (int32, bool) {
		w := o.file.Elements.Find(t).Uint16s()
		if len(w) == 0 {
			return 0, false
		}
		if o.px.signed {
			return int32(int16(w[0])), true
		}
		return int32(w[0]), true
	}
	lo, ok := value(tagPaddingValue)
	if !ok || o.px.samples != 1 {
		return nil
	}
	hi, ok := value(tagPaddingLimit)
	if !ok {
		hi = lo
	}
	return &Padding{Lo: min(lo, hi), Hi: max(lo, hi)}
}

// checkDisplay holds the display against the values of the picture: windows that
// would show nothing of it are left out, so that the computed one is used.
func (im *Image) checkDisplay() error {
	if err := im.checkModality(); err != nil || len(im.VOI) == 0 {
		return err
	}
	kept := im.VOI[:0:0]
	for _, w := range im.VOI {
		if im.shows(w) {
			kept = append(kept, w)
			continue
		}
		im.warn("The window %q of the header lies beside the picture's values and was left out: it would show one grey.", w.Name)
	}
	im.VOI = kept
	return nil
}

// lackingShare is how many of a picture's pixels may need entries that its
// Modality LUT lacks before its values are no longer known.
const lackingShare = 1e-3

func (im *Image) checkModality() error {
	l := im.Modality.LUT
	if l == nil || l.lacks == 0 {
		return nil
	}
	given := int(tableEnd(l)) - l.lacks
	n := 0
	for _, v := range im.Stored {
		if int(v) >= given && !im.Padding.Has(v) {
			n++
		}
	}
	if len(l.Data) == 0 || float64(n) > lackingShare*float64(len(im.Stored)) {
		return message.Errorf("its Modality LUT lacks %d entries, which %d pixels need", l.lacks, n)
	}
	return nil
}

// tableEnd is the first value behind the table.
func tableEnd(l *LUT) int32 { return l.First + int32(max(len(l.Data), 0)) }

// Has says whether a stored value is padding; nil is no padding.
func (p *Padding) Has(stored int32) bool {
	return p != nil && stored >= p.Lo && stored <= p.Hi
}

// flatLevels is how many of 255 grey levels a window must tell apart.
const flatLevels = 2

// shows says whether a window tells the values of a picture apart: those between
// its 0.5th and 99.5th percentile, padding left out, since a stray pixel within a
// window makes no picture of it. Of a picture of one value nothing can be said.
func (im *Image) shows(w Window) bool {
	s := im.measured()
	lo, hi := s.dark, s.high
	if lo >= hi {
		return true
	}
	if w.LUT == nil && im.Modality.LUT == nil { // all that lies between is between
		return math.Abs(w.Apply(im.ModalityValue(hi))-w.Apply(im.ModalityValue(lo))) >= flatLevels/255.
	}
	least, most := 1.0, 0.0
	for v := lo; v <= hi; v++ {
		y := w.Apply(im.ModalityValue(v))
		least, most = min(least, y), max(most, y)
	}
	return most-least >= flatLevels/255.
}
