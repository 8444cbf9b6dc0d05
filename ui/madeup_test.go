package ui

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/app/settings"
	"hilum/inference"
	"hilum/internal/catalogue"
	"hilum/internal/message"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/uitest"
	"hilum/ui/wizard"
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
			file[key] = map[string]string{
				"one": text + "\u00b9", "two": text + "\u00b2", "few": text + "\u00b3", "other": text + "\u2074",
			}
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

// speaksMadeUp fails for each word in sight that stayed English, and for each button that
// cuts its words off.
func speaksMadeUp(t *testing.T, where string, content fyne.CanvasObject, more ...string) {
	t.Helper()
	german := keysOf(t, "de")
	for _, s := range append(uitest.Texts(content), more...) {
		if german[s] != nil && stretched(s) != s && !slices.Contains(data, s) {
			t.Errorf("%s: in English: %q", where, s)
		}
	}
	uitest.Walk(content, func(o fyne.CanvasObject) {
		text := ""
		switch b := o.(type) {
		case *kit.Button:
			text = b.Text
		case *widget.Button:
			text = b.Text
		default:
			return
		}
		if o.MinSize().Width > o.Size().Width+1 {
			t.Errorf("%s: %q is cut off: %v of %v", where, text, o.Size().Width, o.MinSize().Width)
		}
	})
}

// data are words that a file, a model or a run brings along, whatever the language: of the
// test's window of the image, licence, and run.
var data = []string{"Normal", "none", "Films"}

// madeUpWindow is a window that speaks the language, with an image and its map.
func madeUpWindow(t *testing.T) *harness {
	t.Helper()
	t.Setenv("FYNE_SCALE", "1")
	uitest.Speak(t, "en") // and back afterwards
	words := madeUp(t)
	h := newHarness(t, uitest.KeepingConfig(t))
	h.StartScoring()
	h.window.options.Words = func(string) (message.Words, error) { return words, nil }
	if err := h.Settings.SetPreferences(func(p *settings.Preferences) { p.Language = "fr" }); err != nil {
		t.Fatal(err)
	}
	h.open("ap.dcm")
	h.Maps.ToggleMapOn()
	h.Run()
	return h
}

// TestAMadeUpLanguage: a language is its file. The whole window speaks one of four plural
// forms with words longer than German's, and no control cuts its words off.
func TestAMadeUpLanguage(t *testing.T) {
	h := madeUpWindow(t)
	h.Notify(message.Of("%d more files cannot be read.", 3))
	h.Run()
	h.frame()
	texts := uitest.Texts(h.window.win.Content())
	for _, want := range []string{stretched("Findings"), stretched("3 more files cannot be read.") + "\u00b3"} {
		if !slices.Contains(texts, want) {
			t.Errorf("%q is not in sight: %q", want, texts)
		}
	}
	speaksMadeUp(t, "the window", h.window.win.Content(), uitest.MenuTexts(h.window.menus.Main)...)
	for n, end := range map[int]string{1: "\u00b9", 2: "\u00b2", 4: "\u00b3", 5: "\u2074", 101: "\u00b9"} {
		if got := h.window.env.T("%s warnings", message.Count(n)); !strings.HasSuffix(got, end) {
			t.Errorf("%d: %q", n, got)
		}
	}
}

// TestTheOtherWindowsSpeakAMadeUpLanguage: every page, the second window, the lab and all
// steps of the wizard.
func TestTheOtherWindowsSpeakAMadeUpLanguage(t *testing.T) {
	h := madeUpWindow(t)
	root := t.TempDir()
	dir := uitest.FinishedRun(t, root)
	desk, err := runs.Open(runs.Config{
		Dir: root, Demo: inference.Source{Name: "demo model", ONNX: []byte("none")},
		Start: func(context.Context, runs.Spec, <-chan struct{}, func(runs.Event)) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	w := wizard.New(h.App, wizard.Options{
		Style: h.window.env.Style, Session: h.Workstation, Runs: desk, Opener: h.Opener, Do: h.Queue.Do,
	})
	t.Cleanup(func() { w.Close(); desk.Close(); w.Wait() })
	w.ShowRun(dir)
	commands := []string{idLab, idCard, idKeys, idPrefer, menu.ExportCommand, idAttributes, idAgreement, idContact, idSecond}
	for _, id := range commands {
		h.window.run(id)()
	}
	h.window.jobs.group.Wait()
	h.Settle()
	seen := 0
	for _, win := range h.App.Driver().AllWindows() {
		if win == h.window.win {
			continue
		}
		seen++
		win.Canvas().Capture()
		speaksMadeUp(t, win.Title(), win.Content(), win.Title())
		for _, tabs := range tabsOf(win.Content()) {
			for i := range tabs.Items {
				tabs.SelectIndex(i)
				win.Canvas().Capture()
				speaksMadeUp(t, win.Title()+", tab "+tabs.Items[i].Text, win.Content())
			}
		}
	}
	if seen < len(commands) {
		t.Errorf("only %d windows are open", seen)
	}
}

// tabsOf are the tabs of a page.
func tabsOf(in fyne.CanvasObject) (out []*container.AppTabs) {
	uitest.Walk(in, func(o fyne.CanvasObject) {
		if tabs, ok := o.(*container.AppTabs); ok {
			out = append(out, tabs)
		}
	})
	return out
}
