package raster

import (
	"fmt"
	"math"
	"testing"
)

// orientations are the eight of a square.
func orientations() (out []Orientation) {
	for _, m := range []bool{false, true} {
		for t := range quarters {
			out = append(out, Orientation{m, t})
		}
	}
	return out
}

// TestOrientByHand turns and mirrors a picture of 3x2 whose result is written
// out.
func TestOrientByHand(t *testing.T) {
	src := []uint16{1, 2, 3, 4, 5, 6}
	for o, want := range map[Orientation][]uint16{
		{}:                         {1, 2, 3, 4, 5, 6},
		{Turns: 1}:                 {4, 1, 5, 2, 6, 3},
		{Turns: 2}:                 {6, 5, 4, 3, 2, 1},
		{Turns: 3}:                 {3, 6, 2, 5, 1, 4},
		{Mirror: true}:             {3, 2, 1, 6, 5, 4},
		Orientation{}.FlipUpDown(): {4, 5, 6, 1, 2, 3},
	} {
		if got := orient(src, 3, 2, o); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v gives %v, want %v", o, got, want)
		}
	}
	if got := orient([]uint16{7, 8}, 1, 2, Orientation{Turns: 1}); fmt.Sprint(got) != "[8 7]" {
		t.Errorf("a column turned is %v", got)
	}
}

// TestOrientationsAreAGroup: turning and mirroring what is seen does what it
// says whatever was done before.
func TestOrientationsAreAGroup(t *testing.T) {
	src := []uint16{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	const w, h = 4, 3
	for _, o := range orientations() {
		seen := orient(src, w, h, o)
		ow, oh := o.Size(w, h)
		for name, c := range map[string]struct{ then, alone Orientation }{
			"turn":           {o.Turn(1), Orientation{Turns: 1}},
			"turn back":      {o.Turn(-1), Orientation{Turns: 3}},
			"flip":           {o.FlipLeftRight(), Orientation{Mirror: true}},
			"flip up down":   {o.FlipUpDown(), Orientation{}.FlipUpDown()},
			"turn all round": {o.Turn(-8), Orientation{}},
		} {
			if got, want := orient(src, w, h, c.then),
				orient(seen, ow, oh, c.alone); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%+v, then %s: %v, want %v", o, name, got, want)
			}
		}
		x, y := o.Apply(0.7, 2.2, w, h)
		if bx, by := o.Undo(x, y, w, h); math.Abs(bx-0.7) > 1e-12 || math.Abs(by-2.2) > 1e-12 {
			t.Errorf("%+v takes 0.7, 2.2 to %v, %v", o, bx, by)
		}
		if x < 0 || y < 0 || x > float64(ow) || y > float64(oh) {
			t.Errorf("%+v takes a point out of the picture: %v, %v", o, x, y)
		}
	}
}

// TestOrientedHeatCoversTheSamePart: the map stays on what it marks.
func TestOrientedHeatCoversTheSamePart(t *testing.T) {
	h := &Heat{W: 2, H: 3, Values: []float32{1, 2, 3, 4, 5, 6}, X0: 0.1, Y0: 0.2, X1: 0.5, Y1: 0.9}
	for _, o := range orientations() {
		got := h.Oriented(o)
		for i, v := range h.Values {
			x := h.X0 + (float64(i%2)+0.5)/2*(h.X1-h.X0)
			y := h.Y0 + (float64(i/2)+0.5)/3*(h.Y1-h.Y0)
			sx, sy := o.Apply(x, y, 1, 1)
			cx := int((sx - got.X0) / (got.X1 - got.X0) * float64(got.W))
			cy := int((sy - got.Y0) / (got.Y1 - got.Y0) * float64(got.H))
			if cx < 0 || cy < 0 || cx >= got.W || cy >= got.H || got.Values[cy*got.W+cx] != v {
				t.Fatalf("%+v: value %v is not where it was", o, v)
			}
		}
	}
}

