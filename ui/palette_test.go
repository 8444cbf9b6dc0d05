package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

// ask opens the palette as a person does and types a query.
func ask(t *testing.T, h *harness, query string) *paletteEntry {
	t.Helper()
	h.window.run(idPalette)()
	e, ok := h.window.win.Canvas().Focused().(*paletteEntry)
	if !ok {
		t.Fatalf("the palette has no focus, %T has", h.window.win.Canvas().Focused())
	}
	test.Type(e, query)
	return e
}

// TestPaletteRunsCommands: by keys alone, from opening to the picture having the
// keyboard again.
func TestPaletteRunsCommands(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	ask(t, h, "inv").TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.run()
	if !h.session.State().View.Invert {
		t.Error("inv and Return did not invert")
	}
	if h.window.win.Canvas().Focused() != fyne.Focusable(h.window.viewer) || len(h.window.win.Canvas().Overlays().List()) != 0 {
		t.Error("the palette keeps the keyboard")
	}
	e := ask(t, h, "zoom")
	before := h.session.State().View.Place.Zoom
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown}) // Zoom out
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if z := h.session.State().View.Place.Zoom; z >= before {
		t.Errorf("zoom went from %v to %v", before, z)
	}
	e = ask(t, h, "no such thing")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(h.window.win.Canvas().Overlays().List()) != 0 {
		t.Error("Escape does not close")
	}
}

// TestPaletteHoldsEveryCommand but itself, and what cannot be done now does
// nothing and stays.
func TestPaletteHoldsEveryCommand(t *testing.T) {
	h := newHarness(t, app.Config{})
	p := newPalette(h.session.Commands())
	for _, c := range h.session.Commands() {
		found := slices.ContainsFunc(p.commands, func(o command.Command) bool { return o.ID == c.ID })
		if found == (c.ID == idPalette) {
			t.Errorf("%s: in the palette %v", c.ID, found)
		}
	}
	e := ask(t, h, "fit to window") // nothing is open
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(h.window.win.Canvas().Overlays().List()) == 0 {
		t.Error("a grey command closed the palette")
	}
}

func TestPaletteMarksTheLetters(t *testing.T) {
	var bold string
	for _, s := range titleSegments("Open model…", []int{0, 5}, true) {
		if seg := s.(*widget.TextSegment); seg.Style.TextStyle.Bold {
			bold += seg.Text + "|"
		}
	}
	if bold != "O|m|" {
		t.Errorf("bold: %s", bold)
	}
}

func TestGoldenPalette(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	p := newPalette(inMenuOrder(h.session.Commands()))
	p.entry.SetText("map")
	golden.Check(t, "palette", picture(t, p.content(), paletteWidth, 300))
}

// TestKeysAreChangedInTheWindow: the new key works at once, the old one no
// more, the menus show it, and a taken one is refused in a sentence.
func TestKeysAreChangedInTheWindow(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	if err := h.session.Settings.SetShortcut("view.invert", "J"); err != nil {
		t.Fatal(err)
	}
	h.run()
	h.key(fyne.KeyI, 0)
	if h.session.State().View.Invert {
		t.Error("the old key still works")
	}
	h.key(fyne.KeyJ, 0)
	if !h.session.State().View.Invert {
		t.Error("the new key does not work")
	}
	if err := h.session.Settings.SetShortcut("view.invert", "Ctrl+J"); err != nil {
		t.Fatal(err)
	}
	h.run()
	ctrlJ, _ := kit.ParseChord("Ctrl+J")
	onCanvas := func(s fyne.Shortcut) bool { // the test's canvas runs none
		return slices.ContainsFunc(h.window.shortcuts, func(o fyne.Shortcut) bool { return o.ShortcutName() == s.ShortcutName() })
	}
	if !onCanvas(ctrlJ.Shortcut()) {
		t.Error("the window does not listen to the new key")
	}
	if err := h.session.Settings.ResetShortcuts(); err != nil {
		t.Fatal(err)
	}
	h.run()
	if onCanvas(ctrlJ.Shortcut()) {
		t.Error("the window still listens to the old key")
	}
	if err := h.session.Settings.SetShortcut("view.invert", "Ctrl+J"); err != nil {
		t.Fatal(err)
	}
	h.run()
	shown := ""
	for _, m := range h.window.menus.main.Items {
		for _, i := range m.Items {
			if i.Label == "Invert" && i.Shortcut != nil {
				shown = i.Shortcut.ShortcutName()
			}
		}
	}
	if shown != ctrlJ.Shortcut().ShortcutName() {
		t.Errorf("the menu shows %q", shown)
	}
}

// TestKeyField takes keys as the driver gives them.
func TestKeyField(t *testing.T) {
	test.NewTempApp(t)
	held := fyne.KeyModifier(0)
	f := newKeyField(func() fyne.KeyModifier { return held })
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
		{fyne.KeyJ, 0, 'j', "J"}, {fyne.Key1, shift, '!', "Shift+1"}, {fyne.KeyEqual, shift, '+', "+"}, {fyne.KeyMinus, 0, '-', "-"}, {fyne.KeyLeftBracket, 0, '[', "["},
		{fyne.KeyJ, ctrl | shift, 0, "Ctrl+Shift+J"}, {fyne.KeyPageUp, 0, 0, "PageUp"}, {fyne.KeyF5, 0, 0, "F5"}, {fyne.KeyBackspace, 0, 0, ""}, {fyne.KeyEscape, 0, 0, "nothing"},
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
