package app

import (
	"context"
	"fmt"
	"slices"

	"hilum/app/classmap"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/internal/raster"
	"hilum/internal/wording"
)

// ToggleMap shows the class's map over the picture; the class that is shown
// already is hidden.
func (s *Session) ToggleMap(class string) {
	s.change(func() {
		m := &s.state.Map
		s.state.Chosen = class
		if m.On && m.Class == class && m.More == "" {
			m.On = false
			return
		}
		m.Class, m.More, m.On = class, "", class != ""
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
			s.state.Chosen = m.Class
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

// AddMap shows the class's map beside those that are shown, in a colour of its
// own, or takes it away again.
func (s *Session) AddMap(class string) {
	s.change(func() {
		m := &s.state.Map
		switch {
		case class == "":
		case !m.On || m.Class == "":
			m.Class, m.More, m.On = class, "", true
		case m.Class == class:
			rest := m.More.List()
			if len(rest) == 0 {
				m.On = false
				return
			}
			m.Class, m.More = rest[0], m.More.Without(rest[0])
		case m.More.Has(class):
			m.More = m.More.Without(class)
		default:
			m.More = m.More.With(class)
		}
	})
	s.wantMaps()
}

// SetContours draws lines instead of filled maps.
func (s *Session) SetContours(on bool) { s.change(func() { s.state.Map.Contours = on }) }

// SetFloor hides map values below a share of the scale, 0..1.
func (s *Session) SetFloor(v float64) {
	s.change(func() {
		if v >= 0 && v <= 1 {
			s.state.Map.Floor = v
		}
	})
}

// SetMethod chooses how maps are computed. All but the model's own take one run
// of the model or many; that goes on in the background.
func (s *Session) SetMethod(method string) {
	s.change(func() {
		if slices.Contains(classmap.Methods(), method) {
			s.state.Map.Method = method
		}
	})
	s.wantMaps()
}

// ClassMaps are the maps to draw for the current picture: those of the method
// asked for.
func (st *State) ClassMaps() []inference.Heatmap {
	if st.Map.Method != classmap.OwnMaps {
		if st.Method.Name == st.Map.Method {
			return st.Method.Maps
		}
		return nil
	}
	if st.Result == nil {
		return nil
	}
	return st.Result.Maps
}

// wantMethod computes the chosen classes' maps by the chosen method in the
// background, unless they are there.
func (s *Session) wantMethod() {
	var work func()
	s.change(func() {
		st := &s.state
		if !st.Map.On || st.Result == nil || st.Picture == nil || st.Mapping || s.model == nil {
			return
		}
		if st.Method.Name != st.Map.Method {
			st.Method = classmap.MethodMaps{Name: st.Map.Method}
		}
		var missing []string
		for _, c := range st.Map.Classes() {
			if !st.Method.Has(st.Map.Method, c) {
				missing = append(missing, c)
			}
		}
		if len(missing) == 0 {
			return
		}
		st.Mapping = true
		m, ctx, generation, method, im := s.model, s.current, s.generation, st.Map.Method, st.Picture.Image
		work = func() {
			maps, err := m.MapsBy(ctx, im, saliency.Method(method), missing)
			s.methodDone(ctx, generation, classmap.MethodMaps{Name: method, Maps: maps}, err)
		}
	})
	if work != nil {
		s.spawn("mapping", work)
	}
}

// methodDone keeps maps, unless the reader has moved on, and sees whether more
// were asked for meanwhile.
func (s *Session) methodDone(ctx context.Context, generation int, found classmap.MethodMaps, err error) {
	again := false
	s.change(func() {
		if s.generation != generation {
			return // begin has let go of Mapping
		}
		s.state.Mapping = false
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.watching.quiet = true
			s.state.Map.Method = classmap.OwnMaps
			s.state.Message = wording.Sentence(fmt.Errorf("this method cannot map this model, the model's own maps are shown: %w", err))
		default:
			if s.state.Method.Name == found.Name {
				found.Maps = append(slices.Clone(s.state.Method.Maps), found.Maps...)
			}
			if s.state.Map.Method == found.Name {
				s.state.Method = found
			}
			again = true
		}
	})
	if again {
		s.wantMaps()
	}
}
