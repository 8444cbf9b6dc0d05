package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app"
)

// keys sends what is typed to the commands. Every widget of the window that
// can have the focus hands it the keys it has no use for, so that no click
// takes the keyboard away from the commands.
type keys struct {
	commands  func() []app.Command
	modifiers func() fyne.KeyModifier // held now
	peek      func(on bool)           // Space held
	help      func()                  // the list of keys, on ? as on F1
}

// chord is a shortcut taken apart: a key with modifiers, or a character.
type chord struct {
	key  fyne.KeyName
	mods fyne.KeyModifier
	char rune // 0 for none
}

// keyNames maps the names used in shortcuts to Fyne's, where they differ.
func keyNames() map[string]fyne.KeyName {
	return map[string]fyne.KeyName{
		"PageUp": fyne.KeyPageUp, "PageDown": fyne.KeyPageDown, "Enter": fyne.KeyReturn, "Esc": fyne.KeyEscape,
	}
}

// characters are shortcuts by what is typed, not by key: where they lie differs
// between keyboards.
func characters() map[string]rune {
	return map[string]rune{"Plus": '+', "Minus": '-'}
}

// parseChord reads a shortcut such as "Ctrl+O", "I", "Shift+1", "Plus", "?".
func parseChord(s string) (c chord, ok bool) {
	parts := strings.Split(s, "+")
	last := parts[len(parts)-1]
	for _, m := range parts[:len(parts)-1] {
		switch m {
		case "Ctrl":
			c.mods |= fyne.KeyModifierShortcutDefault // the Command key on a Mac
		case "Shift":
			c.mods |= fyne.KeyModifierShift
		case "Alt":
			c.mods |= fyne.KeyModifierAlt
		default:
			return chord{}, false
		}
	}
	if r, is := characters()[last]; is {
		c.char = r
		return c, true
	}
	if len(last) == 1 && !isLetterOrDigit(last[0]) {
		c.char = rune(last[0])
		return c, true
	}
	c.key = fyne.KeyName(last)
	if name, is := keyNames()[last]; is {
		c.key = name
	}
	return c, last != ""
}

func isLetterOrDigit(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9'
}

// plain tells whether the chord comes as a typed key or character; the others
// come as a shortcut.
func (c chord) plain() bool { return c.mods&^fyne.KeyModifierShift == 0 }

// shortcut is the chord as Fyne's menus show it; nil where it has none.
func (c chord) shortcut() fyne.Shortcut {
	if c.char != 0 {
		return &desktop.CustomShortcut{KeyName: fyne.KeyName(c.char), Modifier: c.mods}
	}
	return &desktop.CustomShortcut{KeyName: c.key, Modifier: c.mods}
}

// run does the first enabled command that the chord is for.
func (k *keys) run(match func(chord) bool) bool {
	for _, c := range k.commands() {
		if ch, ok := parseChord(c.Shortcut); ok && match(ch) && (c.Enabled == nil || c.Enabled()) {
			c.Do()
			return true
		}
	}
	return false
}

// TypedKey runs the command of a key, alone or with Shift.
func (k *keys) TypedKey(e *fyne.KeyEvent) {
	held := k.modifiers() & fyne.KeyModifierShift
	k.run(func(c chord) bool { return c.char == 0 && c.plain() && c.key == e.Name && c.mods == held })
}

// TypedRune runs the command of a character.
func (k *keys) TypedRune(r rune) {
	if r == '?' {
		k.help()
		return
	}
	k.run(func(c chord) bool { return c.char == r && c.plain() })
}

// KeyDown shows the bare picture while Space is held.
func (k *keys) KeyDown(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace {
		k.peek(true)
	}
}

// KeyUp ends what KeyDown began.
func (k *keys) KeyUp(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace {
		k.peek(false)
	}
}

// heldModifiers asks the driver, which a test's cannot tell.
func heldModifiers() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}
