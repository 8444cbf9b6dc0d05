package dicomio

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// ramp12 is a film of every fourth value of 12 bits.
func ramp12() *dicomtest.Object {
	words := make([]uint16, 1024)
	for i := range words {
		words[i] = uint16(4 * i)
	}
	return dicomtest.Picture(uid.ExplicitVRLittleEndian, 32, 32, 16, 12).Set(dicomtest.Pixels16(words...))
}

func said(im *Image) string { return strings.Join(message.Strings(im.Warnings), " ") }

// Oracle: PS3.3 C.11.1.1: bytes only where the entries have 8 bits. Of a table
// that is too short the last entry is repeated; one that declares more bits than
// it uses is scaled by its largest entry.
func TestTablesThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name       string
		descriptor []uint16
		entries    []uint16
		words      string
		at4000     float64 // what 4000 is shown as, 0..1
	}{
		{"right", []uint16{4096, 0, 12}, dicomtest.Rising(4096, 4095), "", 4000. / 4095},
		{"one short", []uint16{4096, 0, 16}, dicomtest.Rising(4096, 65535)[:4095], "4095 of 4096", 4000. / 4095},
		{"half", []uint16{4096, 0, 16}, dicomtest.Rising(4096, 65535)[:2100], "2100 of 4096", 1},
		// the largest entry of what is there is white
		{"wide", []uint16{4096, 0, 16}, dicomtest.Rising(4096, 4095), "declares 16 bits and uses 12", 4000. / 4095},
		{"narrow", []uint16{4096, 0, 8}, dicomtest.Rising(4096, 4095), "declares 8 bits and uses 12", 4000. / 4095},
		{"65536 entries as 0", []uint16{0, 0, 16}, dicomtest.Rising(65536, 65535), "", 4000. / 65535},
		{"first value below zero", []uint16{4096 + 96, 65440, 12}, dicomtest.Rising(4096+96, 4095), "", 4096. / 4191},
	} {
		im := dicomtest.Decoded(t, DecodeBytes, ramp12().Set(dicomtest.Element{Tag: tag.VOILUTSequence, VR: "SQ",
			Items: dicomtest.Table(c.descriptor, c.entries)}).Encode(t))
		if len(im.VOI) != 1 || c.words == "" && said(im) != "" || !strings.Contains(said(im), c.words) {
			t.Errorf("%s: %d windows, warnings %q", c.name, len(im.VOI), said(im))
			continue
		}
		if got := im.DefaultWindow().Apply(4000); math.Abs(got-c.at4000) > 2e-3 && c.name != "half" ||
			c.name == "half" && got < .4 {
			t.Errorf("%s: 4000 is shown as %v, want %v", c.name, got, c.at4000)
		}
	}
}

// Older writers packed entries of 8 bits into words, the first in the low byte;
// in either byte order. Oracle: PS3.3 C.11.1.1.
func TestTablesOfBytes(t *testing.T) {
	packed := make([]uint16, 128)
	for i := range packed {
		packed[i] = uint16(2*i) | uint16(2*i+1)<<8
	}
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian} {
		for name, entries := range map[string][]uint16{"packed": packed, "words": dicomtest.Rising(256, 255),
			"words, one short": dicomtest.Rising(256, 255)[:255]} {
			o := dicomtest.Picture(syntax, 1, 4, 8,
				8).Set(dicomtest.Element{Tag: tag.PixelData, VR: "OB", Bytes: []byte{0, 100, 200, 254}},
				dicomtest.Element{Tag: tag.VOILUTSequence, VR: "SQ",
					Items: dicomtest.Table([]uint16{256, 0, 8}, entries)})
			im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t))
			if got := im.Display8(im.DefaultWindow(), false); !slices.Equal(got, []byte{0, 100, 200, 254}) {
				t.Errorf("%s, %s: %v", syntax, name, got)
			}
		}
	}
}

// A Modality LUT is part of the values: one that lacks entries which the picture
// needs is refused, an empty item is read over. Oracle: pydicom, DCMTK, GDCM.
func TestModalityTablesThatDoNotFit(t *testing.T) {
	whole := ramp12().Set(dicomtest.Element{Tag: tag.ModalityLUTSequence, VR: "SQ",
		Items: dicomtest.Table([]uint16{4096, 0, 16}, dicomtest.Rising(4096, 65535)[:4095])})
	if im := dicomtest.Decoded(t, DecodeBytes, whole.Encode(t)); im.Modality.LUT == nil ||
		im.ModalityValue(4000) != float64(dicomtest.Rising(4096, 65535)[4000]) ||
		!strings.Contains(said(im), "Modality LUT") {
		t.Errorf("one entry short: %v, %q", im.ModalityValue(4000), said(im))
	}
	for name, entries := range map[string][]uint16{"half": dicomtest.Rising(4096, 65535)[:2100], "none": nil} {
		o := ramp12().Set(dicomtest.Element{Tag: tag.ModalityLUTSequence, VR: "SQ",
			Items: dicomtest.Table([]uint16{4096, 0, 16}, entries)})
		var fe *fileio.FormatError
		if _, err := DecodeBytes(context.Background(), "x", o.Encode(t)); !errors.As(err, &fe) ||
			!strings.Contains(err.Error(), "Modality LUT") {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := ramp12().Set(dicomtest.Element{Tag: tag.ModalityLUTSequence, VR: "SQ",
		Items: [][]dicomtest.Element{{{Tag: tag.LUTDescriptor, VR: "US"}}}},
		dicomtest.Element{Tag: tag.VOILUTSequence, VR: "SQ",
			Items: [][]dicomtest.Element{{{Tag: tag.LUTDescriptor, VR: "US"}}}})
	im := dicomtest.Decoded(t, DecodeBytes, empty.Encode(t))
	if im.Modality.LUT != nil || len(im.VOI) != 0 || !strings.Contains(said(im), "Modality LUT was left out") ||
		!strings.Contains(said(im), "VOI LUT 1 was left out") {
		t.Errorf("empty items: %+v, %q", im.Modality, said(im))
	}
}

// Palettes are tables alike.
func TestPalettesThatDoNotFit(t *testing.T) {
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 4, 8, 8).Set(dicomtest.Pixels8(0, 100, 200, 255),
		dicomtest.Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: "PALETTE COLOR "})
	for _, c := range paletteChannels {
		o.Set(dicomtest.Element{Tag: c.descriptor, VR: "US", Words: []uint16{256, 0, 16}},
			dicomtest.Element{Tag: c.data, VR: "OW", Words: dicomtest.Rising(256, 255)[:255]})
	}
	im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t))
	if im.BitsStored != 8 || !slices.Equal(im.Stored, []int32{0, 100, 200, 254}) ||
		!strings.Contains(said(im), "palette") {
		t.Errorf("%d bits, %v, %q", im.BitsStored, im.Stored, said(im))
	}
}

