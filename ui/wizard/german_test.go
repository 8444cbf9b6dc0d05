package wizard

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/internal/message/reread"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

// inGerman is a harness whose window speaks German, on a run that is done, with
// bench and verdict read.
func inGerman(t *testing.T) *harness {
	t.Helper()
	uitest.Speak(t, "de")
	h, _ := finished(t)
	return h
}

// germanToo are texts that are words of both languages or part of the data.
var germanToo = []string{"Training", "Films"} // Films is the name of the test's run

// germanOnly fails for each word in sight that the language has another one for.
func germanOnly(t *testing.T, h *harness, where string) {
	t.Helper()
	h.win.Canvas().Capture()
	texts := uitest.Texts(h.win.Content())
	if len(texts) < 25 {
		t.Errorf("%s: only %d texts are in sight: %q", where, len(texts), texts)
	}
	for _, s := range uitest.Untranslated(t, "de", texts) {
		if !slices.Contains(germanToo, s) {
			t.Errorf("%s: in English: %q", where, s)
		}
	}
}

// TestNothingStaysEnglish walks through every step, every view of the verdict and
// the list with two runs side by side.
func TestNothingStaysEnglish(t *testing.T) {
	h := inGerman(t)
	h.on(func() {
		for s := stepData; s <= stepRuns; s++ {
			h.show(s)
			germanOnly(t, h, s.title(uitest.Environment(t)))
		}
		h.show(stepValidate)
		for view := range h.pages[stepValidate].(*validatePage).views {
			h.pages[stepValidate].(*validatePage).turn(view)
			germanOnly(t, h, "Validieren")
		}
		h.begin(false)
		germanOnly(t, h, "empty")
		h.begin(true)
		h.show(stepModel)
		germanOnly(t, h, "calibrate only")
		h.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	})
}

// TestGermanGoldens: German words are longer, and must not be cut off, at the
// usual size and on a screen of 1280x720.
func TestGermanGoldens(t *testing.T) {
	h := inGerman(t)
	h.on(func() {
		h.turn(stepDeploy)
		golden.Check(t, "german-5-deploy", h.win.Canvas().Capture())
		h.win.Resize(fyne.NewSize(1280, 660)) // what a screen of 1280x720 leaves a window
		h.turn(stepTrain)
		golden.Check(t, "german-3-train-small", h.win.Canvas().Capture())
		h.turn(stepData)
	})
	h.wait(t, "the thumbnails", func() bool {
		return h.pages[stepData].(*dataPage).images.cells[11].image.Image.Bounds().Dx() > 1
	})
	h.on(func() { golden.Check(t, "german-1-data-small", h.win.Canvas().Capture()) })
}

// turn shows a step as it is after a frame, when text has wrapped to its width.
func (h *harness) turn(s step) {
	h.show(s)
	h.win.Content().Refresh()
}

// TestJobsInGerman: what a job says is put together from its layers' words.
func TestJobsInGerman(t *testing.T) {
	h := inGerman(t)
	h.on(func() {
		warning := "Positives among the 181 films that set thresholds: Hernia 7, Pleural_Thickening 9. No threshold will " +
			"be set for them; 10 are needed."
		if got := said(uitest.Environment(t), []string{warning})[0]; !strings.Contains(got,
			"Hernie 7, Pleuraverdickung 9") ||
			!strings.Contains(got, "10 sind nötig") {
			t.Errorf("%q", got)
		}
		few := "too few labelled films of one outcome: 7 positive and 90 negative, at least 10 of each are needed"
		if got := uitest.Environment(t).Text(reread.Message(few)); !strings.HasPrefix(got, "zu wenige") ||
			!strings.Contains(got, "7 positive, 90 negative") {
			t.Errorf("%q", got)
		}
	})
}
