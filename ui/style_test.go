package ui

import (
	"image/color"
	"slices"
	"testing"

	"fyne.io/fyne/v2/canvas"

	"hilum/app"
	"hilum/app/settings"
	"hilum/ui/uitest"
)

// TestTwoWindowsOfDifferentStyles stand side by side, each in its own language and its own
// colours, whatever the other one changes to. The controls of the toolkit's own, which
// have one theme for the program, are not looked at.
func TestTwoWindowsOfDifferentStyles(t *testing.T) {
	t.Setenv("FYNE_SCALE", "1")
	uitest.Speak(t, "en") // and back afterwards
	h := scoring(t)
	h.open("first.dcm")
	session := app.New(app.Config{})
	other := NewWindow(h.App, session, Options{Opener: h.Opener, Do: h.Queue.Do})
	t.Cleanup(func() {
		other.Close()
		other.Wait()
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	wear := func(s *app.Workstation, language string, look settings.Look) {
		t.Helper()
		err := s.Settings.SetPreferences(func(p *settings.Preferences) { p.Language, p.Look = language, look })
		if err != nil {
			t.Fatal(err)
		}
		h.Run()
	}
	shows := func(w *Window, when, findings string, text color.Color) {
		t.Helper()
		h.frame()
		if seen := uitest.Texts(w.win.Content()); !slices.Contains(seen, findings) {
			t.Errorf("%s: %q is not in sight: %q", when, findings, seen)
		}
		if got := w.menus.Main.Items[0].Label; (got == "Datei") != (findings == "Befunde") {
			t.Errorf("%s: the first menu is %q", when, got)
		}
		status := uitest.Find(t, w.status, "standing line", func(o *canvas.Text) bool { return o.TextStyle.Bold })
		if status.Color != text {
			t.Errorf("%s: the standing line is %v, want %v", when, status.Color, text)
		}
	}
	bright, grey := color.NRGBA{0xFF, 0xFF, 0xFF, 255}, color.NRGBA{0xE6, 0xE6, 0xE6, 255}
	wear(h.Workstation, "de", settings.HighContrast)
	wear(session, "en", settings.Reading)
	shows(h.window, "German beside English", "Befunde", bright)
	shows(other, "English beside German", "Findings", grey)
	h.window.rebuild(h.Settings.Preferences()) // what is built later keeps to its window
	shows(h.window, "built again", "Befunde", bright)
	wear(h.Workstation, "en", settings.Reading)
	wear(session, "de", settings.HighContrast)
	shows(h.window, "English beside German, changed over", "Findings", grey)
	shows(other, "German beside English, changed over", "Befunde", bright)
}
