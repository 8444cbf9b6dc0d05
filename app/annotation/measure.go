package annotation

import (
	"math"
	"strconv"
)

// Scale is the size of a pixel and where it comes from. The zero value knows no
// millimetres.
type Scale struct {
	Row, Column float64 // millimetres between rows (vertical) and between columns
	Source      string  // where the millimetres come from, in words
}

// Known tells whether there are millimetres.
func (s Scale) Known() bool { return s.Row > 0 && s.Column > 0 }

// Unknown is said of a figure in pixels.
const Unknown = "pixel size unknown"

// Values are the grey values of a film.
type Values interface {
	// Value is the modality value of pixel (x, y).
	Value(x, y int) float64
	Size() (w, h int)
	Unit() string // of the values, "" for none
}

// Statistics are those of the pixels whose centres lie in a region.
type Statistics struct {
	Pixels         int
	Mean, SD       float64 // SD is that of the sample, n-1
	Least, Largest float64
	Unit           string
}

// Reading is what a mark measures.
type Reading struct {
	Value  float64 // the length, angle, area or ratio; valid when Unit is not ""
	Unit   string  // "mm", "px", "°", "mm²", "px²", "ratio"
	Source string  // where millimetres come from, Unknown for pixels, "" where neither matters

	Widths [2]float64  // of heart and thorax, for the cardiothoracic ratio, in WidthUnit
	Stats  *Statistics // of a region; nil for other marks
}

// Measure reads a complete mark on a film of a scale. values may be nil: then
// regions have no statistics.
func Measure(m Mark, s Scale, values Values) Reading {
	if !m.Complete() {
		return Reading{}
	}
	p := m.Points
	switch m.Kind {
	case Length:
		return s.length(s.distance(p[0], p[1]))
	case Angle:
		return Reading{Value: s.angle(Segment{p[1], p[0]}, Segment{p[1], p[2]}), Unit: "\u00b0"}
	case Cobb:
		a := s.angle(Segment{p[0], p[1]}, Segment{p[2], p[3]})
		return Reading{Value: min(a, 180-a), Unit: "\u00b0"}
	case CTR:
		return s.ratio(p)
	case Rectangle, Ellipse, Polygon:
		return s.region(m, values)
	}
	return Reading{}
}

// aspect gives a scale whose proportions are right even where its millimetres
// are not known.
func (s Scale) aspect() Scale {
	if !s.Known() {
		return Scale{Row: 1, Column: 1, Source: Unknown}
	}
	return s
}

func (s Scale) distance(a, b Point) float64 {
	s = s.aspect()
	return math.Hypot((b.X-a.X)*s.Column, (b.Y-a.Y)*s.Row)
}

func (s Scale) length(v float64) Reading {
	return Reading{Value: v, Unit: s.unit(), Source: s.aspect().Source}
}

func (s Scale) unit() string {
	if s.Known() {
		return "mm"
	}
	return "px"
}

// angle is that between the directions of two lines, 0..180 degrees.
func (s Scale) angle(a, b Segment) float64 {
	s = s.aspect()
	ax, ay := (a.B.X-a.A.X)*s.Column, (a.B.Y-a.A.Y)*s.Row
	bx, by := (b.B.X-b.A.X)*s.Column, (b.B.Y-b.A.Y)*s.Row
	return math.Abs(math.Atan2(ax*by-ay*bx, ax*bx+ay*by)) * 180 / math.Pi
}

// ratio is the greatest width of the heart over that of the thorax, both across
// the film (Danzer 1919).
func (s Scale) ratio(p []Point) Reading {
	column := s.aspect().Column
	r := Reading{Unit: "ratio", Source: s.aspect().Source}
	r.Widths = [2]float64{math.Abs(p[1].X-p[0].X) * column, math.Abs(p[3].X-p[2].X) * column}
	if r.Widths[1] > 0 {
		r.Value = r.Widths[0] / r.Widths[1]
	}
	return r
}

