package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
)

// Covered tells whether something lies over the window, such as a dialog, a list that
// dropped down or the palette: no key is a command then.
func (k *Environment) Covered() bool {
	return k.Canvas != nil && k.Canvas() != nil && k.Canvas().Overlays().Top() != nil
}

// uncover closes what lies on top: as a click beside it does, where that is possible.
func (k *Environment) uncover() {
	over := k.Canvas().Overlays()
	top := over.Top()
	if t, ok := top.(fyne.Tappable); ok {
		t.Tapped(&fyne.PointEvent{})
	}
	if over.Top() == top {
		over.Remove(top)
	}
}

// leave gives the keyboard back to the film after a choice, where the window has one.
func (k *Environment) leave() {
	if k.Leave != nil && !k.Covered() {
		k.Leave()
	}
}

// Typing tells whether a box that takes text has the keyboard.
func (k *Environment) Typing() bool {
	if k.Canvas == nil || k.Canvas() == nil {
		return false
	}
	return IsBox(k.Canvas().Focused())
}

// IsBox tells the widgets that take text.
func IsBox(f fyne.Focusable) bool {
	_, ok := f.(interface {
		fyne.Focusable
		SetPlaceHolder(string)
		SelectedText() string
	})
	return ok
}

// Chorded runs what a chord with Ctrl or Alt, or an item of a menu, is for: not while
// something lies over the window, and no chord while one types in a box. The menus
// cannot tell a key from a click, but for what is held.
func (k *Environment) Chorded(shortcut string, do func()) {
	c, ok := ParseChord(shortcut)
	byKey := ok && !c.Plain() && k.Modifiers() == c.Mods
	if k.Covered() || byKey && k.Typing() {
		return
	}
	do()
}

// ShowDialog shows a dialog that Escape closes, and under which no key does anything.
// givenUp is told of Escape; nil for a dialog that tells by itself that it was closed.
func ShowDialog(d dialog.Dialog, parent fyne.Window, givenUp func()) {
	c := parent.Canvas()
	key, sign := c.OnTypedKey(), c.OnTypedRune()
	d.Show()
	d.SetOnClosed(func() {
		c.SetOnTypedKey(key)
		c.SetOnTypedRune(sign)
	})
	c.SetOnTypedRune(func(rune) {})
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name != fyne.KeyEscape {
			return
		}
		d.Hide()
		if givenUp != nil {
			givenUp()
		}
	})
}
