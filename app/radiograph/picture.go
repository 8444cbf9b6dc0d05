// Package radiograph is a decoded picture as it is looked at: its pyramid, window,
// turning and place on the screen, whose it is, where its lungs lie. Its core types
// are [Picture] and [View]. It imports dicomio, inference, app/annotation,
// internal/raster and internal/phantom.
package radiograph

import (
	"context"
	"image"
	"sync"

	"hilum/app/annotation"
	"hilum/dicomio"
	"hilum/dicomio/preview"
	"hilum/internal/raster"
)

// Thumbnail decodes a picture as it opens in the window, at most edge pixels wide
// and high, on black.
func Thumbnail(ctx context.Context, path string, edge int) (image.Image, error) {
	im, err := dicomio.Decode(ctx, path)
	if err != nil {
		return nil, err
	}
	return preview.Thumbnail(im, Windows(im)[0], edge), nil
}

// ScaleOf is the scale that the file itself gives.
func ScaleOf(sp dicomio.Spacing) annotation.Scale {
	if !(sp.Row > 0 && sp.Column > 0) {
		return annotation.Scale{}
	}
	return annotation.Scale{Row: sp.Row, Column: sp.Column, Source: string(sp.Source)}
}

// Value implements annotation.Values.
func (p *Picture) Value(x, y int) float64 {
	im := p.Image
	if im.Samples == 3 { // the luma that is shown
		w, _ := p.Pyramid.Size()
		return float64(p.First) + float64(p.Pyramid.At(y*w+x))
	}
	return im.ModalityValue(im.Stored[y*im.Width+x])
}

// Size implements annotation.Values.
func (p *Picture) Size() (w, h int) { return p.Pyramid.Size() }

// Unit implements annotation.Values.
func (p *Picture) Unit() string {
	if u := p.Image.Modality.Units; u != "US" { // US is "unspecified"
		return u
	}
	return ""
}

// oriented keeps the last turned or mirrored pyramid of a picture.
type oriented struct {
	mu      sync.Mutex
	of      raster.Orientation
	pyramid *raster.Pyramid
}

// Seen is the picture's pyramid as it is seen in an orientation. The last one is
// kept; turning a large film takes some tens of milliseconds.
func (p *Picture) Seen(o raster.Orientation) *raster.Pyramid {
	if o == (raster.Orientation{}) {
		return p.Pyramid
	}
	t := &p.turned
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pyramid == nil || t.of != o {
		t.of, t.pyramid = o, p.Pyramid.Oriented(o)
	}
	return t.pyramid
}

// SeenSize is the picture's width and height as it is seen, in its own pixels.
func (p *Picture) SeenSize(o raster.Orientation) (w, h int) {
	return o.Size(p.Pyramid.Size())
}

// Picture is a decoded image with what drawing it needs.
type Picture struct {
	Image   *dicomio.Image
	Pyramid *raster.Pyramid // of stored value - First, luma for colour
	First   int32

	turned oriented
	lungs  lungs
}

// New makes a picture ready to be drawn.
func New(im *dicomio.Image) *Picture {
	lo, _ := im.ValueRange()
	gray := im.Gray()
	pix := make([]uint16, len(gray))
	for i, v := range gray {
		pix[i] = uint16(min(max(int64(v)-int64(lo), 0), 65535))
	}
	return &Picture{Image: im, First: lo, Pyramid: raster.NewPyramid(raster.Gray{W: im.Width, H: im.Height, Pix: pix})}
}