// Centre and width stand at the same place of their lists, and a pair without
// sense is skipped (PS3.3 C.11.2.1.2, PS3.5 6.2 for decimal strings).
func TestWindowsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		centres, widths string
		want            []float64 // centre, width, centre, width ...
		words           string
	}{
		{`40\50`, `400\500`, []float64{40, 400, 50, 500}, ""},
		{`abc\2048`, `1\1000`, []float64{2048, 1000}, "no finite number"},
		{`\2048`, `3\1000`, []float64{2048, 1000}, "no finite number"},
		{`2048\`, `1000\`, []float64{2048, 1000}, "no finite number"},
		{`2048\1000`, `1000`, []float64{2048, 1000}, "partner"},
		{`2048`, `NaN\1000`, nil, "no finite number"},
		{`2048`, ``, nil, "partner"},
		{`NaN`, `1000`, nil, "finite"}, {`inf`, `1000`, nil, "finite"}, {`2048`, `+Infinity`, nil, "finite"},
		{`0x10`, `1000`, nil, "finite"}, {`1e999`, `10`, nil, "finite"},
		{`2048`, `0`, nil, "without width"}, {`2048`, `-100`, nil, "without width"},
		{`30000`, `400`, nil, "beside"}, {`-40`, `40`, nil, "beside"}, {`2048`, `4000000`, nil, "beside"},
		{`30000\2048`, `400\4096`, []float64{2048, 4096}, "beside"},
	} {
		im := dicomtest.Decoded(t, DecodeBytes,
			ramp12().Set(dicomtest.Element{Tag: tag.WindowCenter, VR: "DS", Text: c.centres},
				dicomtest.Element{Tag: tag.WindowWidth, VR: "DS", Text: c.widths}).Encode(t))
		var got []float64
		for _, w := range im.VOI {
			got = append(got, w.Center, w.Width)
		}
		if !slices.Equal(got, c.want) || c.words == "" && said(im) != "" || !strings.Contains(said(im), c.words) {
			t.Errorf("%q, %q: %v, warnings %q", c.centres, c.widths, got, said(im))
		}
		if g := im.Display8(im.DefaultWindow(), false); slices.Max(g)-slices.Min(g) < 128 {
			t.Errorf("%q, %q: the picture is shown from %d to %d", c.centres, c.widths, slices.Min(g), slices.Max(g))
		}
	}
}

func TestRescalesThatMakeNoSense(t *testing.T) {
	for _, c := range [][2]string{{"NaN", "0"}, {"1", "nan"}, {"inf", "0"}, {"0", "0"}, {"x", "5"}, {"1e300", "0"}} {
		im := dicomtest.Decoded(t, DecodeBytes,
			ramp12().Set(dicomtest.Element{Tag: tag.RescaleSlope, VR: "DS", Text: c[0]},
				dicomtest.Element{Tag: tag.RescaleIntercept, VR: "DS", Text: c[1]}).Encode(t))
		if im.Modality.Slope != 1 || im.Modality.Intercept != 0 || !strings.Contains(said(im), "rescale slope") {
			t.Errorf("%v: %+v, %q", c, im.Modality, said(im))
		}
	}
}

// Padding is black whatever the polarity, as the network sees it (PS3.3
// C.7.5.1.1.2: it is no part of the picture).
func TestPaddingIsShownBlack(t *testing.T) {
	for _, photometric := range []string{"MONOCHROME1 ", "MONOCHROME2 "} {
		for limit, black := range map[int][]int{-1: {0}, 8: {0, 1, 2}} {
			o := ramp12().Set(dicomtest.Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: photometric},
				dicomtest.Element{Tag: tag.PixelPaddingValue, VR: "US", Words: []uint16{0}})
			if limit >= 0 {
				o.Set(dicomtest.Element{Tag: tag.PixelPaddingRangeLimit, VR: "US", Words: []uint16{uint16(limit)}})
			}
			im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t))
			for _, invert := range []bool{false, true} {
				g := im.Display8(im.DefaultWindow(), invert)
				for _, i := range black {
					if g[i] != 0 {
						t.Errorf("%s, limit %d, inverted %v: padding %d is %d", photometric, limit, invert, i, g[i])
					}
				}
			}
		}
	}
}
