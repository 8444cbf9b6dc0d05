package evidence

import (
	"context"
	"encoding/binary"
	"math"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Mask says for each place of a film how much of it belongs to something.
type Mask struct {
	Films         []string // nil for all that the object is about
	Label         string   // in the maker's own words
	Type          Code     // what it is, where a code says so
	Width, Height int      // of Share
	Share         []uint8  // 0..255, row-major
	Colour        *[3]byte // that the maker recommends; nil for none
	Algorithm     string   // AUTOMATIC, SEMIAUTOMATIC or MANUAL, then its name; "" where not told
	// Placed says that Share lies pixel on pixel from Left and Top on, columns and rows of the
	// film from 0; otherwise it is stretched over the film.
	Placed    bool
	Left, Top int
}

// Map is a number for each place of a film.
type Map struct {
	Films         []string
	Label, Units  string
	Width, Height int
	Values        []float32 // row-major; not a number where there is none
	Lo, Hi        float64   // the least and the greatest that is finite; Lo above Hi where none is
}

// maxRasterPixels bounds the pixels of all masks and maps of an object.
const maxRasterPixels = 256 << 20

// frame is which films and which segment a frame of an object is about (PS3.3 C.7.6.16).
type frame struct {
	films   []string
	segment int
}

func (r *reader) frames(n int) []frame {
	shared := frame{}
	for _, g := range r.set.Items(tag.SharedFunctionalGroupsSequence) {
		r.functional(g, &shared)
	}
	out := make([]frame, n)
	each := r.set.Items(tag.PerFrameFunctionalGroupsSequence)
	for i := range out {
		out[i] = shared
		if i < len(each) {
			r.functional(each[i], &out[i])
		}
	}
	return out
}

// functional reads what the functional groups of a frame say.
func (r *reader) functional(g dcm.Set, f *frame) {
	var films []string
	for _, d := range g.Items(tag.DerivationImageSequence) {
		films = append(films, instances(d, tag.SourceImageSequence)...)
	}
	if films != nil {
		f.films = films
	}
	for _, uid := range films {
		r.film(uid)
	}
	for _, s := range g.Items(tag.SegmentIdentificationSequence) {
		if w := s.Find(tag.ReferencedSegmentNumber).Uint16s(); len(w) == 1 {
			f.segment = int(w[0])
		}
	}
}

// segment is what a segmentation says of one of its segments (PS3.3 C.8.20.2).
type segment struct {
	label, algorithm string
	what             Code
	colour           *[3]byte
}

func (r *reader) segments() map[int]segment {
	out := map[int]segment{}
	for _, s := range r.set.Items(tag.SegmentSequence) {
		w := s.Find(tag.SegmentNumber).Uint16s()
		if len(w) != 1 {
			continue
		}
		one := segment{label: r.first(s, tag.SegmentLabel), what: r.code(s, tag.SegmentedPropertyTypeCodeSequence)}
		one.algorithm = strings.TrimSpace(s.Find(tag.SegmentAlgorithmType).Text() + " " + r.first(s, tag.SegmentAlgorithmName))
		if c := s.Find(tag.RecommendedDisplayCIELabValue).Uint16s(); len(c) == 3 {
			colour := colourOf(c)
			one.colour = &colour
		}
		out[int(w[0])] = one
	}
	return out
}

// segmentation reads the masks of a segmentation: one for each frame, or for each label
// of a label map.
func (r *reader) segmentation(ctx context.Context) error {
	o, err := r.object()
	if err != nil {
		return err
	}
	n := max(o.Module.Frames, 1)
	if int64(n)*int64(o.Module.FrameSamples()) > maxRasterPixels {
		return message.Errorf("its %d frames are more than can be held", n)
	}
	frames, segments := r.frames(n), r.segments()
	kind := r.set.Find(tag.SegmentationType).Text()
	top := max(r.set.Find(tag.MaximumFractionalValue).Number(0), 1)
	if w := r.set.Find(tag.MaximumFractionalValue).Uint16s(); len(w) == 1 && w[0] > 0 {
		top = float64(w[0])
	}
	i := 0
	return o.EachFrame(ctx, n, func(v []int32) error {
		f := frames[i]
		i++
		if kind == "LABELMAP" {
			r.labels(o, v, f, segments)
			return nil
		}
		share := make([]uint8, len(v))
		for k, x := range v {
			switch {
			case kind == "FRACTIONAL":
				share[k] = uint8(math.Round(255 * min(max(float64(x)/top, 0), 1)))
			case x != 0:
				share[k] = 255
			}
		}
		r.mask(o, share, f, segments[f.segment])
		return nil
	})
}

// labels splits a frame of a label map into a mask for each label but the background.
func (r *reader) labels(o *pixeldata.Object, v []int32, f frame, segments map[int]segment) {
	masks := map[int32][]uint8{}
	for k, x := range v {
		if _, known := segments[int(x)]; x == 0 || !known {
			continue
		}
		if masks[x] == nil {
			if len(masks) == maxLabels {
				r.fault("The label map has more than %d labels on a film; the rest was left out.", maxLabels)
				return
			}
			masks[x] = make([]uint8, len(v))
		}
		masks[x][k] = 255
	}
	for x := int32(1); len(masks) > 0 && x <= math.MaxUint16; x++ {
		if m, ok := masks[x]; ok {
			r.mask(o, m, f, segments[int(x)])
			delete(masks, x)
		}
	}
}

// maxLabels bounds the masks that one frame is split into.
const maxLabels = 64

func (r *reader) mask(o *pixeldata.Object, share []uint8, f frame, s segment) {
	r.o.Masks = append(r.o.Masks, Mask{Films: f.films, Label: s.label, Type: s.what, Algorithm: s.algorithm, Colour: s.colour,
		Width: o.Module.Columns, Height: o.Module.Rows, Share: share})
}

// parametricMap reads the frames of a parametric map: floats, doubles, or integers with a
// real world value mapping (PS3.3 A.75).
func (r *reader) parametricMap(ctx context.Context) error {
	label, units, slope, intercept := r.mapping()
	word := func(t tag.Tag) int {
		if w := r.set.Find(t).Uint16s(); len(w) == 1 {
			return int(w[0])
		}
		return 0
	}
	rows, columns := word(tag.Rows), word(tag.Columns)
	n := int(max(r.set.Find(tag.NumberOfFrames).Number(1), 1))
	if rows == 0 || columns == 0 {
		return message.New("it has no size")
	}
	if n > maxRasterPixels || int64(n)*int64(rows)*int64(columns) > maxRasterPixels {
		return message.Errorf("its %d frames are more than can be held", n)
	}
	frames := r.frames(n)
	add := func(i int, values []float32) {
		r.o.Maps = append(r.o.Maps, Map{Films: frames[i].films, Label: label, Units: units, Width: columns, Height: rows,
			Values: values})
		r.o.Maps[len(r.o.Maps)-1].measure()
	}
	if t := r.file.Pixels.Tag; t == tag.FloatPixelData || t == tag.DoubleFloatPixelData {
		return r.floats(t, n, rows*columns, func(i int, v []float32) {
			for k := range v {
				v[k] = float32(slope*float64(v[k]) + intercept)
			}
			add(i, v)
		})
	}
	o, err := r.object()
	if err != nil {
		return err
	}
	i := 0
	return o.EachFrame(ctx, min(n, max(o.Module.Frames, 1)), func(v []int32) error {
		values := make([]float32, len(v))
		for k, x := range v {
			values[k] = float32(slope*float64(x) + intercept)
		}
		add(i, values)
		i++
		return nil
	})
}

// measure finds the range of the values.
func (m *Map) measure() {
	m.Lo, m.Hi = math.Inf(1), math.Inf(-1)
	for _, v := range m.Values {
		if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
			m.Lo, m.Hi = min(m.Lo, f), max(m.Hi, f)
		}
	}
}

