package ui

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app/render"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// The contact sheet: five pictures a row, each so many pixels wide.
const contactColumns, contactWidth = 5, 300

// showContact draws every class's map beside the window and opens the page that
// shows them.
func (w *Window) showContact() {
	st := w.session.State()
	w.background("drawing the contact sheet", func() {
		sheet, err := render.Contacts{Picture: st.Picture, View: st.View, Result: st.Result, Map: st.Map, Rows: st.Rows}.Sheet(contactColumns, contactWidth)
		if err != nil {
			w.session.Notify(message.Sentence(err))
			return
		}
		w.options.Do(func() { w.pages.showContact(sheet) })
	})
}

// showContact opens the page of all maps.
func (p *pages) showContact(sheet image.Image) {
	if p.contact == nil {
		p.contact = p.window(kit.T("All maps"), func() { p.contact = nil })
	}
	picture := canvas.NewImageFromImage(sheet)
	picture.FillMode, picture.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleFastest
	p.contact.SetContent(container.NewStack(picture))
	p.show(p.contact, fyne.NewSize(1500, 940))
}
