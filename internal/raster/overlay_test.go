package raster

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
)

// usual is what OpenCV and pytorch-grad-cam draw, see
// testdata/peers/overlay_jet.py.
type usual struct {
	W, H    int
	Gray    []uint8
	MapW    int `json:"map_w"`
	MapH    int `json:"map_h"`
	Map     []float32
	Blended []float64
	Maximum float64
	Shown   []float64
	Jet     [256][3]uint8
}

func readUsual(t *testing.T) usual {
	t.Helper()
	data, err := os.ReadFile("testdata/overlay_jet.json")
	if err != nil {
		t.Fatal(err)
	}
	// encoding/json takes []uint8 for base64.
	var u usual
	var raw struct {
		Gray []int `json:"gray"`
		*usual
	}
	raw.usual = &u
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	for _, v := range raw.Gray {
		u.Gray = append(u.Gray, uint8(v))
	}
	return u
}

// TestJetIsOpenCVs: 255 of the 256 colours are equal; OpenCV's own table has
// one value, the blue of 159, that is rounded the other way.
func TestJetIsOpenCVs(t *testing.T) {
	u, c := readUsual(t), findMap(t, Jet)
	u.Jet[159][2] = 2
	for i, want := range u.Jet {
		e := c.table[zeroLevel+i]
		if got := [3]uint8{e.r, e.g, e.b}; got != want {
			t.Errorf("jet %d is %v, OpenCV has %v", i, got, want)
		}
	}
	if e := c.table[0]; [3]uint8{e.r, e.g, e.b} != u.Jet[0] {
		t.Errorf("a negative value is %v", e)
	}
}

// TestOverlayIsTheUsualDisplay compares with cv2.resize, COLORMAP_JET and the
// blend of pytorch-grad-cam. One level of the map is 4 of a channel, so where
// float rounding moves a value over a step the result moves by 2.
func TestOverlayIsTheUsualDisplay(t *testing.T) {
	u := readUsual(t)
	heat := &Heat{W: u.MapW, H: u.MapH, Values: u.Map, X1: 1, Y1: 1}
	out := Overlay(u.Gray, u.W, u.H, heat, *findMap(t, Jet), 0.5)
	differ := 0
	for i := range u.W * u.H {
		for k := range 3 {
			got := float64(out.Pix[4*i+k])
			d := math.Abs(got - u.Blended[3*i+k])
			if d > 2 {
				t.Fatalf("pixel %d channel %d is %v, usual display %v", i, k, got, u.Blended[3*i+k])
			}
			if d > 1 {
				differ++
			}
			// show_cam_on_image divides by the maximum and cuts to whole numbers.
			if d := math.Abs(math.Floor(got/u.Maximum) - u.Shown[3*i+k]); d > 3 {
				t.Fatalf("pixel %d channel %d: %v shown as %v", i, k, got/u.Maximum, u.Shown[3*i+k])
			}
		}
	}
	if differ > u.W*u.H*3/100 {
		t.Errorf("%d of %d values differ by more than rounding", differ, u.W*u.H*3)
	}
}

// slowHeat is the value of a map at a point of the picture (fractions), in
// float64, and whether the map reaches there.
func slowHeat(m *Heat, u, v float64) (float64, bool) {
	if u < m.X0 || u >= m.X1 || v < m.Y0 || v >= m.Y1 {
		return 0, false
	}
	x := (u-m.X0)/(m.X1-m.X0)*float64(m.W) - 0.5
	y := (v-m.Y0)/(m.Y1-m.Y0)*float64(m.H) - 0.5
	x, y = math.Max(0, math.Min(x, float64(m.W-1))), math.Max(0, math.Min(y, float64(m.H-1)))
	i, j := int(x), int(y)
	f, k := x-float64(i), y-float64(j)
	at := func(i, j int) float64 { return float64(m.Values[min(j, m.H-1)*m.W+min(i, m.W-1)]) }
	return (at(i, j)*(1-f)+at(i+1, j)*f)*(1-k) + (at(i, j+1)*(1-f)+at(i+1, j+1)*f)*k, true
}

// slowBlend is the formula of Overlay in float64.
func slowBlend(gray uint8, v float64, c *ColourMap, opacity float64) [3]float64 {
	r, g, b, a := c.At(v)
	a *= opacity
	var out [3]float64
	for k, colour := range [3]uint8{r, g, b} {
		out[k] = (1-a)*float64(gray) + a*float64(colour)
	}
	return out
}

func TestOverlayAgainstSlowOracle(t *testing.T) {
	const w, h = 83, 71
	gray := make([]uint8, w*h)
	for i := range gray {
		gray[i] = uint8(i * 7)
	}
	full := randomHeat(14, 14, 6)
	crop := &Heat{W: 5, H: 9, Values: randomHeat(5, 9, 7).Values, X0: 0.15, Y0: 0, X1: 0.9, Y1: 0.63}
	single := &Heat{W: 1, H: 1, Values: []float32{0.7}, X1: 1, Y1: 1}
	for _, name := range ColourMaps() {
		c := findMap(t, name)
		for hi, heat := range []*Heat{full, crop, single} {
			for _, opacity := range []float64{0, 0.37, 1} {
				out := Overlay(gray, w, h, heat, *c, opacity)
				checkOverlay(t, overlayCase{fmt.Sprintf("%s %d %v", name, hi, opacity), gray, w, heat, c, opacity},
					out.Pix)
			}
		}
	}
}

type overlayCase struct {
	name    string
	gray    []uint8
	w       int
	heat    *Heat
	c       *ColourMap
	opacity float64
}

