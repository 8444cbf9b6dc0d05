package viewer

import (
	"image"

	"fyne.io/fyne/v2/canvas"

	"hilum/app/classmap"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/raster"
	"hilum/ui/kit"
)

// imageLayer draws the film and its maps as one raster at device resolution, no larger
// than what the film covers.
type imageLayer struct {
	*look
	image      *canvas.Raster
	renderer   raster.Renderer
	coarse     raster.Renderer // of halved frames
	table      raster.Table
	tableStale bool
	draw       drawable
	part       image.Rectangle      // of the viewport that image draws
	painted    func()               // after each frame; nil for nobody
	rescaled   func(pixels float64) // told that the painter's scale is another
	timing     *Timing
}

// drawable is what is made of a scene for the renderer, kept while it lasts.
type drawable struct {
	of      drawKey
	heat    *raster.Heat
	over    *raster.Overlays
	colours *raster.ColourMap
}

// drawKey is what a drawable depends on.
type drawKey struct {
	maps   *inference.Heatmap
	n      int
	m      classmap.Map
	orient raster.Orientation
}

func newImageLayer(l *look, rescaled func(pixels float64)) *imageLayer {
	i := &imageLayer{look: l, timing: &Timing{}, rescaled: rescaled}
	i.image = canvas.NewRaster(i.paint)
	i.image.ScaleMode = canvas.ImageScalePixels // it is drawn at device resolution
	i.image.Hide()
	return i
}

// show draws what differs from the scene before.
func (l *imageLayer) show(old scene) {
	now := &l.scene
	if now.picture != old.picture || now.view.Window != old.view.Window || now.view.Invert != old.view.Invert {
		l.tableStale = true
	}
	drawn := l.updateDrawable()
	moved := l.place()
	if l.tableStale || moved || drawn || now.view.Place != old.view.Place || now.view.Orient != old.view.Orient ||
		now.view.Filter != old.view.Filter || now.m != old.m {
		l.image.Refresh()
	}
}

// updateDrawable makes the drawable maps when what they depend on changed, and
// tells whether it did.
func (l *imageLayer) updateDrawable() bool {
	key := drawKey{n: len(l.scene.maps), m: l.scene.m, orient: l.scene.view.Orient}
	key.m.Opacity, key.m.On, key.m.Peek = 0, false, false // these are not part of it
	if key.n > 0 {
		key.maps = &l.scene.maps[0]
	}
	if key == l.draw.of && l.draw.colours != nil {
		return false
	}
	m := l.scene.m
	c := m.ColourMap()
	l.draw = drawable{of: key, colours: &c}
	if m.Layered() {
		l.draw.over = classmap.Overlays(l.scene.maps, m)
		if l.draw.over != nil {
			for i := range l.draw.over.Layers {
				layer := &l.draw.over.Layers[i]
				layer.Heat = layer.Heat.Oriented(key.orient)
			}
		}
		return true
	}
	l.draw.heat = classmap.HeatOf(l.scene.maps, m, m.Class).Oriented(key.orient)
	return true
}

// frame is what the renderer is to draw.
func (l *imageLayer) frame() raster.Frame {
	f := raster.Frame{W: l.w, H: l.h, Place: l.scene.view.Place, Filter: l.scene.view.Filter, Table: &l.table}
	if p := l.scene.picture; p != nil {
		f.Pyramid = p.Seen(l.scene.view.Orient)
	}
	if l.mapDrawn() {
		f.Heat, f.Over, f.Colours = l.draw.heat, l.draw.over, l.draw.colours
		f.Opacity, f.Floor = l.scene.m.Opacity, l.scene.m.Floor
	}
	return f
}

// place puts the raster over the part of the widget that the film covers;
// true when it went elsewhere. What lies beside it is the window's own
// background: a black rectangle there would cost a software renderer as much as
// the film.
func (l *imageLayer) place() bool {
	part := l.frame().Covered().Intersect(l.visible())
	if part == l.part && l.image.Hidden == part.Empty() {
		return false
	}
	l.part = part
	l.image.Hidden = part.Empty()
	k := float32(l.pixels)
	kit.Put(l.image, float32(part.Min.X-l.shift)/k, float32(part.Min.Y)/k, float32(part.Dx())/k, float32(part.Dy())/k)
	return true
}

// paint is called by Fyne's painter with the size in device pixels.
func (l *imageLayer) paint(w, h int) image.Image {
	if width := l.image.Size().Width; width > 0 && w != l.part.Dx() {
		// The painter's scale is not what the canvas said: measure again.
		l.rescaled(float64(w) / float64(width))
	}
	if p := l.scene.picture; p != nil {
		l.updateTable(p)
	}
	f := l.frame()
	f.Part = l.part
	r := &l.renderer
	if l.timing.adaptive.coarse {
		l.timing.adaptive.drawn, r, f = true, &l.coarse, f.Halved()
	}
	out := r.Render(f)
	if l.painted != nil {
		l.painted()
	}
	return out
}

// mapDrawn tells whether frames have a map in them now.
func (l *imageLayer) mapDrawn() bool {
	return l.scene.m.Shown() && (l.draw.heat != nil || l.draw.over != nil)
}

// updateTable runs the display pipeline once a frame, not once a mouse event.
func (l *imageLayer) updateTable(p *radiograph.Picture) {
	if !l.tableStale {
		return
	}
	l.tableStale = false
	t := p.Image.DisplayTable(l.scene.view.Window, l.scene.view.Invert)
	l.table.Set(t.Gray)
}
