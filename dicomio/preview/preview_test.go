package preview

import (
	"image"
	"image/color"
	"math"
	"testing"

	"hilum/dicomio"
)

// ramp is a picture whose left edge is black and whose right edge is white.
func ramp(w, h int) *dicomio.Image {
	im := &dicomio.Image{Width: w, Height: h, Samples: 1, BitsStored: 12, Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, w*h)}
	for i := range im.Stored {
		im.Stored[i] = int32(i % w * 4095 / (w - 1))
	}
	return im
}

// A thumbnail keeps the proportions on black. Oracle: the ramp itself.
func TestThumbnail(t *testing.T) {
	im := ramp(400, 200)
	got := Thumbnail(im, im.FullWindow(), 100)
	if got.Bounds() != image.Rect(0, 0, 100, 100) {
		t.Fatalf("bounds %v", got.Bounds())
	}
	grey := func(x, y int) float64 { return float64(color.GrayModel.Convert(got.At(x, y)).(color.Gray).Y) }
	for x := range 100 {
		if grey(x, 24) != 0 || grey(x, 75) != 0 {
			t.Fatalf("column %d is not black above and below the picture", x)
		}
		if want := 255 * (float64(x) + 0.5) / 100; math.Abs(grey(x, 50)-want) > 4 {
			t.Errorf("column %d is %v, the ramp %v", x, grey(x, 50), want)
		}
	}
}

func TestResizedKeepsWhatIsEven(t *testing.T) {
	src := image.NewNRGBA(image.Rect(0, 0, 90, 60))
	for i := range src.Pix {
		src.Pix[i] = []byte{10, 200, 30, 255}[i%4]
	}
	got := Resized(src, 31, 17)
	for i, v := range got.Pix {
		if v != src.Pix[i%4] {
			t.Fatalf("byte %d is %d, not %d", i, v, src.Pix[i%4])
		}
	}
}
