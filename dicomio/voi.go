package dicomio

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// readDisplay reads what the picture is shown with: modality transform,
// windows, polarity and padding. What is wrong with them is a warning of im; the
// windows are held against the values later, see checkDisplay.
func (im *Image) readDisplay(s dcm.Set) {
	im.readModality(s)
	im.VOI = im.windows(s)
	shape := s.Find(tag.PresentationLUTShape).Text()
	im.Inverted = im.Photometric == "MONOCHROME1" || shape == "INVERSE" && im.Photometric == "MONOCHROME2"
	im.Padding = im.padding(s)
}

// ReadModality reads the modality transform of values of up to 16 bits.
func ReadModality(s dcm.Set) Modality {
	im := &Image{BitsStored: 16}
	im.readModality(s)
	return im.Modality
}

// ReadWindows reads the windows of such values: tables first, then centres and widths.
func ReadWindows(s dcm.Set, m Modality) []Window {
	return (&Image{BitsStored: 16, Modality: m}).windows(s)
}

// maxRescale bounds rescale figures: beyond it 16-bit values times a slope lose
// their differences in a float.
const maxRescale = 1e12

// readModality reads the modality transform: a table, or slope and intercept, of
// which one without sense takes the other with it.
func (im *Image) readModality(s dcm.Set) {
	im.Modality = Modality{Slope: 1, Units: s.Find(tag.RescaleType).Text()}
	slope, intercept := first(s.Find(tag.RescaleSlope), 1), first(s.Find(tag.RescaleIntercept), 0)
	switch {
	case !(math.Abs(slope) <= maxRescale) || !(math.Abs(intercept) <= maxRescale):
		im.warn("The rescale slope and intercept are no finite numbers and were ignored.")
	case slope == 0:
		im.warn("The rescale slope is zero and was ignored.")
		im.Modality.Intercept = intercept
	default:
		im.Modality.Slope, im.Modality.Intercept = slope, intercept
	}
	items := s.Items(tag.ModalityLUTSequence)
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
	im.Modality.LUT, im.Modality.Units = lut, items[0].Find(tag.ModalityLUTType).Text()
}

// first reads the first component, NaN where it is no number.
func first(e *dcm.Element, silent float64) float64 {
	if v := e.Decimals(); len(v) > 0 {
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

// tables reads the VOI LUTs.
func (im *Image) tables(s dcm.Set) []Window {
	var out []Window
	for i, item := range s.Items(tag.VOILUTSequence) {
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

// windows reads all windows: tables first, since where a file has both the table is
// the vendor's intent for the eye.
func (im *Image) windows(s dcm.Set) []Window { return append(im.tables(s), im.ranges(s)...) }

// ranges reads the windows of a centre and a width. Centre and width stand at the same place of their
// lists; one that is no number, or a width that is none, drops its partner too.
func (im *Image) ranges(s dcm.Set) []Window {
	centres, widths := s.Find(tag.WindowCenter).Decimals(), s.Find(tag.WindowWidth).Decimals()
	if len(centres) != len(widths) {
		im.warn("The header has %d window centres and %d widths: a window without its partner was left out.",
			len(centres), len(widths))
	}
	names := strings.Split(s.Find(tag.WindowCenterWidthExplanation).Text(), "\\")
	function := WindowFunction(s.Find(tag.VOILUTFunction).Text())
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
func (im *Image) padding(s dcm.Set) *Padding {
	value := func(t tag.Tag) (int32, bool) {
		w := s.Find(t).Uint16s()
		if len(w) == 0 {
			return 0, false
		}
		if im.Signed {
			return int32(int16(w[0])), true
		}
		return int32(w[0]), true
	}
	lo, ok := value(tag.PixelPaddingValue)
	if !ok || im.Samples != 1 {
		return nil
	}
	hi, ok := value(tag.PixelPaddingRangeLimit)
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
