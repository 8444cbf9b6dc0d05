// Package annotation is what a reader measures on a film and writes beside it:
// lengths, angles, the cardiothoracic ratio, statistics of regions, arrows and
// text. Its core type is [Mark]. It knows geometry, units and where the
// millimetres of a film come from, and no toolkit; it imports only the standard
// library.
package annotation

import (
	"math"
	"slices"
	"time"

	"hilum/internal/message"
)

// Kind is what a mark is.
type Kind string

// The kinds of marks, with the points that each has.
const (
	Length    Kind = "length"    // two ends
	Angle     Kind = "angle"     // a point on one leg, the vertex, a point on the other
	Cobb      Kind = "cobb"      // two ends of an upper end plate, two of a lower one
	CTR       Kind = "ctr"       // right and left border of the heart, right and left inner border of the ribs
	Rectangle Kind = "rectangle" // two opposite corners
	Ellipse   Kind = "ellipse"   // two opposite corners of its box
	Polygon   Kind = "polygon"   // three corners or more
	Arrow     Kind = "arrow"     // the tip, then the end
	Text      Kind = "text"      // where it begins
)

// Kinds lists them all.
func Kinds() []Kind {
	return []Kind{Length, Angle, Cobb, CTR, Rectangle, Ellipse, Polygon, Arrow, Text}
}

// maxCorners bounds the corners of a polygon.
const maxCorners = 512

// MaxText bounds a text, in bytes.
const MaxText = 2000

// Points is how many points a mark of the kind has at least and at most; 0, 0
// for a kind that is not known.
func (k Kind) Points() (least, most int) {
	switch k {
	case Text:
		return 1, 1
	case Length, Rectangle, Ellipse, Arrow:
		return 2, 2
	case Angle:
		return 3, 3
	case Cobb, CTR:
		return 4, 4
	case Polygon:
		return 3, maxCorners
	}
	return 0, 0
}

// Prompt says what the next click sets when a mark of the kind has n points.
func (k Kind) Prompt(n int) string {
	prompts := map[Kind][]string{
		Length: {"Click on one end of the length.", "Click on the other end."},
		Angle:  {"Click on one leg of the angle.", "Click on its vertex.", "Click on the other leg."},
		Cobb: {"Click on one end of the upper end plate.", "Click on its other end.",
			"Click on one end of the lower end plate.", "Click on its other end."},
		CTR: {
			"Heart: click on its border furthest to the patient's right.",
			"Heart: click on its border furthest to the patient's left.",
			"Thorax, where it is widest: click on the inner edge of the ribs at the patient's right.",
			"Thorax: click on the inner edge of the ribs at the patient's left.",
		},
		Rectangle: {"Click on one corner.", "Click on the opposite corner."},
		Ellipse:   {"Click on one corner of the ellipse's box.", "Click on the opposite corner."},
		Arrow:     {"Click on what the arrow points at.", "Click on where it begins."},
		Text:      {"Click where the text is to stand."},
	}
	if k == Polygon {
		if n < 3 {
			return "Click on the corners of the region."
		}
		return "Click on the next corner; click on the first or press Enter to close the region."
	}
	if list := prompts[k]; n < len(list) {
		return list[n]
	}
	return ""
}

// Point is a place on the film in pixels of the stored picture: (0, 0) is the
// upper left corner of the first pixel, whose centre is (0.5, 0.5). How the
// film is turned, zoomed or moved does not change it.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Mark is one annotation of a film. It is a value; Points is not written to
// after the mark was handed out.
type Mark struct {
	ID     string    `json:"id"`
	Kind   Kind      `json:"kind"`
	Points []Point   `json:"points"`
	Text   string    `json:"text,omitempty"`
	Made   time.Time `json:"made"`
	By     string    `json:"by,omitempty"` // key of the reader who drew it; "" where that was not kept yet
	// Label is where a reader has put the upper left corner of the words; nil is beside the mark.
	Label *Point `json:"label,omitempty"`
}

// Complete tells whether the mark has all the points that it needs.
func (m Mark) Complete() bool {
	least, most := m.Kind.Points()
	return least > 0 && len(m.Points) >= least && len(m.Points) <= most
}

// Check says what is wrong with a mark that was read from somewhere.
func (m Mark) Check() error {
	least, most := m.Kind.Points()
	switch {
	case most == 0:
		return message.Errorf("annotation %q is of a kind that is not known here: %q", m.ID, m.Kind)
	case m.ID == "":
		return message.New("an annotation has no ID")
	case len(m.Points) < least || len(m.Points) > most:
		return message.Errorf("annotation %s: %d points; a %s has %d to %d", m.ID, len(m.Points), m.Kind, least, most)
	case len(m.Text) > MaxText:
		return message.Errorf("annotation %s: its text has %d bytes; %d are kept", m.ID, len(m.Text), MaxText)
	}
	places := m.Points
	if m.Label != nil {
		places = append(slices.Clone(places), *m.Label)
	}
	for _, p := range places {
		if !(math.Abs(p.X) < 1e6 && math.Abs(p.Y) < 1e6) { // also NaN
			return message.Errorf("annotation %s: %v, %v is no place on a film", m.ID, p.X, p.Y)
		}
	}
	return nil
}

