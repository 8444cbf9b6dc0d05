package golden

import (
	"image"
	"image/color"
	"testing"
)

// TestGoldenComparisonSeesChanges: an icon's worth of pixels is too much, the
// edge of a glyph is not.
func TestGoldenComparisonSeesChanges(t *testing.T) {
	line := image.NewRGBA(image.Rect(0, 0, 40, 40))
	if Differing(line, image.NewRGBA(line.Bounds())) != 0 {
		t.Error("equal pictures differ")
	}
	for i := range 20 {
		line.Set(i, i, color.White)
	}
	if Differing(line, image.NewRGBA(line.Bounds())) < 0.01 {
		t.Error("a white line is not seen")
	}
	a := image.NewRGBA(image.Rect(0, 0, 200, 100))
	b := image.NewRGBA(a.Bounds())
	for i := range 20 {
		b.Set(50+i, 50, color.Gray{40})
	}
	if d := Differing(a, b); d > fewPixels {
		t.Errorf("a faint line counts as %v", d)
	}
	for i := range 64 {
		b.Set(100+i%8, 50+i/8, color.White)
	}
	if d := Differing(a, b); d <= fewPixels {
		t.Errorf("a white square of 8x8 counts as %v", d)
	}
	if d := Differing(a, image.NewRGBA(image.Rect(0, 0, 100, 200))); d != 1 {
		t.Errorf("another size counts as %v", d)
	}
}
