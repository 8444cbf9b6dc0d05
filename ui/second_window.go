package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app"
	"hilum/app/radiograph"
	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/internal/message"
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

// toggle opens the second window as it was left, or closes it.
func (s *secondWindow) toggle() {
	if s.win != nil {
		s.win.Close()
		return
	}
	env, p := s.w.env, s.w.session.Settings.Preferences().Second
	s.win, s.view = s.w.application.NewWindow("Hilum: "+env.T("Picture")), app.NewSecondLook(s.w.session)
	s.win.SetPadded(false)
	s.win.SetOnClosed(s.closed)
	s.build()
	s.win.Resize(fyne.NewSize(usualOr(p.Width, secondSize), usualOr(p.Height, secondSize)))
	s.win.Canvas().SetOnTypedKey(s.typedKey)
	s.win.Canvas().SetOnTypedRune(env.TypedRune)
	s.win.Show()
	if p.OtherScreen && s.w.options.Screens() > 1 {
		s.fillOther()
	}
	s.present()
}

// secondSize is the usual width and height of the window, in units.
const secondSize = 900

// typedKey takes the keys that are of this window, and hands on the others: full screen is
// its own, and Escape ends that.
func (s *secondWindow) typedKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyF11:
		s.fill(!s.win.FullScreen())
	case e.Name == fyne.KeyEscape && s.win.FullScreen():
		s.fill(false)
	default:
		s.w.env.TypedKey(e)
	}
}

// fill has the window take the screen that it is on, or gives it back its size.
func (s *secondWindow) fill(on bool) {
	if !on {
		s.keepOther(false)
	}
	s.win.SetFullScreen(on)
}

// toggleOther puts the window on the other screen, over all of it, and opens it for that; a
// second time it is a window again.
func (s *secondWindow) toggleOther() {
	if s.w.options.Screens() < 2 {
		s.w.session.Notify(message.Of("This machine has one screen. The second window can be moved and made larger there."))
		return
	}
	if s.onOther() {
		s.fill(false)
		return
	}
	if s.win == nil {
		s.toggle()
	}
	s.keepOther(true)
	s.fillOther()
}

// onOther tells whether the window fills the other screen.
func (s *secondWindow) onOther() bool {
	return s.win != nil && s.win.FullScreen() && s.w.session.Settings.Preferences().Second.OtherScreen
}

func (s *secondWindow) keepOther(on bool) {
	s.w.setPreferences(func(p *settings.Preferences) { p.Second.OtherScreen = on })
}

// fillOther asks for the screen that the main window is not on.
func (s *secondWindow) fillOther() {
	if d, ok := s.win.(desktop.Window); ok {
		d.RequestFullScreenSecondary()
	}
}

// closed keeps the size that the window was left with.
func (s *secondWindow) closed() {
	size, whole := s.win.Canvas().Size(), s.win.FullScreen()
	s.win = nil
	if !whole {
		s.w.setPreferences(func(p *settings.Preferences) {
			p.Second.Width, p.Second.Height = float64(size.Width), float64(size.Height)
		})
	}
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
