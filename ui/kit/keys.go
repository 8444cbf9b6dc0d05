package kit

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app/command"
)

// Environment is what a window hands to its parts: how it speaks and looks, and the way
// from keys to commands. Every widget of the window that can have the focus hands it the
// keys it has no use for, so that no click takes the keyboard away from the commands.
type Environment struct {
	*Style
	Commands  func() []command.Command
	Modifiers func() fyne.KeyModifier // held now
	Peek      func(on bool)           // Space held
	Help      func()                  // the list of keys, on ? as on F1
	Canvas    func() fyne.Canvas      // of the window, whose dialogs keep keys from the commands; nil for none
	Leave     func()                  // gives the keyboard to the film after a choice; nil where there is none
	// Tip shows a few words beside a control that the mouse rests on, and takes them away
	// for nil; nil for nobody.
	Tip func(over fyne.CanvasObject, words string)
	// Offer opens a menu of those of some commands that can be done now, at a place of the
	// window that o stands in; "" is a line between them. nil for nobody.
	Offer func(o fyne.CanvasObject, at fyne.Position, ids ...string)
}

// Chord is a shortcut taken apart: a key with modifiers, or a character.
type Chord struct {
	Key  fyne.KeyName
	Mods fyne.KeyModifier
	Char rune // 0 for none
}

// keyNames maps the names used in shortcuts to Fyne's, where they differ.
func keyNames() map[string]fyne.KeyName {
	return map[string]fyne.KeyName{
		"PageUp": fyne.KeyPageUp, "PageDown": fyne.KeyPageDown, "Enter": fyne.KeyReturn, "Esc": fyne.KeyEscape,
	}
}

// Characters are shortcuts by what is typed, not by key: where they lie differs
// between keyboards.
func Characters() map[string]rune {
	return map[string]rune{"Plus": '+', "Minus": '-'}
}

// ParseChord reads a shortcut such as "Ctrl+O", "I", "Shift+1", "Plus", "?".
func ParseChord(s string) (c Chord, ok bool) {
	parts := strings.Split(s, "+")
	last := parts[len(parts)-1]
	for _, m := range parts[:len(parts)-1] {
		switch m {
		case "Ctrl":
			c.Mods |= fyne.KeyModifierShortcutDefault // the Command key on a Mac
		case "Shift":
			c.Mods |= fyne.KeyModifierShift
		case "Alt":
			c.Mods |= fyne.KeyModifierAlt
		default:
			return Chord{}, false
		}
	}
	if r, is := Characters()[last]; is {
		c.Char = r
		return c, true
	}
	if len(last) == 1 && !isLetterOrDigit(last[0]) {
		c.Char = rune(last[0])
		return c, true
	}
	c.Key = fyne.KeyName(last)
	if name, is := keyNames()[last]; is {
		c.Key = name
	}
	return c, last != ""
}

func isLetterOrDigit(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9'
}

// Plain tells whether the chord comes as a typed key or character; the others
// come as a shortcut.
func (c Chord) Plain() bool { return c.Mods&^fyne.KeyModifierShift == 0 }

// Shortcut is the chord as Fyne's menus show it; nil where it has none.
func (c Chord) Shortcut() fyne.Shortcut {
	if c.Char != 0 {
		return &desktop.CustomShortcut{KeyName: fyne.KeyName(c.Char), Modifier: c.Mods}
	}
	return &desktop.CustomShortcut{KeyName: c.Key, Modifier: c.Mods}
}

// Typed is the chord as the driver sends it to the canvas: it has names of its
// own for what text fields do everywhere.
func (c Chord) Typed() fyne.Shortcut {
	if c.Char != 0 || c.Mods != fyne.KeyModifierShortcutDefault {
		return c.Shortcut()
	}
	switch c.Key {
	case fyne.KeyZ:
		return &fyne.ShortcutUndo{}
	case fyne.KeyY:
		return &fyne.ShortcutRedo{}
	case fyne.KeyA:
		return &fyne.ShortcutSelectAll{}
	case fyne.KeyC, fyne.KeyInsert:
		return &fyne.ShortcutCopy{}
	case fyne.KeyV:
		return &fyne.ShortcutPaste{}
	case fyne.KeyX:
		return &fyne.ShortcutCut{}
	}
	return c.Shortcut()
}

// run does the first enabled command that the chord is for.
func (k *Environment) run(match func(Chord) bool) bool {
	for _, c := range k.Commands() {
		if ch, ok := ParseChord(c.Shortcut); ok && match(ch) && (c.Enabled == nil || c.Enabled()) {
			c.Do()
			return true
		}
	}
	return false
}

// TypedKey runs the command of a key, alone or with Shift. Under something that lies over
// the window none is run, and Escape closes that.
func (k *Environment) TypedKey(e *fyne.KeyEvent) {
	if k.Covered() {
		if e.Name == fyne.KeyEscape {
			k.uncover()
		}
		return
	}
	held := k.Modifiers() & fyne.KeyModifierShift
	k.run(func(c Chord) bool { return c.Char == 0 && c.Plain() && c.Key == e.Name && c.Mods == held })
}

// TypedRune runs the command of a character.
func (k *Environment) TypedRune(r rune) {
	if k.Covered() {
		return
	}
	if r == '?' {
		k.Help()
		return
	}
	k.run(func(c Chord) bool { return c.Char == r && c.Plain() })
}

// KeyDown shows the bare picture while Space is held.
func (k *Environment) KeyDown(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace && !k.Covered() {
		k.Peek(true)
	}
}

// KeyUp ends what KeyDown began.
func (k *Environment) KeyUp(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace {
		k.Peek(false)
	}
}

// HeldModifiers asks the driver, which a test's cannot tell.
func HeldModifiers() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// Screens asks the driver how many screens there are: it tells one from several.
func Screens() int {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.HasSecondaryDisplay() {
		return 2
	}
	return 1
}

// KeyMark stands between the title and the key of an item of a menu. The toolkit would
// write the key in a grey of less than 2:1, and run the item's command while a box has the
// focus; so the key is a part of the words, moved to a column of its own by more of the
// same spaces.
const KeyMark = "\u00a0\u00a0\u00a0"

// MenuParts are the title and the key of an item of a menu.
func MenuParts(label string) (title, key string) {
	title, key, _ = strings.Cut(label, KeyMark)
	return title, strings.Trim(key, "\u00a0")
}
