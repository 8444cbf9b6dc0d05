package app

import (
	"context"
	"fmt"
	"slices"

	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/ui/raster"
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

// ownMaps is the method of the maps that come with the score, or of the lazy
// ones of models whose head has no closed form.
const ownMaps = ""

// Methods are the names of the ways in which maps can be computed, the model's own
// first.
func (s *Session) Methods() []string { return append([]string{ownMaps}, s.methods().Names()...) }

// methods are the saliency methods that the session knows.
func (s *Session) methods() saliency.Registry {
	if s.cfg.Methods == nil {
		return saliency.Methods()
	}
	return s.cfg.Methods
}

// SetMethod chooses how maps are computed. All but the model's own take one run
// of the model or many; that goes on in the background.
func (s *Session) SetMethod(method string) {
	s.change(func() {
		if slices.Contains(s.Methods(), method) {
			s.state.Map.Method = method
		}
	})
	s.wantMaps()
}

// MethodMaps are maps of the current study by a method that had to be run.
type MethodMaps struct {
	Name string
	Maps []inference.Heatmap // of the classes that were wanted so far
}

func (m MethodMaps) has(method, class string) bool {
	return m.Name == method && slices.ContainsFunc(m.Maps, func(h inference.Heatmap) bool { return h.Class == class })
}

// ClassMaps are the maps to draw for the current picture: those of the method
// asked for.
func (st *State) ClassMaps() []inference.Heatmap {
	if st.Map.Method != ownMaps {
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
			st.Method = MethodMaps{Name: st.Map.Method}
		}
		var missing []string
		for _, c := range st.Map.Classes() {
			if !st.Method.has(st.Map.Method, c) {
				missing = append(missing, c)
			}
		}
		if len(missing) == 0 {
			return
		}
		st.Mapping = true
		m, ctx, generation, im := s.model, s.current, s.generation, st.Picture.Image
		method, _ := s.methods().Find(st.Map.Method)
		work = func() {
			maps, err := m.MapsBy(ctx, im, method, missing)
			s.methodDone(ctx, generation, MethodMaps{method.Name, maps}, err)
		}
	})
	if work != nil {
		s.spawn("mapping", work)
	}
}

// methodDone keeps maps, unless the reader has moved on, and sees whether more
// were asked for meanwhile.
func (s *Session) methodDone(ctx context.Context, generation int, found MethodMaps, err error) {
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
			s.state.Map.Method = ownMaps
			s.state.Message = Sentence(fmt.Errorf("this method cannot map this model, the model's own maps are shown: %w", err))
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

// Heat is the chosen class's map on the scale that m asks for: -1..1, negative
// only where evidence against is shown. It is nil when there is no such map.
func Heat(r *inference.Result, m Map) *raster.Heat {
	if r == nil {
		return nil
	}
	return HeatOf(r.Maps, m, m.Class)
}

// HeatOf is Heat of any class among some maps.
func HeatOf(maps []inference.Heatmap, m Map, class string) *raster.Heat {
	at := slices.IndexFunc(maps, func(h inference.Heatmap) bool { return h.Class == class })
	if at < 0 || class == "" {
		return nil
	}
	h := &maps[at]
	out := &raster.Heat{W: h.Width, H: h.Height, X0: h.X0, Y0: h.Y0, X1: h.X1, Y1: h.Y1}
	if m.PerMap && !m.Signed {
		out.Values = h.MinMax()
		return out
	}
	scale := sharedScale(maps)
	if m.PerMap {
		scale = h.Largest()
	}
	out.Values = h.Scaled(scale)
	if !m.Signed {
		for i, v := range out.Values {
			out.Values[i] = max(v, 0)
		}
	}
	return out
}

// Overlays are the chosen classes' maps, each in a colour of its own; nil when
// there are none.
func Overlays(maps []inference.Heatmap, m Map) *raster.Overlays {
	out := &raster.Overlays{}
	m.Signed = false // a colour a class leaves none for the other side
	for i, class := range m.Classes() {
		heat := HeatOf(maps, m, class)
		if heat == nil {
			continue
		}
		c := ClassColour(i)
		tint := raster.Tint(c[0], c[1], c[2])
		layer := raster.Layer{Heat: heat, Colours: &tint, Floor: m.Floor}
		if m.Contours {
			layer.Contours = contourLevels(m.Floor)
		}
		out.Layers = append(out.Layers, layer)
	}
	if len(out.Layers) == 0 {
		return nil
	}
	return out
}

// halfway is where a contour lies when no threshold is set.
const halfway = 0.5

// contourLevels are the lines of a map: at the threshold, or half way up, and
// half of what is left above.
func contourLevels(floor float64) []float64 {
	if floor <= 0 {
		floor = halfway
	}
	return []float64{floor, (1 + floor) / 2}
}

// classColours are those of Okabe and Ito (2008) without black, which the
// colour-blind tell apart, the most different first.
var classColours = [...][3]uint8{{0xE6, 0x9F, 0x00}, {0x56, 0xB4, 0xE9}, {0x00, 0x9E, 0x73}, {0xCC, 0x79, 0xA7}, {0xF0, 0xE4, 0x42}, {0xD5, 0x5E, 0x00}, {0x00, 0x72, 0xB2}}

// ClassColour is the colour of the i-th class of several, red, green and blue;
// after seven they come again.
func ClassColour(i int) [3]uint8 { return classColours[i%len(classColours)] }

// sharedScale is the largest evidence of any class: on it all maps of the
// picture can be compared.
func sharedScale(maps []inference.Heatmap) float64 {
	scale := 0.0
	for i := range maps {
		scale = max(scale, maps[i].Largest())
	}
	return scale
}
