package radiograph

import (
	"bytes"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/internal/phantom"
)

// A film written as DICOM comes back with its values, view, age and spacing,
// and the inverted one shows the same picture.
func TestPhantomImage(t *testing.T) {
	image, err := phantom.Generate(phantom.Options{Seed: 4, Size: 100, Height: 120, View: phantom.AP})
	if err != nil {
		t.Fatal(err)
	}
	for _, inverse := range []bool{false, true} {
		var b bytes.Buffer
		if err := derived.WriteImage(&b, PhantomImage(image, inverse)); err != nil {
			t.Fatal(err)
		}
		im, err := dicomio.DecodeBytes(t.Context(), "film.dcm", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if im.Width != 100 || im.Height != 120 || im.BitsStored != 12 || im.Inverted != inverse ||
			im.Header.ViewPosition != "AP" || im.Header.PatientAge == "" {
			t.Errorf("%d x %d of %d bits, inverted %v, study %+v", im.Width, im.Height, im.BitsStored, im.Inverted,
				im.Header)
		}
		if d := im.Spacing.Row - image.PixelSpacing; d > 1e-9 || d < -1e-9 ||
			im.Spacing.Source != dicomio.SpacingDetector {
			t.Errorf("spacing %+v, want %v", im.Spacing, image.PixelSpacing)
		}
		for i, v := range im.Stored {
			if inverse {
				v = 4095 - v
			}
			if v != int32(image.Pixels[i]) {
				t.Fatalf("pixel %d is %d, want %d", i, v, image.Pixels[i])
			}
		}
	}
}
