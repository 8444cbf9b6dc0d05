package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/inference/saliency"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/uitest"
)

// ask opens the palette as a person does and types a query.
func ask(t *testing.T, h *harness, query string) fyne.Focusable {
	t.Helper()
	h.window.run(menu.PaletteCommand)()
	e := h.window.win.Canvas().Focused()
	if e == fyne.Focusable(h.window.viewer) || len(h.window.win.Canvas().Overlays().List()) == 0 {
		t.Fatalf("the palette has no focus, %T has", e)
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
	h.Run()
	if !h.State().View.Invert {
		t.Error("inv and Return did not invert")
	}
	if h.window.win.Canvas().Focused() != fyne.Focusable(h.window.viewer) ||
		len(h.window.win.Canvas().Overlays().List()) != 0 {
		t.Error("the palette keeps the keyboard")
	}
	e := ask(t, h, "zoom")
	before := h.State().View.Place.Zoom
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown}) // Zoom out
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if z := h.State().View.Place.Zoom; z >= before {
		t.Errorf("zoom went from %v to %v", before, z)
	}
	e = ask(t, h, "no such thing")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(h.window.win.Canvas().Overlays().List()) != 0 {
		t.Error("Escape does not close")
	}
}

// TestPaletteHasEveryMethod: each way of computing maps, one that does not come along
// too, is found by its title.
func TestPaletteHasEveryMethod(t *testing.T) {
	c := uitest.ScoringConfig()
	c.Methods = append(saliency.Methods(), saliency.Method{Name: "tealeaves", Title: "Tea leaves"})
	h := newHarness(t, c)
	h.StartScoring()
	h.open("first.dcm")
	for _, m := range c.Methods {
		command := h.window.env.T("Map by %s", m.Title)
		found := uitest.Texts(palette(t, h, m.Title))
		if !slices.Contains(found, command) {
			t.Errorf("%q finds %q", m.Title, found)
		}
		h.window.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
	ask(t, h, "tea leaves").TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := h.State().Map.Method; got != "tealeaves" {
		t.Errorf("chosen is %q", got)
	}
}

// palette opens the palette with a query and gives what it shows.
func palette(t *testing.T, h *harness, query string) fyne.CanvasObject {
	t.Helper()
	ask(t, h, query)
	over := h.window.win.Canvas().Overlays().Top()
	return uitest.Find(t, over, "palette", func(*widget.PopUp) bool { return true }).Content
}

// TestPaletteKeepsGreyCommands: what cannot be done now does nothing and stays.
func TestPaletteKeepsGreyCommands(t *testing.T) {
	h := newHarness(t, app.Config{})
	e := ask(t, h, "fit to window") // nothing is open
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(h.window.win.Canvas().Overlays().List()) == 0 {
		t.Error("a grey command closed the palette")
	}
}

func TestGoldenPalette(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	ask(t, h, "map")
	over := h.window.win.Canvas().Overlays().Top()
	h.window.win.Canvas().Unfocus() // no cursor that blinks
	popup := uitest.Find(t, over, "palette", func(*widget.PopUp) bool { return true })
	golden.Check(t, "palette", uitest.Picture(t, popup.Content, 520, 300))
}

// TestKeysAreChangedInTheWindow: the new key works at once, the old one no
// more, the menus show it, and a taken one is refused in a sentence.
func TestKeysAreChangedInTheWindow(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	if err := h.Settings.SetShortcut("view.invert", "J"); err != nil {
		t.Fatal(err)
	}
	h.Run()
	h.key(fyne.KeyI, 0)
	if h.State().View.Invert {
		t.Error("the old key still works")
	}
	h.key(fyne.KeyJ, 0)
	if !h.State().View.Invert {
		t.Error("the new key does not work")
	}
	if err := h.Settings.SetShortcut("view.invert", "Ctrl+J"); err != nil {
		t.Fatal(err)
	}
	h.Run()
	ctrlJ, _ := kit.ParseChord("Ctrl+J")
	onCanvas := func(s fyne.Shortcut) bool { // the test's canvas runs none
		return slices.ContainsFunc(
			h.window.shortcuts, func(o fyne.Shortcut) bool { return o.ShortcutName() == s.ShortcutName() },
		)
	}
	if !onCanvas(ctrlJ.Shortcut()) {
		t.Error("the window does not listen to the new key")
	}
	if err := h.Settings.ResetShortcuts(); err != nil {
		t.Fatal(err)
	}
	h.Run()
	if onCanvas(ctrlJ.Shortcut()) {
		t.Error("the window still listens to the old key")
	}
	if err := h.Settings.SetShortcut("view.invert", "Ctrl+J"); err != nil {
		t.Fatal(err)
	}
	h.Run()
	shown := ""
	for _, m := range h.window.menus.Main.Items {
		for _, i := range m.Items {
			if title, key := kit.MenuParts(i.Label); title == "Invert" {
				shown = key
			}
		}
	}
	if shown != "Ctrl+J" {
		t.Errorf("the menu shows %q", shown)
	}
}
