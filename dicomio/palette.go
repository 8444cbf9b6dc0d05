package dicomio

import (
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// applyPalette turns indices into colour (PS3.3 C.7.9).
func applyPalette(o *pixeldata.Object, im *Image) error {
	var tables [3]*LUT
	for c, channel := range paletteChannels {
		l, err := paletteLUT(o, channel, im.Signed)
		if err != nil {
			return message.Errorf("reading the colour palette: %w", err)
		}
		tables[c] = l
	}
	bits := paletteBits(tables)
	rgb := make([]int32, 0, 3*len(im.Stored))
	for _, v := range im.Stored {
		for _, l := range tables {
			rgb = append(rgb, int32(l.At(int64(v))))
		}
	}
	im.BitsStored, im.Signed = bits, false
	im.Modality, im.VOI, im.Padding = Modality{Slope: 1}, nil, nil
	im.setRGB(rgb)
	return nil
}

// paletteBits are the bits of the colours. Some writers declare 16 and give
// entries of 8, which would be black; others widen 8 bits to 16, by a byte of
// zeros or by the same byte twice: those entries are taken back to their 8 bits.
func paletteBits(tables [3]*LUT) int {
	narrow, zeros, twice := true, true, true
	for _, l := range tables {
		for _, v := range l.Data {
			narrow = narrow && v <= 0xFF
			zeros = zeros && v&0xFF == 0
			twice = twice && v&0xFF == v>>8
		}
	}
	switch {
	case narrow:
		return 8
	case tables[0].Bits != 16 || !zeros && !twice:
		return tables[0].Bits
	}
	for _, l := range tables {
		for i := range l.Data {
			l.Data[i] >>= 8
		}
	}
	return 8
}

// paletteChannel is where the palette of a colour lies: its descriptor, and its
// entries, plain or in segments.
type paletteChannel struct{ descriptor, data, segmented tag.Tag }

var paletteChannels = [3]paletteChannel{
	{tag.RedPaletteColorLookupTableDescriptor, tag.RedPaletteColorLookupTableData,
		tag.SegmentedRedPaletteColorLookupTableData},
	{tag.GreenPaletteColorLookupTableDescriptor, tag.GreenPaletteColorLookupTableData,
		tag.SegmentedGreenPaletteColorLookupTableData},
	{tag.BluePaletteColorLookupTableDescriptor, tag.BluePaletteColorLookupTableData,
		tag.SegmentedBluePaletteColorLookupTableData},
}

// paletteLUT reads the table of one channel, plain or segmented.
func paletteLUT(o *pixeldata.Object, channel paletteChannel, signed bool) (*LUT, error) {
	s := o.File.Elements
	d := s.Find(channel.descriptor).Uint16s()
	if len(d) < 3 || d[2] != 8 && d[2] != 16 {
		return nil, message.New("a descriptor is missing or damaged")
	}
	l := &LUT{First: int32(d[1]), Bits: int(d[2])}
	if signed {
		l.First = int32(int16(d[1]))
	}
	n := dcm.TableLength(d[0])
	if seg := s.Find(channel.segmented); seg != nil {
		words := seg.Uint16s()
		if l.Bits == 8 {
			words = seg.PackedBytes()
		}
		var err error
		if l.Data, err = expandSegments(words, n); err != nil {
			return nil, err
		}
	} else if data := s.Find(channel.data); data != nil {
		l.Data = data.Entries(n, l.Bits)
	}
	fault, err := l.complete(n)
	if !fault.IsZero() {
		o.WarnOnce("A table of the colour palette %s.", fault)
	}
	return l, err
}

// expandSegments unpacks a segmented table (PS3.3 C.7.9.2) of n entries:
// discrete values, straight lines, and repeats of earlier segments.
func expandSegments(w []uint16, n int) ([]uint16, error) {
	out := make([]uint16, 0, n)
	for at := 0; at < len(w) && len(out) < n; {
		if w[at] != segmentIndirect {
			next, err := expandSegment(w, at, n, &out)
			if err != nil {
				return nil, err
			}
			at = next
			continue
		}
		if at+4 > len(w) {
			return nil, errSegment
		}
		count, back := int(w[at+1]), int(w[at+2])|int(w[at+3])<<16
		for range count {
			if back >= len(w) || w[back] == segmentIndirect || len(out) >= n {
				return nil, errSegment
			}
			next, err := expandSegment(w, back, n, &out)
			if err != nil {
				return nil, err
			}
			back = next
		}
		at += 4
	}
	return out, nil
}

// The opcodes of segments.
const (
	segmentDiscrete = 0
	segmentLinear   = 1
	segmentIndirect = 2
)

var errSegment = message.New("a segmented table is damaged")

// expandSegment appends the discrete or linear segment at index at and returns
// the index behind it.
func expandSegment(w []uint16, at, n int, out *[]uint16) (int, error) {
	if at+2 > len(w) {
		return 0, errSegment
	}
	length := int(w[at+1])
	if len(*out)+length > n {
		return 0, errSegment
	}
	switch w[at] {
	case segmentDiscrete:
		if at+2+length > len(w) {
			return 0, errSegment
		}
		*out = append(*out, w[at+2:at+2+length]...)
		return at + 2 + length, nil
	case segmentLinear:
		if at+3 > len(w) || len(*out) == 0 {
			return 0, errSegment
		}
		from, to := int((*out)[len(*out)-1]), int(w[at+2])
		for i := 1; i <= length; i++ {
			*out = append(*out, uint16(from+(to-from)*i/length))
		}
		return at + 3, nil
	}
	return 0, errSegment
}
