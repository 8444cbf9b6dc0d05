package augment

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

type reference struct {
	W, H     int
	Film     []float32
	Fill     float32
	Gain     float64
	Contrast []float32
	Cases    []struct {
		Degrees float64
		ShiftX  float64 `json:"shift_x"`
		ShiftY  float64 `json:"shift_y"`
		Scale   float64
		Flip    bool
		Zero    []float32
		Grey    []float32
	}
}

func worst(a, b []float32) float64 {
	d := math.Abs(float64(len(a) - len(b)))
	for i := range min(len(a), len(b)) {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}

// torchvision's affine (outside 0) and scipy's affine_transform (outside grey),
// see testdata/peers/augment_reference.py; torchvision computes its places in
// 32 bits, which moves a value of a noisy film by up to 1e-5.
func TestEqualsTorchvisionAndScipy(t *testing.T) {
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) < 10 {
		t.Fatalf("%d cases", len(r.Cases))
	}
	got := make([]float32, r.W*r.H)
	for i, c := range r.Cases {
		v := View{Degrees: c.Degrees, ShiftX: c.ShiftX, ShiftY: c.ShiftY, Scale: c.Scale, Gain: 1, Flip: c.Flip}
		v.Apply(got, r.Film, r.W, r.H, 0)
		if d := worst(got, c.Zero); d > 2e-5 {
			t.Errorf("case %d %+v is %.2g away from torchvision", i, v, d)
		}
		v.Apply(got, r.Film, r.W, r.H, r.Fill)
		if d := worst(got, c.Grey); d > 2e-6 {
			t.Errorf("case %d %+v is %.2g away from scipy", i, v, d)
		}
	}
	View{Scale: 1, Gain: r.Gain}.Apply(got, r.Film, r.W, r.H, 0)
	if d := worst(got, r.Contrast); d > 2e-6 {
		t.Errorf("contrast is %.2g away from torchvision", d)
	}
}

// gradient is a film whose values tell where they come from.
func gradient(w, h int) []float32 {
	p := make([]float32, w*h)
	for i := range p {
		p[i] = float32(i%w) + 100*float32(i/w)
	}
	return p
}

func TestNothingIsChangedWithoutOptions(t *testing.T) {
	src := gradient(31, 17)
	dst := make([]float32, len(src))
	if !(Options{}).Off() || (Options{Flip: 0.5}).Off() {
		t.Error("Off is wrong")
	}
	Options{}.Apply(dst, src, 31, 17, 5, rand.New(rand.NewPCG(1, 2)))
	if !slices.Equal(dst, src) {
		t.Error("the film is not the same")
	}
}

func TestMirrorTwiceIsTheImage(t *testing.T) {
	src := gradient(10, 7)
	once, twice := make([]float32, len(src)), make([]float32, len(src))
	v := View{Scale: 1, Gain: 1, Flip: true}
	v.Apply(once, src, 10, 7, 0)
	v.Apply(twice, once, 10, 7, 0)
	if once[0] != src[9] || !slices.Equal(twice, src) {
		t.Errorf("the first pixel is %v, want %v", once[0], src[9])
	}
}

// The draws of one option do not move those of another, stay in their limits,
// reach towards both, and repeat for a seed.
func TestDraws(t *testing.T) {
	all := Options{Rotate: 5, Shift: 0.1, Scale: 0.2, Contrast: 0.3, Brightness: 0.4, Flip: 0.25}
	part := all
	part.Scale, part.Flip = 0, 0
	a, b, c := rand.New(rand.NewPCG(7, 7)), rand.New(rand.NewPCG(7, 7)), rand.New(rand.NewPCG(7, 7))
	var low, high View
	flips := 0
	const n = 4000
	for range n {
		v, same, other := all.Draw(a), all.Draw(b), part.Draw(c)
		if v != same {
			t.Fatalf("%+v and %+v of the same seed", v, same)
		}
		if other.Degrees != v.Degrees || other.ShiftY != v.ShiftY || other.Gain != v.Gain ||
			other.Brightness != v.Brightness || other.Scale != 1 || other.Flip {
			t.Fatalf("%+v, and without scale and mirror %+v", v, other)
		}
		if v.Flip {
			flips++
		}
		low = View{Degrees: min(low.Degrees, v.Degrees), ShiftX: min(low.ShiftX, v.ShiftX),
			ShiftY: min(low.ShiftY, v.ShiftY),
			Scale:  min(low.Scale, v.Scale-1), Gain: min(low.Gain, v.Gain-1),
			Brightness: min(low.Brightness, v.Brightness)}
		high = View{Degrees: max(high.Degrees, v.Degrees), ShiftX: max(high.ShiftX, v.ShiftX),
			ShiftY: max(high.ShiftY, v.ShiftY), Scale: max(high.Scale, v.Scale-1), Gain: max(high.Gain, v.Gain-1),
			Brightness: max(high.Brightness, v.Brightness)}
	}
	for i, ends := range [][3]float64{
		{low.Degrees, high.Degrees, 5}, {low.ShiftX, high.ShiftX, 0.1}, {low.ShiftY, high.ShiftY, 0.1},
		{low.Scale, high.Scale, 0.2}, {low.Gain, high.Gain, 0.3}, {low.Brightness, high.Brightness, 0.4},
	} {
		if most := ends[2]; ends[0] < -most-1e-12 || ends[1] > most+1e-12 || ends[0] > -0.99*most ||
			ends[1] < 0.99*most {
			t.Errorf("amount %d goes from %v to %v, want nearly -%v to %v", i, ends[0], ends[1], most, most)
		}
	}
	if share := float64(flips) / n; math.Abs(share-0.25) > 0.03 {
		t.Errorf("%v of the films are mirrored, want 0.25", share)
	}
}

