package kit

import (
	"image"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
)

// CachedRaster shows objects as one raster that is drawn again only when they change.
// Every object of a window is drawn again in every frame, and a software renderer
// pays for each word and each rounded corner about what 50 x 100 pixels of a
// raster cost; between two frames of a drag nearly all of a window stays as it
// is. The objects are painted by the toolkit's own painter, so they look the same.
type CachedRaster struct {
	*canvas.Raster
	objects *fyne.Container
	canvas  software.WindowlessCanvas
}

// NewCachedRaster makes a still of objects, whose positions are within it. It is not in
// the window's tree: what changes them calls Refresh of the still.
func NewCachedRaster(objects ...fyne.CanvasObject) *CachedRaster {
	s := &CachedRaster{objects: ByHand(objects...), canvas: software.NewTransparentCanvas()}
	s.Raster = canvas.NewRaster(s.draw)
	s.ScaleMode = canvas.ImageScalePixels // it is drawn at device resolution
	s.canvas.SetPadded(false)
	return s
}

// Set takes other objects.
func (s *CachedRaster) Set(objects []fyne.CanvasObject) {
	s.objects.Objects = objects
	s.Refresh()
}

// Drawn are the objects that the still shows, for those who read a window and do
// not look at it.
func (s *CachedRaster) Drawn() []fyne.CanvasObject { return s.objects.Objects }

// Put moves the still and gives it at least a size. It ends on whole pixels of
// the window that owner is in: otherwise a raster that begins between two pixels
// may be shown a pixel narrower than it was drawn, which cuts a column out of a
// word.
func (s *CachedRaster) Put(owner fyne.CanvasObject, pos fyne.Position, size fyne.Size) {
	k := float64(Scale(owner))
	whole := func(v float32) float32 { return float32(math.Ceil(float64(v)*k) / k) }
	s.Move(pos)
	s.Resize(fyne.NewSize(whole(size.Width), whole(size.Height)))
}

func (s *CachedRaster) draw(w, h int) image.Image {
	size := s.Size()
	if w <= 0 || h <= 0 || size.Width <= 0 {
		return image.NewRGBA(image.Rect(0, 0, max(w, 0), max(h, 0)))
	}
	s.canvas.SetScale(float32(w) / size.Width)
	s.canvas.Resize(size)
	s.canvas.SetContent(s.objects)
	return s.canvas.Capture()
}

// ByHand is a container whose objects are placed by hand. It asks for no room: otherwise a
// word of another width would lay out everything around it again, after the frame that shows
// it, and every such event of the mouse would cost two.
func ByHand(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(placed{}, objects...)
}

// placed is the layout of ByHand.
type placed struct{}

// MinSize implements fyne.Layout.
func (placed) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout implements fyne.Layout.
func (placed) Layout([]fyne.CanvasObject, fyne.Size) {}

// Scale is the number of device pixels in a unit where an object is shown, 1
// where it is not.
func Scale(o fyne.CanvasObject) float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.Scale() > 0 {
		return c.Scale()
	}
	return 1
}

// stillRenderer draws a widget as a still of what its own renderer draws.
type stillRenderer struct {
	fyne.WidgetRenderer
	widget fyne.Widget
	still  *CachedRaster
	live   []fyne.CanvasObject // stays in the window
	hidden *fyne.Container     // holds what the still draws: a change of the theme reaches it here
}

// Cached makes the renderer of a widget draw it as one raster; what is live
// stays an object of the window, over the raster.
func Cached(w fyne.Widget, r fyne.WidgetRenderer, live ...fyne.CanvasObject) fyne.WidgetRenderer {
	s := &stillRenderer{WidgetRenderer: r, widget: w, still: NewCachedRaster(), live: live}
	s.hidden = container.NewWithoutLayout(s.still.objects)
	s.hidden.Hide()
	s.draw()
	return s
}

// draw takes what the inner renderer draws now.
func (r *stillRenderer) draw() {
	var drawn []fyne.CanvasObject
	for _, o := range r.WidgetRenderer.Objects() {
		if !slices.Contains(r.live, o) {
			drawn = append(drawn, o)
		}
	}
	r.still.Set(drawn)
}

// Objects implements fyne.WidgetRenderer.
func (r *stillRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.still.Raster, r.hidden}, r.live...)
}

// Drawn are the objects of the inner renderer, see [Still.Drawn].
func (r *stillRenderer) Drawn() []fyne.CanvasObject { return r.WidgetRenderer.Objects() }

// Layout implements fyne.WidgetRenderer.
func (r *stillRenderer) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	r.still.Put(r.widget, fyne.Position{}, s)
	r.draw()
}

// Refresh implements fyne.WidgetRenderer.
func (r *stillRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.draw()
}
