// Package golden holds pictures that tests draw against stored ones, in the folder
// testdata of the package under test; go test -update writes them anew. It imports
// only the standard library.
package golden

import (
	"flag"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"
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

// Differing is the share of pixels that differ much; 1 for different sizes.
func Differing(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 1
	}
	ra, rb := RGBA(a), RGBA(b)
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

// RGBA copies a picture into one whose pixels can be read directly.
func RGBA(src image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), src, src.Bounds().Min, draw.Src)
	return out
}

// Check compares a picture with testdata/name.png; go test -update writes it.
func Check(t *testing.T, name string, got image.Image) {
	t.Helper()
	path := filepath.Join(testdata, name+".png")
	if *update {
		if err := WritePNG(path, got); err != nil {
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
	if d := Differing(got, want); d > fewPixels {
		failed := filepath.Join(os.TempDir(), "hilum-"+filepath.Base(filepath.Dir(testdata))+"-"+name+".png")
		t.Errorf(
			"%s: %.2f%% of the pixels differ (%v, golden %v); see %s %v", name, 100*d, got.Bounds().Size(),
			want.Bounds().Size(),
			failed, WritePNG(failed, got),
		)
	}
}

// WritePNG writes a picture, and its folder where that is missing.
func WritePNG(path string, img image.Image) error {
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