// checkOverlay allows rounding (1), and one step of the map either way where
// the float32 value lies beside it.
func checkOverlay(t *testing.T, o overlayCase, pix []uint8) {
	t.Helper()
	h := len(o.gray) / o.w
	for i, g := range o.gray {
		u, v := (float64(i%o.w)+0.5)/float64(o.w), (float64(i/o.w)+0.5)/float64(h)
		value, covered := slowHeat(o.heat, u, v)
		if !covered {
			if pix[4*i] != g || pix[4*i+1] != g || pix[4*i+2] != g {
				t.Fatalf("%s: pixel %d beyond the map is %v, grey %d", o.name, i, pix[4*i:4*i+4], g)
			}
			continue
		}
		lo, hi := slowBlend(g, value-1e-5, o.c, o.opacity), slowBlend(g, value+1e-5, o.c, o.opacity)
		for k := range 3 {
			got := float64(pix[4*i+k])
			if got < math.Min(lo[k], hi[k])-0.51 || got > math.Max(lo[k], hi[k])+0.51 {
				t.Fatalf("%s: pixel %d channel %d is %v, want %v", o.name, i, k, got, lo[k])
			}
		}
		if pix[4*i+3] != 255 {
			t.Fatalf("%s: pixel %d is translucent", o.name, i)
		}
	}
}

// TestRendererMatchesOverlay: at zoom 1 the viewer shows what the export
// writes.
func TestRendererMatchesOverlay(t *testing.T) {
	src, heat, c := noise(120, 90, 5), randomHeat(7, 5, 5), findMap(t, Ember)
	table := identity()
	gray := make([]uint8, len(src.Pix))
	for i, v := range src.Pix {
		gray[i] = table[v]
	}
	var r Renderer
	got := r.Render(Frame{Pyramid: NewPyramid(src), Place: Placement{60, 45, 1}, W: 120, H: 90, Table: table,
		Heat:    heat,
		Colours: c, Opacity: 0.6})
	want := Overlay(gray, 120, 90, heat, *c, 0.6)
	for i := range want.Pix {
		if d := int(got.Pix[i]) - int(want.Pix[i]); d < -2 || d > 2 { // a step of the map
			t.Fatalf("byte %d: viewer %d, export %d", i, got.Pix[i], want.Pix[i])
		}
	}
}

func TestOverlayRefusesWhatIsNoPicture(t *testing.T) {
	for _, c := range []struct{ n, w, h int }{{0, 0, 0}, {5, 3, 2}, {6, -3, -2}} {
		if out := Overlay(make([]uint8, c.n), c.w, c.h, nil, *findMap(t, Jet), 1); !out.Rect.Empty() {
			t.Errorf("%+v gave %v", c, out.Rect)
		}
	}
	out := Overlay([]uint8{9, 200}, 2, 1, nil, *findMap(t, Jet), 1)
	if want := []uint8{9, 9, 9, 255, 200, 200, 200, 255}; string(out.Pix) != string(want) {
		t.Errorf("plain picture is %v", out.Pix)
	}
}

// lightness is CIE L* of an sRGB colour (CIE 1976, D65), independent of the
// OKLab in which the map is made.
func lightness(r, g, b uint8) float64 {
	lin := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	y := 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
	if y <= 216.0/24389 {
		return y * 24389 / 27
	}
	return 116*math.Cbrt(y) - 16
}

func TestEmberIsPerceptuallyEven(t *testing.T) {
	c := findMap(t, Ember)
	var light [256]float64
	for i := range light {
		e := c.table[zeroLevel+i]
		light[i] = lightness(e.r, e.g, e.b)
		if i > 0 && light[i] < light[i-1]-0.3 { // 8-bit rounding is worth up to .3
			t.Errorf("L* falls from %.2f to %.2f at %d", light[i-1], light[i], i)
		}
	}
	if light[0] > 8 || light[255] < 90 {
		t.Errorf("L* goes from %.1f to %.1f", light[0], light[255])
	}
	// Over every eighth of the scale lightness gains its share of the whole,
	// give or take what hue and chroma take of the path.
	for i := 0; i+32 < 256; i += 32 {
		share := (light[i+32] - light[i]) / (light[255] - light[0]) * 255 / 32
		if share < 0.6 || share > 1.6 {
			t.Errorf("steps %d..%d gain %.2f of an even share of lightness", i, i+32, share)
		}
	}
	// Jet, for contrast, goes up and down: the test can fail.
	jet, falls := findMap(t, Jet), 0
	for i := 1; i < 256; i++ {
		a, b := jet.table[zeroLevel+i-1], jet.table[zeroLevel+i]
		if lightness(b.r, b.g, b.b) < lightness(a.r, a.g, a.b)-0.3 {
			falls++
		}
	}
	if falls < 20 {
		t.Errorf("jet's lightness falls only %d times", falls)
	}
}

func TestMapsLeaveNothingBare(t *testing.T) {
	for _, name := range []string{Ember, Signed} {
		if _, _, _, a := findMap(t, name).At(0); a > 0.01 {
			t.Errorf("%s covers the picture with %v where the map is zero", name, a)
		}
	}
	s := findMap(t, Signed)
	if r, _, b, _ := s.At(0.9); r < b {
		t.Error("evidence for is not orange")
	}
	if r, _, b, a := s.At(-0.9); r > b || a < 0.9 {
		t.Error("evidence against is not blue")
	}
	if _, ok := FindColourMap("rainbow"); ok {
		t.Error("found a map that is not there")
	}
}
