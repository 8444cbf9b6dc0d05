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
	w      *Window
	win    fyne.Window // nil while it is closed
	viewer *viewer.Viewer
	view   *app.SecondLook
	whose  *canvas.Text // and when
}

// toggle opens the second window, or closes it.
func (s *secondWindow) toggle() {
	if s.win != nil {
		s.win.Close()
		return
	}
	env := s.w.env
	s.win, s.view = s.w.application.NewWindow("Hilum: "+env.T("Picture")), app.NewSecondLook(s.w.session)
	s.win.SetPadded(false)
	s.win.SetOnClosed(func() { s.win = nil })
	s.build()
	s.win.Resize(fyne.NewSize(900, 900))
	s.win.Canvas().SetOnTypedKey(env.TypedKey)
	s.win.Canvas().SetOnTypedRune(env.TypedRune)
	s.win.Show()
	s.present()
}

// named tells whether the reader has left the patient's name on the picture.
func (w *Window) named() bool { return w.session.State().Corners != viewport.NoCorners }

// build makes what stands in the window; while it is closed it does nothing.
func (s *secondWindow) build() {
	if s.win == nil {
		return
	}
	k := s.w.env
	s.viewer = viewer.New(s.view, k, s.w.present)
	s.whose = canvas.NewText("", k.Colours.Text)
	line := canvas.NewText(k.T(inference.NotForDiagnosis), k.Colours.Second)
	for _, t := range []*canvas.Text{s.whose, line} {
		t.TextSize, t.Alignment = kit.CaptionSize, fyne.TextAlignCenter
	}
	back := canvas.NewRectangle(kit.ColourPicture)
	s.win.SetContent(container.NewStack(back, container.NewBorder(nil, container.NewVBox(s.whose, line), nil, nil,
		s.viewer)))
}

// present brings the second window in line; while it is closed it does nothing. The patient
// is named unless the reader has taken the name off the picture.
func (s *secondWindow) present() {
	if s.win == nil {
		return
	}
	named := s.w.named()
	st := s.view.State()
	s.viewer.Present(st)
	words := ""
	if p := st.Picture; p != nil {
		words = radiograph.WhoseWords(s.w.env.Words(), &p.Image.Header, named)
	}
	if s.whose.Text != words {
		s.whose.Text = words
		s.whose.Refresh()
	}
}

// close takes the second window away with the main one.
func (s *secondWindow) close() {
	if s.win != nil {
		s.win.Close()
	}
}
