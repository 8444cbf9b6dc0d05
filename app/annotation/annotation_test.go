package annotation

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func mark(k Kind, xy ...float64) Mark {
	m := Mark{ID: "1", Kind: k, Made: time.Unix(1_700_000_000, 0).UTC()}
	for i := 0; i < len(xy); i += 2 {
		m.Points = append(m.Points, Point{xy[i], xy[i+1]})
	}
	return m
}

// grid is a film of w x h whose value is given by a function.
type grid struct {
	w, h int
	f    func(x, y int) float64
}

func (g grid) Value(x, y int) float64 { return g.f(x, y) }
func (g grid) Size() (int, int)       { return g.w, g.h }
func (g grid) Unit() string           { return "HU" }

var half = Scale{Row: 0.5, Column: 0.5, Source: "detector plane"}

// TestFigures measures marks whose lengths, angles and areas are known from
// school: right triangles, squares, the circle.
func TestFigures(t *testing.T) {
	uneven := Scale{Row: 2, Column: 1, Source: "calibrated"}
	for _, c := range []struct {
		name  string
		mark  Mark
		scale Scale
		want  float64
		unit  string
	}{
		{"3-4-5", mark(Length, 0, 0, 30, 40), Scale{}, 50, "px"},
		{"in millimetres", mark(Length, 0, 0, 30, 40), half, 25, "mm"},
		{"rows twice as far apart", mark(Length, 0, 0, 3, 2), uneven, 5, "mm"},
		{"right angle", mark(Angle, 10, 0, 0, 0, 0, 7), Scale{}, 90, "\u00b0"},
		{"45 degrees", mark(Angle, 10, 10, 0, 0, 5, 0), Scale{}, 45, "\u00b0"},
		{"straight", mark(Angle, -4, 0, 0, 0, 9, 0), Scale{}, 180, "\u00b0"},
		{"45 degrees in millimetres, not in pixels", mark(Angle, 20, 10, 0, 0, 5, 0), uneven, 45, "\u00b0"},
		{"Cobb of 30", mark(Cobb, 0, 0, 10, 0, 0, 50, 10*math.Cos(math.Pi/6), 50-10*math.Sin(math.Pi/6)), Scale{}, 30,
			"\u00b0"},
		{"Cobb drawn the other way", mark(Cobb, 10, 0, 0, 0, 0, 50, 10*math.Cos(math.Pi/6), 50-10*math.Sin(math.Pi/6)),
			Scale{}, 30, "\u00b0"},
		{"half the thorax", mark(CTR, 100, 300, 220, 310, 40, 350, 280, 340), Scale{}, 0.5, "ratio"},
		{"square", mark(Rectangle, 10, 10, 30, 30), half, 100, "mm\u00b2"},
		{"circle", mark(Ellipse, 0, 0, 20, 20), Scale{}, math.Pi * 100, "px\u00b2"},
		{"triangle", mark(Polygon, 0, 0, 40, 0, 0, 30), half, 150, "mm\u00b2"},
	} {
		r := Measure(c.mark, c.scale, nil)
		if math.Abs(r.Value-c.want) > 1e-9 || r.Unit != c.unit {
			t.Errorf("%s: %v %s, want %v %s", c.name, r.Value, r.Unit, c.want, c.unit)
		}
		if strings.HasPrefix(c.unit, "px") && r.Source != Unknown || c.unit == "mm" && r.Source != c.scale.Source {
			t.Errorf("%s: millimetres from %q", c.name, r.Source)
		}
		if m := c.mark; len(m.Points) > 1 {
			m.Points = m.Points[:len(m.Points)-1]
			if c.mark.Kind != Polygon && Measure(m, c.scale, nil) != (Reading{}) {
				t.Errorf("%s: measured before it is complete", c.name)
			}
		}
	}
	r := Measure(mark(CTR, 100, 300, 220, 310, 40, 350, 280, 340), half, nil)
	if r.Widths != [2]float64{60, 120} || r.WidthUnit() != "mm" {
		t.Errorf("widths %v %s", r.Widths, r.WidthUnit())
	}
}

