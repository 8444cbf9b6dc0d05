package page

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/ui/kit"
	"hilum/ui/menu"
)

// keyField shows a command's key and takes the next one that is pressed after it
// was clicked: Escape leaves it as it was, Backspace takes it away.
type keyField struct {
	kit.Button
	shortcut string
	waiting  bool
	held     func() fyne.KeyModifier
	set      func(shortcut string)
	env      *kit.Environment
}

var (
	_ fyne.Focusable     = (*keyField)(nil)
	_ fyne.Shortcutable  = (*keyField)(nil)
	_ desktop.Cursorable = (*keyField)(nil)
)

func newKeyField(env *kit.Environment, held func() fyne.KeyModifier) *keyField {
	f := &keyField{env: env, held: held}
	f.OnTapped = f.wait
	f.ExtendBaseWidget(f)
	return f
}

// show puts a command's key into the field, and what to do with another.
func (f *keyField) show(shortcut string, set func(string)) {
	f.shortcut, f.set, f.waiting = shortcut, set, false
	f.label()
}

func (f *keyField) label() {
	text := menu.KeyText(f.env, f.shortcut)
	switch {
	case f.waiting:
		text = f.env.T("Press a key\u2026")
	case text == "":
		text = f.env.T("no key")
	}
	f.Mark(f.waiting)
	if f.Text != text {
		f.SetText(text)
	}
}

func (f *keyField) wait() {
	f.waiting = true
	f.label()
	if c := fyne.CurrentApp().Driver().CanvasForObject(f); c != nil {
		c.Focus(f)
	}
}

// take ends waiting with a shortcut.
func (f *keyField) take(shortcut string) {
	f.waiting = false
	f.label()
	f.set(shortcut)
}

// TypedKey implements fyne.Focusable. Keys of signs come as runes too, which
// tell better what stands on them.
func (f *keyField) TypedKey(e *fyne.KeyEvent) {
	switch {
	case !f.waiting:
		if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter || e.Name == fyne.KeySpace {
			f.wait()
		}
	case e.Name == fyne.KeyEscape:
		f.waiting = false
		f.label()
	case e.Name == fyne.KeyBackspace:
		f.take("")
	default:
		if name := keyName(e.Name); name != "" {
			f.take(modifiers(f.held()) + name)
		}
	}
}

// TypedRune implements fyne.Focusable.
func (f *keyField) TypedRune(r rune) {
	if f.waiting && !unicode.IsLetter(r) && !unicode.IsDigit(r) && unicode.IsGraphic(r) && r != ' ' {
		f.take(string(r))
	}
}

// TypedShortcut implements fyne.Shortcutable: keys with Ctrl or Alt.
func (f *keyField) TypedShortcut(s fyne.Shortcut) {
	if !f.waiting {
		return
	}
	if k, ok := s.(fyne.KeyboardShortcut); ok {
		if name := signName(k.Key()); name != "" {
			f.take(modifiers(k.Mod()) + name)
		}
	}
}

// FocusLost implements fyne.Focusable.
func (f *keyField) FocusLost() {
	f.waiting = false
	f.label()
	f.Button.FocusLost()
}

// modifiers are the held keys as a shortcut begins.
func modifiers(m fyne.KeyModifier) string {
	text := ""
	if m&fyne.KeyModifierShortcutDefault != 0 {
		text += "Ctrl+"
	}
	if m&fyne.KeyModifierAlt != 0 {
		text += "Alt+"
	}
	if m&fyne.KeyModifierShift != 0 {
		text += "Shift+"
	}
	return text
}

// keyName is a key as shortcuts name it, "" for a sign or a key alone that is
// none, such as Shift.
func keyName(name fyne.KeyName) string {
	if s := string(name); len(s) == 1 && !unicode.IsLetter(rune(s[0])) && !unicode.IsDigit(rune(s[0])) {
		return ""
	}
	return signName(name)
}

// signName is keyName with the signs.
func signName(name fyne.KeyName) string {
	switch name {
	case fyne.KeyPageUp:
		return "PageUp"
	case fyne.KeyPageDown:
		return "PageDown"
	case fyne.KeyReturn, fyne.KeyEnter:
		return "Enter"
	case fyne.KeyUnknown, fyne.KeyTab, "LeftShift", "RightShift", "LeftControl", "RightControl", "LeftAlt", "RightAlt",
		"LeftSuper", "RightSuper", "Menu", "CapsLock":
		return ""
	case "+":
		return "Plus"
	case "-":
		return "Minus"
	}
	return strings.TrimSpace(string(name))
}
