// Package uitest is what the tests of several windows share: the words in sight, in
// the language in force, and a run of the wizard that is done. It imports app/runs,
// training, internal/phantom, inference, ui/kit and Fyne.
package uitest

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app/command"
	"hilum/internal/catalogue"
	"hilum/ui/kit"
)

// styles are those of the tests that run, by name.
var styles sync.Map

// StyleOf is the style of a test's windows, English in the look of a reading room unless
// the test says otherwise.
func StyleOf(t testing.TB) *kit.Style {
	t.Helper()
	made, known := styles.LoadOrStore(t.Name(), kit.NewStyle())
	if !known {
		t.Cleanup(func() { styles.Delete(t.Name()) })
	}
	return made.(*kit.Style)
}

// Environment is one of no window, with the style of a test's windows and no commands.
func Environment(t testing.TB) *kit.Environment {
	t.Helper()
	return &kit.Environment{
		Style: StyleOf(t), Commands: func() []command.Command { return nil }, Help: func() {},
		Modifiers: func() fyne.KeyModifier { return 0 }, Peek: func(bool) {},
	}
}

// Speak has a test's windows speak a language; the toolkit's own dialogs, which have one
// language for all, go back to English when the test ends.
func Speak(t testing.TB, code string) {
	t.Helper()
	if err := StyleOf(t).SetLanguage(code); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kit.NewStyle().SetLanguage("en"); err != nil {
			t.Error(err)
		}
	})
}

// Walk visits what is visible, widgets by their renderers.
func Walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			Walk(c, visit)
		}
	case fyne.Widget:
		for _, c := range drawn(test.WidgetRenderer(o)) {
			Walk(c, visit)
		}
	}
}

// drawn are the objects of a renderer, or those that it shows as a still.
func drawn(r fyne.WidgetRenderer) []fyne.CanvasObject {
	if still, ok := r.(interface{ Drawn() []fyne.CanvasObject }); ok {
		return still.Drawn()
	}
	return r.Objects()
}

// textOf is the text of an object that has one of its own.
func textOf(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *canvas.Text:
		return o.Text
	case *widget.Label:
		return o.Text
	case *widget.Button:
		return o.Text
	case *widget.Check:
		return o.Text
	case *widget.Select:
		return o.Selected
	case *widget.Entry:
		if o.Text == "" {
			return o.PlaceHolder
		}
		return o.Text
	case *kit.Box:
		return textOf(&o.Entry)
	case *widget.RichText:
		return o.String()
	}
	return ""
}

// Texts are all words that are visible under an object.
func Texts(o fyne.CanvasObject) (out []string) {
	Walk(o, func(o fyne.CanvasObject) {
		if s := textOf(o); strings.TrimSpace(s) != "" {
			out = append(out, s)
		}
	})
	return out
}

// MenuTexts are the words of a menu, without the keys.
func MenuTexts(m *fyne.MainMenu) (out []string) {
	for _, menu := range m.Items {
		out = append(out, menu.Label)
		for _, i := range menu.Items {
			title, _ := kit.MenuParts(i.Label)
			out = append(out, title)
		}
	}
	return out
}

// verb finds the verbs of fmt in a text.
var verb = regexp.MustCompile(`%(\[[0-9]+\])?[-+#0]*[0-9]*(\.[0-9]+)?[dsgvqf]`)

// Untranslated gives the texts that the language has other words for: they are
// those of a key, or made from one with figures in it.
func Untranslated(t testing.TB, code string, texts []string) (out []string) {
	t.Helper()
	l, err := catalogue.Open(code)
	if err != nil {
		t.Fatal(err)
	}
	english := map[string]bool{}
	var made []*regexp.Regexp
	for en, other := range l.Keys() {
		switch plain := verb.ReplaceAllString(en, ""); {
		case slices.Contains(other, en) || strings.HasPrefix(en, "finding:"):
		case plain == en:
			english[en] = true
		case len(letters.FindAllString(plain, -1)) >= enoughWords:
			made = append(made, like(en))
		}
	}
	for _, s := range texts {
		s = strings.TrimSpace(s)
		// without the number or mark before it
		bare := strings.TrimLeftFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
		found := english[s] || english[bare]
		for _, m := range made {
			found = found || m.MatchString(s)
		}
		if found {
			out = append(out, s)
		}
	}
	return out
}

// letters finds words.
var letters = regexp.MustCompile(`\pL{2,}`)

// enoughWords of a text with figures tell it from one in another language.
const enoughWords = 3

// like matches what is made from a text with verbs.
func like(text string) *regexp.Regexp {
	var b strings.Builder
	at := 0
	for _, m := range verb.FindAllStringIndex(text, -1) {
		b.WriteString(regexp.QuoteMeta(text[at:m[0]]) + ".*")
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(text[at:]))
	return regexp.MustCompile("(?s)^" + strings.ReplaceAll(b.String(), "%%", "%") + "$")
}
