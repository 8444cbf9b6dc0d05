package lab

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

// germanToo are texts that are the same in both languages.
var germanToo = []string{"Clip", "Drain"}

func germanOnly(t *testing.T, d *bed, where string) {
	t.Helper()
	texts := append(uitest.Texts(d.w.win.Content()), uitest.MenuTexts(d.w.win.MainMenu())...)
	for _, s := range uitest.Untranslated(t, "de", texts) {
		if !slices.Contains(germanToo, s) {
			t.Errorf("%s: in English: %q", where, s)
		}
	}
	if !slices.Contains(texts, "Werkzeuge") || len(texts) < 60 {
		t.Errorf("%s: only %d texts are in sight: %q", where, len(texts), texts)
	}
}

// TestNothingStaysEnglish looks at every word of the lab: empty, with each kind of
// edit chosen, with maps, and in every step of the ready lessons.
func TestNothingStaysEnglish(t *testing.T) {
	uitest.Speak(t, "de")
	empty := newBed(t)
	empty.capture()
	germanOnly(t, empty, "empty")
	d := loaded(t)
	region := edit.Rect{X: 0.3, Y: 0.3, W: 0.1, H: 0.1}
	for _, e := range []edit.Edit{
		{Kind: edit.Erase, Region: region, Soft: 0.1}, {Kind: edit.InPaint, Region: region},
		{Kind: edit.Blur, Region: region, Radius: 0.02},
		{Kind: edit.Marker, Device: edit.Tag, Region: region},
		{Kind: edit.Marker, Device: edit.LetterL, Region: region},
		{Kind: edit.Exposure, Gamma: 1.2, Scale: 1}, {Kind: edit.Noise, Amount: 0.02, Seed: 1},
		{Kind: edit.Rotate, Degrees: 5}, {Kind: edit.Flip},
		{Kind: edit.Crop, Region: edit.Rect{X: 0.1, Y: 0.1, W: 0.8, H: 0.8}},
	} {
		d.b.Edits.Add(e)
		st := d.wait("the edit", idle)
		d.w.present()
		germanOnly(t, d, string(e.Kind))
		if text := sentenceText(uitest.Environment(t), st); edit.Standard().Placed(e) &&
			!strings.HasPrefix(text, "Das ") {
			t.Errorf("%s: %q", e.Kind, text)
		}
	}
	d.b.Maps.SetStrip(effect.ByMethod)
	d.wait("the maps", idle)
	d.w.present()
	germanOnly(t, d, "maps")
	for _, r := range lesson.BuiltIn() {
		for _, c := range d.w.list {
			if c.ID == "lesson.ready."+r.Name {
				d.w.environment.Chorded(c)
			}
		}
		for step := range r.Lesson.Steps {
			d.b.Lesson.GoTo(step)
			d.wait("the step", func(st lab.State) bool { return st.Lesson != nil && st.Step == step && idle(st) })
			d.w.present()
			germanOnly(t, d, r.Name)
		}
	}
}

// TestSentencesInGerman: what the bench says is put together from parts.
func TestSentencesInGerman(t *testing.T) {
	uitest.Speak(t, "de")
	figure := func(s string) message.Figure { return message.Figure(s) }
	for want, m := range map[string]message.Message{
		"Das Auslöschen dieser Stelle senkt Raumforderung um ,31 (von ,82 auf ,51); an 20 zufälligen Stellen änderte sich " +
			"der Wert um -,02 (-,05 bis +,01): 3 Stellen bewirkten ebenso viel.": message.Of(
			"%s; at %d random places it changed by %s (%s to %s): %s.",
			message.Of(
				"%s lowered %s by %s (%s to %s)", message.Of("Erasing this"), inference.Named("Mass"), figure(".31"),
				figure(".82"),
				figure(".51"),
			),
			20, figure("-.02"), figure("-.05"), figure("+.01"), message.Of("%d places did as much", 3)),
		"Dieses Rauschen lässt Pleuraverdickung bei ,12; das wirkt auf die ganze Aufnahme, also gibt es keine " +
			"andere Stelle zum Vergleich.": message.Of(
			"%s; it acts on the whole film, so there is no other place to try it.",
			message.Of("%s left %s at %s", message.Of("This noise"), inference.Named("Pleural_Thickening"),
				figure(".12"))),
	} {
		if got := uitest.Environment(t).Text(m); got != want {
			t.Errorf("%q became\n%q, want\n%q", m, got, want)
		}
	}
}

// TestGermanGoldens: at the usual size and in what a screen of 1280x720 leaves.
func TestGermanGoldens(t *testing.T) {
	uitest.Speak(t, "de")
	d := loaded(t)
	d.b.Edits.Add(
		edit.Edit{Kind: edit.Erase, Region: edit.Rect{X: 0.25, Y: 0.4, W: 0.25, H: 0.2}, Soft: 0.1,
			Shape: edit.Ellipse},
	)
	d.wait("the edit", func(st lab.State) bool { return st.Control != nil && idle(st) })
	golden.Check(t, "german", d.capture())
	d.w.win.Resize(fyne.NewSize(1280, 660))
	golden.Check(t, "german-small", d.capture())
}

// TestTheExportedPageIsGermanToo: the words between the tags of a lesson's page.
func TestTheExportedPageIsGermanToo(t *testing.T) {
	uitest.Speak(t, "de")
	d := newBed(t)
	d.b.NextPhantom()
	d.wait("a phantom", idle)
	d.b.SetClass("Mass")
	d.b.Edits.Add(edit.Edit{Kind: edit.Erase, Region: edit.Rect{X: 0.6, Y: 0.3, W: 0.15, H: 0.2}, Soft: 0.1})
	d.wait("the edit", idle)
	d.b.Lesson.New("Eine Stunde")
	d.b.Lesson.AddStep("Ein Schritt", "Ein Text")
	d.wait("the lesson", func(st lab.State) bool { return st.Lesson != nil && len(st.Lesson.Steps) > 0 && idle(st) })
	path := filepath.Join(t.TempDir(), "page.html")
	d.b.Lesson.Export(path)
	d.wait("the page", func(st lab.State) bool { return strings.HasPrefix(st.Message.String(), "Exported to") })
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	texts := strings.Split(
		html.UnescapeString(regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>`).ReplaceAllString(string(page), "\n")),
		"\n",
	)
	for _, s := range uitest.Untranslated(t, "de", texts) {
		t.Errorf("in English: %q", s)
	}
	if !strings.Contains(string(page), `<html lang="de">`) || !slices.Contains(texts, "Aufnahme") ||
		!slices.Contains(texts, "Raumforderung") {
		t.Errorf("the page is not German:\n%q", texts)
	}
}
