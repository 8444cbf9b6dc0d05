package ui

import (
	"hilum/app/command"
	"hilum/internal/message"
)

// remarkCommands are those of key images and conclusions that ask for words.
func (w *Window) remarkCommands() []command.Command {
	r, known := w.session.Remarks, w.session.Remarks.Known
	put := func(f func(string)) func(string) message.Message {
		return func(text string) message.Message {
			f(text)
			return message.Message{}
		}
	}
	return []command.Command{
		{ID: "key.note", Title: "Key image with a note\u2026", Menu: "Answers", Shortcut: "Shift+N", Enabled: known,
			Do: func() {
				w.questions.ask(question{w.env.T("Note to the key image"), w.session.State().KeyImage.Text, put(r.NoteKeyImage)})
			}},
		{ID: "study.conclusion", Title: "Conclusion of the study\u2026", Menu: "Answers", Shortcut: "Ctrl+Alt+C",
			Enabled: known,
			Do: func() {
				w.questions.ask(question{w.env.T("Conclusion of the study"), w.session.State().RemarksState.Conclusion.Text,
					put(r.Conclude)})
			}},
	}
}
