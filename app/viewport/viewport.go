package viewport

import (
	"math"
	"slices"

	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/raster"
	"hilum/internal/store"
)

// State is what a window shows of how the current picture is looked at.
type State struct {
	View    radiograph.View
	Corners Corners
	Lens    bool             // the magnifier follows the cursor
	Windows []dicomio.Window // of the current picture, in the order of the reader's way through them
	Seeking bool             // a window from the lungs was asked for and is not there yet
}

// Reading is what the viewport asks of the rest of the program.
type Reading interface {
	// Picture is the current one, within a transaction; nil for none.
	Picture(store.Tx) *radiograph.Picture
	// Touch notes that the reader is at work, within a transaction.
	Touch(store.Tx)
	// WholeRange tells whether pictures open with all of their values, within a
	// transaction.
	WholeRange(store.Tx) bool
	// OwnWindows are those that the reader keeps, within a transaction.
	OwnWindows(store.Tx) []OwnWindow
	// KeepWindows keeps them, or says why they are not.
	KeepWindows([]OwnWindow) message.Message
	// Say shows one sentence to the reader, within a transaction.
	Say(tx store.Tx, m message.Message)
}

// Viewport is how the current picture is looked at: window, place and turning.
type Viewport struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	size    [2]int                  // of the picture's widget, device pixels; 0, 0 before it is known
	left    map[int]radiograph.View // how the reader left each study
	asked   int                     // the window from the lungs that is waited for, by number
}

// New is a viewport without a picture, with corner text in the state in which the reader left it.
func New(h *store.Hub, r Reading, corners Corners) *Viewport {
	first := State{View: radiograph.View{Fit: true}, Corners: corners}
	return &Viewport{hub: h, state: store.NewValue(h, first), reading: r, left: map[int]radiograph.View{}}
}

// In is the state within a transaction.
func (v *Viewport) In(tx store.Tx) *State { return v.state.In(tx) }

// Size is the size of the picture's widget in device pixels.
func (v *Viewport) Size() (size [2]int) {
	v.hub.Look(func(store.Tx) { size = v.size })
	return size
}

// Leave remembers how the reader looked at a study.
func (v *Viewport) Leave(tx store.Tx, id int) { v.left[id] = v.state.In(tx).View }

// Forget drops what is remembered of a study that was closed.
func (v *Viewport) Forget(_ store.Tx, id int) { delete(v.left, id) }

// Show shows a study's picture as the reader left it, or as it is shown at first.
func (v *Viewport) Show(tx store.Tx, id int, p *radiograph.Picture) {
	v.List(tx)
	s := v.state.In(tx)
	if left, seen := v.left[id]; seen {
		s.View = left
		v.Refit(tx)
		return
	}
	s.View = v.first(tx, p)
}

// first is how a picture is shown at first: fitted, its own window and polarity.
func (v *Viewport) first(tx store.Tx, p *radiograph.Picture) radiograph.View {
	view := radiograph.View{Window: p.Image.DefaultWindow(), Fit: true}
	if v.reading.WholeRange(tx) {
		view.Window = p.Image.FullWindow()
	}
	if v.size[0] > 0 {
		w, h := p.Pyramid.Size()
		view.Place = raster.Fit(w, h, v.size[0], v.size[1])
	}
	return view
}

// SetViewport tells the size of the picture's widget in device pixels.
func (v *Viewport) SetViewport(w, h int) {
	if v.Size() == [2]int{w, h} || w < 1 || h < 1 {
		return
	}
	v.hub.Change(func(tx store.Tx) {
		v.size = [2]int{w, h}
		v.Refit(tx)
	})
}

// Refit follows the viewport while the view is fitted.
func (v *Viewport) Refit(tx store.Tx) {
	p, view := v.reading.Picture(tx), &v.state.In(tx).View
	if p == nil || !view.Fit || v.size[0] == 0 {
		return
	}
	w, h := p.SeenSize(view.Orient)
	view.Place = raster.Fit(w, h, v.size[0], v.size[1])
}

// look changes the view when there is a picture to look at.
func (v *Viewport) look(f func(p *radiograph.Picture, view *radiograph.View)) {
	v.hub.Change(func(tx store.Tx) {
		if p := v.reading.Picture(tx); p != nil {
			v.reading.Touch(tx)
			f(p, &v.state.In(tx).View)
			v.Refit(tx)
		}
	})
}

// FitView shows the whole picture.
func (v *Viewport) FitView() {
	v.look(func(_ *radiograph.Picture, view *radiograph.View) { view.Fit = true })
}

// OneToOne shows one device pixel for one of the picture's.
func (v *Viewport) OneToOne() {
	v.look(func(_ *radiograph.Picture, view *radiograph.View) {
		view.Fit = false
		view.Place.Zoom = 1
	})
}

// ResetView goes back to the file's own window and polarity, fitted.
func (v *Viewport) ResetView() {
	v.hub.Change(func(tx store.Tx) {
		if p := v.reading.Picture(tx); p != nil {
			v.reading.Touch(tx)
			v.state.In(tx).View = v.first(tx, p)
		}
	})
}

// Pan moves the picture by device pixels.
func (v *Viewport) Pan(dx, dy float64) {
	v.look(func(p *radiograph.Picture, view *radiograph.View) {
		view.Fit = false
		view.Place = view.Place.Pan(dx, dy).Keep(p.SeenSize(view.Orient))
	})
}

