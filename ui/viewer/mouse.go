package viewer

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app/measure"
	"hilum/app/viewport"
)

// mouse is what is known of it between two events. A drag event of Fyne's has
// no button, so it is kept from the press; the right button sends no drag
// events at all, so its moves are followed by hand.
type mouse struct {
	button  desktop.MouseButton
	mods    fyne.KeyModifier
	last    fyne.Position
	drawing bool // the press went to a tool or a mark
	swiping bool // the press went to the line of the swiped view
	pressed fyne.Position
	moved   bool    // further than a hand that means to click
	leafed  float32 // of the wheel, with Ctrl, that made no whole notch yet
}

// fine is what a drag with Shift held is divided by.
const fine = 5

// hitReach is how near to a mark a press hits it, in units; swipeReach likewise
// for the line of the swiped view.
const hitReach, swipeReach = 7, 6

// MouseDown implements desktop.Mouseable.
func (v *Viewer) MouseDown(e *desktop.MouseEvent) {
	m := &v.mouse
	m.button, m.mods, m.last = e.Button, e.Modifier, e.Position
	m.pressed, m.moved, v.cursor.held = e.Position, false, true
	v.session.Hold(true)
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		c.Focus(v)
	}
	if e.Button != desktop.MouseButtonPrimary || e.Modifier != 0 {
		return
	}
	if v.st.Compare.Layout == viewport.SwipePictures && v.pane > 0 && e.Position.X < swipeReach {
		m.swiping = true
		return
	}
	if v.press(e.Position) {
		m.drawing, v.cursor.held = true, false
		v.changed()
	}
}

// press gives a press to the tool in hand, to words or to a mark, and tells whether one took it.
func (v *Viewer) press(at fyne.Position) bool {
	if v.scene.picture == nil || !v.session.TurnTo(v.scene.study) {
		return false
	}
	where := v.imagePoint(at)
	if id, from, ok := v.marks.labelAt(at); ok && v.session.GraspLabel(id, where, v.imagePoint(from)) {
		return true
	}
	return v.session.PressImage(where, v.reach())
}

// MouseUp implements desktop.Mouseable.
func (v *Viewer) MouseUp(e *desktop.MouseEvent) {
	if v.mouse.drawing && e != nil {
		v.session.ReleaseImage(v.imagePoint(e.Position), v.reach())
		v.changed()
	}
	clicked := e != nil && v.mouse.button == desktop.MouseButtonSecondary && !v.mouse.moved
	v.mouse.button, v.mouse.drawing, v.mouse.swiping = 0, false, false
	v.cursor.held = false
	v.showText() // what lay still while the hand moved
	v.session.Hold(false)
	if clicked {
		v.offer(e)
	}
}

// clickReach is how far the mouse may move, in units, between press and release of a click.
const clickReach = 3

// offer opens the menu of what the right button was clicked on: a mark, which is chosen
// then, or the film.
func (v *Viewer) offer(e *desktop.MouseEvent) {
	if v.env.Offer == nil || v.scene.picture == nil {
		return
	}
	if v.st.Measure.Tool == measure.NoTool && v.press(e.Position) {
		v.session.ReleaseImage(v.imagePoint(e.Position), v.reach())
		v.changed()
		v.env.Offer(v, e.AbsolutePosition, "measure.delete", "measure.clear", "", "measure.hide", "measure.undo")
		return
	}
	v.env.Offer(
		v, e.AbsolutePosition, "view.invert", "view.fit", "view.one", "view.reset", "", "view.window", "view.lungs", "",
		"map.toggle", "measure.hide", "view.corners", "", "measure.length", "measure.angle", "measure.ctr",
		"measure.text", "",
		"compare.two", "compare.beside", "", "file.copy", "file.export", "study.attributes",
	)
}

// Dragged implements fyne.Draggable, for the left and the middle button.
func (v *Viewer) Dragged(e *fyne.DragEvent) {
	switch {
	case v.mouse.drawing:
		v.image.timing.clock.event()
		v.session.MoveImage(v.imagePoint(e.Position))
		v.changed()
	case v.mouse.swiping:
		v.image.timing.clock.event()
		x, _ := v.viewPoint(e.Position)
		v.session.SetSwipe(max(0, min(1, x/float64(max(v.w, 1)))))
		v.changed()
		return // the widget itself has moved
	default:
		v.drag(e.Dragged)
	}
	v.hover(e.Position)
}

// DragEnd implements fyne.Draggable.
func (v *Viewer) DragEnd() {
	if !v.mouse.drawing { // MouseUp comes after and knows where
		v.mouse.button, v.mouse.swiping = 0, false
	}
}

// drag does what the reader has set for the button; the window changes finely with Shift
// held.
func (v *Viewer) drag(d fyne.Delta) {
	v.image.timing.clock.event()
	k := v.pixels
	dx, dy := float64(d.DX)*k, float64(d.DY)*k
	switch v.dragDoes() {
	case viewport.DragsPan:
		v.image.timing.adaptive.moved()
		v.session.Pan(dx, dy)
	case viewport.DragsZoom:
		v.image.timing.adaptive.moved()
		v.session.ZoomAt(float64(v.w)/2, float64(v.h)/2, math.Exp(-zoomPerPixel*dy))
	default:
		if v.mouse.mods&fyne.KeyModifierShift != 0 {
			dx, dy = dx/fine, dy/fine
		}
		v.session.DragWindow(v.st.Mouse.Turned(dx, dy))
	}
	v.changed()
}

