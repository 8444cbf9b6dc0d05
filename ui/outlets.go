package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app"
	"hilum/app/export"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// secondWindow is the current picture alone, for a second screen: it follows the
// main window.
type secondWindow struct {
	win    fyne.Window
	viewer *Viewer
	look   *app.SecondLook
}

// toggleSecond opens the second window, or closes it.
func (w *Window) toggleSecond() {
	if w.second != nil {
		w.second.win.Close()
		return
	}
	s := &secondWindow{win: w.pages.application.NewWindow("Hilum: " + kit.T("Picture")), look: app.NewSecondLook(w.session)}
	w.second = s
	s.win.SetPadded(false)
	s.win.SetOnClosed(func() { w.second = nil })
	w.fillSecond()
	s.win.Resize(fyne.NewSize(900, 900))
	s.win.Canvas().SetOnTypedKey(w.keys.TypedKey)
	s.win.Canvas().SetOnTypedRune(w.keys.TypedRune)
	s.win.Show()
	s.present()
}

// fillSecond makes what stands in the second window.
func (w *Window) fillSecond() {
	s := w.second
	s.viewer = newViewer(s.look, w.keys, w.present)
	line := canvas.NewText(kit.T(inference.NotForDiagnosis), kit.ColourSecond)
	line.TextSize, line.Alignment = kit.CaptionSize, fyne.TextAlignCenter
	back := canvas.NewRectangle(kit.ColourPicture)
	s.win.SetContent(container.NewStack(back, container.NewBorder(nil, line, nil, nil, s.viewer)))
}

// present brings the second window in line; without one it does nothing.
func (s *secondWindow) present() {
	if s != nil {
		s.viewer.Present(s.look.State())
	}
}

// close takes the second window away with the main one.
func (s *secondWindow) close() {
	if s != nil {
		s.win.Close()
	}
}

// print prints the one-page report beside the window.
func (w *Window) print() {
	w.background("printing", func() {
		said, err := w.session.Exports.PrintPage(w.session.Context(), export.Printer{})
		if err != nil {
			said = message.Sentence(err)
		}
		w.session.Notify(said)
	})
}

// copyPicture puts the picture on the clipboard.
func (w *Window) copyPicture() {
	w.background("copying the picture", func() {
		said, path, err := w.session.Exports.CopyPicture(w.session.Context())
		if err != nil {
			said = message.Sentence(err)
		}
		if path != "" {
			w.options.Do(func() { w.pages.application.Clipboard().SetContent(path) })
		}
		w.session.Notify(said)
	})
}
