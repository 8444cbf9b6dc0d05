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
// magnification times its size on the screen, with the same window and map.
type magnifier struct {
	*look
	of       *imageLayer
	box      *fyne.Container
	image    *canvas.Raster
	frame    *canvas.Rectangle
	renderer raster.Renderer
}

// magnifierSide is the glass's side in units; magnification is how much it magnifies.
const (
	magnifierSide = 240
	magnification = 2.5
)

func newMagnifier(of *imageLayer) *magnifier {
	l := &magnifier{look: of.look, of: of, frame: canvas.NewRectangle(kit.ColourPicture)}
	l.frame.FillColor = nil
	l.frame.StrokeColor, l.frame.StrokeWidth = theme.Color(theme.ColorNamePlaceHolder), 1
	l.image = canvas.NewRaster(l.draw)
	l.image.ScaleMode = canvas.ImageScalePixels
	l.box = kit.ByHand(l.image, l.frame)
	l.box.Hide()
	return l
}

// show moves the glass to the cursor, or hides it.
func (l *magnifier) show() {
	if !l.st.Lens || !l.cursor.hovering || !l.cursor.onImage {
		if l.box.Visible() {
			l.box.Hide()
		}
		return
	}
	at := l.cursor.at
	kit.Put(l.image, at.X-magnifierSide/2, at.Y-magnifierSide/2, magnifierSide, magnifierSide)
	kit.Put(l.frame, at.X-magnifierSide/2, at.Y-magnifierSide/2, magnifierSide, magnifierSide)
	l.box.Show()
	l.image.Refresh()
}

// draw draws what is under the glass.
func (l *magnifier) draw(w, h int) image.Image {
	f := l.of.frame()
	if l.scene.picture != nil {
		l.of.updateTable(l.scene.picture)
	}
	x, y := l.viewPoint(l.cursor.at)
	cx, cy := f.Place.ToImage(l.w, l.h, x, y)
	f.W, f.H = w, h
	f.Place = raster.Placement{CX: cx, CY: cy, Zoom: math.Min(f.Place.Zoom*magnification, raster.MaxZoom)}
	return l.renderer.Render(f)
}