// zoomPerPixel makes a drag over a hundred pixels a factor of about two; up is larger.
const zoomPerPixel = 0.007

// dragDoes is what the button that is held does, as the reader has set it; Ctrl pans
// with any.
func (v *Viewer) dragDoes() viewport.Drag {
	switch m := &v.mouse; {
	case m.mods&fyne.KeyModifierControl != 0:
		return viewport.DragsPan
	case m.button == desktop.MouseButtonTertiary:
		return v.st.Mouse.Middle
	case m.button == desktop.MouseButtonSecondary:
		return v.st.Mouse.Right
	}
	return v.st.Mouse.Left
}

// MouseIn implements desktop.Hoverable.
func (v *Viewer) MouseIn(e *desktop.MouseEvent) { v.hover(e.Position) }

// MouseMoved implements desktop.Hoverable.
func (v *Viewer) MouseMoved(e *desktop.MouseEvent) {
	if d := e.Position.Subtract(v.mouse.pressed); max(d.X, -d.X, d.Y, -d.Y) > clickReach {
		v.mouse.moved = true
	}
	if v.mouse.button == desktop.MouseButtonSecondary {
		v.drag(fyne.NewDelta(e.Position.X-v.mouse.last.X, e.Position.Y-v.mouse.last.Y))
		v.mouse.last = e.Position
	}
	if v.drafting() {
		v.session.MoveImage(v.imagePoint(e.Position))
		v.changed()
	}
	v.hover(e.Position)
}

// MouseOut implements desktop.Hoverable.
func (v *Viewer) MouseOut() {
	v.cursor.hovering = false
	v.showText()
	v.magnifier.show()
}

// hover shows the value under the cursor.
func (v *Viewer) hover(at fyne.Position) {
	v.cursor.at, v.cursor.hovering = at, true
	v.showText()
	v.magnifier.show()
}

// zoomPerUnit makes one notch of the wheel, 10 units of Fyne's, a tenth.
const zoomPerUnit = 0.0095

// unitsPerNotch of the wheel are what the toolkit makes of it.
const unitsPerNotch = 10

// leaf goes through the pictures of the study, one a notch: down is on.
func (v *Viewer) leaf(units float32) {
	if units*v.mouse.leafed < 0 {
		v.mouse.leafed = 0 // the hand has turned round
	}
	for v.mouse.leafed += units; abs(v.mouse.leafed) >= unitsPerNotch; {
		by := 1
		if v.mouse.leafed > 0 {
			by = -1
		}
		v.mouse.leafed += float32(by) * unitsPerNotch
		v.session.StepPicture(by)
	}
	v.changed()
}

func abs(f float32) float32 { return max(f, -f) }

// Scrolled implements fyne.Scrollable: it zooms, and with Ctrl goes through the pictures
// of the study.
func (v *Viewer) Scrolled(e *fyne.ScrollEvent) {
	if v.env.Modifiers()&fyne.KeyModifierControl != 0 {
		v.leaf(e.Scrolled.DY)
		return
	}
	v.image.timing.clock.event()
	v.image.timing.adaptive.moved()
	x, y := v.viewPoint(e.Position)
	v.session.ZoomAt(x, y, math.Exp(zoomPerUnit*float64(e.Scrolled.DY)))
	v.changed()
}

// DoubleTapped implements fyne.DoubleTappable: it closes a region that is being
// drawn, and fits the picture otherwise.
func (v *Viewer) DoubleTapped(*fyne.PointEvent) {
	if v.st.Measure.Draft != nil {
		v.session.FinishDraft()
	} else if v.st.Measure.Tool == measure.NoTool {
		v.session.FitView()
	}
	v.changed()
}

// Cursor implements desktop.Cursorable.
func (v *Viewer) Cursor() desktop.Cursor {
	switch {
	case v.scene.picture == nil:
		return desktop.DefaultCursor
	case v.st.Compare.Layout == viewport.SwipePictures && v.pane > 0 && (v.mouse.swiping || v.cursor.at.X < swipeReach):
		return desktop.HResizeCursor
	}
	return cursorOf(v.st.Measure.Tool)
}

// FocusGained implements fyne.Focusable.
func (v *Viewer) FocusGained() {}

// FocusLost implements fyne.Focusable. A key let go elsewhere is not told.
func (v *Viewer) FocusLost() { v.env.Peek(false) }

// TypedRune implements fyne.Focusable.
func (v *Viewer) TypedRune(r rune) { v.env.TypedRune(r) }

// TypedKey implements fyne.Focusable.
func (v *Viewer) TypedKey(e *fyne.KeyEvent) { v.env.TypedKey(e) }

// AcceptsTab implements fyne.Tabbable: Tab is a command's key here, Shift+Tab goes on to
// the next part of the window.
func (v *Viewer) AcceptsTab() bool { return v.env.Modifiers()&fyne.KeyModifierShift == 0 }

// KeyDown implements desktop.Keyable.
func (v *Viewer) KeyDown(e *fyne.KeyEvent) { v.env.KeyDown(e) }

// KeyUp implements desktop.Keyable.
func (v *Viewer) KeyUp(e *fyne.KeyEvent) { v.env.KeyUp(e) }
