package edit

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/app/lab/labtest"
	"hilum/dicomio"
)

// negative is the same picture stored the other way round: MONOCHROME1.
func negative(im *dicomio.Image) *dicomio.Image {
	out := slices.Clone(im.Stored)
	for i, v := range out {
		out[i] = 4095 - v
	}
	n := im.WithStored(im.Width, im.Height, out)
	n.Inverted = true
	return n
}

func apply(t testing.TB, im *dicomio.Image, edits ...Edit) *dicomio.Image {
	t.Helper()
	out, err := Standard().Apply(context.Background(), im, edits, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// oneOfEach is an edit of every kind and device.
func oneOfEach(t testing.TB) (list []Edit) {
	t.Helper()
	labtest.Edits(t, &list)
	return list
}

// TestPolarity: a film and its negative stay each other's under every edit, so
// that edits act on what is seen, not on what is stored.
func TestPolarity(t *testing.T) {
	im := labtest.Image(120, 90)
	for _, e := range oneOfEach(t) {
		a, b := apply(t, im, e), apply(t, negative(im), e)
		if a.Width != b.Width || a.Height != b.Height || !b.Inverted {
			t.Fatalf("%s: frames differ", e.Kind)
		}
		worst := int32(0)
		for i, v := range a.Stored {
			d := v + b.Stored[i] - 4095
			worst = max(worst, d, -d)
		}
		if worst > 3 { // of 4095: rounding, and other orders of summation
			t.Errorf("%s %s: film and negative differ by %d", e.Kind, e.Device, worst)
		}
		if Standard().Placed(e) || e.Kind == Noise || e.Kind == Exposure {
			if slices.Equal(a.Stored, im.Stored) {
				t.Errorf("%s %s changes nothing", e.Kind, e.Device)
			}
		}
	}
}

// TestEditsStayInTheirRegion, and the film itself is never written to.
func TestEditsStayInTheirRegion(t *testing.T) {
	im := labtest.Image(120, 90)
	before := slices.Clone(im.Stored)
	for _, e := range oneOfEach(t) {
		if !Standard().Placed(e) {
			continue
		}
		e.Degrees = 0
		out := apply(t, im, e)
		s := e.Region.pixels(120, 90)
		for i, v := range out.Stored {
			x, y := i%120, i/120
			inside := x >= s.x0 && x < s.x1 && y >= s.y0 && y < s.y1
			if !inside && v != im.Stored[i] {
				t.Fatalf("%s %s changes pixel %d, %d outside %+v", e.Kind, e.Device, x, y, s)
			}
		}
	}
	if !slices.Equal(before, im.Stored) {
		t.Error("the film was written to")
	}
}

// TestMarkersAreBright: every device makes the film brighter on the whole, and
// none beyond white; only a tag's plate darkens.
func TestMarkersAreBright(t *testing.T) {
	im := labtest.Image(200, 200)
	for _, d := range Devices() {
		out := apply(t, im, Edit{Kind: Marker, Device: d, Region: Rect{0.2, 0.2, 0.5, 0.5}})
		darker, brighter := 0, 0
		for i, v := range out.Stored {
			switch {
			case v < im.Stored[i]:
				darker++
			case v > im.Stored[i]:
				brighter++
			}
			if v > 4095 {
				t.Fatalf("%s: value %d beyond the grey scale", d, v)
			}
		}
		if brighter < 20 || (darker > 0 && d != Tag) {
			t.Errorf("%s: %d pixels brighter, %d darker", d, brighter, darker)
		}
	}
}

// TestPadding: what is no part of the picture stays so.
func TestPadding(t *testing.T) {
	im := labtest.Image(100, 80)
	im.Padding = &dicomio.Padding{Lo: 0, Hi: 0}
	for i := range im.Stored {
		im.Stored[i] = max(im.Stored[i], 1)
		if i%100 < 45 {
			im.Stored[i] = 0
		}
	}
	for _, e := range oneOfEach(t) {
		if Standard().turns(e) {
			continue
		}
		for i, v := range apply(t, im, e).Stored {
			if i%100 < 45 && v != 0 {
				t.Fatalf("%s writes %d into the padding", e.Kind, v)
			}
		}
	}
}

// TestColour: the three channels of a grey colour film stay equal.
func TestColour(t *testing.T) {
	grey := labtest.Image(60, 50)
	im := grey.WithStored(60, 50, make([]int32, 3*len(grey.Stored)))
	im.Samples, im.BitsStored = 3, 8
	for i, v := range grey.Stored {
		for c := range 3 {
			im.Stored[3*i+c] = v / 16
		}
	}
	for _, e := range oneOfEach(t) {
		out := apply(t, im, e)
		for i := 0; i < len(out.Stored); i += 3 {
			if out.Stored[i] != out.Stored[i+1] || out.Stored[i] != out.Stored[i+2] {
				t.Fatalf("%s %s colours a grey film", e.Kind, e.Device)
			}
		}
	}
}

// TestTone: white is the top of the bits in use, whatever the header declares.
func TestTone(t *testing.T) {
	for _, c := range []struct {
		bits         int
		lo, hi       int32
		slope        float64
		inverted     bool
		black, white float64
	}{
		{8, 0, 200, 1, false, 0, 255}, {16, 5, 4000, 1, false, 0, 4095}, {16, 0, 65000, 1, false, 0, 65535},
		{12, 0, 4095, 1, true, 4095, 0},
		{12, 0, 4095, -1, false, 4095, 0}, {12, 0, 4095, -1, true, 0, 4095}, {16, -100, 900, 1, false, -100, 900},
		{12, 7, 7, 1, false, 0, 4095},
	} {
		im := &dicomio.Image{Width: 2, Height: 1, Samples: 1, BitsStored: c.bits, Inverted: c.inverted,
			Modality: dicomio.Modality{Slope: c.slope}, Stored: []int32{c.lo, c.hi}}
		if got := toneOf(im); got.black != c.black || got.white != c.white {
			t.Errorf("%+v: got %+v", c, got)
		}
	}
}

// TestHarmonic: functions whose discrete Laplacian is zero come back exactly
// (x^2-y^2, xy and planes are harmonic for the five-point stencil), and nothing
// exceeds the rim.
func TestHarmonic(t *testing.T) {
	const n = 81
	for name, f := range map[string]func(x, y float64) float64{
		"plane":   func(x, y float64) float64 { return 0.2 + 0.5*x + 0.3*y },
		"saddle":  func(x, y float64) float64 { return 0.5 + 0.5*(x*x-y*y) },
		"product": func(x, y float64) float64 { return x * y },
	} {
		g, hole := newGrid(n, n), make([]bool, n*n)
		want := newGrid(n, n)
		for i := range g.p {
			x, y := float64(i%n)/(n-1), float64(i/n)/(n-1)
			want.p[i] = float32(f(x, y))
			g.p[i] = want.p[i]
			if math.Hypot(x-0.5, y-0.45) < 0.36 {
				hole[i], g.p[i] = true, 0.77
			}
		}
		harmonic(g, hole)
		worst := 0.0
		for i := range g.p {
			worst = max(worst, math.Abs(float64(g.p[i]-want.p[i])))
		}
		if worst > 0.002 {
			t.Errorf("%s: off by %.4f of the grey scale", name, worst)
		}
	}
	all := newGrid(6, 6)
	harmonic(all, slices.Repeat([]bool{true}, 36)) // nothing known: nothing to do
	if slices.Max(all.p) != 0 {
		t.Error("a grid that is all hole changed")
	}
}

// TestInPaint: a regular texture is continued through a hole far better than a
// smooth surface does it, and equally for the same seed.
func TestInPaint(t *testing.T) {
	const n = 96
	truth, hole := newGrid(n, n), make([]bool, n*n)
	for i := range truth.p {
		x, y := i%n, i/n
		truth.p[i] = float32(0.5 + 0.2*math.Sin(2*math.Pi*float64(x)/8) + 0.1*math.Sin(2*math.Pi*float64(y)/12))
		hole[i] = x > 34 && x < 62 && y > 30 && y < 58
	}
	errorOf := func(fill func(g grid)) float64 {
		g := grid{n, n, slices.Clone(truth.p)}
		for i := range g.p {
			if hole[i] {
				g.p[i] = 0
			}
		}
		fill(g)
		sum := 0.0
		for i := range g.p {
			if d := float64(g.p[i] - truth.p[i]); hole[i] {
				sum += d * d
			} else if d != 0 {
				t.Fatal("a pixel outside the hole changed")
			}
		}
		return math.Sqrt(sum / float64(count(hole)))
	}
	var fills [2][]float32
	var patched float64
	for k := range fills {
		patched = errorOf(func(g grid) {
			if err := inpaint(context.Background(), g, hole, 7); err != nil {
				t.Fatal(err)
			}
			fills[k] = g.p
		})
	}
	smooth := errorOf(func(g grid) { harmonic(g, hole) })
	t.Logf("root mean square error: patches %.4f, smooth surface %.4f", patched, smooth)
	if patched > smooth/4 {
		t.Errorf("patches err by %.4f, a smooth surface by %.4f", patched, smooth)
	}
	if !slices.Equal(fills[0], fills[1]) {
		t.Error("the same seed filled differently")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := inpaint(ctx, truth, hole, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestBlur: the response to a point is a Gaussian (of the same variance and, to
// three running means' accuracy, shape), and a flat field stays.
func TestBlur(t *testing.T) {
	for _, sigma := range []float64{1.5, 3, 6} {
		const n = 81
		g := newGrid(n, n)
		g.p[n*(n/2)+n/2] = 1
		blur(g, sigma)
		var mass, second, worst float64
		for i, v := range g.p {
			dx, dy := float64(i%n-n/2), float64(i/n-n/2)
			mass += float64(v)
			second += float64(v) * dx * dx
			gauss := math.Exp(-(dx*dx+dy*dy)/(2*sigma*sigma)) / (2 * math.Pi * sigma * sigma)
			worst = max(worst, math.Abs(float64(v)-gauss)*2*math.Pi*sigma*sigma)
		}
		if math.Abs(mass-1) > 1e-4 || math.Abs(math.Sqrt(second/mass)/sigma-1) > 0.1 || worst > 0.16 {
			t.Errorf("sigma %v: mass %.4f, deviation %.3f, worst %.3f of the peak", sigma, mass,
				math.Sqrt(second/mass), worst)
		}
	}
}

// TestPasteFromAnotherImage: brightness is carried over between depths and
// polarities, and blending meets the border.
func TestPasteFromAnotherImage(t *testing.T) {
	im := labtest.Image(80, 80)
	other := &dicomio.Image{Width: 40, Height: 40, Samples: 1, BitsStored: 8, Inverted: true,
		Modality: dicomio.Modality{Slope: 1}, Stored: slices.Repeat([]int32{255 - 51}, 1600)}
	images := func(_ context.Context, path string) (*dicomio.Image, error) {
		if path != "other" {
			return nil, errors.New("no such film")
		}
		return other, nil
	}
	e := Edit{Kind: Paste, Region: Rect{0.25, 0.25, 0.5, 0.5}, From: &Piece{Path: "other"}}
	out, err := Standard().Apply(context.Background(), im, []Edit{e}, images)
	if err != nil {
		t.Fatal(err)
	}
	if v := out.Stored[40*80+40]; v < 818 || v > 820 { // 51/255 of 4095
		t.Errorf("pasted value %d, want 819", v)
	}
	e.From.Blend = true
	if out, err = Standard().Apply(context.Background(), im, []Edit{e}, images); err != nil {
		t.Fatal(err)
	}
	if d := out.Stored[20*80+40] - im.Stored[19*80+40]; d > 400 || d < -400 {
		t.Errorf("a blended piece jumps by %d at its border", d)
	}
	for _, bad := range []Images{nil, images} {
		e.From.Path = "missing"
		if _, err := Standard().Apply(context.Background(), im, []Edit{e}, bad); err == nil {
			t.Error("a missing film is no error")
		}
	}
}

// TestGeometry: flips and crops move pixels exactly; four quarter turns of a
// square are none; frames lead there and back.
func TestGeometry(t *testing.T) {
	im := labtest.Image(64, 64)
	flip, upright := Edit{Kind: Flip}, Edit{Kind: Flip, Upright: true}
	if got := apply(t, im, flip); got.Stored[5*64+3] != im.Stored[5*64+60] {
		t.Error("a flip does not mirror")
	}
	if got := apply(t, im, upright); got.Stored[5*64+3] != im.Stored[58*64+3] {
		t.Error("an upright flip does not turn over")
	}
	if got := apply(t, im, flip, upright, flip, upright); !slices.Equal(got.Stored, im.Stored) {
		t.Error("flips do not undo themselves")
	}
	quarter := Edit{Kind: Rotate, Degrees: 90}
	if got := apply(t, im, quarter); got.Stored[5*64+3] != im.Stored[(63-3)*64+5] {
		t.Error("a quarter turn is not clockwise")
	}
	if got := apply(t, im, quarter, quarter, quarter, quarter); !slices.Equal(got.Stored, im.Stored) {
		t.Error("four quarter turns are not none")
	}
	crop := Edit{Kind: Crop, Region: Rect{0.25, 0.5, 0.5, 0.25}}
	got := apply(t, im, flip, crop)
	if got.Width != 32 || got.Height != 16 || got.Stored[0] != im.Stored[32*64+47] {
		t.Errorf("crop after flip: %d x %d", got.Width, got.Height)
	}
	f := Standard().Frame([]Edit{{Kind: Rotate, Degrees: 33}, crop, flip, {Kind: Flip, Off: true}}, 64, 64)
	for _, p := range [][2]float64{{0.1, 0.9}, {0.5, 0.5}, {0.77, 0.2}} {
		x, y := f.ToImage(p[0], p[1])
		if x, y = f.ToPicture(x, y); math.Abs(x-p[0]) > 1e-9 || math.Abs(y-p[1]) > 1e-9 {
			t.Errorf("%v comes back as %v, %v", p, x, y)
		}
	}
	r := Standard().Frame([]Edit{flip}, 64, 64).RectToPicture(Rect{0.1, 0.2, 0.3, 0.4})
	if math.Abs(r.X-0.6) > 1e-9 || r.Y != 0.2 || math.Abs(r.W-0.3) > 1e-9 {
		t.Errorf("a flipped box is %+v", r)
	}
}

// TestExposureAndNoise: the identity leaves the film, gamma does what it says,
// and the noise has the deviation asked for at mid grey and grows with brightness.
func TestExposureAndNoise(t *testing.T) {
	im := labtest.Image(64, 64)
	if got := apply(t, im, Edit{Kind: Exposure, Gamma: 1, Scale: 1}); !slices.Equal(got.Stored, im.Stored) {
		t.Error("an exposure that changes nothing changes something")
	}
	got := apply(t, im, Edit{Kind: Exposure, Gamma: 2, Scale: 1})
	for i, v := range im.Stored {
		if want := int32(math.Round(float64(v) * float64(v) / 4095)); got.Stored[i]-want > 1 || want-got.Stored[i] > 1 {
			t.Fatalf("gamma 2 makes %d of %d, want %d", got.Stored[i], v, want)
		}
	}
	for _, c := range []struct {
		level int32
		want  float64 // of 4095
	}{{2048, 0.02}, {1024, 0.02 / math.Sqrt(math.Sqrt(10))}, {3071, 0.02 * math.Sqrt(math.Sqrt(10))}} {
		flat := im.WithStored(128, 128, slices.Repeat([]int32{c.level}, 128*128))
		out := apply(t, flat, Edit{Kind: Noise, Amount: 0.02, Seed: 9})
		var sum float64
		for _, v := range out.Stored {
			d := float64(v-c.level) / 4095
			sum += d * d
		}
		if sd := math.Sqrt(sum / float64(len(out.Stored))); math.Abs(sd/c.want-1) > 0.04 {
			t.Errorf("noise at %d: deviation %.4f, want %.4f", c.level, sd, c.want)
		}
	}
}

// TestRefuses: what makes no sense is refused with a sentence.
func TestRefuses(t *testing.T) {
	r := Rect{0.2, 0.2, 0.2, 0.2}
	for _, e := range []Edit{
		{}, {Kind: "smear"}, {Kind: Erase}, {Kind: Erase, Region: Rect{X: math.NaN(), W: 1, H: 1}},
		{Kind: Erase, Region: Rect{1.5, 0, 0.2, 0.2}},
		{Kind: Erase, Region: r, Shape: "star"}, {Kind: Erase, Region: r, Soft: 2}, {Kind: Blur, Region: r},
		{Kind: Paste, Region: r},
		{Kind: Marker, Region: r, Device: "spoon"},
		{Kind: Marker, Region: r, Device: Tag, Text: strings.Repeat("x", 40)},
		{Kind: Marker, Region: r, Device: Tag, Text: "a\nb"},
		{Kind: Exposure}, {Kind: Noise, Amount: 9}, {Kind: Crop, Region: Rect{0, 0, 0.001, 1}},
	} {
		if _, err := Standard().Apply(context.Background(), labtest.Image(20, 20), []Edit{e},
			nil); Standard().Check(e) == nil || (!Standard().turns(e) && err == nil) {
			t.Errorf("%+v is accepted", e)
		}
	}
}

// FuzzEdit: no list of edits, however odd, panics or leaves the grey scale.
func FuzzEdit(f *testing.F) {
	for _, e := range oneOfEach(f) {
		data, err := json.Marshal([]Edit{e, e})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`[{"kind":"inpaint","region":{"x":-0.5,"y":-0.5,"w":2,"h":2}},{"kind":"crop","region":{"x":0.97,"y":0.97,"w":0.5,"h":0.5}},{"kind":"rotate","degrees":359}]`))
	im := labtest.Image(33, 21)
	f.Fuzz(func(t *testing.T, data []byte) {
		var edits []Edit
		if json.Unmarshal(data, &edits) != nil || len(edits) > 4 {
			return
		}
		out, err := Standard().Apply(context.Background(), im, edits, nil)
		if err != nil {
			return
		}
		if len(out.Stored) != out.Width*out.Height || slices.Min(out.Stored) < 0 || slices.Max(out.Stored) > 4095 {
			t.Errorf("a film of %d x %d with %d values from %d to %d", out.Width, out.Height, len(out.Stored),
				slices.Min(out.Stored), slices.Max(out.Stored))
		}
	})
}

// inverting is an operation that does not come along.
func inverting() Operation {
	return Operation{
		Kind: "negative", Title: always("Negative"), Doing: always("This negative"),
		Apply: func(_ context.Context, s *Sheet, _ Edit, _ Images) error {
			s.Map(func(u float32) float32 { return 1 - u })
			return nil
		},
	}
}

// TestAnEditOfOnesOwn acts on films and is checked.
func TestAnEditOfOnesOwn(t *testing.T) {
	more := append(Standard(), inverting())
	im := labtest.Image(20, 20)
	out, err := more.Apply(context.Background(), im, []Edit{{Kind: "negative"}}, nil)
	if err != nil || out.Stored[0] != int32(toneOf(im).black+toneOf(im).white)-im.Stored[0] {
		t.Errorf("%v becomes %v: %v", im.Stored[0], out.Stored[0], err)
	}
	if err := Standard().Check(Edit{Kind: "negative"}); err == nil || more.Check(Edit{Kind: "negative"}) != nil {
		t.Error("without the entry the kind is known too")
	}
}