// TestPartIsACutOfTheWhole: drawing a part gives the pixels of the whole frame.
func TestPartIsACutOfTheWhole(t *testing.T) {
	p := NewPyramid(noise(300, 260, 3))
	f := Frame{Pyramid: p, Place: Placement{CX: 140, CY: 150, Zoom: 0.8}, W: 400, H: 300, Table: identity(),
		Heat: randomHeat(7, 7, 2), Colours: findMap(t, Ember), Opacity: 0.6}
	for _, filter := range []Filter{Smooth, Sharp, Pixels} {
		f.Filter = filter
		var whole, cut Renderer
		g := f
		g.Part = f.Covered()
		if g.Part.Empty() || g.Part.Dx() >= f.W {
			t.Fatalf("the film covers %v", g.Part)
		}
		a, b := whole.Render(f), cut.Render(g)
		for y := range f.H {
			for x := range f.W {
				got := a.RGBAAt(x, y)
				inside := x >= g.Part.Min.X && x < g.Part.Max.X && y >= g.Part.Min.Y && y < g.Part.Max.Y
				if inside && b.RGBAAt(x-g.Part.Min.X, y-g.Part.Min.Y) != got {
					t.Fatalf("filter %d: (%d,%d) is %v in the part and %v in the whole", filter, x, y,
						b.RGBAAt(x-g.Part.Min.X, y-g.Part.Min.Y), got)
				}
				if !inside && (got.R != 0 || got.G != 0 || got.B != 0) {
					t.Fatalf("(%d,%d) outside the covered part is %v", x, y, got)
				}
			}
		}
	}
}

// slowCubic is Keys' cubic convolution with a = -0.5 as its paper has it.
func slowCubic(g Gray, x, y float64) float64 {
	kernel := func(s float64) float64 {
		const a = -0.5
		switch s = math.Abs(s); {
		case s <= 1:
			return (a+2)*s*s*s - (a+3)*s*s + 1
		case s < 2:
			return a*s*s*s - 5*a*s*s + 8*a*s - 4*a
		}
		return 0
	}
	x, y = max(0, min(x-0.5, float64(g.W-1))), max(0, min(y-0.5, float64(g.H-1)))
	sum := 0.0
	for j := int(math.Floor(y)) - 1; j <= int(math.Floor(y))+2; j++ {
		for i := int(math.Floor(x)) - 1; i <= int(math.Floor(x))+2; i++ {
			v := float64(g.Pix[min(max(j, 0), g.H-1)*g.W+min(max(i, 0), g.W-1)])
			sum += v * kernel(x-float64(i)) * kernel(y-float64(j))
		}
	}
	return max(0, min(65535, sum))
}

func TestSharpIsCubicConvolution(t *testing.T) {
	p := NewPyramid(noise(90, 80, 5))
	place := Placement{CX: 40.5, CY: 41, Zoom: 3.3}
	var r Renderer
	const w, h = 311, 280
	r.Render(Frame{Pyramid: p, Place: place, W: w, H: h, Table: identity(), Filter: Sharp})
	for y := r.image.Min.Y; y < r.image.Max.Y; y++ {
		for x := r.image.Min.X; x < r.image.Max.X; x++ {
			ix, iy := place.ToImage(w, h, float64(x)+0.5, float64(y)+0.5)
			if want := slowCubic(p.levels[0], ix, iy); math.Abs(float64(r.gray[y*w+x])-want) > 1 {
				t.Fatalf("(%d,%d) is %d, want %v", x, y, r.gray[y*w+x], want)
			}
		}
	}
	r.Render(Frame{Pyramid: p, Place: place, W: w, H: h, Table: identity(), Filter: Pixels})
	for x := r.image.Min.X; x < r.image.Max.X; x++ {
		ix, iy := place.ToImage(w, h, float64(x)+0.5, 100.5)
		if want := p.levels[0].Pix[int(iy)*90+int(ix)]; r.gray[100*w+x] != want {
			t.Fatalf("nearest at %d is %d, the pixel there %d", x, r.gray[100*w+x], want)
		}
	}
}

