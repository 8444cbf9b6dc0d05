package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Box is a box for text that Escape leaves: what the window does on Escape is one more
// press away. A chord that edits no text goes on to the commands (see Chorded).
type Box struct {
	widget.Entry
	OnEscape func() // nil gives the keyboard away
	env      *Environment
}

// BoxIn is a box to be a part of another widget, which has to extend it.
func BoxIn(env *Environment) Box { return Box{env: env} }

// NewBox makes a box of one line.
func NewBox(env *Environment) *Box {
	b := &Box{env: env}
	b.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	b.ExtendBaseWidget(b)
	return b
}

// NewBoxOfLines makes a box of several lines.
func NewBoxOfLines(env *Environment) *Box {
	b := &Box{env: env}
	b.MultiLine, b.Wrapping = true, fyne.TextWrap(fyne.TextTruncateClip)
	b.ExtendBaseWidget(b)
	return b
}

func (b *Box) content() string { return b.Text }

// TypedShortcut implements fyne.Shortcutable.
func (b *Box) TypedShortcut(s fyne.Shortcut) {
	if editsText(s) {
		b.Entry.TypedShortcut(s)
		return
	}
	b.env.TypedShortcut(s)
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
