package deidentify

import (
	"fmt"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// checkBoxes refuses a box that covers no pixel, which is a mistake; one that reaches
// beyond the film is cut.
func (x *File) checkBoxes() error {
	px := &x.object.Module
	for _, box := range x.a.options.Redact {
		switch {
		case !box.covers(px.Columns, px.Rows):
			return message.Errorf("the box %s covers no pixel of the film, which has %d x %d", box, px.Columns, px.Rows)
		case !box.within(px.Columns, px.Rows):
			x.Report.Warnings = append(x.Report.Warnings,
				message.Of("The box %s reaches beyond the film, which has %d x %d pixels.", box, px.Columns, px.Rows))
		}
	}
	return nil
}

// ParseRegion reads "x,y,width,height": four whole numbers and nothing else.
func ParseRegion(text string) (Region, error) {
	var b Region
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return b, message.Errorf("box %q is not of the form x,y,width,height", text)
	}
	for i, to := range []*int{&b.X, &b.Y, &b.Width, &b.Height} {
		n, err := strconv.ParseUint(strings.TrimSpace(parts[i]), 10, 16)
		if err != nil {
			return Region{},
				message.Errorf("box %q: %q is no whole number of pixels from 0 to 65535; the form is x,y,width,height",
					text, parts[i])
		}
		*to = int(n)
	}
	if b.Width == 0 || b.Height == 0 {
		return Region{}, message.Errorf("box %q covers no pixel; the form is x,y,width,height", text)
	}
	return b, nil
}

// String gives the box as it is written on the command line.
func (b Region) String() string { return fmt.Sprintf("%d,%d,%d,%d", b.X, b.Y, b.Width, b.Height) }

// covers tells whether the box has a pixel of a film of w x h.
func (b Region) covers(w, h int) bool {
	return b.Width > 0 && b.Height > 0 && b.X < w && b.Y < h && b.X+b.Width > 0 && b.Y+b.Height > 0
}

func (b Region) within(w, h int) bool {
	return b.X >= 0 && b.Y >= 0 && b.X+b.Width <= w && b.Y+b.Height <= h
}

// describePixels writes the Image Pixel Module of uncompressed, interleaved
// words as eachFrame yields them.
func describePixels(o *pixeldata.Object, b *dcm.Builder) {
	p := &o.Module
	signed := uint16(0)
	if p.Signed {
		signed = 1
	}
	b.Uint16(tag.BitsAllocated, "US", uint16(max(p.Allocated, 8)))
	b.Uint16(tag.BitsStored, "US", uint16(p.Stored))
	b.Uint16(tag.HighBit, "US", uint16(p.Stored-1))
	b.Uint16(tag.PixelRepresentation, "US", signed)
	photometric := p.Photometric
	switch {
	case p.Samples != 3:
	case o.Coded == pixeldata.CodedRGB || photometric == "YBR_RCT" || photometric == "YBR_ICT":
		photometric = "RGB"
	case o.Coded == pixeldata.CodedYCC || photometric == "YBR_FULL_422":
		photometric = "YBR_FULL"
	}
	b.Text(tag.PhotometricInterpretation, "CS", photometric)
	if p.Samples > 1 {
		b.Uint16(tag.PlanarConfiguration, "US", 0)
	}
}

// redact paints a box black: the lowest value, the highest where low values are
// bright, and neutral chroma.
func redact(o *pixeldata.Object, v []int32, box Region) {
	p := &o.Module
	low, high := int32(0), int32(uint32(1)<<p.Stored-1)
	if p.Signed {
		low, high = -1<<(p.Stored-1), int32(uint32(1)<<(p.Stored-1)-1)
	}
	if p.Photometric == "MONOCHROME1" {
		low = high
	}
	chroma := low
	if p.Samples == 3 && (o.Coded == pixeldata.CodedYCC || o.Coded == pixeldata.CodedSilent &&
		(p.Photometric == "YBR_FULL" || p.Photometric == "YBR_FULL_422")) {
		chroma = 1 << (p.Stored - 1)
	}
	x0, x1 := max(box.X, 0), min(box.X+box.Width, p.Columns)
	for y := max(box.Y, 0); y < min(box.Y+box.Height, p.Rows); y++ {
		for x := x0; x < x1; x++ {
			for c := range p.Samples {
				value := low
				if c > 0 {
					value = chroma
				}
				v[(y*p.Columns+x)*p.Samples+c] = value
			}
		}
	}
}
