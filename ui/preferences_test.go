package ui

import (
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/settings"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// openPreferences opens the page and gives what stands on its tab of that name.
func openPreferences(t *testing.T, h *harness, tab int) (*preferencesPage, fyne.CanvasObject) {
	t.Helper()
	p := newPreferencesPage(h.window, h.window.win)
	win := test.NewTempWindow(t, p.content())
	win.Resize(fyne.NewSize(760, 640))
	p.tabs.SelectIndex(tab)
	return p, p.tabs.Items[tab].Content
}

// find gives the first object of a type for which ok holds.
func find[T fyne.CanvasObject](t *testing.T, in fyne.CanvasObject, what string, ok func(T) bool) T {
	t.Helper()
	var found T
	done := false
	uitest.Walk(in, func(o fyne.CanvasObject) {
		if v, is := o.(T); is && !done && ok(v) {
			found, done = v, true
		}
	})
	if !done {
		t.Fatalf("there is no %s", what)
	}
	return found
}

func selectOf(t *testing.T, in fyne.CanvasObject, option string) *widget.Select {
	return find(t, in, "choice with "+option, func(s *widget.Select) bool {
		for _, o := range s.Options {
			if o == option {
				return true
			}
		}
		return false
	})
}

// TestPreferencesTakeEffectAtOnce through the controls of the page.
func TestPreferencesTakeEffectAtOnce(t *testing.T) {
	t.Setenv("FYNE_SCALE", "1")
	h := scoring(t)
	h.open("first.dcm")
	defer kit.SetLook(settings.Reading)
	uitest.Speak(t, "en")
	_, look := openPreferences(t, h, 0)
	selectOf(t, look, "High contrast").SetSelected("High contrast")
	h.run()
	if kit.ColourText != (color.NRGBA{255, 255, 255, 255}) {
		t.Error("high contrast changes no colours")
	}
	viewer := h.window.viewer
	selectOf(t, look, "Deutsch").SetSelected("Deutsch")
	h.run()
	if got := h.window.menus.main.Items[0].Label; got != "Datei" {
		t.Errorf("the first menu is %q", got)
	}
	if h.window.viewer == viewer || h.window.viewer.st.Picture == nil {
		t.Error("the window was not built again with its picture")
	}
	_, look = openPreferences(t, h, 0)
	selectOf(t, look, "Links vom Bild").SetSelected("Links vom Bild")
	h.run()
	h.window.win.Canvas().Capture()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if at(h.window.bars).X > at(h.window.studies).X {
		t.Error("the findings are not on the left")
	}
	find(t, look, "box", func(c *widget.Check) bool { return true }).SetChecked(false)
	h.run()
	if h.window.left.Visible() {
		t.Error("the list of studies is still shown")
	}
	check(t, h, "changing every preference")
}

func TestPreferencesRefuseInWords(t *testing.T) {
	h := newHarness(t, app.Config{})
	p, engine := openPreferences(t, h, 2)
	threads := find(t, engine, "field", func(*widget.Entry) bool { return true })
	threads.SetText("4")
	if h.session.Settings.Preferences().Threads != 4 || p.reason.Text != "" {
		t.Errorf("threads %d, %q", h.session.Settings.Preferences().Threads, p.reason.Text)
	}
	for _, wrong := range []string{"many", "-3", "99999"} {
		threads.SetText(wrong)
		if h.session.Settings.Preferences().Threads != 4 || !strings.Contains(p.reason.Text, "threads") {
			t.Errorf("%s: threads %d, %q", wrong, h.session.Settings.Preferences().Threads, p.reason.Text)
		}
	}
	p, keys := openPreferences(t, h, 4)
	field := find(t, keys, "key", func(f *keyField) bool { return f.shortcut == "Ctrl+O" })
	field.set("Ctrl+K")
	if !strings.Contains(p.reason.Text, "Commands") {
		t.Errorf("a taken key says %q", p.reason.Text)
	}
	field.set("Ctrl+J")
	if got := find(t, keys, "key", func(f *keyField) bool { return f.shortcut == "Ctrl+J" }); got == nil || p.reason.Text != "" {
		t.Errorf("a free key says %q", p.reason.Text)
	}
}

func TestGoldenPreferences(t *testing.T) {
	h := scoring(t)
	for i, name := range []string{"look", "reading", "engine", "folders", "keys"} {
		if name == "engine" {
			continue // says how many processors this machine has
		}
		p := newPreferencesPage(h.window, h.window.win)
		p.tabs.SelectIndex(i)
		golden.Check(t, "preferences-"+name, picture(t, p.content(), 760, 480))
	}
}
