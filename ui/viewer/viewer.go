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
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/annotation"
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
	TurnTo(study int) bool
	GraspLabel(id string, at, from annotation.Point) bool
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
	*look
	session Model
	env     *kit.Environment
	// changed is called after the mouse changed the session, so that the rest
	// of the window follows in the same frame.
	changed func()

	image     *imageLayer
	magnifier *magnifier
	foreign   *foreignLayer
	marks     *markLayer
	over      *overlay
	mouse     mouse
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
	l := &look{pixels: 1}
	v := &Viewer{look: l, session: session, env: k, changed: changed, over: newOverlay(l, k), marks: newMarkLayer(l, k)}
	v.image = newImageLayer(l, func(pixels float64) { v.resized(v.size, pixels) })
	v.magnifier = newMagnifier(v.image)
	v.foreign = newForeignLayer(v.image, k)
	v.ExtendBaseWidget(v)
	return v
}

// Present takes a state of the session and redraws what differs from the last
// one.
func (v *Viewer) Present(st app.State) {
	old := v.scene
	v.st, v.scene = st, sceneOf(v.env, st, v.pane)
	v.image.show(old)
	v.foreign.show()
	v.marks.show()
	v.showText()
	v.magnifier.show()
}

// showText writes everything that lies over the picture anew where it changed.
func (v *Viewer) showText() {
	v.findPixel()
	v.over.show(v.image)
}

// resized follows a new size of the widget or a new scale.
func (v *Viewer) resized(s fyne.Size, pixels float64) {
	v.size = s
	w, h := int(math.Round(float64(s.Width)*pixels)), int(math.Round(float64(s.Height)*pixels))
	if v.shift > 0 { // the right part of a swiped view
		w += v.shift
	}
	if w == v.w && h == v.h && pixels == v.pixels {
		return
	}
	v.w, v.h, v.pixels = w, h, pixels
	v.image.part = image.Rectangle{}
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
	v.resized(v.size, v.pixels)
}

// MinSize implements fyne.Widget.
func (v *Viewer) MinSize() fyne.Size { return fyne.NewSize(200, 200) }

// CreateRenderer implements fyne.Widget.
func (v *Viewer) CreateRenderer() fyne.WidgetRenderer {
	objects := append([]fyne.CanvasObject{v.image.image, v.foreign.image, v.marks.box}, v.over.objects()...)
	return &viewerRenderer{v: v, objects: append(objects, v.magnifier.box)}
}

type viewerRenderer struct {
	v       *Viewer
	objects []fyne.CanvasObject
}

func (r *viewerRenderer) Destroy()                     {}
func (r *viewerRenderer) MinSize() fyne.Size           { return r.v.MinSize() }
func (r *viewerRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *viewerRenderer) Refresh()                     { r.v.image.image.Refresh() }

// Drawn are the words over the picture, see [kit.Still.Drawn].
func (r *viewerRenderer) Drawn() (out []fyne.CanvasObject) {
	for _, b := range slices.Concat(r.v.over.blocks(), r.v.over.legend.blocks(), r.v.over.makers.lines, r.v.marks.labels) {
		if b.Visible() {
			out = append(out, b.CachedRaster.Drawn()...)
		}
	}
	return out
}

func (r *viewerRenderer) Layout(s fyne.Size) {
	v := r.v
	v.image.part = image.Rectangle{}
	v.resized(s, float64(kit.Scale(v)))
	if v.image.place() {
		v.image.image.Refresh()
	}
	v.foreign.show()
	v.marks.show()
	v.showText()
}

// Shown tells whether a frame has a picture in it, and a map over that.
func (v *Viewer) Shown() (picture, mapped bool) {
	return v.st.Picture != nil, v.st.Picture != nil && v.image.mapDrawn()
}

// RefreshImage draws the picture again though nothing in it changed.
func (v *Viewer) RefreshImage() { v.image.image.Refresh() }

// State is the state that the viewer shows.
func (v *Viewer) State() app.State { return v.st }