// TestStatistics: a region takes the pixels whose centres it holds.
func TestStatistics(t *testing.T) {
	ramp := grid{100, 80, func(x, y int) float64 { return float64(x) }}
	r := Measure(mark(Rectangle, 30, 20, 10, 10), Scale{}, ramp)
	// columns 10..29: mean 19.5, variance of each row (20^2-1)/12 over n, 200 pixels in all
	want := math.Sqrt((400.0 - 1) / 12 * 200 / 199)
	if s := r.Stats; s == nil || s.Pixels != 200 || math.Abs(s.Mean-19.5) > 1e-9 || math.Abs(s.SD-want) > 1e-9 ||
		s.Least != 10 || s.Largest != 29 || s.Unit != "HU" {
		t.Errorf("rectangle: %+v", s)
	}
	if s := Measure(mark(Polygon, 10, 10, 30, 10, 30, 20, 10, 20), Scale{}, ramp).Stats; s == nil || s.Pixels != 200 ||
		math.Abs(s.Mean-19.5) > 1e-9 {
		t.Errorf("the same as a polygon: %+v", s)
	}
	disc := Measure(mark(Ellipse, 10, 10, 70, 70), Scale{}, ramp).Stats
	if disc == nil || math.Abs(float64(disc.Pixels)-math.Pi*900) > 40 || math.Abs(disc.Mean-39.5) > 0.01 {
		t.Errorf("disc: %+v", disc)
	}
	if s := Measure(mark(Rectangle, -50, -50, 1000, 1000), Scale{}, ramp).Stats; s == nil || s.Pixels != 8000 {
		t.Errorf("larger than the film: %+v", s)
	}
	if s := Measure(mark(Rectangle, -50, -50, -10, -10), Scale{}, ramp).Stats; s != nil {
		t.Errorf("beside the film: %+v", s)
	}
	if s := Measure(mark(Ellipse, 10, 10, 10, 10), Scale{}, ramp).Stats; s != nil {
		t.Errorf("a region of no size: %+v", s)
	}
}