// Moved is the mark with every point moved by dx, dy pixels.
func (m Mark) Moved(dx, dy float64) Mark {
	m.Points = slices.Clone(m.Points)
	for i := range m.Points {
		m.Points[i].X += dx
		m.Points[i].Y += dy
	}
	if l := m.Label; l != nil {
		m.Label = &Point{X: l.X + dx, Y: l.Y + dy}
	}
	return m
}

// WithPoint is the mark with one point elsewhere.
func (m Mark) WithPoint(i int, p Point) Mark {
	if i < 0 || i >= len(m.Points) {
		return m
	}
	m.Points = slices.Clone(m.Points)
	m.Points[i] = p
	return m
}

// equal compares two marks by what they are.
func (m Mark) equal(o Mark) bool {
	return m.ID == o.ID && m.Kind == o.Kind && m.Text == o.Text && m.Made.Equal(o.Made) &&
		slices.Equal(m.Points, o.Points) && (m.Label == nil) == (o.Label == nil) &&
		(m.Label == nil || *m.Label == *o.Label)
}

// Segment is a straight line between two places.
type Segment struct{ A, B Point }

// ellipseSides is the number of straight lines that an ellipse is drawn with.
const ellipseSides = 72

// Segments are the lines that the mark is drawn with; a text has none.
func (m Mark) Segments() []Segment {
	p := m.Points
	var out []Segment
	pairs := func(step int) {
		for i := 0; i+1 < len(p); i += step {
			out = append(out, Segment{p[i], p[i+1]})
		}
	}
	switch m.Kind {
	case Length, Angle, Arrow:
		pairs(1)
	case Cobb:
		pairs(2)
	case CTR:
		for i := 0; i+1 < len(p); i += 2 { // widths are taken across
			out = append(out, Segment{p[i], Point{p[i+1].X, p[i].Y}}, Segment{Point{p[i+1].X, p[i].Y}, p[i+1]})
		}
	case Rectangle:
		if len(p) == 2 {
			out = closed([]Point{p[0], {p[1].X, p[0].Y}, p[1], {p[0].X, p[1].Y}})
		}
	case Ellipse:
		if len(p) == 2 {
			out = closed(ellipse(p[0], p[1]))
		}
	case Polygon:
		pairs(1)
		if len(p) > 2 {
			out = append(out, Segment{p[len(p)-1], p[0]})
		}
	}
	return out
}

func closed(p []Point) []Segment {
	out := make([]Segment, len(p))
	for i := range p {
		out[i] = Segment{p[i], p[(i+1)%len(p)]}
	}
	return out
}

func ellipse(a, b Point) []Point {
	out := make([]Point, ellipseSides)
	cx, cy, rx, ry := (a.X+b.X)/2, (a.Y+b.Y)/2, math.Abs(a.X-b.X)/2, math.Abs(a.Y-b.Y)/2
	for i := range out {
		s, c := math.Sincos(2 * math.Pi * float64(i) / ellipseSides)
		out[i] = Point{cx + rx*c, cy + ry*s}
	}
	return out
}

// Nearest is the point of the mark, one of those that were set, that is nearest to a place.
func (m Mark) Nearest(at Point) Point {
	nearest, far := at, math.Inf(1)
	for _, p := range m.Points {
		if d := math.Hypot(p.X-at.X, p.Y-at.Y); d < far {
			nearest, far = p, d
		}
	}
	return nearest
}

// Distance is how far, in pixels, a place is from the mark's lines, or from its
// first point where it has none.
func (m Mark) Distance(at Point) float64 {
	d := math.Inf(1)
	for _, s := range m.Segments() {
		d = min(d, s.distance(at))
	}
	for _, p := range m.Points {
		d = min(d, math.Hypot(p.X-at.X, p.Y-at.Y))
	}
	return d
}

func (s Segment) distance(at Point) float64 {
	dx, dy := s.B.X-s.A.X, s.B.Y-s.A.Y
	t := 0.0
	if n := dx*dx + dy*dy; n > 0 {
		t = max(0, min(1, ((at.X-s.A.X)*dx+(at.Y-s.A.Y)*dy)/n))
	}
	return math.Hypot(s.A.X+t*dx-at.X, s.A.Y+t*dy-at.Y)
}
