package viewer

import (
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/ui/uitest"
)

// TestButtonsDoWhatTheReaderHasSet: each button each of the three, and the window in each
// of its four directions; the usual mouse is the oracle of the directions.
func TestButtonsDoWhatTheReaderHasSet(t *testing.T) {
	h := looking(t)
	v := h.viewer
	buttons := []desktop.MouseButton{desktop.MouseButtonPrimary, desktop.MouseButtonTertiary,
		desktop.MouseButtonSecondary}
	set := func(m viewport.Mouse) {
		if err := h.Settings.SetPreferences(func(p *settings.Preferences) { p.Mouse = m }); err != nil {
			t.Fatal(err)
		}
		h.Viewport.ResetView()
		h.Run()
		v.Present(h.State())
	}
	drag := func(b desktop.MouseButton, dx, dy float32) {
		uitest.Press(v, b, 0, fyne.NewPos(100, 100))
		if b == desktop.MouseButtonSecondary {
			v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(100+dx, 100+dy)},
				Button: b})
		} else {
			v.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(dx, dy)})
		}
		v.MouseUp(nil)
	}
	for _, does := range []viewport.Drag{viewport.DragsWindow, viewport.DragsPan, viewport.DragsZoom} {
		for _, b := range buttons {
			set(viewport.Mouse{Left: does, Middle: does, Right: does})
			before := h.State().View
			drag(b, 20, 30)
			after := h.State().View
			window, zoom := after.Window != before.Window, after.Place.Zoom != before.Place.Zoom
			moved := after.Place.CX != before.Place.CX || after.Place.CY != before.Place.CY
			if window != (does == viewport.DragsWindow) || zoom != (does == viewport.DragsZoom) ||
				does == viewport.DragsPan && !moved {
				t.Errorf("button %v set to %s: window %v, zoom %v, moved %v", b, does, window, zoom, moved)
			}
			if does == viewport.DragsZoom &&
				math.Abs(after.Place.Zoom/before.Place.Zoom-math.Exp(-0.21*v.pixels)) > 1e-9 {
				t.Errorf("30 units down zoom by %v", after.Place.Zoom/before.Place.Zoom)
			}
		}
	}
	window := func(m viewport.Mouse, dx, dy float32) [2]float64 {
		set(m)
		drag(desktop.MouseButtonPrimary, dx, dy)
		w := h.State().View.Window
		return [2]float64{w.Center, w.Width}
	}
	usual := viewport.DefaultMouse()
	right, down := window(usual, 30, 0), window(usual, 0, 20)
	up := window(usual, 0, -20)
	for _, c := range []struct {
		brighter, swapped bool
		dx, dy            float32
		want              [2]float64
	}{
		{false, true, 0, 30, right}, {false, true, 20, 0, down}, {true, false, 0, 20, up}, {true, false, 30, 0, right},
		{true, true, 20, 0, up}, {true, true, 0, 30, right},
	} {
		m := usual
		m.BrighterDown, m.WidthUpDown = c.brighter, c.swapped
		if got := window(m, c.dx, c.dy); got != c.want {
			t.Errorf("%+v: %v, want %v", c, got, c.want)
		}
	}
}
