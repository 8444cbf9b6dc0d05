package ui

import (
	"hilum/app/radiograph"
	"hilum/app/render"
	"hilum/internal/message"
)

// showContact draws every class's map beside the window and opens the page that
// shows them.
func (w *Window) showContact() {
	st := w.session.State()
	whose := radiograph.WhoseWords(w.env.Words(), &st.Picture.Image.Header, w.named())
	w.jobs.background("drawing the contact sheet", func() {
		sheet, err := render.Contacts{
			Picture: st.Picture, View: st.View, Result: st.Result, Map: st.Map, Rows: st.Rows, Words: w.env.Words(),
		}.Sheet(contactColumns, contactWidth)
		if err != nil {
			w.session.Notify(message.Sentence(err))
			return
		}
		w.options.Do(func() { w.pages.ShowContact(sheet, whose) })
	})
}

// The contact sheet: five pictures a row, each so many pixels wide.
const contactColumns, contactWidth = 5, 300

// showAttributes reads the attributes of the current study beside the window and
// opens the page that lists them.
func (w *Window) showAttributes() {
	title := ""
	if st := w.session.State(); st.Current >= 0 {
		title = st.Studies[st.Current].Name()
	}
	w.jobs.background("reading the attributes", func() {
		list, err := w.session.Studies.Attributes(w.session.Context())
		if err != nil {
			w.session.Notify(message.Sentence(err))
			return
		}
		w.options.Do(func() { w.pages.ShowAttributes(title, list) })
	})
}
