package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/ui/golden"
)

// textOf is the text of an object that has one of its own.
func textOf(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *canvas.Text:
		return o.Text
	case *widget.Label:
		return o.Text
	case *widget.Button:
		return o.Text
	case *widget.RichText:
		return o.String()
	}
	return ""
}

// TestNothingStaysEnglish opens the window in German and looks at every word in
// sight: none that has a German one may be English.
func TestNothingStaysEnglish(t *testing.T) {
	t.Setenv("FYNE_SCALE", "1")
	h := scoring(t)
	h.open("ap.dcm")
	speak(t, "en") // and back afterwards
	if err := h.session.SetPreferences(func(p *app.Preferences) { p.Language = "de" }); err != nil {
		t.Fatal(err)
	}
	h.session.ToggleMapOn()
	h.session.StartTour()
	h.run()
	h.window.win.Canvas().Capture()
	german, english := dictionaryOf(t, "de"), map[string]bool{}
	for en, de := range german {
		if en != de && !verb.MatchString(en) {
			english[en] = true
		}
	}
	seen := shownTexts(h.window.win.Content())
	for _, m := range h.window.menus.main.Items {
		seen = append(seen, m.Label)
		for _, i := range m.Items {
			seen = append(seen, i.Label)
		}
	}
	if !slices.Contains(seen, "Befunde") || len(seen) < 60 {
		t.Fatalf("only %d texts are in sight: %q", len(seen), seen)
	}
	var left []string
	for _, s := range seen {
		if english[strings.TrimSpace(s)] && !slices.Contains(germanToo, s) {
			left = append(left, s)
		}
	}
	if len(left) > 0 {
		t.Errorf("in English: %q", left)
	}
	h.listed()
	golden.Check(t, "window-german", h.window.win.Canvas().Capture())
}

// germanToo are texts that are words of both languages or part of the data.
var germanToo = []string{"Normal", "Text"}

// verb finds the verbs of fmt in a text.
var verb = regexp.MustCompile(`%(\[[0-9]+\])?[-+#0]*[0-9]*(\.[0-9]+)?[dsgvqf]`)
