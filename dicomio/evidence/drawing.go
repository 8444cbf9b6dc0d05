package evidence

import (
	"math"
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Shape is what a drawing is.
type Shape string

// The shapes. Circles and ellipses of the standard arrive as closed lines.
const (
	PointShape Shape = "point"
	LineShape  Shape = "line" // through its points; closed when the last is the first
	TextShape  Shape = "text"
)

// Drawing is something to be drawn over a film.
type Drawing struct {
	Films   []string // nil for all that the object is about
	Layer   string
	Shape   Shape
	Points  []Point
	Display bool // points are fractions of the displayed area, see View.Placed
	Filled  bool
	Text    string   // of a text, or what a shape is about; lines end in "\n"
	Coded   bool     // the text is the meaning of a code, and names nobody
	Box     []Point  // of a text: upper left and lower right corner as seen; nil for none
	Colour  *[3]byte // red, green, blue; nil for none in particular
}

// circleSides is how finely a circle is drawn as a line.
const circleSides = 96

// maxPoints bounds the points of all drawings of an object.
const maxPoints = 1 << 20

// layers reads the graphic annotations of a state in the order of their layers.
func (r *reader) layers() {
	order := map[string]float64{}
	colours := map[string]*[3]byte{}
	for _, l := range r.set.Items(tag.GraphicLayerSequence) {
		name := l.Find(tag.GraphicLayer).Text()
		order[name] = l.Find(tag.GraphicLayerOrder).Number(0)
		if w := l.Find(tag.GraphicLayerRecommendedDisplayCIELabValue).Uint16s(); len(w) == 3 {
			c := colourOf(w)
			colours[name] = &c
		}
	}
	total := 0
	for _, a := range r.set.Items(tag.GraphicAnnotationSequence) {
		name := a.Find(tag.GraphicLayer).Text()
		of := Drawing{Films: instances(a, tag.ReferencedImageSequence), Layer: name, Colour: colours[name]}
		for _, g := range a.Items(tag.GraphicObjectSequence) {
			r.graphic(g, of, &total)
		}
		for _, g := range a.Items(tag.CompoundGraphicSequence) {
			r.compound(g, of, &total)
		}
		for _, t := range a.Items(tag.TextObjectSequence) {
			r.textObject(t, of)
		}
	}
	slices.SortStableFunc(r.o.Drawings, func(a, b Drawing) int {
		return int(order[a.Layer]) - int(order[b.Layer])
	})
}

// draw adds a drawing with points.
func (r *reader) draw(d Drawing, total *int) {
	for _, p := range d.Points {
		if math.IsNaN(p.X+p.Y) || math.IsInf(p.X+p.Y, 0) {
			r.fault("A drawing has points that are no numbers and was left out.")
			return
		}
	}
	if *total += len(d.Points); *total > maxPoints {
		r.fault("The object has more than %d points; the rest was left out.", maxPoints)
		return
	}
	r.o.Drawings = append(r.o.Drawings, d)
}

// graphic reads an item of the Graphic Object Sequence (PS3.3 C.10.5.1.2).
func (r *reader) graphic(g dcm.Set, d Drawing, total *int) {
	kind := g.Find(tag.GraphicType).Text()
	d.Display = g.Find(tag.GraphicAnnotationUnits).Text() == "DISPLAY"
	d.Filled = g.Find(tag.GraphicFilled).Text() == "Y"
	r.style(g, &d)
	r.shape(kind, pairs(g.Find(tag.GraphicData)), d, total)
}

// style reads the colour that a graphic asks for.
func (r *reader) style(g dcm.Set, d *Drawing) {
	for _, sequence := range []tag.Tag{tag.LineStyleSequence, tag.FillStyleSequence, tag.TextStyleSequence} {
		for _, s := range g.Items(sequence) {
			for _, t := range []tag.Tag{tag.PatternOnColorCIELabValue, tag.TextColorCIELabValue} {
				if w := s.Find(t).Uint16s(); len(w) == 3 {
					c := colourOf(w)
					d.Colour = &c
					return
				}
			}
		}
	}
}

// shape adds a graphic of a kind of PS3.3 C.10.5.1.2 or C.18.6.1.2.
func (r *reader) shape(kind string, p []Point, d Drawing, total *int) {
	d.Shape, d.Points = LineShape, p
	n := len(p)
	switch {
	case kind == "POINT" && n == 1:
		d.Shape = PointShape
	case kind == "MULTIPOINT" && n >= 1:
		for _, one := range p {
			m := d
			m.Shape, m.Points = PointShape, []Point{one}
			r.draw(m, total)
		}
		return
	case kind == "POLYLINE" && n >= 2:
	case kind == "POLYGON" && n >= 3:
		if p[0] != p[n-1] {
			d.Points = append(slices.Clip(p), p[0])
		}
	case kind == "INTERPOLATED" && n >= 2:
		d.Points = curve(p)
	case kind == "CIRCLE" && n == 2:
		k := math.Hypot(p[1].X-p[0].X, p[1].Y-p[0].Y)
		d.Points = ellipse(p[0], Point{k, 0}, Point{0, k})
	case kind == "ELLIPSE" && n == 4:
		c := Point{(p[0].X + p[1].X) / 2, (p[0].Y + p[1].Y) / 2}
		d.Points = ellipse(c, Point{(p[1].X - p[0].X) / 2, (p[1].Y - p[0].Y) / 2},
			Point{(p[3].X - p[2].X) / 2, (p[3].Y - p[2].Y) / 2})
	default:
		r.fault("A drawing of the form %s with %d points makes no sense and was left out.", kind, n)
		return
	}
	r.draw(d, total)
}

// ellipse is a closed line around a centre with two half axes.
func ellipse(c, a, b Point) []Point {
	out := make([]Point, circleSides+1)
	for i := range circleSides {
		sn, cs := math.Sincos(2 * math.Pi * float64(i) / circleSides)
		out[i] = Point{c.X + cs*a.X + sn*b.X, c.Y + cs*a.Y + sn*b.Y}
	}
	out[circleSides] = out[0]
	return out
}

// curveSteps is how many pieces an interpolated line has between two points.
const curveSteps = 8

// curve is a smooth line through points: a Catmull-Rom spline, as the standard leaves the
// kind of curve to who draws it; closed when the last point is the first.
func curve(p []Point) []Point {
	n := len(p)
	closed := n > 3 && p[0] == p[n-1]
	at := func(i int) Point {
		switch {
		case closed:
			return p[((i%(n-1))+n-1)%(n-1)]
		case i < 0:
			return p[0]
		case i >= n:
			return p[n-1]
		}
		return p[i]
	}
	out := []Point{p[0]}
	for i := range n - 1 {
		a, b, c, d := at(i-1), p[i], p[i+1], at(i+2)
		for k := 1; k <= curveSteps; k++ {
			t := float64(k) / curveSteps
			f := func(a, b, c, d float64) float64 {
				return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
			}
			out = append(out, Point{f(a.X, b.X, c.X, d.X), f(a.Y, b.Y, c.Y, d.Y)})
		}
	}
	out[len(out)-1] = p[n-1]
	return out
}

// compound reads an item of the Compound Graphic Sequence (PS3.3 C.10.5.1.3).
func (r *reader) compound(g dcm.Set, d Drawing, total *int) {
	p := pairs(g.Find(tag.GraphicData))
	d.Display = g.Find(tag.CompoundGraphicUnits).Text() == "DISPLAY"
	d.Filled = g.Find(tag.GraphicFilled).Text() == "Y"
	r.style(g, &d)
	kind := g.Find(tag.CompoundGraphicType).Text()
	switch {
	case kind == "RECTANGLE" && len(p) == 2:
		kind, p = "POLYLINE", []Point{p[0], {p[1].X, p[0].Y}, p[1], {p[0].X, p[1].Y}, p[0]}
	case kind == "ARROW" && len(p) == 2:
		kind, p = "POLYLINE", arrow(p[0], p[1])
	case kind == "CROSSHAIR" && len(p) >= 1:
		kind, p = "POINT", p[:1]
	case slices.Contains([]string{"MULTILINE", "RULER", "CUTLINE", "RANGELINE", "INFINITELINE", "AXIS"}, kind):
		kind = "POLYLINE"
	}
	r.shape(kind, p, d, total)
}

// arrow is a line whose head stands at its first point.
func arrow(tip, end Point) []Point {
	dx, dy := end.X-tip.X, end.Y-tip.Y
	const head, half = 0.25, 0.12 // shares of the length
	base := Point{tip.X + head*dx, tip.Y + head*dy}
	return []Point{end, tip, {base.X - half*dy, base.Y + half*dx}, tip, {base.X + half*dy, base.Y - half*dx}}
}

// textObject reads an item of the Text Object Sequence (PS3.3 C.10.5.1.1).
func (r *reader) textObject(t dcm.Set, d Drawing) {
	d.Text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(
		r.text.Text(t.Find(tag.UnformattedTextValue)), "\r\n", "\n"), "\r", "\n"))
	if d.Text == "" {
		return
	}
	r.style(t, &d)
	d.Shape = TextShape
	anchor := pairs(t.Find(tag.AnchorPoint))
	corners := append(pairs(t.Find(tag.BoundingBoxTopLeftHandCorner)),
		pairs(t.Find(tag.BoundingBoxBottomRightHandCorner))...)
	boxed := len(corners) == 2
	if len(anchor) == 1 {
		mark := d
		mark.Display = t.Find(tag.AnchorPointAnnotationUnits).Text() == "DISPLAY"
		mark.Points = anchor
		if !boxed {
			r.o.Drawings = append(r.o.Drawings, mark)
			return
		}
		if t.Find(tag.AnchorPointVisibility).Text() == "Y" {
			point := mark
			point.Shape, point.Text = PointShape, ""
			r.o.Drawings = append(r.o.Drawings, point)
		}
	}
	if !boxed {
		r.fault("The text %q has no place and was left out.", d.Text)
		return
	}
	d.Display = t.Find(tag.BoundingBoxAnnotationUnits).Text() == "DISPLAY"
	d.Box, d.Points = corners, corners[:1]
	r.o.Drawings = append(r.o.Drawings, d)
}

