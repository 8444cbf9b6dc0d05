package dicomio

import (
	"context"
	"encoding/binary"
	"fmt"

	"hilum/dicomio/internal/dcm"
)

// blankPixels decodes all frames, paints the boxes black and writes them
// uncompressed.
func (a *Anonymiser) blankPixels(ctx context.Context, name string, f *dcm.File, b *dcm.Builder, r *AnonymiseReport) error {
	o, err := objectOf(name, f)
	if err != nil {
		return fmt.Errorf("%w: %w", errBlank, err)
	}
	var pixels []byte
	err = o.eachFrame(ctx, o.px.frames, func(v []int32) error {
		for _, box := range a.options.Blank {
			o.blank(v, box)
		}
		pixels = appendWords(pixels, v, o.px.allocated)
		return nil
	})
	if err != nil {
		return err
	}
	r.Blanked = len(a.options.Blank)
	r.Warnings = append(r.Warnings, o.warnings...)
	o.describePixels(b)
	b.Text(tagBurnedIn, "CS", "NO")
	vr := dcm.VR("OW")
	if o.px.allocated <= 8 {
		vr = "OB"
	}
	b.Bytes(dcm.PixelData, vr, pixels)
	return nil
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
		case bits == 16:
			to = binary.LittleEndian.AppendUint16(to, uint16(x))
		default:
			to = binary.LittleEndian.AppendUint32(to, uint32(x))
		}
	}
	return to
}
