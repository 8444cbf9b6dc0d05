// Package preview makes small pictures for people, where no exactness is claimed:
// thumbnails and the pictures of pages. It has no core type; [Thumbnail] is what it is
// for. Pictures come decoded by dicomio, and what feeds a network is never made here.
// It imports dicomio and disintegration/imaging, of which it uses no decoder.
package preview

import (
	"image"
	"image/color"
	"image/draw"

	"hilum/dicomio"

	"github.com/disintegration/imaging"
)

// Thumbnail is a picture in a window, as large as it fits into a black square of so
// many pixels.
func Thumbnail(im *dicomio.Image, w dicomio.Window, edge int) image.Image {
	full := Grey(im, w)
	scale := float64(edge) / float64(max(im.Width, im.Height))
	width, height := max(1, int(float64(im.Width)*scale)), max(1, int(float64(im.Height)*scale))
	small := imaging.Resize(full, width, height, imaging.Linear)
	return imaging.PasteCenter(imaging.New(edge, edge, color.Black), small)
}

// Grey is a picture in a window, at its own size.
func Grey(im *dicomio.Image, w dicomio.Window) *image.Gray {
	table := im.DisplayTable(w, false)
	full := image.NewGray(image.Rect(0, 0, im.Width, im.Height))
	for i, v := range im.Gray() {
		full.Pix[i] = table.At(v)
	}
	return full
}

// Resized is an opaque picture at another size in pixels, ready to be drawn on.
func Resized(src image.Image, width, height int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(out, out.Rect, imaging.Resize(src, width, height, imaging.Linear), image.Point{}, draw.Src)
	return out
}
