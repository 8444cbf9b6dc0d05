package app

import (
	"cmp"
	"math"

	"hilum/inference"
	"hilum/internal/raster"
)

// MapStatistics say of a class map where it is strongest and how far it spreads.
type MapStatistics struct {
	X, Y  float64 // of the strongest evidence for the class, fractions of width and height
	Zone  string  // in words, "" where no lungs were found
	Share float64 // of the evidence for the class, that lies in the lungs' box; NaN where no lungs were found
	Half  float64 // share of the picture where the evidence is at least half of the strongest
	For   bool    // there is evidence for the class at all
	Dead  string  // why there is none, in words; "" where there is
}

// Statistics measures a class map on a picture.
func Statistics(p *Picture, h *inference.Heatmap) MapStatistics {
	s := MapStatistics{Share: math.NaN(), Dead: h.Dead()}
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
		s.Zone = field.Zone(s.X, s.Y, p.Image.Study.PatientOrientation)
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

// Zone names a place of the film by thirds of the lungs' height and by side, as
// "right lower zone"; the sides are the patient's. orientation is Patient
// Orientation; without it the film is taken to be seen from the front, the
// patient's right at the left.
func (f LungField) Zone(x, y float64, orientation string) string {
	height := "middle"
	switch t := (y - f.Y0) / (f.Y1 - f.Y0); {
	case t < -0.05:
		return "above the lungs"
	case t > 1.05:
		return "below the lungs"
	case t < 1.0/3:
		height = "upper"
	case t > 2.0/3:
		height = "lower"
	}
	width := f.X1 - f.X0
	switch {
	case math.Abs(x-f.Middle) < mediastinum*width:
		return "mediastinum, " + height + " third"
	case x < f.X0-0.05*width || x > f.X1+0.05*width:
		return "beside the lungs"
	}
	left, right := Sides(orientation, raster.Orientation{})
	side := cmp.Or(left, "R")
	if x > f.Middle {
		side = cmp.Or(right, "L")
	}
	switch side {
	case "R":
		return "right " + height + " zone"
	case "L":
		return "left " + height + " zone"
	}
	return height + " zone"
}
