package lab

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// MouseDown implements desktop.Mouseable: the left button works with the tool,
// the others pan.
func (p *pane) MouseDown(e *desktop.MouseEvent) {
	p.button, p.last = e.Button, e.Position
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		c.Focus(p)
	}
	if x, y, ok := p.at(e.Position); ok && e.Button == desktop.MouseButtonPrimary {
		p.pressed = true
		p.hand.press(p, x, y)
	}
}

// MouseUp implements desktop.Mouseable.
func (p *pane) MouseUp(*desktop.MouseEvent) { p.letGo() }

func (p *pane) letGo() {
	p.button = 0
	if p.pressed {
		p.pressed = false
		p.hand.release(p)
	}
}

// Dragged implements fyne.Draggable. Fyne tells of no press before a drag in
// some drivers, so one is made up.
func (p *pane) Dragged(e *fyne.DragEvent) {
	if p.button == desktop.MouseButtonTertiary || p.button == desktop.MouseButtonSecondary {
		p.pan(e.Dragged.DX, e.Dragged.DY)
		return
	}
	if !p.pressed {
		if x, y, ok := p.at(e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY)); ok {
			p.pressed = true
			p.hand.press(p, x, y)
		}
	}
	if x, y, ok := p.at(e.Position); ok {
		p.hand.drag(p, x, y)
	}
}

// DragEnd implements fyne.Draggable.
func (p *pane) DragEnd() { p.letGo() }

// pan moves the picture by units of Fyne's.
func (p *pane) pan(dx, dy float32) {
	if p.picture == nil {
		return
	}
	ux, uy := p.unit()
	l := p.look
	l.x, l.y = min(max(l.x-float64(dx)*ux, 0), 1), min(max(l.y-float64(dy)*uy, 0), 1)
	p.looked(l)
}

// MouseIn implements desktop.Hoverable.
func (p *pane) MouseIn(*desktop.MouseEvent) {}

// MouseMoved implements desktop.Hoverable: the right button sends no drags.
func (p *pane) MouseMoved(e *desktop.MouseEvent) {
	if p.button == desktop.MouseButtonSecondary {
		p.pan(e.Position.X-p.last.X, e.Position.Y-p.last.Y)
	}
	p.last = e.Position
}

// MouseOut implements desktop.Hoverable.
func (p *pane) MouseOut() {}

// zoomPerUnit makes one notch of the wheel, 10 units of Fyne's, a tenth.
const zoomPerUnit = 0.0095

// Scrolled implements fyne.Scrollable: zoom to the cursor.
func (p *pane) Scrolled(e *fyne.ScrollEvent) {
	x, y, ok := p.at(e.Position)
	if !ok {
		return
	}
	l := p.look
	zoom := min(max(l.zoom*math.Exp(zoomPerUnit*float64(e.Scrolled.DY)), 1), mostZoom)
	f := l.zoom / zoom
	l.x, l.y, l.zoom = x+(l.x-x)*f, y+(l.y-y)*f, zoom
	if zoom == 1 {
		l = fitted
	}
	p.looked(l)
}

// DoubleTapped implements fyne.DoubleTappable.
func (p *pane) DoubleTapped(*fyne.PointEvent) { p.looked(fitted) }

// Cursor implements desktop.Cursorable.
func (p *pane) Cursor() desktop.Cursor {
	if x, y, ok := p.at(p.last); ok {
		return p.hand.grip(p, x, y)
	}
	return desktop.DefaultCursor
}

// FocusGained implements fyne.Focusable.
func (p *pane) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (p *pane) FocusLost() {}

// TypedRune implements fyne.Focusable.
func (p *pane) TypedRune(r rune) { p.env.TypedRune(r) }

// TypedKey implements fyne.Focusable.
func (p *pane) TypedKey(e *fyne.KeyEvent) { p.env.TypedKey(e) }
