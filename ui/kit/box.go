package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Box is a box for text that Escape leaves: what the window does on Escape is one more
// press away.
type Box struct {
	widget.Entry
	OnEscape func() // nil gives the keyboard away
}

// NewBox makes a box of one line.
func NewBox() *Box {
	b := &Box{}
	b.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	b.ExtendBaseWidget(b)
	return b
}

// NewBoxOfLines makes a box of several lines.
func NewBoxOfLines() *Box {
	b := &Box{}
	b.MultiLine, b.Wrapping = true, fyne.TextWrap(fyne.TextTruncateClip)
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *Box) TypedKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyEscape && b.OnEscape != nil:
		b.OnEscape()
	case !LeavesBox(b, e):
		b.Entry.TypedKey(e)
	}
}

// LeavesBox takes the keyboard from a box where the key is Escape.
func LeavesBox(box fyne.CanvasObject, e *fyne.KeyEvent) bool {
	if e.Name != fyne.KeyEscape {
		return false
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(box); c != nil {
		c.Unfocus()
	}
	return true
}
