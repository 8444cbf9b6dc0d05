package viewer

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/apptest"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/ui/uitest"
)

// BenchmarkDrag is what one mouse event of a window drag costs before the frame
// is drawn, and with the frame's raster at 1600x1000 from 2500x3000 with a map.
func BenchmarkDrag(b *testing.B) {
	im := decoded(b, uitest.Image(2500, 3000))
	h := newHarness(b, app.Config{
		OpenEngine: func() (inference.Engine, error) { return uitest.Engine{}, nil }, LoadModel: uitest.Model,
		Sources: apptest.Sources(func(context.Context, string) (*dicomio.Image, error) { return im, nil }),
	})
	h.Start()
	h.open("first.dcm")
	h.Maps.ToggleMap("Mass")
	h.Run()
	v := h.viewer
	v.resized(fyne.NewSize(1600, 1000), 1)
	h.Viewport.OneToOne() // fills the viewport
	h.Run()
	uitest.Press(v, 0, 0, fyne.NewPos(100, 100))
	step := func(i int) { v.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(float32(i%2*2-1), 1)}) }
	b.Run("event", func(b *testing.B) {
		for i := range b.N {
			step(i)
		}
	})
	b.Run("frame", func(b *testing.B) {
		for i := range b.N {
			step(i)
			v.image.paint(v.image.part.Dx(), v.image.part.Dy())
		}
	})
}

// decoded takes a picture through a 16-bit file, as a real one comes.
func decoded(b *testing.B, im *dicomio.Image) *dicomio.Image {
	b.Helper()
	gray := image.NewGray16(image.Rect(0, 0, im.Width, im.Height))
	for i, v := range im.Stored {
		gray.Pix[2*i], gray.Pix[2*i+1] = uint8(v>>4), uint8(v<<4)
	}
	var data bytes.Buffer
	if err := png.Encode(&data, gray); err != nil {
		b.Fatal(err)
	}
	out, err := dicomio.DecodeBytes(context.Background(), "film.png", data.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	return out
}
