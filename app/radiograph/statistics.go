package radiograph

import (
	"math"

	"hilum/inference"
)

// MapStatistics say of a class map where it is strongest and how far it spreads.
type MapStatistics struct {
	X, Y  float64 // of the strongest evidence for the class, fractions of width and height
	Zone  string  // in words, "" where no lungs were found
	Share float64 // of the evidence for the class, that lies in the lungs' box; NaN where no lungs were found
	Half  float64 // share of the picture where the evidence is at least half of the strongest
	For   bool    // there is evidence for the class at all
}

// Statistics measures a class map on a picture.
func Statistics(p *Picture, h *inference.Heatmap) MapStatistics {
	s := MapStatistics{Share: math.NaN()}
	s.X, s.Y, s.For = h.Peak()
	if !s.For {
		return s
	}
	var largest float32
	for _, v := range h.Values {
		largest = max(largest, v)
	}
	field, found := p.LungField()
	if found {
		s.Zone = field.Zone(s.X, s.Y, p.Image.Header.PatientOrientation)
	}
	s.spread(h, largest, field, found)
	return s
}

// spread adds up the cells of the map.
func (s *MapStatistics) spread(h *inference.Heatmap, largest float32, field LungField, found bool) {
	var all, inside, strong float64
	cell := (h.X1 - h.X0) * (h.Y1 - h.Y0) / float64(h.Width*h.Height)
	for i, v := range h.Values {
		if v >= largest/2 {
			strong += cell
		}
		x := h.X0 + (float64(i%h.Width)+0.5)/float64(h.Width)*(h.X1-h.X0)
		y := h.Y0 + (float64(i/h.Width)+0.5)/float64(h.Height)*(h.Y1-h.Y0)
		e := math.Max(float64(v), 0)
		all += e
		if x >= field.X0 && x < field.X1 && y >= field.Y0 && y < field.Y1 {
			inside += e
		}
	}
	s.Half = strong
	if found && all > 0 {
		s.Share = inside / all
	}
}

// mediastinum is half the width of what counts as the middle between the lungs,
// a share of their box.
const mediastinum = 0.08
