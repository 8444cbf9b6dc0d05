package ui

import (
	"regexp"
	"slices"
	"testing"

	"hilum/app/settings"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

// TestNothingStaysEnglish opens the window in German and looks at every word in
// sight: none that has a German one may be English.
func TestNothingStaysEnglish(t *testing.T) {
	t.Setenv("FYNE_SCALE", "1")
	h := scoring(t)
	h.open("ap.dcm")
	uitest.Speak(t, "en") // and back afterwards
	if err := h.Settings.SetPreferences(func(p *settings.Preferences) { p.Language = "de" }); err != nil {
		t.Fatal(err)
	}
	h.Maps.ToggleMapOn()
	h.Tour.StartTour()
	h.Run()
	h.window.win.Canvas().Capture()
	seen := append(uitest.Texts(h.window.win.Content()), uitest.MenuTexts(h.window.menus.Main)...)
	if !slices.Contains(seen, "Befunde") || len(seen) < 60 {
		t.Fatalf("only %d texts are in sight: %q", len(seen), seen)
	}
	var left []string
	for _, s := range uitest.Untranslated(t, "de", seen) {
		if !slices.Contains(germanToo, s) {
			left = append(left, s)
		}
	}
	if len(left) > 0 {
		t.Errorf("in English: %q", left)
	}
	h.Listed()
	h.pictured()
	hideTime(h)
	golden.Check(t, "window-german", h.window.win.Canvas().Capture())
}

// germanToo are texts that are words of both languages or part of the data.
var germanToo = []string{"Normal", "Text"}

// verb finds the verbs of fmt in a text.
var verb = regexp.MustCompile(`%(\[[0-9]+\])?[-+#0]*[0-9]*(\.[0-9]+)?[dsgvqefwxXT]`)
