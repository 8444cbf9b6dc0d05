// Package classmap is the class maps as they lie over a picture: which are chosen,
// in which colours, on which scale. Its core type is [Map]. It imports inference,
// inference/saliency and internal/raster.
package classmap

import (
	"hilum/internal/raster"
)

// Map is which class maps lie over the picture and how.
type Map struct {
	Class    string   // the chosen class, "" for none
	More     ClassSet // other classes shown with it, each in a colour of its own
	On       bool     // shown over the picture (Peek hides it for the moment)
	Peek     bool     // the bare picture, while a key is held
	Opacity  float64  // 0..1
	Floor    float64  // values below are not shown, 0..1 of the scale
	PerMap   bool     // each map stretched to its own range, as in the literature
	Signed   bool     // evidence against is shown too
	Contours bool     // lines instead of a filled map
	Colours  string   // name of a one-sided colour map, see raster.ColourMaps
	Method   string   // how the maps are computed, the name of a saliency method; "" is the model's own
	Doubted  string   // the class whose map failed its verdict and is drawn grey; "" for none
}

// doubtedGrey is of maps that failed their verdict: a light that no finding has.
const doubtedGrey = 0xA0

// ColourMap is the one to draw with: a two-sided one when evidence against is
// shown, grey for a map that is not to be believed.
func (m Map) ColourMap() raster.ColourMap {
	if m.Doubted != "" && m.Doubted == m.Class {
		return raster.Tint(doubtedGrey, doubtedGrey, doubtedGrey)
	}
	name := m.Colours
	if m.Signed {
		name = raster.Signed
	}
	c, ok := raster.FindColourMap(name)
	if !ok {
		c, _ = raster.FindColourMap(raster.Ember)
	}
	return c
}

// Classes are those whose maps are chosen, the main one first.
func (m Map) Classes() []string {
	var out []string
	if m.Class != "" {
		out = append(out, m.Class)
	}
	for _, c := range m.More.List() {
		if c != m.Class {
			out = append(out, c)
		}
	}
	return out
}

// Layered tells whether the maps are drawn in a colour a class, not in the
// colours of their values.
func (m Map) Layered() bool { return m.Contours || len(m.Classes()) > 1 }

// Shown tells whether a map is to be drawn.
func (m Map) Shown() bool { return m.On && m.Class != "" && !m.Peek }
