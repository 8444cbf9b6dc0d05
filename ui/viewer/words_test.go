package viewer

import (
	"math"
	"testing"

	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/ui/uitest"
)

func TestScaleBar(t *testing.T) {
	for _, c := range []struct{ perPixel, room, mm float64 }{
		{0.5, 200, 100}, {0.5, 199, 50}, {0.14, 180, 20}, {0.01, 150, 1}, {0, 100, 0}, {math.NaN(), 100, 0}, {1, 0, 0},
	} {
		mm, px := scaleBar(c.perPixel, c.room)
		if mm != c.mm || mm > 0 && (math.Abs(px*c.perPixel-mm) > 1e-9 || px > c.room) {
			t.Errorf("%v mm a pixel in %v: %v mm, %v pixels, want %v mm", c.perPixel, c.room, mm, px, c.mm)
		}
	}
	if length(50) != "5 cm" || length(2) != "2 mm" || length(15) != "1.5 cm" {
		t.Errorf("%s, %s, %s", length(50), length(2), length(15))
	}
}

func TestPixelLine(t *testing.T) {
	im := uitest.Image(10, 8)
	im.Stored[3*10+4] = 1234
	if got := pixelLine(uitest.Environment(t), im, 4, 3); got != "x 4  y 3   1234" {
		t.Errorf("%q", got)
	}
	im.Modality = dicomio.Modality{Slope: 2, Intercept: -1000, Units: "HU"}
	if got := pixelLine(uitest.Environment(t), im, 4, 3); got != "x 4  y 3   1234 = 1468 HU" {
		t.Errorf("%q", got)
	}
	im.Samples, im.Stored = 3, []int32{1, 2, 3}
	if got := pixelLine(uitest.Environment(t), im, 0, 0); got != "x 0  y 0   R 1  G 2  B 3" {
		t.Errorf("%q", got)
	}
	for _, p := range [][2]int{{-1, 0}, {0, 8}, {10, 0}, {5, 5}} { // beyond the picture, or beyond what is stored
		if got := pixelLine(uitest.Environment(t), im, p[0], p[1]); got != "" {
			t.Errorf("%v: %q", p, got)
		}
	}
}

func TestWindowLine(t *testing.T) {
	v := radiograph.View{Window: dicomio.Window{Center: 550, Width: 1024}, Invert: true}
	v.Place.Zoom = 0.47
	if got := windowLine(uitest.Environment(t), v); got != "C 550  W 1024  inverted   47%" {
		t.Errorf("%q", got)
	}
	v.Window, v.Invert = dicomio.Window{LUT: &dicomio.LUT{}, Name: "BONE"}, false
	if got := windowLine(uitest.Environment(t), v); got != "VOI LUT BONE   47%" {
		t.Errorf("%q", got)
	}
}
