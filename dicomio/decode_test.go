package dicomio

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"
)

// fill sets every pixel of a 5x4 picture by f. Oracle of the PNG tests: the
// values that were set.
func fill(dst interface {
	image.Image
	Set(x, y int, c color.Color)
}, f func(i int) color.Color) image.Image {
	for i := range 20 {
		dst.Set(i%5, i/5, f(i))
	}
	return dst
}

func TestPNGKeepsStoredValues(t *testing.T) {
	r := image.Rect(0, 0, 5, 4)
	palette := color.Palette{color.NRGBA{10, 20, 30, 255}, color.NRGBA{40, 50, 60, 128}}
	tests := []struct {
		name    string
		src     image.Image
		samples int
		bits    int
		at      func(i int) []int32
	}{
		{"grey 8", fill(image.NewGray(r), func(i int) color.Color { return color.Gray{uint8(i * 12)} }), 1, 8,
			func(i int) []int32 { return []int32{int32(i * 12)} }},
		{"grey 16", fill(image.NewGray16(r), func(i int) color.Color { return color.Gray16{uint16(i * 3000)} }), 1, 16,
			func(i int) []int32 { return []int32{int32(i * 3000)} }},
		{"RGB", fill(image.NewRGBA(r), func(i int) color.Color { return color.RGBA{uint8(i), 7, 200, 255} }), 3, 8,
			func(i int) []int32 { return []int32{int32(i), 7, 200} }},
		{"alpha is left out", fill(image.NewNRGBA(r),
			func(i int) color.Color { return color.NRGBA{uint8(i), 7, 200, uint8(i)} }), 3, 8,
			func(i int) []int32 { return []int32{int32(i), 7, 200} }},
		{"grey as RGBA", fill(image.NewNRGBA(r),
			func(i int) color.Color { return color.NRGBA{uint8(i), uint8(i), uint8(i), 3} }), 1, 8,
			func(i int) []int32 { return []int32{int32(i)} }},
		{"RGB 16", fill(image.NewNRGBA64(r), func(i int) color.Color {
			return color.NRGBA64{uint16(i * 999), 7, 60000,
				5}
		}), 3, 16,
			func(i int) []int32 { return []int32{int32(i * 999), 7, 60000} }},
		{"palette", fill(image.NewPaletted(r, palette), func(i int) color.Color { return palette[i%2] }), 3, 8,
			func(i int) []int32 { return [][]int32{{10, 20, 30}, {40, 50, 60}}[i%2] }},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			im := dicomtest.Decoded(t, DecodeBytes, dicomtest.PNG(t, c.src))
			if im.Format != PNG || im.Width != 5 || im.Height != 4 || im.Samples != c.samples ||
				im.BitsStored != c.bits {
				t.Fatalf("got %s %dx%d, %d samples, %d bits", im.Format, im.Width, im.Height, im.Samples, im.BitsStored)
			}
			for i := range 20 {
				for k, want := range c.at(i) {
					if got := im.Stored[i*c.samples+k]; got != want {
						t.Fatalf("pixel %d channel %d is %d, want %d", i, k, got, want)
					}
				}
			}
		})
	}
}

// Oracle: JPEG at quality 100 keeps a flat field within 1 grey level.
func TestJPEG(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 19, 11))
	for i := range grey.Pix {
		grey.Pix[i] = 90
	}
	rgb := image.NewRGBA(image.Rect(0, 0, 19, 11))
	for i := 0; i < len(rgb.Pix); i += 4 {
		copy(rgb.Pix[i:], []byte{200, 60, 90, 255})
	}
	for _, c := range []struct {
		name string
		src  image.Image
		want []int32
	}{{"grey", grey, []int32{90}}, {"colour", rgb, []int32{200, 60, 90}}} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, c.src, &jpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		im := dicomtest.Decoded(t, DecodeBytes, b.Bytes())
		if im.Samples != len(c.want) || len(im.Stored) != 19*11*len(c.want) {
			t.Fatalf("%s: %d samples, %d values", c.name, im.Samples, len(im.Stored))
		}
		for i, v := range im.Stored {
			if d := v - c.want[i%len(c.want)]; d < -2 || d > 2 {
				t.Fatalf("%s: value %d is %d, want %d within 2", c.name, i, v, c.want[i%len(c.want)])
			}
		}
	}
}

