package kit

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// TestStillLooksLikeItsObjects draws words and shapes as a still and as objects of
// the window: at whole pixels no pixel differs by more than rounding.
func TestStillLooksLikeItsObjects(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(Theme{})
	parts := func() []fyne.CanvasObject {
		back, text, d := canvas.NewRectangle(reading().Raised), canvas.NewText(
			"Effusion .92 / .37", reading().Text,
		), NewDrawing()
		Put(back, 2, 1, 90, 20)
		back.CornerRadius = 4
		Put(text, 5, 2, 100, 18)
		Put(d.Raster, 100, 4, 30, 10)
		d.Set([]Shape{{W: 30, H: 10, Radius: 3, Fill: NRGBA(reading().Positive)}})
		return []fyne.CanvasObject{back, text, d.Raster}
	}
	for _, scale := range []float32{1, 2, 1.25} {
		drawn := func(o fyne.CanvasObject) image.Image {
			w := test.NewTempWindow(t, container.NewWithoutLayout(o))
			w.SetPadded(false)
			w.Canvas().(interface{ SetScale(float32) }).SetScale(scale)
			w.Resize(fyne.NewSize(144, 32))
			return w.Canvas().Capture()
		}
		still := NewCachedRaster(parts()...)
		still.Resize(fyne.NewSize(144, 32))
		got, want := drawn(still.Raster), drawn(container.NewWithoutLayout(parts()...))
		if got.Bounds() != want.Bounds() {
			t.Fatalf("scale %v: %v, want %v", scale, got.Bounds(), want.Bounds())
		}
		worst, seen := 0, 0
		for y := range got.Bounds().Dy() {
			for x := range got.Bounds().Dx() {
				a, _, _, _ := got.At(x, y).RGBA()
				b, _, _, _ := want.At(x, y).RGBA()
				worst = max(worst, int(a>>8)-int(b>>8), int(b>>8)-int(a>>8))
				if a>>8 > 100 {
					seen++
				}
			}
		}
		if worst > 2 || seen < 100 {
			t.Errorf("scale %v: a pixel differs by %d; %d are bright", scale, worst, seen)
		}
	}
}

// TestStillFollowsItsWidget: a stilled button shows its new word and theme, and
// keeps the rectangle of the toolkit's answer to a tap in the window.
func TestStillFollowsItsWidget(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(Theme{})
	b := NewButton(environment(), "Fit", nil, nil)
	w := test.NewTempWindow(t, b)
	before := w.Canvas().Capture()
	b.SetText("Full")
	if same(before, w.Canvas().Capture()) {
		t.Error("another word looks the same")
	}
	before = w.Canvas().Capture()
	b.Mark(true)
	if same(before, w.Canvas().Capture()) {
		t.Error("a marked button looks the same")
	}
	if o := test.WidgetRenderer(b).Objects(); len(o) != 3 {
		t.Errorf("%d objects: want the still, what it holds, and the flash", len(o))
	}
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
