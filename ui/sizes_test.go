package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app/settings"
	"hilum/ui/uitest"
)

// screens are the sizes, in pixels, that the window has to hold at.
func screens() []fyne.Size {
	return []fyne.Size{
		{Width: 960, Height: 720}, {Width: 1280, Height: 720}, {Width: 1600, Height: 1000}, {Width: 1080, Height: 1920},
		{Width: 3840, Height: 2160},
	}
}

// TestNothingIsCutOff walks the window at all sizes, with text and controls up to twice as
// large, in two languages: whatever is in sight is there in full. Text of twice the size
// leaves half of the units.
func TestNothingIsCutOff(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		h := scoring(t)
		h.prefer(func(p *settings.Preferences) { p.Language = language })
		h.open("first.dcm", "ap.dcm")
		h.Maps.ToggleMap("Effusion")
		for _, screen := range screens() {
			for _, text := range []float32{1, 1.5, 2} {
				h.resize(fyne.NewSize(screen.Width/text, screen.Height/text))
				for _, what := range uitest.CutOff(h.window.win.Content()) {
					t.Errorf("%s, %v, text %v: %s", language, screen, text, what)
				}
				h.checkRoom(fmt.Sprintf("%s, %v, text %v", language, screen, text))
			}
		}
	}
}

// checkRoom has the picture keep its room, and the panels where both have theirs.
func (h *harness) checkRoom(where string) {
	h.T.Helper()
	w := h.window.workspace
	size := w.box.Size()
	if got := w.picture.Size(); got.Width < leastPicture || got.Height < leastPicture/2 {
		h.T.Errorf("%s: the picture has %v", where, got)
	}
	if both := w.studies.shown && w.findings.shown; !both && size.Width >= leastStudies+leastFindings+leastPicture {
		h.T.Errorf("%s: a panel went although there is room for both in %v", where, size)
	}
}

func (h *harness) prefer(f func(*settings.Preferences)) {
	h.T.Helper()
	if err := h.Settings.SetPreferences(f); err != nil {
		h.T.Fatal(err)
	}
	h.Run()
}

// resize makes the window as large as asked, whatever it needs.
func (h *harness) resize(size fyne.Size) {
	h.T.Helper()
	h.window.win.Resize(size)
	h.Run()
	h.window.win.Canvas().Capture()
	h.Run()
	if got := h.window.win.Canvas().Size(); got != size {
		h.T.Errorf("asked for %v, the contents need %v", size, got)
	}
}
