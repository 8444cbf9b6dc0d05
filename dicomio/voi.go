package dicomio

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
)

// numbers reads a DS or IS value of several components; components that are
// no numbers are left out.
func numbers(e *dcm.Element) []float64 {
	var out []float64
	for _, t := range strings.Split(e.Text(), "\\") {
		if v, err := strconv.ParseFloat(strings.Trim(t, " \x00"), 64); err == nil {
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
// windows, polarity and padding.
func (o *object) readDisplay(im *Image) error {
	s := o.file.Elements
	im.Modality = Modality{Slope: number(s.Find(tagRescaleSlope), 1), Intercept: number(s.Find(tagRescaleIntercept), 0),
		Units: s.Find(tagRescaleType).Text()}
	if im.Modality.Slope == 0 {
		im.Modality.Slope = 1
		im.Warnings = append(im.Warnings, "The rescale slope is zero and was ignored.")
	}
	if items := s.Items(tagModalityLUT); len(items) > 0 {
		lut, err := readLUT(items[0], im.Signed)
		if err != nil {
			return fmt.Errorf("reading the modality LUT: %w", err)
		}
		im.Modality.LUT, im.Modality.Units = lut, items[0].Find(tagModalityLUTType).Text()
	}
	im.VOI = o.windows(im)
	shape := s.Find(tagPresentationShape).Text()
	im.Inverted = im.Photometric == "MONOCHROME1" || shape == "INVERSE" && im.Photometric == "MONOCHROME2"
	im.Padding = o.padding()
	return nil
}

// windows reads the VOI LUTs and the windows, LUTs first: where a file has
// both, the table is the vendor's intent for the eye.
func (o *object) windows(im *Image) []Window {
	s := o.file.Elements
	var out []Window
	signed := im.Signed || im.Modality.Intercept < 0 && im.Modality.LUT == nil
	for i, item := range s.Items(tagVOILUT) {
		lut, err := readLUT(item, signed)
		if err != nil {
			im.Warnings = append(im.Warnings, fmt.Sprintf("VOI LUT %d was left out: %v.", i+1, err))
			continue
		}
		name := lut.Explanation
		if name == "" {
			name = fmt.Sprintf("LUT %d", i+1)
		}
		out = append(out, Window{Name: name, LUT: lut})
	}
	centers, widths := numbers(s.Find(tagWindowCenter)), numbers(s.Find(tagWindowWidth))
	names := strings.Split(s.Find(tagWindowName).Text(), "\\")
	function := WindowFunction(s.Find(tagWindowFunction).Text())
	if function != Sigmoid && function != LinearExact {
		function = Linear
	}
	for i := range min(len(centers), len(widths)) {
		if widths[i] <= 0 {
			im.Warnings = append(im.Warnings, "A window without width was left out.")
			continue
		}
		w := Window{Name: fmt.Sprintf("Window %d", i+1), Center: centers[i], Width: widths[i], Function: function}
		if i < len(names) && strings.TrimSpace(names[i]) != "" {
			w.Name = strings.TrimSpace(names[i])
		}
		out = append(out, w)
	}
	return out
}

// readLUT reads a look-up table item (PS3.3 C.11.1.1): descriptor of entries,
// first value mapped, bits; then the data, in words, or in bytes when the
// words are too few (older writers packed 8-bit entries).
func readLUT(item dcm.Set, signed bool) (*LUT, error) {
	d, data := item.Find(tagLUTDescriptor).Uint16s(), item.Find(tagLUTData)
	if len(d) < 3 || data == nil {
		return nil, errors.New("its descriptor or data is missing")
	}
	n := int(d[0])
	if n == 0 {
		n = 1 << 16
	}
	l := &LUT{First: int32(d[1]), Bits: int(d[2]), Explanation: item.Find(tagLUTExplanation).Text()}
	if signed || item.Find(tagLUTDescriptor).VR == "SS" {
		l.First = int32(int16(d[1]))
	}
	if l.Bits < 1 || l.Bits > 16 {
		return nil, fmt.Errorf("its entries have %d bits", l.Bits)
	}
	l.Data = data.Uint16s()
	if len(l.Data) < n && len(data.Value) >= n {
		l.Data = make([]uint16, n)
		for i := range l.Data {
			l.Data[i] = uint16(data.Value[i])
		}
	}
	if len(l.Data) < n {
		return nil, fmt.Errorf("it has %d of %d entries", len(l.Data), n)
	}
	l.Data = l.Data[:n]
	return l, nil
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
