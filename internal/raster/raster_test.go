package raster

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// noise is a picture of random values: every misplaced pixel shows.
func noise(w, h int, seed uint64) Gray {
	rng := rand.New(rand.NewPCG(seed, 1))
	g := Gray{W: w, H: h, Pix: make([]uint16, w*h)}
	for i := range g.Pix {
		g.Pix[i] = uint16(rng.UintN(1 << 16))
	}
	return g
}

func randomHeat(w, h int, seed uint64) *Heat {
	rng := rand.New(rand.NewPCG(seed, 2))
	m := &Heat{W: w, H: h, Values: make([]float32, w*h), X1: 1, Y1: 1}
	for i := range m.Values {
		m.Values[i] = float32(2*rng.Float64() - 1)
	}
	return m
}

// identity shows the high byte of every value.
func identity() *Table {
	t := new(Table)
	for i := range t {
		t[i] = uint8(i >> 8)
	}
	return t
}

func findMap(t testing.TB, name string) *ColourMap {
	t.Helper()
	c, ok := FindColourMap(name)
	if !ok {
		t.Fatalf("no colour map %q", name)
	}
	return &c
}

func TestPyramidLevelsAreMeans(t *testing.T) {
	src := noise(601, 523, 3)
	p := NewPyramid(src)
	if w, h := p.Size(); w != 601 || h != 523 {
		t.Fatalf("size %dx%d", w, h)
	}
	if len(p.levels) != 3 { // 601x523, 301x262, 151x131
		t.Fatalf("%d levels", len(p.levels))
	}
	for i := 1; i < len(p.levels); i++ {
		a, b := p.levels[i-1], p.levels[i]
		if b.W != (a.W+1)/2 || b.H != (a.H+1)/2 {
			t.Fatalf("level %d is %dx%d under %dx%d", i, b.W, b.H, a.W, a.H)
		}
		for y := range b.H {
			for x := range b.W {
				var sum, n float64
				for dy := range 2 {
					for dx := range 2 {
						if sx, sy := 2*x+dx, 2*y+dy; sx < a.W && sy < a.H {
							sum += float64(a.Pix[sy*a.W+sx])
							n++
						} else if sy >= a.H && sx < a.W { // the last row stands for itself
							sum += float64(a.Pix[(sy-1)*a.W+sx])
							n++
						}
					}
				}
				if got := float64(b.Pix[y*b.W+x]); math.Abs(got-sum/n) > 0.5 {
					t.Fatalf("level %d (%d,%d) = %v, mean %v", i, x, y, got, sum/n)
				}
			}
		}
	}
}

func TestEmptyPictureDrawsBlack(t *testing.T) {
	for _, g := range []Gray{{}, {W: 3, H: 3}, {W: -1, H: 4}} {
		var r Renderer
		out := r.Render(Frame{Pyramid: NewPyramid(g), Place: Fit(0, 0, 20, 10), W: 20, H: 10, Table: identity()})
		for i, v := range out.Pix {
			if want := uint8(255 * ((i & 3) / 3)); v != want {
				t.Fatalf("byte %d is %d", i, v)
			}
		}
	}
}

func TestFitShowsTheWholePictureCentred(t *testing.T) {
	for _, c := range [][4]int{{2500, 3000, 1600, 1000}, {3000, 2500, 800, 1600}, {50, 40, 400, 400}} {
		p := Fit(c[0], c[1], c[2], c[3])
		x0, y0 := p.ToView(c[2], c[3], 0, 0)
		x1, y1 := p.ToView(c[2], c[3], float64(c[0]), float64(c[1]))
		if math.Abs(x0-(float64(c[2])-x1)) > 1 || math.Abs(y0-(float64(c[3])-y1)) > 1 {
			t.Errorf("%v: not centred: %v..%v, %v..%v", c, x0, x1, y0, y1)
		}
		touches := math.Min(math.Abs(x1-x0-float64(c[2])), math.Abs(y1-y0-float64(c[3])))
		if x1-x0 > float64(c[2])+1e-6 || y1-y0 > float64(c[3])+1e-6 || touches > 1e-6 {
			t.Errorf("%v: shown as %v x %v", c, x1-x0, y1-y0)
		}
	}
}

