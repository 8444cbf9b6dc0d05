package dicomio

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"testing"
)

// noisyGrey is a picture that makes the encoder use every filter: smooth, noisy,
// striped and flat parts.
func noisyGrey(seed uint64, w, h int) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 3))
	im := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 0
			switch (y / 7) % 5 {
			case 0:
				v = x + y
			case 1:
				v = r.IntN(256)
			case 2:
				v = x * 3
			case 3:
				v = y*5 + x*x/9
			}
			im.SetGray(x, y, color.Gray{Y: uint8(v)})
		}
	}
	return im
}

func widened(pix []uint8) []int32 {
	out := make([]int32, len(pix))
	widen(pix, out)
	return out
}

func encoded(t testing.TB, im image.Image, level png.CompressionLevel) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: level}).Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The oracle is image/png.
func TestGreyPNGEqualsTheStandardDecoder(t *testing.T) {
	for seed := range uint64(30) {
		w, h := 1+int(seed*7)%90, 1+int(seed*13)%70
		want := noisyGrey(seed, w, h)
		for _, level := range []png.CompressionLevel{png.DefaultCompression, png.NoCompression, png.BestSpeed} {
			got, ok := greyPNG(context.Background(), bytes.NewReader(encoded(t, want, level)), layout{w, h, 1})
			if !ok {
				t.Fatalf("%d x %d at level %v was left to image/png", w, h, level)
			}
			if !slices.Equal(got, widened(want.Pix)) {
				t.Fatalf("%d x %d at level %v differs", w, h, level)
			}
		}
	}
}

func TestGreyPNGLeavesTheRest(t *testing.T) {
	grey := encoded(t, noisyGrey(1, 20, 20), png.DefaultCompression)
	flipped := slices.Clone(grey)
	flipped[len(flipped)-30] ^= 1
	for name, data := range map[string][]byte{
		"16 bits": encoded(t, image.NewGray16(image.Rect(0, 0, 20, 20)), png.DefaultCompression),
		"colour":  encoded(t, image.NewNRGBA(image.Rect(0, 0, 20, 20)), png.DefaultCompression),
		"cut":     grey[:len(grey)-20], "a bit flipped": flipped, "empty": nil, "signature": grey[:8],
	} {
		if _, ok := greyPNG(context.Background(), bytes.NewReader(data), layout{20, 20, 1}); ok {
			t.Errorf("%s: taken", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, ok := greyPNG(ctx, bytes.NewReader(grey), layout{20, 20, 1}); ok {
		t.Error("a cancelled context was not noticed")
	}
	if _, ok := greyPNG(context.Background(), bytes.NewReader(grey), layout{20, 19, 1}); ok {
		t.Error("more pixels than the size allows were taken")
	}
}

func FuzzGreyPNG(f *testing.F) {
	f.Add(encoded(f, noisyGrey(2, 9, 9), png.DefaultCompression))
	f.Add(encoded(f, noisyGrey(3, 1, 30), png.NoCompression))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || cfg.Width*cfg.Height > 1<<16 {
			return
		}
		got, ok := greyPNG(context.Background(), bytes.NewReader(data), layout{cfg.Width, cfg.Height, 1})
		if !ok {
			return
		}
		want, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("taken, and image/png says %v", err)
		}
		if g, isGrey := want.(*image.Gray); !isGrey || !slices.Equal(got, widened(g.Pix)) {
			t.Fatal("differs from image/png")
		}
	})
}
