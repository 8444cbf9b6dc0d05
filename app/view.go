package app

import (
	"math"
	"sort"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/ui/raster"
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
	w, h := p.Pyramid.Size()
	s.state.View.Place = raster.Fit(w, h, s.viewport[0], s.viewport[1])
}

// firstView is how a picture is shown at first: fitted, its own window and
// polarity. Under the lock.
func (s *Session) firstView(p *Picture) View {
	v := View{Window: s.firstWindow(p), Fit: true}
	if s.viewport[0] > 0 {
		w, h := p.Pyramid.Size()
		v.Place = raster.Fit(w, h, s.viewport[0], s.viewport[1])
	}
	return v
}

// firstWindow is the one that the reader wants pictures to open with. Under the
// lock.
func (s *Session) firstWindow(p *Picture) dicomio.Window {
	if s.prefs.FirstWindow == FullWindow {
		return p.Image.FullWindow()
	}
	return p.Image.DefaultWindow()
}

// onPicture changes the view when there is a picture to look at.
func (s *Session) onPicture(f func(p *Picture, v *View)) {
	s.change(func() {
		if p := s.state.Picture; p != nil {
			f(p, &s.state.View)
		}
	})
}

// minWidth keeps a window from closing to nothing.
const minWidth = 1

// SetWindow shows modality values around centre; the width is at least 1. A
// table or sigmoid of the file keeps its shape only until the reader changes it.
func (s *Session) SetWindow(centre, width float64) {
	if math.IsNaN(centre) || math.IsInf(centre, 0) || math.IsNaN(width) || math.IsInf(width, 0) {
		return
	}
	s.onPicture(func(_ *Picture, v *View) {
		v.Window = dicomio.Window{Name: "manual", Center: centre, Width: max(width, minWidth), Function: adjustable(v.Window)}
	})
}

// adjustable is the function that a dragged window has: a sigmoid stays one, a
// table becomes a straight line over the same range.
func adjustable(w dicomio.Window) dicomio.WindowFunction {
	if w.LUT == nil && w.Function == dicomio.Sigmoid {
		return dicomio.Sigmoid
	}
	return dicomio.LinearExact
}

// DragWindow changes the window by a drag in device pixels: right widens it
// (less contrast), left narrows it; down raises the centre (darker), up lowers
// it (brighter). Across the viewport's width the width changes by the range of
// values in the picture.
func (s *Session) DragWindow(dx, dy float64) {
	s.onPicture(func(p *Picture, v *View) {
		full := p.Image.FullWindow()
		w := v.Window
		if w.LUT != nil {
			w = full
		}
		perPixel := full.Width / float64(max(s.viewport[0], 256))
		v.Window = dicomio.Window{
			Name: "manual", Function: adjustable(v.Window),
			Center: w.Center + dy*perPixel, Width: max(w.Width+dx*perPixel, minWidth),
		}
	})
}

// NextWindow goes through the windows of the file, then the full range, then
// the computed one.
func (s *Session) NextWindow() {
	s.onPicture(func(p *Picture, v *View) {
		list := Windows(p.Image)
		next := 0
		for i, w := range list {
			if w.Name == v.Window.Name && w.Center == v.Window.Center && w.Width == v.Window.Width {
				next = (i + 1) % len(list)
			}
		}
		v.Window = list[next]
	})
}

// Windows are the presets of a picture, at least one.
func Windows(im *dicomio.Image) []dicomio.Window {
	list := append([]dicomio.Window{}, im.VOI...)
	if len(list) == 0 {
		list = append(list, im.DefaultWindow())
	}
	if full := im.FullWindow(); full.Center != list[0].Center || full.Width != list[0].Width {
		list = append(list, full)
	}
	return list
}

// ToggleInvert turns black and white on the screen.
func (s *Session) ToggleInvert() {
	s.onPicture(func(_ *Picture, v *View) { v.Invert = !v.Invert })
}

// ResetView goes back to the file's own window and polarity, fitted.
func (s *Session) ResetView() {
	s.onPicture(func(p *Picture, v *View) { *v = s.firstView(p) })
}

// FitView shows the whole picture.
func (s *Session) FitView() {
	s.onPicture(func(_ *Picture, v *View) {
		v.Fit = true
		s.refit()
	})
}

// OneToOne shows one device pixel for one of the picture's.
func (s *Session) OneToOne() {
	s.onPicture(func(_ *Picture, v *View) {
		v.Fit = false
		v.Place.Zoom = 1
	})
}

// Pan moves the picture by device pixels.
func (s *Session) Pan(dx, dy float64) {
	s.onPicture(func(p *Picture, v *View) {
		v.Fit = false
		v.Place = v.Place.Pan(dx, dy).Keep(p.Pyramid.Size())
	})
}

