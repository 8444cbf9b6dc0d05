package ui

import (
	"testing"

	"hilum/app"
	"hilum/app/viewport"
)

// TestTheMouseIsSetByCommands: each button goes round, the directions back and forth.
func TestTheMouseIsSetByCommands(t *testing.T) {
	h := newHarness(t, app.Config{})
	for _, id := range []string{"mouse.left", "mouse.middle", "mouse.right", "mouse.right", "mouse.brighter",
		"mouse.axes"} {
		h.window.run(id)()
	}
	want := viewport.Mouse{Left: viewport.DragsPan, Middle: viewport.DragsZoom, Right: viewport.DragsWindow,
		BrighterDown: true, WidthUpDown: true}
	if got := h.State().Mouse; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := h.State().Message.String(); got != "Drags now: left pan, middle zoom, right window." {
		t.Errorf("said %q", got)
	}
	for range 3 {
		h.window.run("mouse.left")()
	}
	if got := h.State().Mouse.Left; got != viewport.DragsPan {
		t.Errorf("three steps on it is %s", got)
	}
}
