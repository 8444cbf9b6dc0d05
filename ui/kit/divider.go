package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// DividerWidth is how wide the strip is that a divider can be caught by, or how high where it
// lies.
const DividerWidth = 6

// Divider is the strip along the edge of a panel by which the panel is made wider or
// narrower, or higher or lower where it lies; a double click gives back the usual size.
type Divider struct {
	widget.BaseWidget
	line    *canvas.Rectangle
	colour  color.Color
	Lying   bool            // it moves up and down
	OnMove  func(d float32) // while it is dragged, to the right or down
	OnDone  func()          // after a drag
	OnUsual func()          // after a double click
}

var (
	_ fyne.Draggable      = (*Divider)(nil)
	_ fyne.DoubleTappable = (*Divider)(nil)
	_ desktop.Cursorable  = (*Divider)(nil)
	_ desktop.Hoverable   = (*Divider)(nil)
)

// NewDivider makes a divider that does nothing yet.
func NewDivider(env *Environment) *Divider {
	d := &Divider{
		line: canvas.NewRectangle(color.Transparent), colour: env.Colours.Selected, OnMove: func(float32) {},
		OnDone: func() {}, OnUsual: func() {},
	}
	d.ExtendBaseWidget(d)
	return d
}

// MinSize implements fyne.Widget.
func (d *Divider) MinSize() fyne.Size {
	if d.Lying {
		return fyne.NewSize(0, DividerWidth)
	}
	return fyne.NewSize(DividerWidth, 0)
}

// CreateRenderer implements fyne.Widget.
func (d *Divider) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(d.line) }

// Dragged implements fyne.Draggable.
func (d *Divider) Dragged(e *fyne.DragEvent) {
	if d.Lying {
		d.OnMove(e.Dragged.DY)
		return
	}
	d.OnMove(e.Dragged.DX)
}

// DragEnd implements fyne.Draggable.
func (d *Divider) DragEnd() { d.OnDone() }

// DoubleTapped implements fyne.DoubleTappable.
func (d *Divider) DoubleTapped(*fyne.PointEvent) { d.OnUsual() }

// Cursor implements desktop.Cursorable.
func (d *Divider) Cursor() desktop.Cursor {
	if d.Lying {
		return desktop.VResizeCursor
	}
	return desktop.HResizeCursor
}

// MouseIn implements desktop.Hoverable.
func (d *Divider) MouseIn(*desktop.MouseEvent) { d.show(d.colour) }

// MouseMoved implements desktop.Hoverable.
func (d *Divider) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (d *Divider) MouseOut() { d.show(color.Transparent) }

func (d *Divider) show(c color.Color) {
	d.line.FillColor = c
	d.line.Refresh()
}