// TestOneFilledLayerIsTheSingleMap: the general path agrees with the quick one.
func TestOneFilledLayerIsTheSingleMap(t *testing.T) {
	p, heat, c := NewPyramid(noise(200, 150, 8)), randomHeat(6, 5, 4), findMap(t, Signed)
	f := Frame{Pyramid: p, Place: Fit(200, 150, 320, 240), W: 320, H: 240, Table: identity(), Heat: heat, Colours: c,
		Opacity: 0.7, Floor: 0.3}
	g := f
	g.Heat, g.Over = nil, &Overlays{Layers: []Layer{{Heat: heat, Colours: c, Floor: 0.3}}}
	var a, b Renderer
	x, y := a.Render(f), b.Render(g)
	for i := range x.Pix {
		if d := int(x.Pix[i]) - int(y.Pix[i]); d > 1 || d < -1 { // rounded once and twice
			t.Fatalf("byte %d is %d as a single map and %d as a layer", i, x.Pix[i], y.Pix[i])
		}
	}
}

// TestContourIsWhereTheLevelIsCrossed: a map that rises from left to right is
// crossed at one column, two pixels wide, and nowhere else.
func TestContourIsWhereTheLevelIsCrossed(t *testing.T) {
	src := Gray{W: 200, H: 100, Pix: make([]uint16, 200*100)}
	heat := &Heat{W: 2, H: 1, Values: []float32{0, 1}, X1: 1,
		Y1: 1} // 0 to a quarter of the width, 1 from three quarters
	c := Tint(0, 200, 0)
	f := Frame{Pyramid: NewPyramid(src), Place: Placement{CX: 100, CY: 50, Zoom: 1}, W: 200, H: 100, Table: identity(),
		Opacity: 0.2,
		Over:    &Overlays{Layers: []Layer{{Heat: heat, Colours: &c, Contours: []float64{0.5}}}}}
	var r Renderer
	out := r.Render(f)
	for y := range 100 {
		for x := range 200 {
			on := out.RGBAAt(x, y).G == 200
			if near := x >= 97 && x <= 100; on && !near || !on && x == 99 {
				t.Fatalf("(%d,%d) on the line: %v", x, y, on)
			}
		}
	}
	f.Over = &Overlays{Layers: []Layer{{Heat: heat, Colours: &c}, {Heat: nil, Colours: &c}}}
	if got := r.Render(f).RGBAAt(190, 50).G; got != 40 {
		t.Errorf("a filled tint of 200 at opacity 0.2 is %d", got)
	}
}

func TestFloorLeavesWeakEvidenceBare(t *testing.T) {
	src := Gray{W: 64, H: 64, Pix: make([]uint16, 64*64)}
	heat := &Heat{W: 3, H: 1, Values: []float32{-0.3, 0.3, 0.9}, X1: 1, Y1: 1}
	f := Frame{Pyramid: NewPyramid(src), Place: Placement{CX: 32, CY: 32, Zoom: 1}, W: 64, H: 64, Table: identity(),
		Heat: heat, Colours: findMap(t, Signed), Opacity: 1, Floor: 0.5}
	var r Renderer
	out := r.Render(f)
	if a, b, c := out.RGBAAt(2, 32), out.RGBAAt(32, 32), out.RGBAAt(62, 32); a.B != 0 || b.R != 0 || c.R < 200 {
		t.Errorf("weak against %v, weak for %v, strong %v", a, b, c)
	}
	f.Floor = 0
	if r.Render(f).RGBAAt(32, 32).R == 0 {
		t.Error("without a floor weak evidence is not drawn")
	}
}

// TestTablesAreWhole: the known ends of viridis and cividis, and lightness that
// only grows.
func TestTablesAreWhole(t *testing.T) {
	for name, ends := range map[string][2][3]uint8{
		Viridis: {{68, 1, 84}, {253, 231, 37}},
		Cividis: {{0, 34, 78}, {254, 232, 56}},
	} {
		c := findMap(t, name)
		for i, want := range [2][3]uint8{ends[0], ends[1]} {
			e := c.table[zeroLevel+255*i]
			if got := [3]uint8{e.r, e.g, e.b}; got != want {
				t.Errorf("%s ends at %v, want %v", name, got, want)
			}
		}
		for i := 1; i < 256; i++ {
			a, b := c.table[zeroLevel+i-1], c.table[zeroLevel+i]
			if lightness(b.r, b.g, b.b) < lightness(a.r, a.g, a.b)-0.4 {
				t.Errorf("the lightness of %s falls at %d", name, i)
			}
		}
	}
}