func TestPlacementRoundTrips(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 5))
	for range 500 {
		p := Placement{CX: rng.Float64() * 3000, CY: rng.Float64() * 3000, Zoom: math.Exp(rng.Float64()*7 - 3.5)}
		w, h := 1+rng.IntN(2000), 1+rng.IntN(2000)
		x, y := rng.Float64()*float64(w), rng.Float64()*float64(h)
		ix, iy := p.ToImage(w, h, x, y)
		if bx, by := p.ToView(w, h, ix, iy); math.Abs(bx-x) > 1e-6 || math.Abs(by-y) > 1e-6 {
			t.Fatalf("%+v: (%v,%v) came back as (%v,%v)", p, x, y, bx, by)
		}
		// Zooming keeps the point under the cursor, but for the rounding of the
		// origin to a viewport pixel, half a pixel before and half after.
		z := p.ZoomAt(w, h, x, y, math.Exp(rng.Float64()*2-1))
		if bx, by := z.ToView(w, h, ix, iy); math.Abs(bx-x) > 0.5+0.5*z.Zoom/p.Zoom ||
			math.Abs(by-y) > 0.5+0.5*z.Zoom/p.Zoom {
			t.Fatalf("%+v -> %+v: (%v,%v) moved to (%v,%v)", p, z, x, y, bx, by)
		}
		// Panning by whole pixels moves every point by as many.
		q := p.Pan(17, -9)
		if bx, by := q.ToView(w, h, ix, iy); math.Abs(bx-x-17) > 1e-6 || math.Abs(by-y+9) > 1e-6 {
			t.Fatalf("pan moved (%v,%v) to (%v,%v)", x, y, bx, by)
		}
	}
}

func TestZoomIsBounded(t *testing.T) {
	p := Placement{CX: 10, CY: 10, Zoom: 1}
	for factor, want := range map[float64]float64{1e9: MaxZoom, 1e-9: minZoom, 0: minZoom, math.NaN(): minZoom,
		math.Inf(1): MaxZoom} {
		if got := p.ZoomAt(100, 100, 3, 4, factor); got.Zoom != want || math.IsNaN(got.CX) {
			t.Errorf("factor %v: %+v, want zoom %v", factor, got, want)
		}
	}
	if k := (Placement{CX: -5, CY: 900, Zoom: 1}).Keep(300, 200); k.CX != 0 || k.CY != 200 {
		t.Errorf("kept at %+v", k)
	}
}

func TestZoomOneCopiesPixels(t *testing.T) {
	src := noise(301, 211, 9)
	p := NewPyramid(src)
	for _, view := range [][2]int{{400, 300}, {401, 299}, {100, 90}} { // even and odd, larger and smaller
		w, h := view[0], view[1]
		place := Placement{CX: 150.3, CY: 105.5, Zoom: 1}
		var r Renderer
		out := r.Render(Frame{Pyramid: p, Place: place, W: w, H: h, Table: identity()})
		for y := range h {
			for x := range w {
				ix, iy := place.ToImage(w, h, float64(x)+0.5, float64(y)+0.5)
				want := uint8(0)
				if i, j := int(math.Floor(ix)), int(math.Floor(iy)); i >= 0 && j >= 0 && i < src.W && j < src.H {
					want = uint8(src.Pix[j*src.W+i] >> 8)
				}
				if got := out.RGBAAt(x, y).R; got != want {
					t.Fatalf("%v: (%d,%d) is %d, the pixel there %d", view, x, y, got, want)
				}
			}
		}
	}
}

// slowGray is bilinear interpolation between pixel centres in float64, the
// border repeated: the oracle of the geometry stage.
func slowGray(g Gray, x, y float64) float64 {
	at := func(i, j int) float64 {
		return float64(g.Pix[min(max(j, 0), g.H-1)*g.W+min(max(i, 0), g.W-1)])
	}
	x, y = x-0.5, y-0.5
	i, j := int(math.Floor(x)), int(math.Floor(y))
	f, k := x-float64(i), y-float64(j)
	return (at(i, j)*(1-f)+at(i+1, j)*f)*(1-k) + (at(i, j+1)*(1-f)+at(i+1, j+1)*f)*k
}

func TestResamplingAgainstFloat64(t *testing.T) {
	src := noise(700, 640, 4)
	p := NewPyramid(src)
	const w, h = 311, 257
	for _, zoom := range []float64{0.21, 0.34, 0.6, 0.77, 1.5, 2, 3.3, 17} {
		place := Placement{CX: 333.25, CY: 301.5, Zoom: zoom}
		var r Renderer
		r.Render(Frame{Pyramid: p, Place: place, W: w, H: h, Table: identity()})
		g, z := p.level(zoom)
		var worst float64
		for y := r.image.Min.Y; y < r.image.Max.Y; y++ {
			for x := r.image.Min.X; x < r.image.Max.X; x++ {
				ix, iy := place.ToImage(w, h, float64(x)+0.5, float64(y)+0.5)
				want := slowGray(g, ix*zoom/z, iy*zoom/z)
				worst = math.Max(worst, math.Abs(float64(r.gray[y*w+x])-want))
			}
		}
		// Weights in 1/256: 0.5/256 of the full range each way.
		if worst > 2*65535*0.5/256+1 {
			t.Errorf("zoom %v: off by %v of 65535", zoom, worst)
		}
	}
}

