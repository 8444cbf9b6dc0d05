// Package viewer shows radiographs in a window: the current one and what it is compared
// with, each as one raster at device resolution, with maps, marks and words over it. Its
// core type is [Viewer]; [Panes] holds several. It asks the session for what its [Model]
// names and keeps nothing but what concerns drawing.
package viewer

import (
	"image"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/classmap"
	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/internal/raster"
	"hilum/ui/kit"
)

// Model is what a Viewer asks of the session: the state it draws and the
// changes that the mouse makes.
type Model interface {
	State() app.State
	SetViewport(w, h int)
	DragWindow(dx, dy float64)
	Pan(dx, dy float64)
	ZoomAt(x, y, factor float64)
	FitView()
	StepPicture(by int)
	SetSwipe(at float64)
	PressImage(at annotation.Point, reach float64) bool
	MoveImage(at annotation.Point)
	ReleaseImage(at annotation.Point, reach float64)
	FinishDraft()
	Hold(down bool)
}

// Viewer shows one picture, the current one or a prior beside it, with the
// chosen maps over it: left drag window, or what the tool in hand does; middle
// or right drag pan, wheel zoom to the cursor, double click fit. It draws one
// raster at device resolution, no larger than what the film covers; marks,
// patient, study, window, value under the cursor, sides, scale bar and the maps'
// legend lie over it as vectors and text.
type Viewer struct {
	widget.BaseWidget
	session Model
	env     *kit.Environment
	// changed is called after the mouse changed the session, so that the rest
	// of the window follows in the same frame.
	changed func()
	painted func() // after each frame; nil for nobody
	timing  *Timing
	pane    int // 0 is the current picture, n the n-th prior or the bare picture

	image     *canvas.Raster
	magnifier *magnifier
	marks     *markLayer
	over      *overlay
	renderer  raster.Renderer
	coarse    raster.Renderer // of halved frames
	table     raster.Table
	draw      drawable

	st    app.State
	scene scene

	tableStale bool
	pixels     float64         // device pixels in a unit of Fyne's
	part       image.Rectangle // of the viewport that image draws
	shift      int             // where the widget begins in the viewport, device pixels from its left
	w, h       int             // of the viewport, device pixels
	mouse      mouse
}

