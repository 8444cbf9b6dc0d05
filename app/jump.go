package app

import (
	"context"
	"image"
	"image/color"

	"golang.org/x/image/draw"

	"hilum/dicomio"
)

// OpenFinding opens one picture with the map of a class over it, as soon as both
// are there.
func (s *Session) OpenFinding(path, class string) {
	s.change(func() {
		s.watching.quiet = true // it is about the picture that comes
		s.state.Map.Class, s.state.Map.On = class, true
	})
	s.Open(path)
}

// Thumbnail decodes a picture as it opens in the window, at most edge pixels wide
// and high, on black.
func Thumbnail(ctx context.Context, path string, edge int) (image.Image, error) {
	im, err := dicomio.Decode(ctx, path)
	if err != nil {
		return nil, err
	}
	table := im.DisplayTable(Windows(im)[0], false)
	full := image.NewGray(image.Rect(0, 0, im.Width, im.Height))
	for i, v := range im.Gray() {
		full.Pix[i] = table.At(v)
	}
	out := image.NewRGBA(image.Rect(0, 0, edge, edge))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Black), image.Point{}, draw.Src)
	scale := float64(edge) / float64(max(im.Width, im.Height))
	w, h := max(1, int(float64(im.Width)*scale)), max(1, int(float64(im.Height)*scale))
	at := image.Rect(0, 0, w, h).Add(image.Pt((edge-w)/2, (edge-h)/2))
	draw.ApproxBiLinear.Scale(out, at, full, full.Bounds(), draw.Src, nil)
	return out, nil
}