// TestThinPictures: a side of one pixel has no second one to interpolate with.
func TestThinPictures(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 700}, {700, 1}, {2, 2}, {257, 3}} {
		src := noise(size[0], size[1], 6)
		p := NewPyramid(src)
		for _, zoom := range []float64{minZoom, 0.3, 1, 2.7, MaxZoom} {
			place := Placement{CX: float64(src.W) / 2, CY: float64(src.H) / 2, Zoom: zoom}
			var r Renderer
			r.Render(Frame{Pyramid: p, Place: place, W: 90, H: 80, Table: identity(), Heat: randomHeat(1, 3, 1),
				Colours: findMap(t, Jet), Opacity: 1})
			g, z := p.level(zoom)
			for y := r.image.Min.Y; y < r.image.Max.Y; y++ {
				for x := r.image.Min.X; x < r.image.Max.X; x++ {
					ix, iy := place.ToImage(90, 80, float64(x)+0.5, float64(y)+0.5)
					want := slowGray(g, ix*zoom/z, iy*zoom/z)
					if math.Abs(float64(r.gray[y*90+x])-want) > 2*65535*0.5/256+1 {
						t.Fatalf("%v at %v: (%d,%d) is %d, want %v", size, zoom, x, y, r.gray[y*90+x], want)
					}
				}
			}
		}
	}
}

func TestTableSet(t *testing.T) {
	var tab Table
	tab.Set([]uint8{5, 6, 7})
	if tab[0] != 5 || tab[2] != 7 || tab[3] != 7 || tab[65535] != 7 {
		t.Errorf("%d %d %d %d", tab[0], tab[2], tab[3], tab[65535])
	}
	tab.Set(nil)
	if tab != (Table{}) {
		t.Error("an empty table is not black")
	}
}

// TestRendererCaches drives one renderer through random changes; each frame
// must equal that of a fresh one.
func TestRendererCaches(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	pyramids := []*Pyramid{NewPyramid(noise(300, 280, 1)), NewPyramid(noise(520, 610, 2)), nil}
	heats := []*Heat{nil, randomHeat(7, 7, 1), randomHeat(1, 1, 2),
		{W: 3, H: 2, Values: randomHeat(3, 2, 3).Values, X0: 0.2, Y0: 0.1, X1: 0.7, Y1: 0.9}, {W: 2, H: 2}}
	maps := []*ColourMap{findMap(t, Ember), findMap(t, Jet), findMap(t, Signed), nil}
	dark := new(Table)
	dark.Set([]uint8{1, 2, 3})
	f := Frame{Pyramid: pyramids[0], Place: Fit(300, 280, 200, 150), W: 200, H: 150, Table: identity(), Opacity: 0.5}
	var kept Renderer
	for step := range 300 {
		switch rng.IntN(7) {
		case 0:
			f.Pyramid = pyramids[rng.IntN(len(pyramids))]
		case 1:
			f.Place = f.Place.Pan(rng.Float64()*60-30, rng.Float64()*60-30).Keep(300, 300)
		case 2:
			f.Place = f.Place.ZoomAt(f.W, f.H, 20, 30, math.Exp(rng.Float64()*2-1))
		case 3:
			f.Heat = heats[rng.IntN(len(heats))]
		case 4:
			f.Colours, f.Opacity = maps[rng.IntN(len(maps))], rng.Float64()
		case 5:
			f.Table = []*Table{dark, identity(), nil}[rng.IntN(3)]
		case 6:
			f.W, f.H = 100+rng.IntN(150), 100+rng.IntN(150)
		}
		var fresh Renderer
		a, b := kept.Render(f), fresh.Render(f)
		for i := range a.Pix {
			if a.Pix[i] != b.Pix[i] {
				t.Fatalf("step %d: byte %d is %d after many frames, %d fresh; %+v", step, i, a.Pix[i], b.Pix[i], f)
			}
		}
	}
}

