package ui

import (
	"hilum/app/command"
	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/internal/message"
)

// mouseCommands change what the mouse does: each button goes round what a drag can do.
func (w *Window) mouseCommands() []command.Command {
	change := func(f func(m *viewport.Mouse)) func() {
		return func() {
			if err := w.session.Settings.SetPreferences(func(p *settings.Preferences) { f(&p.Mouse) }); err != nil {
				w.session.Notify(message.Sentence(err))
				return
			}
			w.session.Notify(w.mouseWords())
		}
	}
	next := map[viewport.Drag]viewport.Drag{
		viewport.DragsWindow: viewport.DragsPan, viewport.DragsPan: viewport.DragsZoom,
		viewport.DragsZoom: viewport.DragsWindow,
	}
	list := []command.Command{
		{ID: "mouse.left", Title: "Left drag: window, pan, zoom", Shortcut: "Ctrl+Alt+1",
			Do: change(func(m *viewport.Mouse) { m.Left = next[m.Left] })},
		{ID: "mouse.middle", Title: "Middle drag: window, pan, zoom", Shortcut: "Ctrl+Alt+2",
			Do: change(func(m *viewport.Mouse) { m.Middle = next[m.Middle] })},
		{ID: "mouse.right", Title: "Right drag: window, pan, zoom", Shortcut: "Ctrl+Alt+3",
			Do: change(func(m *viewport.Mouse) { m.Right = next[m.Right] })},
		{ID: "mouse.brighter", Title: "Drag down: darker or brighter", Shortcut: "Ctrl+Alt+4",
			Do: change(func(m *viewport.Mouse) { m.BrighterDown = !m.BrighterDown })},
		{ID: "mouse.axes", Title: "Drag: width across or up and down", Shortcut: "Ctrl+Alt+5",
			Do: change(func(m *viewport.Mouse) { m.WidthUpDown = !m.WidthUpDown })},
	}
	for i := range list {
		list[i].Menu, list[i].Enabled = "View", command.Always
	}
	return list
}

// mouseWords says what the mouse does now.
func (w *Window) mouseWords() message.Message {
	m := w.session.State().Mouse
	word := map[viewport.Drag]message.Message{
		viewport.DragsWindow: message.Of("window"), viewport.DragsPan: message.Of("pan"),
		viewport.DragsZoom: message.Of("zoom"),
	}
	return message.Of("Drags now: left %s, middle %s, right %s.", word[m.Left], word[m.Middle], word[m.Right])
}
