package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app/viewport"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// TestSecondWindowFollows the picture, the window and the map, with neither text
// nor marks, says what it is not for, and goes with the main window.
func TestSecondWindowFollows(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	w := h.window
	w.run(idSecond)()
	second := w.second
	if second.win == nil {
		t.Fatal("no second window")
	}
	second.win.Resize(fyne.NewSize(400, 400))
	second.win.Canvas().Capture()
	h.Viewport.SetWindow(1000, 500)
	h.Viewport.ToggleInvert()
	h.Maps.ToggleMapOn()
	h.Run()
	got, want := second.viewer.State(), h.State()
	if got.Picture != want.Picture || got.View.Window != want.View.Window || !got.View.Invert || !got.Map.On {
		t.Error("the second window shows another state")
	}
	if got.Corners != viewport.NoCorners {
		t.Error("there is text over the picture")
	}
	found := false
	for _, s := range uitest.Texts(second.win.Canvas().Content()) {
		found = found || strings.Contains(s, "Not for diagnosis")
	}
	if !found {
		t.Error("the second window does not say what it is not for")
	}
	whose := func() string { return second.whose.Text }
	if want := "PHANTOM, ADA  P-0001  F  61 years  2026-11-20 09:12"; whose() != want {
		t.Errorf("it says %q, want %q", whose(), want)
	}
	h.Viewport.NextCorners()
	h.Viewport.NextCorners() // without the patient
	h.Run()
	if strings.Contains(whose(), "PHANTOM") || !strings.Contains(whose(), "2026-11-20") {
		t.Errorf("without the patient it says %q", whose())
	}
	h.Viewport.NextCorners()
	h.Run()
	golden.Check(t, "second", second.win.Canvas().Capture())
	w.run(idSecond)()
	if w.second.win != nil {
		t.Error("the command does not close it again")
	}
	w.run(idSecond)()
	w.Close()
	if w.second.win != nil {
		t.Error("it outlives the main window")
	}
}

// TestSecondWindowComesBackAsItWasLeft: its size, and the other screen where there is one.
// The test's driver has no screens: what is asked of it is told by what is kept.
func TestSecondWindowComesBackAsItWasLeft(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	w, screens := h.window, 1
	w.options.Screens = func() int { return screens }
	w.run(idOtherScreen)()
	if w.second.win != nil || !strings.Contains(h.State().Message.String(), "one screen") {
		t.Errorf("with one screen it says %q", h.State().Message)
	}
	w.run(idSecond)()
	w.second.win.Resize(fyne.NewSize(500, 640))
	w.run(idSecond)()
	w.run(idSecond)()
	if got := w.second.win.Canvas().Size(); got != fyne.NewSize(500, 640) {
		t.Errorf("it comes back with %v", got)
	}
	screens = 2
	w.run(idOtherScreen)()
	if !h.Settings.Preferences().Second.OtherScreen {
		t.Error("the other screen is not remembered")
	}
	w.second.typedKey(&fyne.KeyEvent{Name: fyne.KeyF11})
	if !w.second.win.FullScreen() || w.win.FullScreen() {
		t.Error("F11 is not the second window's own")
	}
	w.second.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.second.win.FullScreen() || h.Settings.Preferences().Second.OtherScreen {
		t.Error("Escape does not give it back its size")
	}
	w.second.typedKey(&fyne.KeyEvent{Name: fyne.KeyI})
	if !h.State().View.Invert {
		t.Error("other keys are not the film's")
	}
}

// TestTourCard walks through the tour by its buttons; it takes neither keys nor
// the picture's mouse.
func TestTourCard(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm")
	h.Tour.StartTour()
	h.Run()
	card := h.window.tour
	if !card.box.Visible() {
		t.Fatal("no card")
	}
	h.key(fyne.KeyI, 0)
	if !h.State().View.Invert {
		t.Error("the card takes the keys")
	}
	button := func(text string) *kit.Button {
		return uitest.Find(t, card.box, text, func(b *kit.Button) bool { return b.Text == text })
	}
	test.Tap(button("Next"))
	h.Run()
	if got := h.State().Tour; got != 2 {
		t.Errorf("at step %d", got)
	}
	golden.Check(t, "tour", uitest.Picture(t, card.card, tourWidth, tourHeight))
	test.Tap(button("Skip the tour"))
	h.Run()
	if card.box.Visible() || !h.Settings.Preferences().TourSeen {
		t.Error("skipping does not end it")
	}
}
