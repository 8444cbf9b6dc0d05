package dicomio

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

func TestNativeEncodings(t *testing.T) {
	want := []int32{0, 1, 256, 4095, 77, 2048}
	words := dicomtest.Pixels16(0, 1, 256, 4095, 77, 2048)
	for _, syntax := range []string{uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian, ""} {
		data := dicomtest.Picture(syntax, 2, 3, 16, 12).Set(words).Encode(t)
		if got := dicomtest.Decoded(t, DecodeBytes, data).Stored; !slices.Equal(got, want) {
			t.Errorf("%q: %v", syntax, got)
		}
	}
}

// Oracle: PS3.5 8.1.1 worked by hand.
func TestStoredBits(t *testing.T) {
	for _, c := range []struct {
		name           string
		stored, high   uint16
		signed         uint16
		words          []uint16
		want           []int32
		bits           int
		representation bool
	}{
		{"overlay bits above are masked", 12, 11, 0, []uint16{0xF123, 0x0FFF}, []int32{0x123, 0xFFF}, 12, false},
		{"high bit 15", 12, 15, 0, []uint16{0x123F, 0xFFF0}, []int32{0x123, 0xFFF}, 12, false},
		{"signed 12 without extension", 12, 11, 1, []uint16{0x0800, 0x07FF}, []int32{-2048, 2047}, 12, true},
		{"signed 16", 16, 15, 1, []uint16{0x8000, 0x7FFF}, []int32{-32768, 32767}, 16, true},
		{"one bit stored", 1, 0, 0, []uint16{0xFFFE, 0x0001}, []int32{0, 1}, 1, false},
	} {
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 16,
			int(c.stored)).Set(dicomtest.Element{Tag: tag.HighBit, VR: "US", Words: []uint16{c.high}},
			dicomtest.Element{Tag: tag.PixelRepresentation, VR: "US", Words: []uint16{c.signed}},
			dicomtest.Pixels16(c.words...))
		im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t))
		if !slices.Equal(im.Stored, c.want) || im.BitsStored != c.bits || im.Signed != c.representation {
			t.Errorf("%s: %v, %d bits, signed %v", c.name, im.Stored, im.BitsStored, im.Signed)
		}
	}
}

func TestOneBitPixelsArePackedLowestFirst(t *testing.T) {
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 2, 5, 1, 1).Set(dicomtest.Pixels8(0b01100001, 0b00000010))
	if got := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)).Stored; !slices.Equal(got,
		[]int32{1, 0, 0, 0, 0, 1, 1, 0, 0, 1}) {
		t.Error(got)
	}
}

func TestBigEndianBytesInWords(t *testing.T) {
	o := dicomtest.Picture(uid.ExplicitVRBigEndian, 1, 4, 8,
		8).Set(dicomtest.Element{Tag: tag.PixelData, VR: "OW", Bytes: []byte{2, 1, 4, 3}})
	if got := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)).Stored; !slices.Equal(got, []int32{1, 2, 3, 4}) {
		t.Error(got)
	}
}

func colourPicture(photometric string, planar uint16) *dicomtest.Object {
	return dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8,
		8).Set(dicomtest.Element{Tag: tag.SamplesPerPixel, VR: "US", Words: []uint16{3}},
		dicomtest.Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: photometric},
		dicomtest.Element{Tag: tag.PlanarConfiguration, VR: "US", Words: []uint16{planar}})
}