// scene is what one viewer shows of a state.
type scene struct {
	picture *radiograph.Picture
	view    radiograph.View
	result  *inference.Result
	maps    []inference.Heatmap
	m       classmap.Map
	caption string // over the picture when several are shown: when it was taken
	why     string // there is no picture
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

var (
	_ fyne.Draggable      = (*Viewer)(nil)
	_ fyne.Scrollable     = (*Viewer)(nil)
	_ fyne.DoubleTappable = (*Viewer)(nil)
	_ fyne.Focusable      = (*Viewer)(nil)
	_ fyne.Tabbable       = (*Viewer)(nil)
	_ desktop.Mouseable   = (*Viewer)(nil)
	_ desktop.Hoverable   = (*Viewer)(nil)
	_ desktop.Cursorable  = (*Viewer)(nil)
	_ desktop.Keyable     = (*Viewer)(nil)
)

// New makes a viewer; changed is called after the mouse changed the session,
// so that the rest of the window follows in the same frame.
func New(session Model, k *kit.Environment, changed func()) *Viewer {
	v := &Viewer{
		session: session, env: k, changed: changed, timing: &Timing{}, pixels: 1,
		over: newOverlay(k), marks: newMarkLayer(), magnifier: newMagnifier(),
	}
	v.image = canvas.NewRaster(v.paint)
	v.image.ScaleMode = canvas.ImageScalePixels // it is drawn at device resolution
	v.image.Hide()
	v.ExtendBaseWidget(v)
	return v
}

// Present takes a state of the session and redraws what differs from the last
// one.
func (v *Viewer) Present(st app.State) {
	old := v.scene
	v.st, v.scene = st, sceneOf(v.env, st, v.pane)
	now := &v.scene
	if now.picture != old.picture || now.view.Window != old.view.Window || now.view.Invert != old.view.Invert {
		v.tableStale = true
	}
	drawn := v.updateDrawable()
	moved := v.placeImage()
	if v.tableStale || moved || drawn || now.view.Place != old.view.Place || now.view.Orient != old.view.Orient ||
		now.view.Filter != old.view.Filter || now.m != old.m {
		v.image.Refresh()
	}
	v.showMarks()
	v.showText()
	v.showMagnifier()
}

// sceneOf picks what a pane shows.
func sceneOf(env *kit.Environment, st app.State, pane int) scene {
	s := scene{picture: st.Picture, view: st.View, result: st.Result, maps: st.ClassMaps(), m: st.Map}
	if st.Compare.Layout != viewport.OnePicture && st.Current >= 0 {
		s.caption = paneCaption(env.T("Now"), radiograph.Date(studyDate(st.Picture)))
	}
	switch {
	case pane == 0:
		return s
	case st.Compare.Layout == viewport.BesideItself:
		s.m.On, s.caption = false, env.T("Without a map")
		return s
	case pane > len(st.Compare.Priors):
		return scene{why: env.T("No earlier picture")}
	}
	p := st.Compare.Priors[pane-1]
	what := p.View
	if what == "" {
		what = env.T("Prior")
	}
	s = scene{
		picture: p.Picture, result: p.Result, m: st.Map, caption: paneCaption(what, p.Date), why: env.Text(p.Error),
	}
	if p.Picture == nil {
		if s.why == "" {
			s.why = env.T("Decoding\u2026")
		}
		return s
	}
	s.view = radiograph.LinkedView(st.View, st.Picture, p.Picture)
	if p.Result != nil && st.Map.Method == "" {
		s.maps = p.Result.Maps
	}
	return s
}

func studyDate(p *radiograph.Picture) string {
	if p == nil {
		return ""
	}
	return p.Image.Header.StudyDate
}

func paneCaption(what, when string) string {
	if when == "" {
		return what
	}
	return what + "  " + when
}

// updateDrawable makes the drawable maps when what they depend on changed, and
// tells whether it did.
func (v *Viewer) updateDrawable() bool {
	key := drawKey{n: len(v.scene.maps), m: v.scene.m, orient: v.scene.view.Orient}
	key.m.Opacity, key.m.On, key.m.Peek = 0, false, false // these are not part of it
	if key.n > 0 {
		key.maps = &v.scene.maps[0]
	}
	if key == v.draw.of && v.draw.colours != nil {
		return false
	}
	m := v.scene.m
	c := m.ColourMap()
	v.draw = drawable{of: key, colours: &c}
	if m.Layered() {
		v.draw.over = classmap.Overlays(v.scene.maps, m)
		if v.draw.over != nil {
			for i := range v.draw.over.Layers {
				l := &v.draw.over.Layers[i]
				l.Heat = l.Heat.Oriented(key.orient)
			}
		}
		return true
	}
	v.draw.heat = classmap.HeatOf(v.scene.maps, m, m.Class).Oriented(key.orient)
	return true
}

// frame is what the renderer is to draw.
func (v *Viewer) frame() raster.Frame {
	f := raster.Frame{W: v.w, H: v.h, Place: v.scene.view.Place, Filter: v.scene.view.Filter, Table: &v.table}
	if p := v.scene.picture; p != nil {
		f.Pyramid = p.Seen(v.scene.view.Orient)
	}
	if v.mapDrawn() {
		f.Heat, f.Over, f.Colours = v.draw.heat, v.draw.over, v.draw.colours
		f.Opacity, f.Floor = v.scene.m.Opacity, v.scene.m.Floor
	}
	return f
}

// placeImage puts the raster over the part of the widget that the film covers;
// true when it went elsewhere. What lies beside it is the window's own
// background: a black rectangle there would cost a software renderer as much as
// the film.
func (v *Viewer) placeImage() bool {
	part := v.frame().Covered().Intersect(v.window())
	if part == v.part && v.image.Hidden == part.Empty() {
		return false
	}
	v.part = part
	v.image.Hidden = part.Empty()
	k := float32(v.pixels)
	kit.Put(v.image, float32(part.Min.X-v.shift)/k, float32(part.Min.Y)/k, float32(part.Dx())/k, float32(part.Dy())/k)
	return true
}

// window is the part of the viewport that the widget shows.
func (v *Viewer) window() image.Rectangle {
	return image.Rect(v.shift, 0, v.shift+int(math.Round(float64(v.Size().Width)*v.pixels)), v.h)
}

// paint is called by Fyne's painter with the size in device pixels.
func (v *Viewer) paint(w, h int) image.Image {
	if width := v.image.Size().Width; width > 0 && w != v.part.Dx() {
		// The painter's scale is not what the canvas said: measure again.
		v.resized(v.Size(), float64(w)/float64(width))
	}
	if p := v.scene.picture; p != nil {
		v.updateTable(p)
	}
	f := v.frame()
	f.Part = v.part
	r := &v.renderer
	if v.timing.adaptive.coarse {
		v.timing.adaptive.drawn, r, f = true, &v.coarse, f.Halved()
	}
	out := r.Render(f)
	if v.painted != nil {
		v.painted()
	}
	return out
}

// mapDrawn tells whether frames have a map in them now.
func (v *Viewer) mapDrawn() bool {
	return v.scene.m.Shown() && (v.draw.heat != nil || v.draw.over != nil)
}

// updateTable runs the display pipeline once a frame, not once a mouse event.
func (v *Viewer) updateTable(p *radiograph.Picture) {
	if !v.tableStale {
		return
	}
	v.tableStale = false
	t := p.Image.DisplayTable(v.scene.view.Window, v.scene.view.Invert)
	v.table.Set(t.Gray)
}

// scale is the number of device pixels in a unit of Fyne's.
func (v *Viewer) scale() float64 { return v.pixels }

// resized follows a new size of the widget or a new scale.
func (v *Viewer) resized(s fyne.Size, pixels float64) {
	w, h := int(math.Round(float64(s.Width)*pixels)), int(math.Round(float64(s.Height)*pixels))
	if v.shift > 0 { // the right part of a swiped view
		w += v.shift
	}
	if w == v.w && h == v.h && pixels == v.pixels {
		return
	}
	v.w, v.h, v.pixels = w, h, pixels
	v.part = image.Rectangle{}
	if v.pane == 0 {
		v.session.SetViewport(w, h)
	}
	v.Present(v.session.State())
}

// cutLeft makes the widget the right part of a viewport that begins so many
// units further left.
func (v *Viewer) cutLeft(units float32) {
	shift := int(math.Round(float64(units) * v.pixels))
	if shift == v.shift {
		return
	}
	v.shift, v.w = shift, 0
	v.resized(v.Size(), v.pixels)
}

// MinSize implements fyne.Widget.
func (v *Viewer) MinSize() fyne.Size { return fyne.NewSize(200, 200) }

// CreateRenderer implements fyne.Widget.
func (v *Viewer) CreateRenderer() fyne.WidgetRenderer {
	objects := append([]fyne.CanvasObject{v.image, v.marks.box}, v.over.objects()...)
	return &viewerRenderer{v: v, objects: append(objects, v.magnifier.box)}
}

type viewerRenderer struct {
	v       *Viewer
	objects []fyne.CanvasObject
}

func (r *viewerRenderer) Destroy()                     {}
func (r *viewerRenderer) MinSize() fyne.Size           { return r.v.MinSize() }
func (r *viewerRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *viewerRenderer) Refresh()                     { r.v.image.Refresh() }

// Drawn are the words over the picture, see [kit.Still.Drawn].
func (r *viewerRenderer) Drawn() (out []fyne.CanvasObject) {
	for _, b := range slices.Concat(r.v.over.blocks(), r.v.over.legend.blocks(), r.v.marks.labels) {
		if b.Visible() {
			out = append(out, b.CachedRaster.Drawn()...)
		}
	}
	return out
}

func (r *viewerRenderer) Layout(s fyne.Size) {
	v := r.v
	v.part = image.Rectangle{}
	v.resized(s, float64(kit.Scale(v)))
	if v.placeImage() {
		v.image.Refresh()
	}
	v.over.layout(s)
	v.showMarks()
	v.showText()
}

// Shown tells whether a frame has a picture in it, and a map over that.
func (v *Viewer) Shown() (picture, mapped bool) {
	return v.st.Picture != nil, v.st.Picture != nil && v.mapDrawn()
}

// RefreshImage draws the picture again though nothing in it changed.
func (v *Viewer) RefreshImage() { v.image.Refresh() }

// State is the state that the viewer shows.
func (v *Viewer) State() app.State { return v.st }