// floats hands out frames of 32- or 64-bit floats.
func (r *reader) floats(t tag.Tag, n, size int, use func(int, []float32)) error {
	width := 4
	if t == tag.DoubleFloatPixelData {
		width = 8
	}
	p := &r.file.Pixels
	if p.Size() < int64(n)*int64(size)*int64(width) {
		return dcm.ErrTruncated
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if r.file.BigEndian {
		order = binary.BigEndian
	}
	raw := make([]byte, size*width)
	for i := range n {
		if err := p.ReadAt(raw, int64(i)*int64(len(raw))); err != nil {
			return err
		}
		v := make([]float32, size)
		for k := range v {
			if width == 4 {
				v[k] = math.Float32frombits(order.Uint32(raw[4*k:]))
			} else {
				v[k] = float32(math.Float64frombits(order.Uint64(raw[8*k:])))
			}
		}
		use(i, v)
	}
	return nil
}

// mapping reads the first real world value mapping (PS3.3 C.7.6.16.2.11).
func (r *reader) mapping() (label, units string, slope, intercept float64) {
	slope = 1
	for _, sequence := range []tag.Tag{tag.SharedFunctionalGroupsSequence, tag.PerFrameFunctionalGroupsSequence} {
		for _, g := range r.set.Items(sequence) {
			for _, m := range g.Items(tag.RealWorldValueMappingSequence) {
				double := func(t tag.Tag, silent float64) float64 {
					if w := m.Find(t).Uint64s(); len(w) == 1 {
						return math.Float64frombits(w[0])
					}
					return silent
				}
				units = r.code(m, tag.MeasurementUnitsCodeSequence).Meaning
				label = r.first(m, tag.LUTExplanation, tag.LUTLabel)
				return label, units, double(tag.RealWorldValueSlope, 1), double(tag.RealWorldValueIntercept, 0)
			}
		}
	}
	return label, units, slope, intercept
}

// overlays reads the overlay planes of a picture (PS3.3 C.9.2): those in Overlay Data and
// those in bits of the pixel data that are not part of the value.
func (r *reader) overlays() error {
	for group := uint16(0x6000); group <= 0x601E; group += 2 {
		if err := r.overlay(group); err != nil {
			return err
		}
	}
	r.film(r.o.Header.InstanceUID)
	return nil
}

// Elements of an overlay group (PS3.3 table C.9-2).
const (
	overlayRows        = 0x0010
	overlayColumns     = 0x0011
	overlayDescription = 0x0022
	overlayOrigin      = 0x0050
	overlayBitPosition = 0x0102
	overlayLabel       = 0x1500
	overlayData        = 0x3000
)

func (r *reader) overlay(group uint16) error {
	at := func(element uint16) *dcm.Element { return r.set.Find(tag.Tag{Group: group, Element: element}) }
	word := func(element uint16) int {
		if w := at(element).Uint16s(); len(w) > 0 {
			return int(w[0])
		}
		return 0
	}
	rows, columns := word(overlayRows), word(overlayColumns)
	if rows == 0 || columns == 0 {
		return nil
	}
	m := Mask{Width: columns, Height: rows, Placed: true}
	for _, e := range []uint16{overlayLabel, overlayDescription} {
		if v := strings.TrimSpace(r.text.Text(at(e))); m.Label == "" {
			m.Label = v
		}
	}
	if w := at(overlayOrigin).Uint16s(); len(w) == 2 {
		m.Top, m.Left = int(int16(w[0]))-1, int(int16(w[1]))-1
	}
	if data := at(overlayData); data != nil && len(data.Value) > 0 {
		bits := data.LittleEndian()
		if len(bits) < (rows*columns+7)/8 {
			r.fault("The overlay of group %s ends too early and was left out.", groupText(group))
			return nil
		}
		m.Share = make([]uint8, rows*columns)
		for i := range m.Share {
			if bits[i/8]>>(i%8)&1 != 0 {
				m.Share[i] = 255
			}
		}
		r.o.Masks = append(r.o.Masks, m)
		return nil
	}
	return r.embedded(m, word(overlayBitPosition))
}

func groupText(group uint16) string { return dcm.TagText(tag.Tag{Group: group})[1:5] }

// embedded takes an overlay from a bit of native pixel data above or below the value
// (retired in 2004, and still in archives).
func (r *reader) embedded(m Mask, bit int) error {
	p := &r.file.Pixels
	word := func(t tag.Tag) int {
		if w := r.set.Find(t).Uint16s(); len(w) == 1 {
			return int(w[0])
		}
		return 0
	}
	allocated, stored, high := word(tag.BitsAllocated), word(tag.BitsStored), word(tag.HighBit)
	switch {
	case !p.Present() || p.Encapsulated:
		r.fault("An overlay in the bits of compressed pixels cannot be shown.")
		return nil
	case allocated != 8 && allocated != 16, bit >= allocated, bit <= high && bit > high-stored,
		word(tag.Rows) != m.Height || word(tag.Columns) != m.Width:
		r.fault("An overlay in bit %d of the pixels makes no sense and was left out.", bit)
		return nil
	}
	size := allocated / 8
	raw := make([]byte, m.Width*size)
	m.Share = make([]uint8, m.Width*m.Height)
	for y := range m.Height {
		if err := p.ReadAt(raw, int64(y)*int64(len(raw))); err != nil {
			return err
		}
		for x := range m.Width {
			v := uint16(raw[x*size])
			if size == 2 {
				v = binary.LittleEndian.Uint16(raw[2*x:])
				if r.file.BigEndian {
					v = binary.BigEndian.Uint16(raw[2*x:])
				}
			}
			if v>>bit&1 != 0 {
				m.Share[y*m.Width+x] = 255
			}
		}
	}
	r.o.Masks = append(r.o.Masks, m)
	return nil
}
