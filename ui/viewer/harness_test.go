package viewer

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/ui/uitest"
)

// harness is the pictures of a session in a window of their own.
type harness struct {
	*uitest.Session
	win    fyne.Window
	panes  *Panes
	viewer *Viewer
	timing Timing
}

func newHarness(t testing.TB, c app.Config) *harness {
	t.Helper()
	h := &harness{Session: uitest.NewSession(t, c)}
	h.panes = NewPanes(h.Look(), h.Env, &h.timing, func() { h.panes.Present(h.State()) })
	h.viewer = h.panes.Current()
	h.win = test.NewTempWindow(t, h.panes.Content())
	h.win.SetPadded(false)
	h.win.Resize(fyne.NewSize(700, 640))
	h.win.Canvas().Focus(h.viewer)
	h.Follow(h.panes.Present)
	return h
}

// scoring is a vHarness with a model.
func scoring(t testing.TB) *harness {
	t.Helper()
	h := newHarness(t, uitest.ScoringConfig())
	h.StartScoring()
	return h
}

// looking is a window with one image in it.
func looking(t testing.TB) *harness {
	h := scoring(t)
	h.open("first.dcm")
	return h
}

// open opens files and waits for the first to be shown and scored.
func (h *harness) open(names ...string) app.State {
	h.T.Helper()
	st := h.OpenFiles(names...)
	h.frame() // lays out and paints
	return st
}

// frame draws the window.
func (h *harness) frame() image.Image {
	img := h.win.Canvas().Capture()
	h.Run()
	return img
}

// key types a key as the driver does.
func (h *harness) key(name fyne.KeyName, mods fyne.KeyModifier) { h.Key(h.win.Canvas(), name, mods) }

// centreOf is the middle of the picture's field on the canvas.
func (h *harness) centreOf() fyne.Position {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(h.viewer)
	return at.AddXY(h.viewer.Size().Width/2, h.viewer.Size().Height/2)
}