// Oracle: the formulas of PS3.3 C.7.6.3.1.2, worked by hand; tolerance 1.
func TestColour(t *testing.T) {
	red := []int32{254, 0, 0}
	for _, c := range []struct {
		name string
		o    *dicomtest.Object
		want []int32
	}{
		{"RGB", colourPicture("RGB", 0).Set(dicomtest.Pixels8(1, 2, 3, 4, 5, 6)), []int32{1, 2, 3, 4, 5, 6}},
		{"planar", colourPicture("RGB", 1).Set(dicomtest.Pixels8(1, 4, 2, 5, 3, 6)), []int32{1, 2, 3, 4, 5, 6}},
		{"YBR_FULL", colourPicture("YBR_FULL", 0).Set(dicomtest.Pixels8(76, 85, 255, 76, 85, 255)),
			append(red, red...)},
		{"YBR_FULL_422", colourPicture("YBR_FULL_422", 0).Set(dicomtest.Pixels8(76, 76, 85, 255)), append(red, red...)},
	} {
		im := dicomtest.Decoded(t, DecodeBytes, c.o.Encode(t))
		if im.Samples != 3 || len(im.Stored) != len(c.want) {
			t.Errorf("%s: %d samples, %v", c.name, im.Samples, im.Stored)
			continue
		}
		for i, v := range im.Stored {
			if abs(v-c.want[i]) > 1 {
				t.Errorf("%s: %v, want %v", c.name, im.Stored, c.want)
				break
			}
		}
	}
	grey := dicomtest.Decoded(t, DecodeBytes,
		colourPicture("RGB", 0).Set(dicomtest.Pixels8(7, 7, 7, 9, 9, 9)).Encode(t))
	if grey.Samples != 1 || !slices.Equal(grey.Stored, []int32{7, 9}) {
		t.Errorf("equal channels: %d samples, %v", grey.Samples, grey.Stored)
	}
}

func TestPalette(t *testing.T) {
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 4, 8,
		8).Set(dicomtest.Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: "PALETTE COLOR"},
		dicomtest.Pixels8(0, 2, 3, 9))
	for c, data := range [][]uint16{{10, 20, 30}, {40, 50, 60}, {70, 80, 90}} {
		o.Set(dicomtest.Element{Tag: paletteChannels[c].descriptor, VR: "US", Words: []uint16{3, 2, 16}},
			dicomtest.Element{Tag: paletteChannels[c].data, VR: "OW", Words: data})
	}
	want := []int32{10, 40, 70, 10, 40, 70, 20, 50, 80, 30, 60, 90}
	if got := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)).Stored; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Oracle: the rules of PS3.3 C.7.9.2, worked by hand.
func TestSegmentedPalette(t *testing.T) {
	got, err := expandSegments([]uint16{0, 2, 100, 200, 1, 4, 400, 2, 1, 4, 0, 0, 1, 5}, 9)
	if err == nil {
		t.Errorf("a cut linear segment gave %v", got)
	}
	words := []uint16{0, 2, 100, 200, 1, 4, 400, 2, 1, 0, 0} // discrete, line to 400, the first again
	got, err = expandSegments(words, 8)
	if err != nil || !slices.Equal(got, []uint16{100, 200, 250, 300, 350, 400, 100, 200}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range [][]uint16{{1, 3, 5}, {2, 1, 0, 0}, {7, 1, 1}, {0, 9, 1}, {0}} {
		if got, err := expandSegments(bad, 8); err == nil {
			t.Errorf("%v gave %v", bad, got)
		}
	}
}

func TestDisplayAttributes(t *testing.T) {
	lut := [][]dicomtest.Element{{{Tag: tag.LUTDescriptor, VR: "US", Words: []uint16{4, 0, 16}},
		{Tag: tag.LUTExplanation, VR: "LO", Text: "SHARP"},
		{Tag: tag.LUTData, VR: "OW", Words: []uint16{0, 100, 200, 65535}}}}
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 16, 12).Set(dicomtest.Pixels16(0, 3),
		dicomtest.Element{Tag: tag.RescaleSlope, VR: "DS", Text: "2.5"},
		dicomtest.Element{Tag: tag.RescaleIntercept, VR: "DS", Text: "-10"},
		dicomtest.Element{Tag: tag.WindowCenter, VR: "DS", Text: `40\50`},
		dicomtest.Element{Tag: tag.WindowWidth, VR: "DS", Text: `400\0`},
		dicomtest.Element{Tag: tag.VOILUTFunction, VR: "CS", Text: "SIGMOID"},
		dicomtest.Element{Tag: tag.VOILUTSequence, VR: "SQ", Items: lut, Undefined: true},
		dicomtest.Element{Tag: tag.PresentationLUTShape, VR: "CS", Text: "INVERSE"},
		dicomtest.Element{Tag: tag.PixelPaddingValue, VR: "US", Words: []uint16{7}},
		dicomtest.Element{Tag: tag.PixelPaddingRangeLimit, VR: "US", Words: []uint16{3}})
	im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t))
	if got := im.ModalityValue(100); got != 240 {
		t.Errorf("modality value %v", got)
	}
	if len(im.VOI) != 2 || im.VOI[0].LUT == nil || im.VOI[0].Name != "SHARP" || im.VOI[1].Function != Sigmoid ||
		im.VOI[1].Width != 400 {
		t.Errorf("windows %+v", im.VOI)
	}
	if !im.Inverted || im.Padding == nil || *im.Padding != (Padding{Lo: 3, Hi: 7}) {
		t.Errorf("inverted %v, padding %v", im.Inverted, im.Padding)
	}
	o.Set(dicomtest.Element{Tag: tag.ModalityLUTSequence, VR: "SQ", Items: lut})
	if im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t)); im.ModalityValue(1) != 100 ||
		im.ModalityValue(50) != 65535 {
		t.Errorf("modality LUT gives %v, %v", im.ModalityValue(1), im.ModalityValue(50))
	}
}