func (s Scale) region(m Mark, values Values) Reading {
	outline := m.Points
	switch m.Kind {
	case Rectangle:
		a, b := m.Points[0], m.Points[1]
		outline = []Point{a, {b.X, a.Y}, b, {a.X, b.Y}}
	case Ellipse:
		a, b := m.Points[0], m.Points[1]
		r := s.area(math.Pi / 4 * math.Abs((a.X-b.X)*(a.Y-b.Y)))
		r.Stats = statistics(values, a, b, insideEllipse(a, b))
		return r
	}
	r := s.area(shoelace(outline))
	lo, hi := bounds(outline)
	r.Stats = statistics(values, lo, hi, func(p Point) bool { return insidePolygon(outline, p) })
	return r
}

func (s Scale) area(pixels float64) Reading {
	k := s.aspect()
	return Reading{Value: pixels * k.Row * k.Column, Unit: s.unit() + "\u00b2", Source: k.Source}
}

// shoelace is the area of a polygon in square pixels.
func shoelace(p []Point) float64 {
	sum := 0.0
	for i := range p {
		j := (i + 1) % len(p)
		sum += p[i].X*p[j].Y - p[j].X*p[i].Y
	}
	return math.Abs(sum) / 2
}

func bounds(p []Point) (lo, hi Point) {
	lo, hi = p[0], p[0]
	for _, q := range p {
		lo = Point{min(lo.X, q.X), min(lo.Y, q.Y)}
		hi = Point{max(hi.X, q.X), max(hi.Y, q.Y)}
	}
	return lo, hi
}

func insideEllipse(a, b Point) func(Point) bool {
	cx, cy, rx, ry := (a.X+b.X)/2, (a.Y+b.Y)/2, math.Abs(a.X-b.X)/2, math.Abs(a.Y-b.Y)/2
	return func(p Point) bool {
		u, v := (p.X-cx)/rx, (p.Y-cy)/ry
		return u*u+v*v <= 1
	}
}

// insidePolygon counts the edges that a ray to the right crosses.
func insidePolygon(outline []Point, p Point) bool {
	in := false
	for i := range outline {
		a, b := outline[i], outline[(i+1)%len(outline)]
		if (a.Y > p.Y) != (b.Y > p.Y) && p.X < a.X+(p.Y-a.Y)/(b.Y-a.Y)*(b.X-a.X) {
			in = !in
		}
	}
	return in
}

// statistics looks at the pixels between two corners; nil where there are none.
func statistics(values Values, a, b Point, inside func(Point) bool) *Statistics {
	if values == nil {
		return nil
	}
	w, h := values.Size()
	x0, x1 := span(a.X, b.X, w)
	y0, y1 := span(a.Y, b.Y, h)
	st := Statistics{Least: math.Inf(1), Largest: math.Inf(-1), Unit: values.Unit()}
	var mean, m2 float64 // Welford 1962
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if !inside(Point{float64(x) + 0.5, float64(y) + 0.5}) {
				continue
			}
			v := values.Value(x, y)
			st.Pixels++
			d := v - mean
			mean += d / float64(st.Pixels)
			m2 += d * (v - mean)
			st.Least, st.Largest = min(st.Least, v), max(st.Largest, v)
		}
	}
	if st.Pixels == 0 {
		return nil
	}
	st.Mean = mean
	if st.Pixels > 1 {
		st.SD = math.Sqrt(m2 / float64(st.Pixels-1))
	}
	return &st
}

// span is the range of pixels whose centres can lie between two places.
func span(a, b float64, n int) (from, to int) {
	limit := func(v float64) int { return int(max(0, min(float64(n), v))) }
	return limit(math.Floor(min(a, b))), limit(math.Ceil(max(a, b)))
}

// WidthUnit is that of Widths.
func (r Reading) WidthUnit() string {
	if r.Source == Unknown {
		return "px"
	}
	return "mm"
}

// Figure writes a value with three significant digits and no more decimals than
// one; a ratio has two.
func (r Reading) Figure() string {
	switch {
	case r.Unit == "":
		return ""
	case r.Unit == "ratio":
		return strconv.FormatFloat(r.Value, 'f', 2, 64)
	case r.Unit == "\u00b0":
		return plain(r.Value) + r.Unit
	}
	return plain(r.Value) + " " + r.Unit
}

func plain(v float64) string {
	if math.Abs(v) >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}
