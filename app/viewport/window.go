package viewport

import (
	"math"

	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/store"
)

// SetWindow shows modality values around centre; the width is at least 1. A
// sigmoid or table of the file keeps its shape and is stretched.
func (v *Viewport) SetWindow(centre, width float64) {
	if math.IsNaN(centre) || math.IsInf(centre, 0) || math.IsNaN(width) || math.IsInf(width, 0) {
		return
	}
	v.look(func(_ *radiograph.Picture, view *radiograph.View) {
		view.Window = radiograph.Adjusted(view.Window, centre, width)
	})
}

// DragWindow changes the window by a drag in device pixels: right widens it
// (less contrast), left narrows it; down makes the picture darker, up brighter, as it is
// shown, whether low values are black or white. Across the viewport's width the width
// changes by the range of values in the picture.
func (v *Viewport) DragWindow(dx, dy float64) {
	v.look(func(p *radiograph.Picture, view *radiograph.View) {
		w := windowOf(view.Window)
		if p.Image.Inverted != view.Invert {
			dy = -dy
		}
		perPixel := p.Image.FullWindow().Width / float64(max(v.size[0], 256))
		view.Window = radiograph.Adjusted(w, w.Center+dy*perPixel, w.Width+dx*perPixel)
	})
}

// NextWindow goes through the windows of the file, or the computed one, the full range,
// those by name and the reader's own.
func (v *Viewport) NextWindow() {
	var list []dicomio.Window
	v.hub.Look(func(tx store.Tx) { list = v.state.In(tx).Windows })
	v.look(func(_ *radiograph.Picture, view *radiograph.View) {
		if len(list) == 0 {
			return
		}
		next := 0
		for i, w := range list {
			if w.Name == view.Window.Name && w.Center == view.Window.Center && w.Width == view.Window.Width {
				next = (i + 1) % len(list)
			}
		}
		view.Window = list[next]
	})
}

// ToggleInvert turns black and white on the screen.
func (v *Viewport) ToggleInvert() {
	v.look(func(_ *radiograph.Picture, view *radiograph.View) { view.Invert = !view.Invert })
}

// ToggleShape changes between a straight window and a sigmoid of the same centre
// and width (PS3.3 C.11.2.1.3); a table of the file becomes a straight one over
// the range it is for.
func (v *Viewport) ToggleShape() {
	v.look(func(p *radiograph.Picture, view *radiograph.View) {
		w := view.Window
		if w.LUT != nil {
			w = p.Image.FullWindow()
		}
		w.Name = radiograph.ManualWindow
		if w.Function == dicomio.Sigmoid {
			w.Function = dicomio.LinearExact
		} else {
			w.Function = dicomio.Sigmoid
		}
		view.Window = w
	})
}

// AutoWindow shows the values of the lungs, or, where no lungs are found, those of the
// middle of the picture, and says so. They are looked for in the background; what
// is found belongs to the moment of asking, and is let go of where the reader has chosen
// another window since, or has undone or redone a step.
func (v *Viewport) AutoWindow() {
	var p *radiograph.Picture
	var at dicomio.Window
	asked := 0
	v.hub.Change(func(tx store.Tx) {
		if p = v.reading.Picture(tx); p == nil {
			return
		}
		s := v.state.In(tx)
		v.asked++
		asked, at, s.Seeking = v.asked, s.View.Window, true
	})
	if p == nil {
		return
	}
	v.hub.Go("looking for the lungs", func() {
		w, lungs := p.AutoWindow()
		v.hub.Change(func(tx store.Tx) {
			if v.asked != asked {
				return
			}
			s := v.state.In(tx)
			s.Seeking = false
			if v.reading.Picture(tx) != p || s.View.Window != at {
				return
			}
			if !lungs {
				v.reading.Say(tx,
					message.Of("No lungs were found on this picture; the window spans the values of its middle."))
			}
			s.View.Window = w
		})
	})
}

// DropAutoWindow lets go of a window from the lungs that is still being looked for.
func (v *Viewport) DropAutoWindow(tx store.Tx) {
	v.asked++
	v.state.In(tx).Seeking = false
}
