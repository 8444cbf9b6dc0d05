package dicomio

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"slices"
	"testing"

	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// Palettes whose entries were widened from 8 bits, by zeros or by the same byte
// twice, show the 8-bit picture. Oracle: the entries before they were widened.
func TestWidenedPalettesAreEightBits(t *testing.T) {
	for name, wide := range map[string]uint16{"zeros": 256, "twice": 257} {
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 3, 8, 8).Set(dicomtest.Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: "PALETTE COLOR"}, dicomtest.Pixels8(0, 1, 2))
		for _, c := range paletteChannels {
			o.Set(dicomtest.Element{Tag: c.descriptor, VR: "US", Words: []uint16{3, 0, 16}},
				dicomtest.Element{Tag: c.data, VR: "OW", Words: []uint16{10 * wide, 200 * wide, 255 * wide}})
		}
		im := mustDecode(t, o.Encode(t))
		if im.BitsStored != 8 || im.Samples != 1 || !slices.Equal(im.Stored, []int32{10, 200, 255}) {
			t.Errorf("%s: %d bits, %v", name, im.BitsStored, im.Stored)
		}
	}
}

// The last byte before a missing end marker may be any. Oracle: image/jpeg with the
// marker.
func TestJPEGWithoutEndWhateverItsLastBytes(t *testing.T) {
	ends := map[bool]bool{}
	for seed := range 24 {
		im := image.NewGray(image.Rect(0, 0, 24, 24))
		for i := range im.Pix {
			im.Pix[i] = uint8(i * (seed + 3) * 7)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, im, nil); err != nil {
			t.Fatal(err)
		}
		whole := b.Bytes()
		ends[whole[len(whole)-3] >= 0x80] = true
		want := mustDecode(t, whole)
		got, err := DecodeBytes(context.Background(), "film.jpg", whole[:len(whole)-2])
		if err != nil || !slices.Equal(got.Stored, want.Stored) {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if len(ends) != 2 {
		t.Error("the pictures do not end in bytes of both kinds")
	}
}

// Nothing hides behind the entries of look-up tables, nor as words in references.
// Oracle: the bytes of the result.
func TestNothingHidesBehindTablesAndReferences(t *testing.T) {
	tail := []uint16{'S' | 'E'<<8, 'C' | 'R'<<8, 'E' | 'T'<<8}
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8, 8).Set(dicomtest.Pixels8(0, 1),
		dicomtest.Element{Tag: tag.VOILUTSequence, VR: "SQ", Items: [][]dicomtest.Element{{{Tag: tag.LUTDescriptor, VR: "US", Words: []uint16{2, 0, 8}},
			{Tag: tag.LUTData, VR: "OW", Words: append([]uint16{0, 255}, tail...)}}}},
		dicomtest.Element{Tag: tag.SourceImageSequence, VR: "SQ", Items: [][]dicomtest.Element{{{Tag: tag.CodeMeaning, VR: "LO", Text: "SECRET"}, {Tag: tag.ReferencedSOPInstanceUID, VR: "UI", Text: "1.2.3"}}}})
	a, err := NewAnonymiser(AnonymiseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out, r, err := a.Bytes(context.Background(), "film.dcm", o.Encode(t))
	if err != nil || bytes.Contains(out, []byte("SECRET")) || !slices.Contains(r.Cleaned, "entries behind a look-up table") {
		t.Errorf("%v, cleaned %v, SECRET left: %v", err, r.Cleaned, bytes.Contains(out, []byte("SECRET")))
	}
	if im := mustDecode(t, out); len(im.VOI) == 0 || im.VOI[0].LUT == nil || !slices.Equal(im.VOI[0].LUT.Data, []uint16{0, 255}) {
		t.Errorf("the table is gone: %+v", im.VOI)
	}
}
