package page

import (
	"fyne.io/fyne/v2"

	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/ui/kit"
)

// mouse is the tab of what the mouse does to the picture.
func (p *preferencesPage) mouse() fyne.CanvasObject {
	env, at := p.options.Env, p.options.Settings.Preferences().Mouse
	drags := []option[viewport.Drag]{
		{viewport.DragsWindow, env.T("Window")}, {viewport.DragsPan, env.T("Pan")}, {viewport.DragsZoom, env.T("Zoom")},
	}
	button := func(name string, at viewport.Drag, set func(m *viewport.Mouse, d viewport.Drag)) fyne.CanvasObject {
		return setting(env, name, choice(drags, at, func(d viewport.Drag) {
			p.prefer(func(q *settings.Preferences) { set(&q.Mouse, d) })
		}), "")
	}
	return page(
		button(env.T("Left drag"), at.Left, func(m *viewport.Mouse, d viewport.Drag) { m.Left = d }),
		button(env.T("Middle drag"), at.Middle, func(m *viewport.Mouse, d viewport.Drag) { m.Middle = d }),
		button(env.T("Right drag"), at.Right, func(m *viewport.Mouse, d viewport.Drag) { m.Right = d }),
		second(env.T("A tool in hand has the left button first; Ctrl pans with any, Shift changes the window finely.")),
		setting(env, env.T("Brightness"), choice([]option[bool]{
			{false, env.T("Darker downwards")}, {true, env.T("Brighter downwards")},
		}, at.BrighterDown, func(v bool) {
			p.prefer(func(q *settings.Preferences) { q.Mouse.BrighterDown = v })
		}), env.T("To the right instead where the width is up and down. As it is seen, whichever way the film stores its values.")),
		setting(env, env.T("Width of the window"), choice([]option[bool]{
			{false, env.T("Left and right")}, {true, env.T("Up and down")},
		}, at.WidthUpDown, func(v bool) {
			p.prefer(func(q *settings.Preferences) { q.Mouse.WidthUpDown = v })
		}), ""),
	)
}

// mouseRows say what the mouse does, as it is set: what one does and what comes of it.
func mouseRows(env *kit.Environment, m viewport.Mouse) (rows [][2]string) {
	does := func(d viewport.Drag) string {
		switch d {
		case viewport.DragsPan:
			return env.T("Pan")
		case viewport.DragsZoom:
			return env.T("Zoom")
		}
		return windowDrag(env, m)
	}
	return [][2]string{
		{env.T("Left drag"), does(m.Left)}, {env.T("Middle drag"), does(m.Middle)}, {env.T("Right drag"), does(m.Right)},
		{env.T("Ctrl drag"), env.T("Pan")}, {env.T("Wheel"), env.T("Zoom to the cursor")},
		{env.T("Ctrl and wheel"), env.T("Pictures of the study")},
		{env.T("Double click"), env.T("Fit")}, {env.T("Right click"), env.T("What can be done here")},
		{env.T("Click on a finding"), env.T("Its heat map on or off")}, {env.T("Space (hold)"), env.T("Bare picture")},
	}
}

// windowDrag says which way a drag of the window goes.
func windowDrag(env *kit.Environment, m viewport.Mouse) string {
	switch {
	case m.WidthUpDown && m.BrighterDown:
		return env.T("Window: down wider, right brighter (Shift: finely)")
	case m.WidthUpDown:
		return env.T("Window: down wider, right darker (Shift: finely)")
	case m.BrighterDown:
		return env.T("Window: right wider, down brighter (Shift: finely)")
	}
	return env.T("Window: right wider, down darker (Shift: finely)")
}
