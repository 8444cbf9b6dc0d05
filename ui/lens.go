package ui

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"hilum/internal/raster"
	"hilum/ui/kit"
)

// lens is a magnifier glass that follows the cursor: a square of the film at
// lensPower times its size on the screen, with the same window and map.
type lens struct {
	box      *fyne.Container
	image    *canvas.Raster
	frame    *canvas.Rectangle
	renderer raster.Renderer
	draw     func(w, h int) image.Image
}

// lensSide is the glass's side in units; lensPower is how much it magnifies.
const (
	lensSide  = 240
	lensPower = 2.5
)

func newLens() *lens {
	l := &lens{frame: canvas.NewRectangle(kit.ColourPicture)}
	l.frame.FillColor = nil
	l.frame.StrokeColor, l.frame.StrokeWidth = theme.Color(theme.ColorNamePlaceHolder), 1
	l.image = canvas.NewRaster(func(w, h int) image.Image {
		if l.draw == nil {
			return image.NewRGBA(image.Rect(0, 0, 1, 1))
		}
		return l.draw(w, h)
	})
	l.image.ScaleMode = canvas.ImageScalePixels
	l.box = byHand(l.image, l.frame)
	l.box.Hide()
	return l
}

// showLens moves the glass to the cursor, or hides it.
func (v *Viewer) showLens() {
	l := v.lens
	if !v.st.Lens || !v.mouse.hovering || !v.mouse.onFilm {
		if l.box.Visible() {
			l.box.Hide()
		}
		return
	}
	l.draw = v.magnified
	at := v.mouse.at
	kit.Put(l.image, at.X-lensSide/2, at.Y-lensSide/2, lensSide, lensSide)
	kit.Put(l.frame, at.X-lensSide/2, at.Y-lensSide/2, lensSide, lensSide)
	l.box.Show()
	l.image.Refresh()
}

// magnified draws what is under the glass.
func (v *Viewer) magnified(w, h int) image.Image {
	f := v.frame()
	if v.scene.picture != nil {
		v.updateTable(v.scene.picture)
	}
	x, y := v.viewPoint(v.mouse.at)
	cx, cy := f.Place.ToImage(v.w, v.h, x, y)
	f.W, f.H = w, h
	f.Place = raster.Placement{CX: cx, CY: cy, Zoom: math.Min(f.Place.Zoom*lensPower, raster.MaxZoom)}
	return v.lens.renderer.Render(f)
}
