package classmap

import (
	"slices"

	"hilum/inference"
	"hilum/internal/raster"
)

// OwnMaps is the method of the maps that come with the score, or of the lazy
// ones of models whose head has no closed form.
const OwnMaps = ""

// MethodMaps are maps of the current study by a method that had to be run.
type MethodMaps struct {
	Name string
	Maps []inference.Heatmap // of the classes that were wanted so far
}

// Has tells whether the maps of a method have a class.
func (m MethodMaps) Has(method, class string) bool {
	return m.Name == method && slices.ContainsFunc(m.Maps, func(h inference.Heatmap) bool { return h.Class == class })
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
			layer.Contours = ContourLevels(m.Floor)
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

// ContourLevels are the lines of a map: at the threshold, or half way up, and
// half of what is left above.
func ContourLevels(floor float64) []float64 {
	if floor <= 0 {
		floor = halfway
	}
	return []float64{floor, (1 + floor) / 2}
}

// classColours are those of Okabe and Ito (2008) without black, which the
// colour-blind tell apart, the most different first.
var classColours = [...][3]uint8{{0xE6, 0x9F, 0x00}, {0x56, 0xB4, 0xE9}, {0x00, 0x9E, 0x73}, {0xCC, 0x79, 0xA7},
	{0xF0, 0xE4, 0x42}, {0xD5, 0x5E, 0x00}, {0x00, 0x72, 0xB2}}

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