func TestWindowDragAllocatesNoBuffer(t *testing.T) {
	var r Renderer
	f := Frame{Pyramid: NewPyramid(noise(900, 800, 1)), W: 640, H: 480, Place: Fit(900, 800, 640, 480),
		Table: identity(), Heat: randomHeat(7, 7, 1), Colours: findMap(t, Ember), Opacity: 0.5}
	r.Render(f)
	res := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			f.Place = f.Place.Pan(1, 0)
			r.Render(f)
			f.Place = f.Place.Pan(-1, 0)
			r.Render(f)
		}
	})
	if n := res.AllocedBytesPerOp(); n > 8<<10 { // closures and rows of the map; a buffer is a megabyte
		t.Errorf("%d bytes allocated for two pans", n)
	}
}

// TestHalvedShowsTheSamePart: a halved frame, each pixel doubled, differs from the
// whole one by what a film that slopes evenly changes over two pixels, wherever
// the part lies, and draws a quarter of the pixels.
func TestHalvedShowsTheSamePart(t *testing.T) {
	img := Gray{W: 600, H: 500, Pix: make([]uint16, 600*500)}
	const slope = 40
	for y := range img.H {
		for x := range img.W {
			img.Pix[y*img.W+x] = uint16(slope * (x + y))
		}
	}
	c := findMap(t, Ember)
	for _, zoom := range []float64{0.4, 1, 3.3} {
		for _, odd := range []int{0, 1} {
			f := Frame{Pyramid: NewPyramid(img), Place: Placement{300, 250, zoom}, W: 301 - odd, H: 200 + odd,
				Table: identity(), Heat: randomHeat(1, 1, 3), Colours: c, Opacity: 0.4}
			f.Part = f.Covered().Intersect(image.Rect(20+odd, 11, 280, 190-odd))
			var whole, halved Renderer
			a, b := whole.Render(f), halved.Render(f.Halved())
			if w, h := b.Rect.Dx(), b.Rect.Dy(); w > f.Part.Dx()/2+1 || h > f.Part.Dy()/2+1 {
				t.Errorf("%v: %dx%d for %v", zoom, w, h, f.Part)
			}
			most := 0
			for y := range a.Rect.Dy() {
				for x := range a.Rect.Dx() {
					p, q := a.RGBAAt(x, y), b.RGBAAt(x*b.Rect.Dx()/a.Rect.Dx(), y*b.Rect.Dy()/a.Rect.Dy())
					most = max(most, absInt(int(p.R)-int(q.R)), absInt(int(p.G)-int(q.G)), absInt(int(p.B)-int(q.B)))
				}
			}
			if limit := int(math.Ceil(2*4*slope/zoom/256)) + 1; most > limit {
				t.Errorf("zoom %v, odd %d: off by %d of 255, limit %d", zoom, odd, most, limit)
			}
		}
	}
}

func absInt(v int) int { return max(v, -v) }

// TestPanMovesTheVeryPixels walks over a film, in and out of its edges, with each
// filter, with and without a map: every frame is that of a renderer that begins
// anew.
func TestPanMovesTheVeryPixels(t *testing.T) {
	p := NewPyramid(noise(180, 230, 3))
	c, _ := FindColourMap(Ember)
	heats := []*Heat{randomHeat(7, 7, 1), randomHeat(5, 9, 2), nil}
	heats[1].X0, heats[1].Y1 = 0.2, 0.7
	rng := rand.New(rand.NewPCG(1, 2))
	var r Renderer
	moved := 0
	f := Frame{Pyramid: p, Place: Placement{90, 115, 1.3}, W: 160, H: 200, Table: identity(), Colours: &c, Opacity: 0.5,
		Heat: heats[0]}
	for i := range 600 {
		switch rng.IntN(8) {
		case 0:
			f.Place.Zoom = []float64{0.7, 1, 1.3, 2.9}[rng.IntN(4)]
		case 1:
			f.Heat = heats[rng.IntN(3)]
		case 2:
			f.Filter = Filter(rng.IntN(3))
		case 3:
			f.Part = image.Rect(0, 0, 160, 200)
			if rng.IntN(2) == 0 {
				f.Part = f.Covered()
			}
		default:
			f.Place = f.Place.Pan(rng.Float64()*90-45, rng.Float64()*90-45).Keep(180, 230)
			moved++
		}
		var fresh Renderer
		if got, want := r.Render(f), fresh.Render(f); !bytes.Equal(got.Pix, want.Pix) {
			t.Fatalf("step %d: %+v differs from a new start", i, f.Place)
		}
	}
	if moved < 200 {
		t.Errorf("%d pans of 600 steps", moved)
	}
}
