package page

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app/command"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// TestKeyField takes keys as the driver gives them.
func TestKeyField(t *testing.T) {
	test.NewTempApp(t)
	held := fyne.KeyModifier(0)
	f := newKeyField(uitest.Environment(t), func() fyne.KeyModifier { return held })
	w := test.NewTempWindow(t, f)
	w.Resize(fyne.NewSize(200, 60))
	press := func(name fyne.KeyName, mods fyne.KeyModifier, char rune) string {
		got := "nothing"
		f.show("I", func(s string) { got = s })
		test.Tap(f)
		if f.Text != "Press a key\u2026" {
			t.Errorf("waiting shows %q", f.Text)
		}
		held = mods
		chord, plain := kit.Chord{Key: name, Mods: mods}, mods&^fyne.KeyModifierShift == 0
		if plain {
			f.TypedKey(&fyne.KeyEvent{Name: name})
			if char != 0 {
				f.TypedRune(char)
			}
		} else {
			f.TypedShortcut(chord.Shortcut())
		}
		return got
	}
	ctrl, shift := fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift
	for _, c := range []struct {
		name fyne.KeyName
		mods fyne.KeyModifier
		char rune
		want string
	}{
		{fyne.KeyJ, 0, 'j', "J"}, {fyne.Key1, shift, '!', "Shift+1"}, {fyne.KeyEqual, shift, '+', "+"},
		{fyne.KeyMinus, 0, '-', "-"}, {fyne.KeyLeftBracket, 0, '[', "["},
		{fyne.KeyJ, ctrl | shift, 0, "Ctrl+Shift+J"}, {fyne.KeyPageUp, 0, 0, "PageUp"}, {fyne.KeyF5, 0, 0, "F5"},
		{fyne.KeyBackspace, 0, 0, ""}, {fyne.KeyEscape, 0, 0, "nothing"},
		{"LeftShift", shift, 0, "nothing"}, {fyne.KeyComma, ctrl, 0, "Ctrl+,"},
	} {
		got := press(c.name, c.mods, c.char)
		if got != c.want {
			t.Errorf("%s with %v gives %q, want %q", c.name, c.mods, got, c.want)
		}
		if got != "nothing" {
			if _, err := command.Normalise(got); err != nil {
				t.Error(err)
			}
		}
	}
	f.show("", func(string) {})
	if !strings.Contains(f.Text, "no key") {
		t.Errorf("no key shows %q", f.Text)
	}
}
