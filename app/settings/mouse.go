package settings

import (
	"hilum/app/command"
	"hilum/app/viewport"
	"hilum/internal/message"
)

// mouseCommands change what the mouse does: each button goes round what a drag can do.
func (s *Settings) mouseCommands() []command.Command {
	change := func(f func(m *viewport.Mouse)) func() {
		return func() {
			if err := s.SetPreferences(func(p *Preferences) { f(&p.Mouse) }); err != nil {
				s.program.Notify(message.Sentence(err))
				return
			}
			s.program.Tell(mouseWords(s.Preferences().Mouse))
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
func mouseWords(m viewport.Mouse) message.Message {
	word := map[viewport.Drag]message.Message{
		viewport.DragsWindow: message.Of("window"), viewport.DragsPan: message.Of("pan"),
		viewport.DragsZoom: message.Of("zoom"),
	}
	return message.Of("Drags now: left %s, middle %s, right %s.", word[m.Left], word[m.Middle], word[m.Right])
}