// ZoomAt zooms by a factor and keeps the point (x, y) of the viewport, in
// device pixels, where it is.
func (v *Viewport) ZoomAt(x, y, factor float64) {
	if !(factor > 0) || math.IsInf(factor, 0) {
		return
	}
	v.look(func(p *radiograph.Picture, view *radiograph.View) {
		view.Fit = false
		view.Place = view.Place.ZoomAt(v.size[0], v.size[1], x, y, factor).Keep(p.SeenSize(view.Orient))
	})
}

// zoomStep is what one press of a key zooms by.
const zoomStep = 1.25

func (v *Viewport) zoomCentre(factor float64) {
	size := v.Size()
	v.ZoomAt(float64(size[0])/2, float64(size[1])/2, factor)
}

// Turn turns the picture clockwise by quarters; negative is anticlockwise.
func (v *Viewport) Turn(quarters int) {
	v.reorient(func(o raster.Orientation) raster.Orientation { return o.Turn(quarters) })
}

// FlipLeftRight mirrors the picture at the vertical.
func (v *Viewport) FlipLeftRight() { v.reorient(raster.Orientation.FlipLeftRight) }

// FlipUpDown mirrors the picture at the horizontal.
func (v *Viewport) FlipUpDown() { v.reorient(raster.Orientation.FlipUpDown) }

// reorient keeps the point of the film in the middle of the viewport where it is.
func (v *Viewport) reorient(f func(raster.Orientation) raster.Orientation) {
	v.look(func(p *radiograph.Picture, view *radiograph.View) {
		iw, ih := p.Pyramid.Size()
		w, h := float64(iw), float64(ih)
		x, y := view.Orient.Undo(view.Place.CX, view.Place.CY, w, h)
		view.Orient = f(view.Orient)
		view.Place.CX, view.Place.CY = view.Orient.Apply(x, y, w, h)
	})
}

// SetFilter chooses how values between pixels are found.
func (v *Viewport) SetFilter(f raster.Filter) {
	v.look(func(_ *radiograph.Picture, view *radiograph.View) {
		if f >= raster.Smooth && f <= raster.Pixels {
			view.Filter = f
		}
	})
}

// NextFilter goes round the filters.
func (v *Viewport) NextFilter() {
	v.look(func(_ *radiograph.Picture, view *radiograph.View) {
		view.Filter = (view.Filter + 1) % (raster.Pixels + 1)
	})
}

// ToggleLens shows or hides the magnifier.
func (v *Viewport) ToggleLens() { v.state.Change(func(s *State) { s.Lens = !s.Lens }) }

// NextCorners goes round the states of the corner text.
func (v *Viewport) NextCorners() {
	v.state.Change(func(s *State) {
		all := CornerStates()
		s.Corners = all[(slices.Index(all, s.Corners)+1)%len(all)]
	})
}

// Commands are those of looking at the picture.
func (v *Viewport) Commands() []command.Command {
	picture := func() (ok bool) {
		v.hub.Look(func(tx store.Tx) { ok = v.reading.Picture(tx) != nil })
		return ok
	}
	list := []command.Command{
		{ID: "view.window", Title: "Next window", Shortcut: "W", Do: v.NextWindow},
		{ID: "view.invert", Title: "Invert", Shortcut: "I", Do: v.ToggleInvert},
		{ID: "view.fit", Title: "Fit to window", Shortcut: "F", Do: v.FitView},
		{ID: "view.one", Title: "One to one", Shortcut: "Z", Do: v.OneToOne},
		{ID: "view.in", Title: "Zoom in", Shortcut: "Plus", Do: func() { v.zoomCentre(zoomStep) }},
		{ID: "view.out", Title: "Zoom out", Shortcut: "Minus", Do: func() { v.zoomCentre(1 / zoomStep) }},
		{ID: "view.reset", Title: "Reset", Shortcut: "R", Do: v.ResetView},
		{ID: "view.lungs", Title: "Window from the lungs", Shortcut: "V", Do: v.AutoWindow},
		{ID: "view.shape", Title: "Straight or S-shaped window", Shortcut: "Shift+S", Do: v.ToggleShape},
		{ID: "view.turn", Title: "Turn clockwise", Shortcut: "Ctrl+Right", Do: func() { v.Turn(1) }},
		{ID: "view.turn.back", Title: "Turn anticlockwise", Shortcut: "Ctrl+Left", Do: func() { v.Turn(-1) }},
		{ID: "view.flip", Title: "Flip left and right", Shortcut: "Ctrl+Shift+H", Do: v.FlipLeftRight},
		{ID: "view.flip.down", Title: "Flip upside down", Shortcut: "Ctrl+Shift+V", Do: v.FlipUpDown},
		{ID: "view.filter", Title: "Next interpolation", Shortcut: "Shift+I", Do: v.NextFilter},
		{ID: "view.lens", Title: "Magnifier glass", Shortcut: "X", Do: v.ToggleLens},
		{ID: "view.corners", Title: "Text in the corners: all, short, none", Shortcut: "H", Do: v.NextCorners},
	}
	list = append(list, v.presetCommands()...)
	for i := range list {
		list[i].Menu, list[i].Enabled = "View", picture
	}
	return list
}

// windowOf is the window that a drag begins with.
func windowOf(w dicomio.Window) dicomio.Window {
	if w.LUT != nil && w.Width <= 0 {
		own := w.LUT.Span()
		w.Center, w.Width = own.Center, own.Width
	}
	return w
}
