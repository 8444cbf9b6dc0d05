package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/internal/message"
	"hilum/ui/kit"
)

// question asks the reader for one line.
type question struct {
	title string
	text  string // that stands there at first
	// done takes what was typed, or says why it cannot, which leaves the question open.
	done func(text string) message.Message
}

// askWidth is how wide the line is, in units.
const askWidth = 420

// questions are put over a window, one at a time.
type questions struct {
	env   *kit.Environment
	do    func(func()) // runs a function on the window's goroutine
	leave func()       // gives the keyboard back to the picture
}

// ask puts a question over the window, after the letter of the key that asked for it has
// gone by. Enter answers, Escape leaves; then the picture has the keyboard again.
func (a questions) ask(q question) { a.do(func() { a.show(q) }) }

func (a questions) show(q question) {
	c := a.env.Canvas()
	entry, why := kit.NewBox(a.env), widget.NewLabel("")
	entry.SetText(q.text)
	why.Wrapping, why.Importance = fyne.TextWrapWord, widget.WarningImportance
	why.Hide()
	title := widget.NewLabel(q.title)
	title.TextStyle.Bold = true
	pop := widget.NewModalPopUp(container.NewVBox(title, kit.Sized(entry, askWidth), why), c)
	entry.OnEscape = func() {
		pop.Hide()
		a.leave()
	}
	entry.OnSubmitted = func(text string) {
		if m := q.done(text); !m.IsZero() {
			why.SetText(a.env.Text(m))
			why.Show()
			pop.Refresh()
			return
		}
		entry.OnEscape()
	}
	pop.Show()
	c.Focus(entry)
	if q.text != "" {
		entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}
