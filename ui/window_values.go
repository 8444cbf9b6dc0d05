package ui

import (
	"strconv"

	"hilum/app/command"
)

// valueCommands are those of the window's values that ask for words.
func (w *Window) valueCommands(picture func() bool) []command.Command {
	v := w.session.Viewport
	return []command.Command{
		{ID: "view.window.values", Title: "Centre and width\u2026", Menu: "View", Shortcut: "Shift+W",
			Enabled: picture, Do: func() {
				now := w.session.State().View.Window
				text := strconv.FormatFloat(now.Center, 'g', 6, 64) + " " + strconv.FormatFloat(now.Width, 'g', 6, 64)
				w.questions.ask(question{w.env.T("Centre and width of the window"), text, v.SetTyped})
			}},
		{ID: "view.window.keep", Title: "Keep this window\u2026", Menu: "View", Shortcut: "Ctrl+Alt+W",
			Enabled: picture,
			Do:      func() { w.questions.ask(question{w.env.T("Name of the window"), "", v.KeepWindow}) }},
	}
}