func TestBadFilesAreExplained(t *testing.T) {
	good := dicomtest.PNG(t, image.NewGray(image.Rect(0, 0, 50, 50)))
	huge := bytes.Clone(good)
	copy(huge[16:], []byte{0, 0, 0x7F, 0xFF, 0, 0, 0x7F, 0xFF})
	noise := make([]byte, 4000)
	for i := range noise {
		noise[i] = byte(i*i>>3 ^ i)
	}
	for _, c := range []struct {
		name, want string
		data       []byte
		supported  bool
	}{
		{"empty.png", "the file is empty", nil, true},
		{"noise.png", "neither PNG nor JPEG nor DICOM", noise, true},
		{"cut.png", "ends too early", good[:len(good)-20], true},
		{"head.png", "ends too early", good[:12], true},
		{"huge.png", "", huge, true},
		{"scan.tif", "TIFF", []byte("II*\x00 and more"), false},
		{"cut.jpg", "ends too early", []byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 16}, true},
	} {
		_, err := DecodeBytes(context.Background(), "/some/where/"+c.name, c.data)
		var fe *fileio.FormatError
		var ue *fileio.UnsupportedError
		if err == nil || errors.As(err, &fe) != c.supported || errors.As(err, &ue) == c.supported {
			t.Errorf("%s: error is %T %v", c.name, err, err)
			continue
		}
		if s := err.Error(); !strings.Contains(s, c.want) || !strings.Contains(s, c.name) || strings.Contains(s, "\n") {
			t.Errorf("%s: the message is %q", c.name, s)
		}
	}
}

func TestDecodeHonoursContextAndNames(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "really_a_png.dcm")
	if err := os.WriteFile(path, dicomtest.PNG(t, image.NewGray(image.Rect(0, 0, 3, 3))), 0o600); err != nil {
		t.Fatal(err)
	}
	if im, err := Decode(context.Background(), path); err != nil || im.Format != PNG || im.Path != path {
		t.Errorf("by content: %v, %v", im, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Decode(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Decode(context.Background(), filepath.Join(dir, "none.png")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	var fe *fileio.FormatError
	if _, err := Decode(context.Background(), dir); !errors.As(err, &fe) {
		t.Errorf("folder: %v", err)
	}
}

// Oracle: the formulas and examples of PS3.3 C.11.2.1.2 and C.11.2.1.3.
func TestWindowFunctions(t *testing.T) {
	lut := &LUT{First: 100, Bits: 8, Data: []uint16{0, 51, 255}}
	for _, c := range []struct {
		w    Window
		x, y float64
	}{
		{Window{Center: 2048, Width: 4096, Function: Linear}, 0, 0},
		{Window{Center: 2048, Width: 4096, Function: Linear}, 4095, 1},
		{Window{Center: 2048, Width: 4096, Function: Linear}, 2048, (2048-2047.5)/4095 + 0.5},
		{Window{Center: 2048, Width: 1, Function: Linear}, 2047, 0},
		{Window{Center: 2048, Width: 1, Function: Linear}, 2048, 1},
		{Window{Center: 0, Width: 100, Function: LinearExact}, -50, 0},
		{Window{Center: 0, Width: 100, Function: LinearExact}, 25, 0.75},
		{Window{Center: 10, Width: 40, Function: Sigmoid}, 10, 0.5},
		{Window{Center: 10, Width: 40, Function: Sigmoid}, 50, 1 / (1 + math.Exp(-4))},
		{Window{LUT: lut}, 0, 0}, {Window{LUT: lut}, 101, 0.2}, {Window{LUT: lut}, 5000, 1},
	} {
		if got := c.w.Apply(c.x); math.Abs(got-c.y) > 1e-12 {
			t.Errorf("%v at %v gives %v, want %v", c.w, c.x, got, c.y)
		}
	}
}

func TestDisplayTableAppliesPolarityOnce(t *testing.T) {
	im := &Image{Samples: 1, Width: 3, Height: 1, BitsStored: 8, Stored: []int32{0, 100, 255},
		Modality: Modality{Slope: 1}}
	if got := im.Display8(im.DefaultWindow(), false); !bytes.Equal(got, []byte{0, 100, 255}) {
		t.Errorf("plain picture shows %v", got)
	}
	im.Inverted = true
	if got := im.Display8(im.DefaultWindow(), false); !bytes.Equal(got, []byte{255, 155, 0}) {
		t.Errorf("MONOCHROME1 shows %v", got)
	}
	if got := im.Display8(im.DefaultWindow(), true); !bytes.Equal(got, []byte{0, 100, 255}) {
		t.Errorf("MONOCHROME1 inverted by the reader shows %v", got)
	}
}

func TestDefaultWindowLeavesPaddingOut(t *testing.T) {
	im := &Image{Samples: 1, Width: 100, Height: 10, BitsStored: 12, Modality: Modality{Slope: 2, Intercept: -10}}
	for i := range 1000 {
		im.Stored = append(im.Stored, int32(1000+i)) // 1000..1999
	}
	for i := range 300 {
		im.Stored[i*3] = 4095
	}
	im.Padding = &Padding{Lo: 4095, Hi: 4095}
	w := im.DefaultWindow()
	lo, hi := w.Center-w.Width/2, w.Center+w.Width/2
	if lo < 2*1000-10 || lo > 2*1020-10 || hi > 2*1999-10 || hi < 2*1980-10 {
		t.Errorf("window spans %v to %v", lo, hi)
	}
}
