package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app"
	"hilum/inference"
	"hilum/ui/kit"
	"hilum/ui/viewer"
)

// secondWindow is the current picture alone, for a second screen: it follows the
// main window.
type secondWindow struct {
	win    fyne.Window
	viewer *viewer.Viewer
	view   *app.SecondLook
}

// toggleSecond opens the second window, or closes it.
func (w *Window) toggleSecond() {
	if w.second != nil {
		w.second.win.Close()
		return
	}
	s := &secondWindow{win: w.application.NewWindow("Hilum: " + w.env.T("Picture")), view: app.NewSecondLook(w.session)}
	w.second = s
	s.win.SetPadded(false)
	s.win.SetOnClosed(func() { w.second = nil })
	s.build(w.env, w.present)
	s.win.Resize(fyne.NewSize(900, 900))
	s.win.Canvas().SetOnTypedKey(w.env.TypedKey)
	s.win.Canvas().SetOnTypedRune(w.env.TypedRune)
	s.win.Show()
	s.present()
}

// build makes what stands in the window; without one it does nothing.
func (s *secondWindow) build(k *kit.Environment, changed func()) {
	if s == nil {
		return
	}
	s.viewer = viewer.New(s.view, k, changed)
	line := canvas.NewText(k.T(inference.NotForDiagnosis), k.Colours.Second)
	line.TextSize, line.Alignment = kit.CaptionSize, fyne.TextAlignCenter
	back := canvas.NewRectangle(kit.ColourPicture)
	s.win.SetContent(container.NewStack(back, container.NewBorder(nil, line, nil, nil, s.viewer)))
}

// present brings the second window in line; without one it does nothing.
func (s *secondWindow) present() {
	if s != nil {
		s.viewer.Present(s.view.State())
	}
}

// close takes the second window away with the main one.
func (s *secondWindow) close() {
	if s != nil {
		s.win.Close()
	}
}
