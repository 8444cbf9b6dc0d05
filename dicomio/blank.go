package dicomio

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// checkBoxes refuses a box that covers no pixel, which is a mistake; one that reaches
// beyond the film is cut.
func (x *AnonymousFile) checkBoxes() error {
	px := &x.object.px
	for _, box := range x.a.options.Blank {
		switch {
		case !box.covers(px.columns, px.rows):
			return message.Errorf("the box %s covers no pixel of the film, which has %d x %d", box, px.columns, px.rows)
		case !box.within(px.columns, px.rows):
			x.Report.Warnings = append(x.Report.Warnings, message.Of("The box %s reaches beyond the film, which has %d x %d pixels.", box, px.columns, px.rows))
		}
	}
	return nil
}

// ParseBox reads "x,y,width,height": four whole numbers and nothing else.
func ParseBox(text string) (Box, error) {
	var b Box
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return b, message.Errorf("box %q is not of the form x,y,width,height", text)
	}
	for i, to := range []*int{&b.X, &b.Y, &b.Width, &b.Height} {
		n, err := strconv.ParseUint(strings.TrimSpace(parts[i]), 10, 16)
		if err != nil {
			return Box{}, message.Errorf("box %q: %q is no whole number of pixels from 0 to 65535; the form is x,y,width,height", text, parts[i])
		}
		*to = int(n)
	}
	if b.Width == 0 || b.Height == 0 {
		return Box{}, message.Errorf("box %q covers no pixel; the form is x,y,width,height", text)
	}
	return b, nil
}

// String gives the box as it is written on the command line.
func (b Box) String() string { return fmt.Sprintf("%d,%d,%d,%d", b.X, b.Y, b.Width, b.Height) }

// covers tells whether the box has a pixel of a film of w x h.
func (b Box) covers(w, h int) bool {
	return b.Width > 0 && b.Height > 0 && b.X < w && b.Y < h && b.X+b.Width > 0 && b.Y+b.Height > 0
}

func (b Box) within(w, h int) bool {
	return b.X >= 0 && b.Y >= 0 && b.X+b.Width <= w && b.Y+b.Height <= h
}

// describePixels writes the Image Pixel Module of uncompressed, interleaved
// words as eachFrame yields them.
func (o *object) describePixels(b *dcm.Builder) {
	p := &o.px
	signed := uint16(0)
	if p.signed {
		signed = 1
	}
	b.Uint16(tagBitsAllocated, "US", uint16(max(p.allocated, 8)))
	b.Uint16(tagBitsStored, "US", uint16(p.stored))
	b.Uint16(tagHighBit, "US", uint16(p.stored-1))
	b.Uint16(tagPixelRepresentation, "US", signed)
	photometric := p.photometric
	switch {
	case p.samples != 3:
	case o.coded == codedRGB || photometric == "YBR_RCT" || photometric == "YBR_ICT":
		photometric = "RGB"
	case o.coded == codedYCC || photometric == "YBR_FULL_422":
		photometric = "YBR_FULL"
	}
	b.Text(tagPhotometric, "CS", photometric)
	if p.samples > 1 {
		b.Uint16(tagPlanar, "US", 0)
	}
}

// blank paints a box black: the lowest value, the highest where low values are
// bright, and neutral chroma.
func (o *object) blank(v []int32, box Box) {
	p := &o.px
	low, high := int32(0), int32(uint32(1)<<p.stored-1)
	if p.signed {
		low, high = -1<<(p.stored-1), int32(uint32(1)<<(p.stored-1)-1)
	}
	if p.photometric == "MONOCHROME1" {
		low = high
	}
	chroma := low
	if p.samples == 3 && (o.coded == codedYCC || o.coded == codedSilent &&
		(p.photometric == "YBR_FULL" || p.photometric == "YBR_FULL_422")) {
		chroma = 1 << (p.stored - 1)
	}
	x0, x1 := max(box.X, 0), min(box.X+box.Width, p.columns)
	for y := max(box.Y, 0); y < min(box.Y+box.Height, p.rows); y++ {
		for x := x0; x < x1; x++ {
			for c := range p.samples {
				value := low
				if c > 0 {
					value = chroma
				}
				v[(y*p.columns+x)*p.samples+c] = value
			}
		}
	}
}

// appendWords appends the values little endian in words of so many bits.
func appendWords(to []byte, v []int32, bits int) []byte {
	for _, x := range v {
		switch {
		case bits <= 8:
			to = append(to, byte(x))
		case bits <= 16:
			to = binary.LittleEndian.AppendUint16(to, uint16(x))
		default:
			to = binary.LittleEndian.AppendUint32(to, uint32(x))
		}
	}
	return to
}