func TestCalibrationByHand(t *testing.T) {
	c := Calibration{A: Point{0, 0}, B: Point{0, 200}, Known: 50}
	if s := c.Scale(Scale{}); s.Row != 0.25 || s.Column != 0.25 || s.Source != Calibrated {
		t.Errorf("square pixels: %+v", s)
	}
	// A film whose rows are twice as far apart keeps that.
	if s := c.Scale(Scale{Row: 2, Column: 1, Source: "detector plane"}); s.Row != 0.25 || s.Column != 0.125 {
		t.Errorf("uneven pixels: %+v", s)
	}
	if r := Measure(mark(Length, 0, 0, 0, 100), c.Scale(Scale{}), nil); r.Value != 25 || r.Source != Calibrated {
		t.Errorf("%+v", r)
	}
	for _, bad := range []Calibration{{Known: 10}, {B: Point{1, 1}}, {B: Point{1, 1}, Known: math.NaN()},
		{B: Point{1, 1}, Known: 1e9}} {
		if bad.Check() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestWords(t *testing.T) {
	m := mark(Length, 0, 0, 30, 40)
	m.Text = "nodule"
	if got := m.Summary(Measure(m, half, nil)); got != "nodule; 25.0 mm; detector plane" {
		t.Errorf("%q", got)
	}
	if got := mark(Length, 0, 0, 300,
		400).Summary(Measure(mark(Length, 0, 0, 300, 400), Scale{}, nil)); got != "500 px; "+Unknown {
		t.Errorf("%q", got)
	}
	c := mark(CTR, 100, 300, 220, 310, 40, 350, 280, 340)
	if got := c.Summary(Measure(c, half, nil)); got != "Cardiothoracic ratio 0.50; heart 60.0, thorax 120 mm" {
		t.Errorf("%q", got)
	}
	for _, k := range Kinds() {
		least, _ := k.Points()
		for n := range least {
			if k.Prompt(n) == "" {
				t.Errorf("%s: nothing is said before point %d", k, n+1)
			}
		}
	}
}

func TestDistance(t *testing.T) {
	m := mark(Length, 0, 0, 10, 0)
	for _, c := range []struct{ x, y, want float64 }{{5, 3, 3}, {-4, 3, 5}, {13, 4, 5}, {10, 0, 0}} {
		if got := m.Distance(Point{c.x, c.y}); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("(%v, %v) is %v away, want %v", c.x, c.y, got, c.want)
		}
	}
	if d := mark(Ellipse, 0, 0, 20, 10).Distance(Point{10, 0}); d > 0.02 {
		t.Errorf("the top of an ellipse is %v away", d)
	}
	if d := mark(Text, 3, 4).Distance(Point{0, 0}); d != 5 {
		t.Errorf("a text is %v away", d)
	}
}

func TestChanges(t *testing.T) {
	a := Sheet{}.With(mark(Length, 0, 0, 1, 1))
	two := mark(Text, 5, 5)
	two.ID = "2"
	b := a.With(two)
	if c := Changes(a, b); len(c.Put) != 1 || c.Put[0].ID != "2" || c.Gone != nil || c.Calibration {
		t.Errorf("%+v", c)
	}
	if c := Changes(b, a); len(c.Gone) != 1 || c.Gone[0] != "2" || c.Put != nil {
		t.Errorf("%+v", c)
	}
	moved := b.With(two.Moved(1, 0))
	if c := Changes(b, moved); len(c.Put) != 1 || two.Points[0].X != 5 {
		t.Errorf("%+v, the old mark is at %v", c, two.Points)
	}
	d := b
	d.Calibration = &Calibration{B: Point{1, 0}, Known: 3}
	if !Changes(b, d).Calibration || !Changes(d, b).Calibration || Changes(d, d).Calibration {
		t.Error("calibration")
	}
}

func TestFilesComeBack(t *testing.T) {
	for _, k := range Kinds() {
		m := mark(k)
		least, _ := k.Points()
		for i := range least {
			m.Points = append(m.Points, Point{float64(i) / 3, -2})
		}
		m.Text = "Sch\u00e4del \u4e2d"
		data, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeMark(data); err != nil || !back.equal(m) {
			t.Errorf("%s comes back as %+v, %v", k, back, err)
		}
	}
	c := Calibration{A: Point{1, 2}, B: Point{3, 4.5}, Known: 12.25}
	data, err := c.Encode()
	if back, err2 := DecodeCalibration(data); err != nil || err2 != nil || back != c {
		t.Errorf("%+v, %v, %v", back, err, err2)
	}
	for _, bad := range []string{
		``, `{}`, `[]`, `{"version":1}`, `{"version":2,"mark":{"id":"1","kind":"text","points":[{"x":1,"y":1}]}}`,
		`{"version":1,"mark":{"id":"1","kind":"length","points":[{"x":1,"y":1}]}}`,
		`{"version":1,"mark":{"id":"1","kind":"text","points":[{"x":1e300,"y":1}]}}`,
		`{"version":1,"mark":{"id":"","kind":"text","points":[{"x":1,"y":1}]}}`,
		`{"version":1,"mark":{"id":"1","kind":"text","points":[{"x":1,"y":1}],"text":"` +
			strings.Repeat("x", MaxText+1) + `"}}`,
	} {
		if m, err := DecodeMark([]byte(bad)); err == nil {
			t.Errorf("%.60s is read as %+v", bad, m)
		}
	}
}

func FuzzDecodeMark(f *testing.F) {
	seed, _ := mark(Polygon, 1, 2, 3, 4, 5, 6).Encode()
	f.Add(seed)
	f.Add([]byte(`{"version":1,"mark":{"id":"1","kind":"ellipse","points":[{"x":-1e5,"y":0},{"x":9e5,"y":9e5}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := DecodeCalibration(data); err == nil && !c.Scale(Scale{}).Known() {
			t.Errorf("%+v gives no scale", c)
		}
		m, err := DecodeMark(data)
		if err != nil {
			return
		}
		r := Measure(m, half, grid{50, 50, func(x, y int) float64 { return 1 }})
		if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) || r.Value < 0 {
			t.Errorf("%+v measures %v", m, r.Value)
		}
		if _, err := json.Marshal(m); err != nil {
			t.Error(err)
		}
		m.Lines(r)
		m.Distance(Point{1, 1})
	})
}
