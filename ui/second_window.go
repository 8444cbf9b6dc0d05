package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app"
	"hilum/app/radiograph"
	"hilum/app/viewport"
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
	whose  *canvas.Text // and when
	env    *kit.Environment
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
	s.present(w.named())
}

// named tells whether the reader has left the patient's name on the picture.
func (w *Window) named() bool { return w.session.State().Corners != viewport.NoCorners }

// build makes what stands in the window; without one it does nothing.
func (s *secondWindow) build(k *kit.Environment, changed func()) {
	if s == nil {
		return
	}
	s.viewer = viewer.New(s.view, k, changed)
	s.whose, s.env = canvas.NewText("", k.Colours.Text), k
	line := canvas.NewText(k.T(inference.NotForDiagnosis), k.Colours.Second)
	for _, t := range []*canvas.Text{s.whose, line} {
		t.TextSize, t.Alignment = kit.CaptionSize, fyne.TextAlignCenter
	}
	back := canvas.NewRectangle(kit.ColourPicture)
	s.win.SetContent(container.NewStack(back, container.NewBorder(nil, container.NewVBox(s.whose, line), nil, nil,
		s.viewer)))
}

// present brings the second window in line; without one it does nothing. The patient is
// named unless the reader has taken the name off the picture.
func (s *secondWindow) present(patient bool) {
	if s == nil {
		return
	}
	st := s.view.State()
	s.viewer.Present(st)
	words := ""
	if p := st.Picture; p != nil {
		words = radiograph.WhoseWords(s.env.Words(), &p.Image.Header, patient)
	}
	if s.whose.Text != words {
		s.whose.Text = words
		s.whose.Refresh()
	}
}

// close takes the second window away with the main one.
func (s *secondWindow) close() {
	if s != nil {
		s.win.Close()
	}
}