// pairs reads columns and rows as 32-bit floats.
func pairs(e *dcm.Element) []Point {
	w := e.Uint32s()
	out := make([]Point, 0, len(w)/2)
	for i := 0; i+1 < len(w); i += 2 {
		out = append(out, Point{float64(math.Float32frombits(w[i])), float64(math.Float32frombits(w[i+1]))})
	}
	return out
}

// colourOf gives the sRGB of a CIELab value as DICOM scales it (PS3.3 C.10.7.1.1): L* from
// 0 to 100 and a*, b* from -128 to 127 over 0 to 65535, under D50.
func colourOf(w []uint16) [3]byte {
	l := float64(w[0]) / math.MaxUint16 * 100
	a, b := float64(w[1])/math.MaxUint16*255-128, float64(w[2])/math.MaxUint16*255-128
	f := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0/29)
	}
	fy := (l + 16) / 116
	x, y, z := 0.9642*f(fy+a/500), f(fy), 0.8249*f(fy-b/200)
	// D50 to linear sRGB, Bradford adaptation included (Lindbloom)
	rgb := [3]float64{3.1338561*x - 1.6168667*y - 0.4906146*z, -0.9787684*x + 1.9161415*y + 0.0334540*z,
		0.0719453*x - 0.2289914*y + 1.4052427*z}
	var out [3]byte
	for i, v := range rgb {
		v = min(max(v, 0), 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = byte(math.Round(255 * v))
	}
	return out
}
