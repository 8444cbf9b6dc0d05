package phantom

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"testing"

	"hilum/internal/phantom/greypng"
)

// The files are those of image/png, byte for byte: of a film, and of pictures
// that call for every filter and fill no whole number of words.
func TestGreyPNG(t *testing.T) {
	f := mustGenerate(t, Options{Seed: 3, Size: 150, Height: 90})
	checkPNG(t, "film", f.Grey8(), f.Width)
	r := rand.New(rand.NewPCG(1, 2))
	rough := make([]uint8, 333*300) // fills several chunks
	for i := range rough {
		rough[i] = uint8(r.Uint32())
	}
	checkPNG(t, "noise", rough, 333)
	for width := 1; width < 70; width++ {
		draw := map[string]func(x, y int) uint8{
			"black":   func(int, int) uint8 { return 0 },
			"noise":   func(int, int) uint8 { return uint8(r.Uint32()) },
			"sparks":  func(int, int) uint8 { return uint8(r.Uint32()&r.Uint32()&r.Uint32()) & 0x80 },
			"across":  func(x, y int) uint8 { return uint8(37*x + y*y) },
			"down":    func(x, y int) uint8 { return uint8(x*x + 37*y) },
			"slanted": func(x, y int) uint8 { return uint8(3*x+5*y) + uint8(r.IntN(4)) },
		}
		for name, at := range draw {
			pix := make([]uint8, width*40)
			for i := range pix {
				pix[i] = at(i%width, i/width)
			}
			checkPNG(t, name, pix, width)
		}
	}
}

func checkPNG(t *testing.T, name string, pix []uint8, width int) {
	t.Helper()
	got, err := greypng.Encode(pix, width)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&want, &image.Gray{Pix: pix, Stride: width,
		Rect: image.Rect(0, 0, width, len(pix)/width)}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s, %d across: %d bytes differ from the %d of image/png", name, width, len(got), want.Len())
	}
}
