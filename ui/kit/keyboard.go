package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app/command"
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

// Typed is what stands in a box; "" of anything else.
func Typed(f fyne.Focusable) string {
	if b, ok := f.(interface{ content() string }); ok {
		return b.content()
	}
	return ""
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

// editsText tells the chords that a box keeps: those of the toolkit for undo, redo and the
// clipboard, and what moves or deletes in a text on any system. Alt belongs to the box too:
// on many keyboards signs are typed with it.
func editsText(s fyne.Shortcut) bool {
	k, ok := s.(*desktop.CustomShortcut)
	if !ok || k.Modifier&fyne.KeyModifierAlt != 0 {
		return true
	}
	return slices.Contains([]fyne.KeyName{
		fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyBackspace,
		fyne.KeyDelete, fyne.KeyInsert, fyne.KeyA, fyne.KeyC, fyne.KeyV, fyne.KeyX, fyne.KeyY, fyne.KeyZ,
	}, k.KeyName)
}

// TypedShortcut runs the command of a chord that a box has no use for.
func (k *Environment) TypedShortcut(s fyne.Shortcut) {
	for _, c := range k.Commands() {
		ch, ok := ParseChord(c.Shortcut)
		if ok && !ch.Plain() && c.WhileTyping && ch.Typed().ShortcutName() == s.ShortcutName() {
			k.Chorded(c)
			return
		}
	}
}

// Chorded runs what a chord with Ctrl or Alt, or an item of a menu, is for, where that can
// be done: not while something lies over the window, and while one types in a box by a
// chord only what is marked to be safe there. The menus cannot tell a key from a click, but
// for what is held.
func (k *Environment) Chorded(c command.Command) {
	ch, ok := ParseChord(c.Shortcut)
	byKey := ok && !ch.Plain() && k.Modifiers() == ch.Mods
	if k.Covered() || byKey && k.Typing() && !c.WhileTyping || c.Enabled != nil && !c.Enabled() {
		return
	}
	c.Do()
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
