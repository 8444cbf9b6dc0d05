package ui

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/inference"
	"hilum/ui/kit"
	"hilum/ui/raster"
)

// Looking is what a Viewer asks of the session: the state it draws and the
// changes that the mouse makes.
type Looking interface {
	State() app.State
	SetViewport(w, h int)
	DragWindow(dx, dy float64)
	Pan(dx, dy float64)
	ZoomAt(x, y, factor float64)
	FitView()
}

// Viewer shows the current picture with the chosen map over it: left drag
// window, middle or right drag pan, wheel zoom to the cursor, double click fit.
// It draws one raster at device resolution; patient, study, window, value under
// the cursor, sides, scale bar and the map's legend lie over it as text.
type Viewer struct {
	widget.BaseWidget
	session Looking
	keys    *kit.Keys
	// changed is called after the mouse changed the session, so that the rest
	// of the window follows in the same frame.
	changed func()
	painted func() // after each frame; nil for nobody
	clock   *frameClock

	image    *canvas.Raster
	over     *overlay
	renderer raster.Renderer
	table    raster.Table
	colours  *raster.ColourMap
	heat     *raster.Heat

	st         app.State
	tableStale bool
	heatOf     heatKey
	coloursOf  coloursKey
	w, h       int // of the last frame, device pixels
	mouse      mouse
}

// heatKey is what a map's drawable form depends on.
type heatKey struct {
	result         *inference.Result
	class          string
	perMap, signed bool
}

// coloursKey is what the colours depend on.
type coloursKey struct {
	name   string
	signed bool
}

var (
	_ fyne.Draggable      = (*Viewer)(nil)
	_ fyne.Scrollable     = (*Viewer)(nil)
	_ fyne.DoubleTappable = (*Viewer)(nil)
	_ fyne.Focusable      = (*Viewer)(nil)
	_ desktop.Mouseable   = (*Viewer)(nil)
	_ desktop.Hoverable   = (*Viewer)(nil)
	_ desktop.Cursorable  = (*Viewer)(nil)
	_ desktop.Keyable     = (*Viewer)(nil)
)

func newViewer(session Looking, k *kit.Keys, changed func()) *Viewer {
	v := &Viewer{session: session, keys: k, changed: changed, over: newOverlay(), clock: &frameClock{}}
	v.image = canvas.NewRaster(v.paint)
	v.image.ScaleMode = canvas.ImageScalePixels // it is drawn at device resolution
	v.ExtendBaseWidget(v)
	return v
}

// Present takes a state of the session and redraws what differs from the last
// one.
func (v *Viewer) Present(st app.State) {
	old := v.st
	v.st = st
	if st.Picture != old.Picture || st.View.Window != old.View.Window || st.View.Invert != old.View.Invert {
		v.tableStale = true
	}
	v.updateHeat()
	if v.tableStale || st.View.Place != old.View.Place || st.Map != old.Map || st.Result != old.Result {
		v.image.Refresh()
	}
	v.showText()
}

// updateHeat makes the drawable map when the chosen one changed.
func (v *Viewer) updateHeat() {
	m := v.st.Map
	if key := (coloursKey{m.Colours, m.Signed}); v.colours == nil || key != v.coloursOf {
		c := m.ColourMap()
		v.colours, v.coloursOf = &c, key
	}
	if key := (heatKey{v.st.Result, m.Class, m.PerMap, m.Signed}); key != v.heatOf {
		v.heat, v.heatOf = app.Heat(v.st.Result, m), key
	}
}

// paint is called by Fyne's painter with the size in device pixels.
func (v *Viewer) paint(w, h int) image.Image {
	if w != v.w || h != v.h {
		v.w, v.h = w, h
		v.session.SetViewport(w, h)
		v.Present(v.session.State())
	}
	f := raster.Frame{W: w, H: h, Place: v.st.View.Place, Table: &v.table}
	if p := v.st.Picture; p != nil {
		f.Pyramid = p.Pyramid
		v.updateTable(p)
	}
	if v.mapDrawn() {
		f.Heat, f.Colours, f.Opacity = v.heat, v.colours, v.st.Map.Opacity
	}
	out := v.renderer.Render(f)
	if v.painted != nil {
		v.painted()
	}
	return out
}

// mapDrawn tells whether frames have a map in them now.
func (v *Viewer) mapDrawn() bool { return v.st.Map.Shown() && v.heat != nil }

// updateTable runs the display pipeline once a frame, not once a mouse event.
func (v *Viewer) updateTable(p *app.Picture) {
	if !v.tableStale {
		return
	}
	v.tableStale = false
	t := p.Image.DisplayTable(v.st.View.Window, v.st.View.Invert)
	v.table.Set(t.Gray)
}

// scale is the number of device pixels in a unit of Fyne's.
func (v *Viewer) scale() float64 {
	if width := v.Size().Width; width > 0 && v.w > 0 {
		return float64(v.w) / float64(width)
	}
	return 1
}

// MinSize implements fyne.Widget.
func (v *Viewer) MinSize() fyne.Size { return fyne.NewSize(200, 200) }

// CreateRenderer implements fyne.Widget.
func (v *Viewer) CreateRenderer() fyne.WidgetRenderer {
	return &viewerRenderer{v: v, objects: append([]fyne.CanvasObject{v.image}, v.over.objects()...)}
}

type viewerRenderer struct {
	v       *Viewer
	objects []fyne.CanvasObject
}

func (r *viewerRenderer) Destroy()                     {}
func (r *viewerRenderer) MinSize() fyne.Size           { return r.v.MinSize() }
func (r *viewerRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *viewerRenderer) Refresh()                     { r.v.image.Refresh() }

func (r *viewerRenderer) Layout(s fyne.Size) {
	r.v.image.Resize(s)
	r.v.over.layout(s)
	r.v.showText()
}