// Whatever is drawn, values stay between the darkest and the brightest of film
// and fill, and nothing outside of dst is touched.
func TestValuesStayInTheImagesRange(t *testing.T) {
	o := Options{Rotate: 180, Shift: 1, Scale: 0.9, Contrast: 1, Brightness: 1, Flip: 0.5}
	rng := rand.New(rand.NewPCG(3, 1))
	for _, size := range [][2]int{{1, 1}, {1, 9}, {8, 1}, {2, 2}, {23, 40}} {
		w, h := size[0], size[1]
		src := make([]float32, w*h)
		for i := range src {
			src[i] = rng.Float32()*4 - 1
		}
		before := slices.Clone(src)
		dst := make([]float32, w*h+1)
		for range 300 {
			dst[w*h] = 99
			o.Apply(dst, src, w, h, -1, rng)
			if lo, hi := slices.Min(dst[:w*h]), slices.Max(dst[:w*h]); lo < -1 || hi > slices.Max(src) || lo != lo ||
				hi != hi {
				t.Fatalf("%dx%d: values go from %v to %v", w, h, lo, hi)
			}
			if dst[w*h] != 99 || !slices.Equal(src, before) {
				t.Fatal("it wrote where it should not")
			}
		}
	}
}

func TestCheck(t *testing.T) {
	if err := (Options{Rotate: 180, Shift: 1, Scale: 0.5, Contrast: 1, Brightness: 1, Flip: 1}).Check(); err != nil {
		t.Error(err)
	}
	for _, o := range []Options{{Rotate: -1}, {Rotate: 181}, {Shift: 1.1}, {Scale: 1}, {Contrast: 2},
		{Brightness: math.NaN()}, {Flip: 1.5}} {
		if o.Check() == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func BenchmarkApply224(b *testing.B) {
	src := gradient(224, 224)
	dst := make([]float32, len(src))
	rng := rand.New(rand.NewPCG(1, 1))
	o := Options{Rotate: 5, Shift: 0.05, Scale: 0.05, Contrast: 0.1}
	for b.Loop() {
		o.Apply(dst, src, 224, 224, 0, rng)
	}
}

// A view's bright spot is where Source says that it comes from.
func TestSourceFollowsApply(t *testing.T) {
	const w, h = 120, 90
	o := Options{Rotate: 40, Shift: .1, Scale: .2, Flip: .5}
	rng := rand.New(rand.NewPCG(8, 8))
	for range 50 {
		v := o.Draw(rng)
		x, y := .35+.3*rng.Float64(), .35+.3*rng.Float64()
		sx, sy := v.Source(x, y, w, h)
		src, dst := make([]float32, w*h), make([]float32, w*h)
		for i := range src { // a broad spot, so that its middle is found to parts of a pixel
			dx, dy := float64(i%w)+.5-sx*w, float64(i/w)+.5-sy*h
			src[i] = float32(math.Exp(-(dx*dx + dy*dy) / 18))
		}
		v.Gain, v.Brightness = 1, 0
		v.Apply(dst, src, w, h, 0)
		var sum, mx, my float64
		for i, b := range dst {
			sum, mx, my = sum+float64(b), mx+float64(b)*(float64(i%w)+.5), my+float64(b)*(float64(i/w)+.5)
		}
		if math.Hypot(mx/sum-x*w, my/sum-y*h) > .1 {
			t.Errorf("%+v: the spot is at %.2f, %.2f, want %.2f, %.2f", v, mx/sum, my/sum, x*w, y*h)
		}
	}
}
