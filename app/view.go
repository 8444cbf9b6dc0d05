package app

import (
	"math"
	"slices"

	"hilum/app/findings"
	"hilum/app/radiograph"
	"hilum/app/settings"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/raster"
)

// SetViewport tells the size of the picture's widget in device pixels.
func (s *Session) SetViewport(w, h int) {
	s.mu.Lock()
	same := s.viewport == [2]int{w, h}
	s.mu.Unlock()
	if same || w < 1 || h < 1 {
		return
	}
	s.change(func() {
		s.viewport = [2]int{w, h}
		s.refit()
	})
}

// refit follows the viewport while the view is fitted. Under the lock.
func (s *Session) refit() {
	p := s.state.Picture
	if p == nil || !s.state.View.Fit || s.viewport[0] == 0 {
		return
	}
	w, h := p.SeenSize(s.state.View.Orient)
	s.state.View.Place = raster.Fit(w, h, s.viewport[0], s.viewport[1])
}

// firstView is how a picture is shown at first: fitted, its own window and
// polarity. Under the lock.
func (s *Session) firstView(p *radiograph.Picture) radiograph.View {
	v := radiograph.View{Window: s.firstWindow(p), Fit: true}
	if s.viewport[0] > 0 {
		w, h := p.Pyramid.Size()
		v.Place = raster.Fit(w, h, s.viewport[0], s.viewport[1])
	}
	return v
}

// firstWindow is the one that the reader wants pictures to open with. Under the
// lock.
func (s *Session) firstWindow(p *radiograph.Picture) dicomio.Window {
	if s.prefs.FirstWindow == settings.FullWindow {
		return p.Image.FullWindow()
	}
	return p.Image.DefaultWindow()
}

// onPicture changes the view when there is a picture to look at.
func (s *Session) onPicture(f func(p *radiograph.Picture, v *radiograph.View)) {
	s.change(func() {
		if p := s.state.Picture; p != nil {
			s.touch()
			f(p, &s.state.View)
		}
	})
}

// SetWindow shows modality values around centre; the width is at least 1. A
// sigmoid or table of the file keeps its shape and is stretched.
func (s *Session) SetWindow(centre, width float64) {
	if math.IsNaN(centre) || math.IsInf(centre, 0) || math.IsNaN(width) || math.IsInf(width, 0) {
		return
	}
	s.onPicture(func(_ *radiograph.Picture, v *radiograph.View) {
		v.Window = radiograph.Adjusted(v.Window, centre, width)
	})
}

// DragWindow changes the window by a drag in device pixels: right widens it
// (less contrast), left narrows it; down raises the centre (darker), up lowers
// it (brighter). Across the viewport's width the width changes by the range of
// values in the picture.
func (s *Session) DragWindow(dx, dy float64) {
	s.onPicture(func(p *radiograph.Picture, v *radiograph.View) {
		w := v.Window
		if w.LUT != nil && w.Width <= 0 {
			own := w.LUT.Span()
			w.Center, w.Width = own.Center, own.Width
		}
		perPixel := p.Image.FullWindow().Width / float64(max(s.viewport[0], 256))
		v.Window = radiograph.Adjusted(w, w.Center+dy*perPixel, w.Width+dx*perPixel)
	})
}

// NextWindow goes through the windows of the file, then the full range, then
// the computed one.
func (s *Session) NextWindow() {
	s.onPicture(func(p *radiograph.Picture, v *radiograph.View) {
		list := radiograph.Windows(p.Image)
		next := 0
		for i, w := range list {
			if w.Name == v.Window.Name && w.Center == v.Window.Center && w.Width == v.Window.Width {
				next = (i + 1) % len(list)
			}
		}
		v.Window = list[next]
	})
}

// ToggleInvert turns black and white on the screen.
func (s *Session) ToggleInvert() {
	s.onPicture(func(_ *radiograph.Picture, v *radiograph.View) { v.Invert = !v.Invert })
}

// ResetView goes back to the file's own window and polarity, fitted.
func (s *Session) ResetView() {
	s.onPicture(func(p *radiograph.Picture, v *radiograph.View) { *v = s.firstView(p) })
}

// FitView shows the whole picture.
func (s *Session) FitView() {
	s.onPicture(func(_ *radiograph.Picture, v *radiograph.View) {
		v.Fit = true
		s.refit()
	})
}

// OneToOne shows one device pixel for one of the picture's.
func (s *Session) OneToOne() {
	s.onPicture(func(_ *radiograph.Picture, v *radiograph.View) {
		v.Fit = false
		v.Place.Zoom = 1
	})
}

// Pan moves the picture by device pixels.
func (s *Session) Pan(dx, dy float64) {
	s.onPicture(func(p *radiograph.Picture, v *radiograph.View) {
		v.Fit = false
		v.Place = v.Place.Pan(dx, dy).Keep(p.SeenSize(v.Orient))
	})
}

// ZoomAt zooms by a factor and keeps the point (x, y) of the viewport, in
// device pixels, where it is.
func (s *Session) ZoomAt(x, y, factor float64) {
	if !(factor > 0) || math.IsInf(factor, 0) {
		return
	}
	s.onPicture(func(p *radiograph.Picture, v *radiograph.View) {
		v.Fit = false
		v.Place = v.Place.ZoomAt(s.viewport[0], s.viewport[1], x, y, factor).Keep(p.SeenSize(v.Orient))
	})
}

// SetSort orders the findings.
func (s *Session) SetSort(o findings.Sort) {
	s.change(func() {
		s.state.Sort = o
		s.state.Rows = s.rows()
	})
}

// rows lists the findings as shown. Under the lock.
func (s *Session) rows() []findings.Row {
	var rows []findings.Row
	if r := s.state.Result; r != nil {
		for _, f := range r.Findings {
			rows = append(rows, findings.Row{Class: f.Class, Scored: true, Finding: f})
		}
	} else {
		classes := s.state.Model.Classes
		if classes == nil {
			classes = inference.ChestXray14()
		}
		for _, c := range classes {
			rows = append(rows, findings.Row{Class: c})
		}
	}
	s.compareRows(rows)
	if s.state.Only && s.state.Result != nil {
		rows = slices.DeleteFunc(rows, func(r findings.Row) bool { return !r.Finding.Positive || r.Finding.NoValid != "" })
	}
	findings.SortRows(rows, s.state.Sort)
	return rows
}

// SetOnly lists only positive findings, or all.
func (s *Session) SetOnly(positive bool) {
	s.change(func() {
		s.state.Only = positive
		s.state.Rows = s.rows()
	})
}

// SetScale chooses the figures beside the bars.
func (s *Session) SetScale(scale findings.Scale) {
	s.change(func() {
		if scale == findings.ProbabilityScale || scale == findings.OperatingScale {
			s.state.Scale = scale
		}
	})
}