func TestBadPixelModulesAreExplained(t *testing.T) {
	for name, o := range map[string]*dicomtest.Object{
		"no rows":   dicomtest.Picture(uid.ExplicitVRLittleEndian, 0, 2, 16, 12).Set(dicomtest.Pixels16(1, 2)),
		"too short": dicomtest.Picture(uid.ExplicitVRLittleEndian, 2, 2, 16, 12).Set(dicomtest.Pixels16(1, 2, 3)),
		"huge": dicomtest.Picture(uid.ExplicitVRLittleEndian, 65535, 65535, 16,
			12).Set(dicomtest.Pixels16(1, 2, 3)),
		"bits":    dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 16, 17).Set(dicomtest.Pixels16(1, 2)),
		"24 bits": dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 24, 24).Set(dicomtest.Pixels16(1, 2)),
		"frames": dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 16, 12).Set(dicomtest.Pixels16(1, 2),
			dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS", Text: "99"}),
		"frames text": dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 16, 12).Set(dicomtest.Pixels16(1, 2),
			dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS", Text: "x"}),
		"no pixels": dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 16, 12),
		"palette lacks": dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 16, 12).Set(dicomtest.Pixels16(1, 2),
			dicomtest.Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: "PALETTE COLOR"}),
	} {
		_, err := DecodeBytes(context.Background(), name, o.Encode(t))
		var fe *fileio.FormatError
		if !errors.As(err, &fe) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnsupportedSyntaxesAreNamed(t *testing.T) {
	for syntax, name := range map[string]string{
		"1.2.840.10008.1.2.4.100": "MPEG2", "1.2.840.10008.1.2.4.102": "H.264", "1.2.840.10008.1.2.4.107": "HEVC",
		"1.2.840.10008.1.2.4.110": "JPEG XL", "1.2.840.10008.1.2.4.94": "JPIP", "1.2.3.4.5": "private",
	} {
		o := dicomtest.Picture(syntax, 1, 2, 8, 8)
		o.Frames = [][]byte{{1, 2, 3, 4}}
		_, err := DecodeBytes(context.Background(), "film.dcm", o.Encode(t))
		var ue *fileio.UnsupportedError
		if !errors.As(err, &ue) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), syntax) {
			t.Errorf("%s: %v", syntax, err)
		}
	}
}

func TestUnsupportedProcessesAreNamed(t *testing.T) {
	data := dicomtest.Fixture(t, "baseline_8.dcm")
	i := bytes.Index(data, []byte{0xFF, 0xC0, 0, 11})
	data[i+1] = 0xC9 // arithmetic coding
	var ue *fileio.UnsupportedError
	if _, err := DecodeBytes(context.Background(), "x", data); !errors.As(err, &ue) ||
		!strings.Contains(err.Error(), "SOF9") {
		t.Errorf("error is %v", err)
	}
}

func TestWideValuesAreNarrowed(t *testing.T) {
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 32,
		32).Set(dicomtest.Element{Tag: tag.PixelData, VR: "OW", Words: []uint16{0, 0x8000, 0, 0x0001}})
	im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t))
	if im.BitsStored != 16 || math.Abs(im.ModalityValue(im.Stored[0])-0x80000000) > 1<<16 {
		t.Errorf("%d bits, %v with slope %v", im.BitsStored, im.Stored, im.Modality.Slope)
	}
}
