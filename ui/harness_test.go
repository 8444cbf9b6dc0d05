package ui

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/ui/findingspanel"
	"hilum/ui/studylist"
	"hilum/ui/uitest"
)

// harness is a window on a session, driven from the test's goroutine.
type harness struct {
	*uitest.Session
	window *Window
	traced []string
}

func newHarness(t testing.TB, c app.Config) *harness {
	t.Helper()
	h := &harness{Session: uitest.NewSession(t, c)}
	h.window = NewWindow(h.App, h.Workstation, Options{
		Opener: h.Opener, Do: h.Queue.Do,
		Held:  func() fyne.KeyModifier { return h.Held },
		Trace: func(m string) { h.traced = append(h.traced, m) },
	})
	h.window.win.Resize(fyne.NewSize(1280, 720)) // software painting takes its time
	h.window.Show()
	t.Cleanup(func() {
		h.window.Close()
		h.window.Wait()
	})
	return h
}

// scoring is a harness with a model.
func scoring(t testing.TB) *harness {
	t.Helper()
	h := newHarness(t, uitest.ScoringConfig())
	h.StartScoring()
	return h
}

// keeping is scoring with records of a reader.
func keeping(t testing.TB) *harness {
	t.Helper()
	h := newHarness(t, uitest.KeepingConfig(t))
	h.StartScoring()
	return h
}

// looking is a window with one image in it.
func looking(t testing.TB) *harness {
	h := scoring(t)
	h.open("first.dcm")
	return h
}

// open opens files and waits for the first to be shown, and scored when there is
// a model.
func (h *harness) open(names ...string) app.State {
	h.T.Helper()
	st := h.OpenFiles(names...)
	h.frame() // lays out and paints
	return st
}

// frame draws the window.
func (h *harness) frame() image.Image {
	img := h.window.win.Canvas().Capture()
	h.Run()
	return img
}

// key types a key as the driver does.
func (h *harness) key(name fyne.KeyName, mods fyne.KeyModifier) {
	h.Key(h.window.win.Canvas(), name, mods)
}

// bars are the rows of the findings.
func (h *harness) bars() *findingspanel.Bars {
	h.T.Helper()
	return uitest.Find(h.T, h.window.findings.Content, "rows", func(*findingspanel.Bars) bool { return true })
}

// list are the rows of the studies.
func (h *harness) list() *studylist.List {
	h.T.Helper()
	return uitest.Find(h.T, h.window.worklist.Content, "list", func(*studylist.List) bool { return true })
}

// pictured waits until each study of the list has its small picture, or none for good.
func (h *harness) pictured() {
	h.T.Helper()
	h.frame()
	h.Wait("the small pictures", func(st app.State) bool { return st.Thumbnails >= st.Listed.Len() })
}
