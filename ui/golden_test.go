package ui

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"hilum/ui/kit"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// testdata is the folder of the golden pictures, wherever a test changes to.
var testdata, _ = filepath.Abs("testdata")

// Two pictures are the same when few pixels differ much: glyphs are rasterised
// with slightly different edges on different machines, but a moved, missing or
// recoloured thing changes more.
const (
	muchDifferent = 48    // of 255 in any channel
	fewPixels     = 0.002 // of all
)

// differing is the share of pixels that differ much; 1 for different sizes.
func differing(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 1
	}
	ra, rb := rgba(a), rgba(b)
	n := 0
	for i := 0; i < len(ra.Pix); i += 4 {
		for k := range 3 {
			if d := int(ra.Pix[i+k]) - int(rb.Pix[i+k]); d > muchDifferent || d < -muchDifferent {
				n++
				break
			}
		}
	}
	return float64(n) / float64(len(ra.Pix)/4)
}

func rgba(src image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), src, src.Bounds().Min, draw.Src)
	return out
}

// golden compares a picture with testdata/name.png; go test -update writes it.
func golden(t *testing.T, name string, got image.Image) {
	t.Helper()
	path := filepath.Join(testdata, name+".png")
	if *update {
		if err := writePNG(path, got); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatalf("%v; go test -update makes it", err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if d := differing(got, want); d > fewPixels {
		failed := filepath.Join(os.TempDir(), "hilum-"+name+".png")
		t.Errorf("%s: %.2f%% of the pixels differ (%v, golden %v); see %s %v", name, 100*d, got.Bounds().Size(), want.Bounds().Size(), failed, writePNG(failed, got))
	}
}

func writePNG(path string, img image.Image) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		_ = f.Close() // the first error counts
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Close()
}

// picture draws one object alone at a size.
func picture(t testing.TB, o fyne.CanvasObject, w, h float32) image.Image {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.Theme{})
	win := test.NewTempWindow(t, container.NewStack(o))
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	o.Refresh()
	return win.Canvas().Capture()
}

// TestGoldenComparisonSeesChanges: an icon's worth of pixels is too much, the
// edge of a glyph is not.
func TestGoldenComparisonSeesChanges(t *testing.T) {
	a := image.NewRGBA(image.Rect(0, 0, 200, 100))
	b := image.NewRGBA(a.Bounds())
	for i := range 20 {
		b.Set(50+i, 50, color.Gray{40})
	}
	if d := differing(a, b); d > fewPixels {
		t.Errorf("a faint line counts as %v", d)
	}
	for i := range 64 {
		b.Set(100+i%8, 50+i/8, color.White)
	}
	if d := differing(a, b); d <= fewPixels {
		t.Errorf("a white square of 8x8 counts as %v", d)
	}
	if d := differing(a, image.NewRGBA(image.Rect(0, 0, 100, 200))); d != 1 {
		t.Errorf("another size counts as %v", d)
	}
}
