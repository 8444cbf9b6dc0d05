package viewer

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"hilum/internal/raster"
	"hilum/ui/kit"
)

// magnifier is a magnifier glass that follows the cursor: a square of the film at
// lensPower times its size on the screen, with the same window and map.
type magnifier struct {
	box      *fyne.Container
	image    *canvas.Raster
	frame    *canvas.Rectangle
	renderer raster.Renderer
	draw     func(w, h int) image.Image
}

// lensSide is the glass's side in units; lensPower is how much it magnifies.
const (
	magnifierSide = 240
	magnification = 2.5
)

func newMagnifier() *magnifier {
	l := &magnifier{frame: canvas.NewRectangle(kit.ColourPicture)}
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

// showMagnifier moves the glass to the cursor, or hides it.
func (v *Viewer) showMagnifier() {
	l := v.magnifier
	if !v.st.Lens || !v.mouse.hovering || !v.mouse.onImage {
		if l.box.Visible() {
			l.box.Hide()
		}
		return
	}
	l.draw = v.magnified
	at := v.mouse.at
	kit.Put(l.image, at.X-magnifierSide/2, at.Y-magnifierSide/2, magnifierSide, magnifierSide)
	kit.Put(l.frame, at.X-magnifierSide/2, at.Y-magnifierSide/2, magnifierSide, magnifierSide)
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
	f.Place = raster.Placement{CX: cx, CY: cy, Zoom: math.Min(f.Place.Zoom*magnification, raster.MaxZoom)}
	return v.magnifier.renderer.Render(f)
}
