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
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 3, 8,
			8).Set(dicomtest.Element{Tag: tag.PhotometricInterpretation, VR: "CS", Text: "PALETTE COLOR"},
			dicomtest.Pixels8(0, 1, 2))
		for _, c := range paletteChannels {
			o.Set(dicomtest.Element{Tag: c.descriptor, VR: "US", Words: []uint16{3, 0, 16}},
				dicomtest.Element{Tag: c.data, VR: "OW", Words: []uint16{10 * wide, 200 * wide, 255 * wide}})
		}
		im := dicomtest.Decoded(t, DecodeBytes, o.Encode(t))
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
		want := dicomtest.Decoded(t, DecodeBytes, whole)
		got, err := DecodeBytes(context.Background(), "film.jpg", whole[:len(whole)-2])
		if err != nil || !slices.Equal(got.Stored, want.Stored) {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if len(ends) != 2 {
		t.Error("the pictures do not end in bytes of both kinds")
	}
}
