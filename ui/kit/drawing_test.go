package kit

import (
	"image"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
)

// TestDrawingCovers compares what is drawn with areas known from geometry: the
// sum of the coverage over all pixels is the shape's area in pixels.
func TestDrawingCovers(t *testing.T) {
	white := color.NRGBA{255, 255, 255, 255}
	for _, c := range []struct {
		name  string
		shape Shape
		scale float32
		area  float64
	}{
		{"a bar between pixels", Shape{X: 2.25, Y: 3, W: 7.5, H: 4, Radius: 1e-6, Fill: white}, 1, 7.5 * 4},
		{"a bar with round corners", Shape{X: 2, Y: 3, W: 12, H: 8, Radius: 3, Fill: white}, 1, 12*8 - (4-math.Pi)*9},
		{"a circle", Shape{X: 2.3, Y: 2.7, W: 12, H: 12, Radius: 6, Fill: white}, 1, math.Pi * 36},
		{"a ring", Shape{X: 2, Y: 2, W: 12, H: 12, Radius: 6, Stroke: white, Line: 1.5}, 1, math.Pi * (36 - 4.5*4.5)},
		{"a circle at twice the pixels", Shape{X: 2, Y: 2, W: 6, H: 6, Radius: 3, Fill: white}, 2, math.Pi * 36},
		{"a hair, never lost", Shape{X: 5.3, Y: 2, W: 0.4, H: 10, Fill: white}, 1, 10},
	} {
		d := NewDrawing()
		d.Resize(fyne.NewSize(20, 20))
		d.Set([]Shape{c.shape})
		out := d.draw(int(20*c.scale), int(20*c.scale)).(*image.RGBA)
		sum := 0.0
		for i := 3; i < len(out.Pix); i += 4 {
			sum += float64(out.Pix[i]) / 255
		}
		if math.Abs(sum-c.area) > 0.015*c.area {
			t.Errorf("%s: %.2f pixels are covered, %.2f expected", c.name, sum, c.area)
		}
	}
}

// TestDrawingLaysOver: later shapes hide earlier ones, a half transparent one
// mixes with them, and the pixels are premultiplied as Go's RGBA wants them.
func TestDrawingLaysOver(t *testing.T) {
	d := NewDrawing()
	d.Resize(fyne.NewSize(4, 4))
	d.Set([]Shape{{W: 4, H: 4, Fill: color.NRGBA{200, 100, 0, 255}}, {W: 2, H: 4, Fill: color.NRGBA{0, 100, 200, 128}}})
	out := d.draw(4, 4).(*image.RGBA)
	if got, want := out.RGBAAt(3, 1), (color.RGBA{200, 100, 0, 255}); got != want {
		t.Errorf("alone: %v, want %v", got, want)
	}
	if got, want := out.RGBAAt(0, 1), (color.RGBA{100, 100, 100, 255}); got != want {
		t.Errorf("mixed: %v, want %v", got, want)
	}
	d.Set([]Shape{{W: 4, H: 4, Fill: color.NRGBA{200, 100, 0, 128}}})
	if got, want := d.draw(4, 4).(*image.RGBA).RGBAAt(0, 0), (color.RGBA{100, 50, 0, 128}); got != want {
		t.Errorf("on nothing: %v, want %v", got, want)
	}
}
