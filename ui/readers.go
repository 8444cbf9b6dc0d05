package ui

import (
	"hilum/app/command"
	"hilum/internal/message"
	"hilum/ui/menu"
)

const idReader = "reader.choose"

// readerCommands are those of who reads that ask for words, or for a choice.
func (w *Window) readerCommands() []command.Command {
	r := w.session.Readers
	kept := func() bool { return w.session.State().Reader.Key != "" }
	put := func(f func(string)) func(string) message.Message {
		return func(text string) message.Message {
			f(text)
			return message.Message{}
		}
	}
	return []command.Command{
		{ID: idReader, Title: "Who reads\u2026", Menu: "Answers", Shortcut: "Ctrl+Alt+R", Enabled: kept,
			Do: w.chooseReader},
		{ID: "reader.add", Title: "Another reader\u2026", Menu: "Answers", Shortcut: "Ctrl+Alt+A", Enabled: kept,
			Do: func() { w.questions.ask(question{w.env.T("Name of the reader"), "", put(r.Add)}) }},
		{ID: "reader.rename", Title: "Other name for the reader\u2026", Menu: "Answers", Shortcut: "Ctrl+Alt+M",
			Enabled: kept,
			Do: func() {
				w.questions.ask(question{w.env.T("Name of the reader"), w.session.State().Reader.Title(), put(r.Rename)})
			}},
		{ID: "reader.off", Title: "Take the reader off the list", Menu: "Answers", Shortcut: "Ctrl+Alt+X",
			Enabled: kept,
			Do:      func() { r.TakeOff(w.session.State().Reader.Key) }},
	}
}

// chooseReader offers the readers on the list, and what can be done with it.
func (w *Window) chooseReader() {
	st := w.session.State()
	var list []command.Command
	for _, o := range st.Readers {
		c := command.Command{
			ID: menu.ReaderPrefix + o.Key, Title: o.Title(), Menu: "Reader", Enabled: command.Always,
			Do: func() { w.session.Readers.Switch(o.Key) },
		}
		if o.Key == st.Reader.Key {
			c.Menu = "Reads now"
		}
		list = append(list, c)
	}
	for _, c := range w.session.Commands() {
		switch c.ID {
		case "reader.add", "reader.rename", "reader.off", "blinded.toggle":
			list = append(list, c)
		}
	}
	menu.ShowPalette(w.env, w.win.Canvas(), list, func() { w.focus(nil) })
}