// ZoomAt zooms by a factor and keeps the point (x, y) of the viewport, in
// device pixels, where it is.
func (s *Session) ZoomAt(x, y, factor float64) {
	if !(factor > 0) || math.IsInf(factor, 0) {
		return
	}
	s.onPicture(func(p *Picture, v *View) {
		v.Fit = false
		v.Place = v.Place.ZoomAt(s.viewport[0], s.viewport[1], x, y, factor).Keep(p.Pyramid.Size())
	})
}

// ToggleMap shows the class's map over the picture; the class that is shown
// already is hidden.
func (s *Session) ToggleMap(class string) {
	s.change(func() {
		m := &s.state.Map
		if m.On && m.Class == class {
			m.On = false
			return
		}
		m.Class, m.On = class, class != ""
	})
	s.wantMaps()
}

// ToggleMapOn shows or hides the map of the chosen class; with none chosen it
// takes the class with the largest margin.
func (s *Session) ToggleMapOn() {
	s.change(func() {
		m := &s.state.Map
		m.On = !m.On
		if m.On && m.Class == "" {
			m.Class = s.largest()
			m.On = m.Class != ""
		}
	})
	s.wantMaps()
}

// largest is the class with the largest relative margin. Under the lock.
func (s *Session) largest() string {
	r := s.state.Result
	if r == nil {
		return ""
	}
	best := 0
	for i, f := range r.Findings {
		if f.RelMargin > r.Findings[best].RelMargin {
			best = i
		}
	}
	return r.Findings[best].Class
}

// SetMapOn shows or hides the map of the chosen class.
func (s *Session) SetMapOn(on bool) {
	s.change(func() { s.state.Map.On = on && s.state.Map.Class != "" })
	s.wantMaps()
}

// Peek shows the bare picture while on.
func (s *Session) Peek(on bool) { s.change(func() { s.state.Map.Peek = on }) }

// SetOpacity sets how strongly the map covers the picture, 0..1.
func (s *Session) SetOpacity(v float64) {
	s.change(func() {
		if v >= 0 && v <= 1 {
			s.state.Map.Opacity = v
		}
	})
}

// SetPerMap stretches each map to its own range, or puts all on one scale.
func (s *Session) SetPerMap(on bool) { s.change(func() { s.state.Map.PerMap = on }) }

// SetSigned shows evidence against the class too.
func (s *Session) SetSigned(on bool) { s.change(func() { s.state.Map.Signed = on }) }

// SetColours chooses a colour map by name; the two-sided one shows evidence
// against as well. An unknown name changes nothing.
func (s *Session) SetColours(name string) {
	c, ok := raster.FindColourMap(name)
	if !ok {
		return
	}
	s.change(func() {
		s.state.Map.Signed = c.Signed
		if !c.Signed {
			s.state.Map.Colours = name
		}
	})
}

// SetSort orders the findings.
func (s *Session) SetSort(o Sort) {
	s.change(func() {
		s.state.Sort = o
		s.state.Rows = s.rows()
	})
}

// rows lists the findings as shown. Under the lock.
func (s *Session) rows() []Row {
	var rows []Row
	if r := s.state.Result; r != nil {
		for _, f := range r.Findings {
			rows = append(rows, Row{Class: f.Class, Scored: true, Finding: f})
		}
	} else {
		classes := s.state.Model.Classes
		if classes == nil {
			classes = inference.ChestXray14()
		}
		for _, c := range classes {
			rows = append(rows, Row{Class: c})
		}
	}
	if s.state.Sort == ByMargin {
		sort.SliceStable(rows, func(i, j int) bool { return rows[i].Finding.RelMargin > rows[j].Finding.RelMargin })
	}
	return rows
}

// Heat is the chosen class's map on the scale that m asks for: -1..1, negative
// only where evidence against is shown. It is nil when there is no such map.
func Heat(r *inference.Result, m Map) *raster.Heat {
	if r == nil {
		return nil
	}
	shared := SharedScale(r)
	for i := range r.Maps {
		h := &r.Maps[i]
		if h.Class != m.Class {
			continue
		}
		out := &raster.Heat{W: h.Width, H: h.Height, X0: h.X0, Y0: h.Y0, X1: h.X1, Y1: h.Y1}
		scale := shared
		if m.PerMap {
			scale = h.Largest()
		}
		if m.PerMap && !m.Signed {
			out.Values = h.MinMax()
			return out
		}
		out.Values = h.Scaled(scale)
		if !m.Signed {
			for i, v := range out.Values {
				out.Values[i] = max(v, 0)
			}
		}
		return out
	}
	return nil
}

// SharedScale is the largest evidence of any class in a result: on it all maps
// of the picture can be compared.
func SharedScale(r *inference.Result) float64 {
	scale := 0.0
	for i := range r.Maps {
		scale = max(scale, r.Maps[i].Largest())
	}
	return scale
}
