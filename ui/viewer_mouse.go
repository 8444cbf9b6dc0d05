package ui

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// mouse is what is known of it between two events. A drag event of Fyne's has
// no button, so it is kept from the press; the right button sends no drag
// events at all, so its moves are followed by hand.
type mouse struct {
	button   desktop.MouseButton
	mods     fyne.KeyModifier
	last     fyne.Position
	x, y     int // the pixel of the picture under the cursor
	onFilm   bool
	hovering bool
	at       fyne.Position
}

// fine is what a drag with Shift held is divided by.
const fine = 5

// MouseDown implements desktop.Mouseable.
func (v *Viewer) MouseDown(e *desktop.MouseEvent) {
	v.mouse.button, v.mouse.mods, v.mouse.last = e.Button, e.Modifier, e.Position
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		c.Focus(v)
	}
}

// MouseUp implements desktop.Mouseable.
func (v *Viewer) MouseUp(*desktop.MouseEvent) { v.mouse.button = 0 }

// Dragged implements fyne.Draggable, for the left and the middle button.
func (v *Viewer) Dragged(e *fyne.DragEvent) {
	v.drag(e.Dragged)
	v.hover(e.Position)
}

// DragEnd implements fyne.Draggable.
func (v *Viewer) DragEnd() { v.mouse.button = 0 }

// drag pans with the middle or right button or with Ctrl held, and changes the
// window otherwise, finely with Shift held.
func (v *Viewer) drag(d fyne.Delta) {
	v.clock.event()
	k := v.scale()
	dx, dy := float64(d.DX)*k, float64(d.DY)*k
	switch m := &v.mouse; {
	case m.button == desktop.MouseButtonTertiary, m.button == desktop.MouseButtonSecondary, m.mods&fyne.KeyModifierControl != 0:
		v.session.Pan(dx, dy)
	case m.mods&fyne.KeyModifierShift != 0:
		v.session.DragWindow(dx/fine, dy/fine)
	default:
		v.session.DragWindow(dx, dy)
	}
	v.changed()
}

// MouseIn implements desktop.Hoverable.
func (v *Viewer) MouseIn(e *desktop.MouseEvent) { v.hover(e.Position) }

// MouseMoved implements desktop.Hoverable.
func (v *Viewer) MouseMoved(e *desktop.MouseEvent) {
	if v.mouse.button == desktop.MouseButtonSecondary {
		v.drag(fyne.NewDelta(e.Position.X-v.mouse.last.X, e.Position.Y-v.mouse.last.Y))
		v.mouse.last = e.Position
	}
	v.hover(e.Position)
}

// MouseOut implements desktop.Hoverable.
func (v *Viewer) MouseOut() {
	v.mouse.hovering = false
	v.showText()
}

// hover shows the value under the cursor.
func (v *Viewer) hover(at fyne.Position) {
	v.mouse.at, v.mouse.hovering = at, true
	v.showText()
}

// findPixel looks up the pixel of the picture under the cursor.
func (v *Viewer) findPixel() {
	m := &v.mouse
	m.onFilm = false
	p := v.st.Picture
	if p == nil || !m.hovering || v.w == 0 {
		return
	}
	k := v.scale()
	ix, iy := v.st.View.Place.ToImage(v.w, v.h, float64(m.at.X)*k, float64(m.at.Y)*k)
	m.x, m.y = int(math.Floor(ix)), int(math.Floor(iy))
	m.onFilm = m.x >= 0 && m.y >= 0 && m.x < p.Image.Width && m.y < p.Image.Height
}

// zoomPerUnit makes one notch of the wheel, 10 units of Fyne's, a tenth.
const zoomPerUnit = 0.0095

// Scrolled implements fyne.Scrollable.
func (v *Viewer) Scrolled(e *fyne.ScrollEvent) {
	v.clock.event()
	k := v.scale()
	v.session.ZoomAt(float64(e.Position.X)*k, float64(e.Position.Y)*k, math.Exp(zoomPerUnit*float64(e.Scrolled.DY)))
	v.changed()
}

// DoubleTapped implements fyne.DoubleTappable.
func (v *Viewer) DoubleTapped(*fyne.PointEvent) {
	v.session.FitView()
	v.changed()
}

// Cursor implements desktop.Cursorable.
func (v *Viewer) Cursor() desktop.Cursor {
	if v.st.Picture == nil {
		return desktop.DefaultCursor
	}
	return desktop.CrosshairCursor
}

// FocusGained implements fyne.Focusable.
func (v *Viewer) FocusGained() {}

// FocusLost implements fyne.Focusable. A key let go elsewhere is not told.
func (v *Viewer) FocusLost() { v.keys.Peek(false) }

// TypedRune implements fyne.Focusable.
func (v *Viewer) TypedRune(r rune) { v.keys.TypedRune(r) }

// TypedKey implements fyne.Focusable.
func (v *Viewer) TypedKey(e *fyne.KeyEvent) { v.keys.TypedKey(e) }

// KeyDown implements desktop.Keyable.
func (v *Viewer) KeyDown(e *fyne.KeyEvent) { v.keys.KeyDown(e) }

// KeyUp implements desktop.Keyable.
func (v *Viewer) KeyUp(e *fyne.KeyEvent) { v.keys.KeyUp(e) }
