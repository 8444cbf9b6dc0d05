package prep

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"hilum/dicomio"
	"hilum/internal/parallel"
)

// greyImage makes an 8-bit picture.
func greyImage(w, h int, at func(x, y int) int32) *dicomio.Image {
	im := &dicomio.Image{Format: dicomio.PNG, Width: w, Height: h, Frames: 1, Samples: 1, BitsStored: 8,
		Modality: dicomio.Modality{Slope: 1}}
	for y := range h {
		for x := range w {
			im.Stored = append(im.Stored, at(x, y))
		}
	}
	return im
}

func random8(w, h int) *dicomio.Image {
	r := rand.New(rand.NewPCG(7, 11))
	return greyImage(w, h, func(x, y int) int32 { return int32(r.IntN(256)) })
}

func tensorOf(t *testing.T, p Prep, im *dicomio.Image) []float32 {
	t.Helper()
	out, _, err := p.Tensor(im)
	if err != nil {
		t.Fatal(err)
	}
	return out.Data
}

// worst is the largest difference in grey levels of an 8-bit scale.
func worst(p Prep, a, b []float32) float64 {
	n := p.Width * p.Height
	var d float64
	for i := range a {
		std := p.Std[i/n] / (p.Hi - p.Lo)
		d = max(d, math.Abs(float64(a[i]-b[i]))*std*255)
	}
	return d
}

// A picture and its copies in other depths, polarities and rescales are the
// same picture: the tensor may not tell them apart.
func TestTheSamePictureGivesTheSameTensor(t *testing.T) {
	p := ImageNetPrep(32, 24)
	base := random8(100, 90)
	want := tensorOf(t, p, base)
	copies := map[string]struct {
		tolerance float64
		change    func(im *dicomio.Image)
	}{
		"monochrome1": {0, func(im *dicomio.Image) {
			im.Inverted = true
			for i, v := range im.Stored {
				im.Stored[i] = 255 - v
			}
		}},
		"negative slope": {0, func(im *dicomio.Image) {
			im.Modality.Slope, im.Modality.Intercept = -2, 500
			for i, v := range im.Stored {
				im.Stored[i] = 255 - v
			}
		}},
		"rescaled": {0, func(im *dicomio.Image) { im.Modality.Slope, im.Modality.Intercept = 3, -1000 }},
		"a narrow window in the header": {0, func(im *dicomio.Image) {
			im.VOI = []dicomio.Window{{Center: 30, Width: 20, Function: dicomio.Linear}}
		}},
		"16 bits declared, 8 used": {0, func(im *dicomio.Image) { im.BitsStored = 16 }},
		"16 bits": {1, func(im *dicomio.Image) { // floats do not round to levels in between
			im.BitsStored = 16
			for i, v := range im.Stored {
				im.Stored[i] = v * 257
			}
		}},
		"colour": {0, func(im *dicomio.Image) {
			im.Samples = 3
			var rgb []int32
			for _, v := range im.Stored {
				rgb = append(rgb, v, v, v)
			}
			im.Stored = rgb
		}},
	}
	for name, c := range copies {
		im := *base
		im.Stored = append([]int32(nil), base.Stored...)
		c.change(&im)
		if d := worst(p, tensorOf(t, p, &im), want); d > c.tolerance {
			t.Errorf("%s: differs by %v grey levels, want at most %v", name, d, c.tolerance)
		}
	}
}

func TestDeepPicturesDoNotGoThroughEightBits(t *testing.T) {
	p := ImageNetPrep(8, 8)
	ramp := func(v int32) *dicomio.Image {
		im := greyImage(8, 8, func(x, y int) int32 { return v })
		im.BitsStored = 12
		return im
	}
	a, b := tensorOf(t, p, ramp(2000)), tensorOf(t, p, ramp(2001))
	want := 1 / 4095.0 / p.Std[0]
	if d := float64(b[0] - a[0]); math.Abs(d-want) > 1e-6 {
		t.Errorf("one 12-bit step moves the tensor by %v, want %v", d, want)
	}
}

func TestRangeRules(t *testing.T) {
	im := greyImage(2, 1, func(x, y int) int32 { return int32(100 + 100*x) })
	im.BitsStored, im.Modality = 12, dicomio.Modality{Slope: 2, Intercept: -50}
	im.VOI = []dicomio.Window{{Center: 250, Width: 400, Function: dicomio.LinearExact}} // 50..450, stored 50..250
	p := Prep{Width: 2, Height: 1, Channels: 1, Resize: Stretch, Lo: 0, Hi: 1, Mean: []float64{0}, Std: []float64{1}}
	for rule, want := range map[RangeRule][2]float64{
		RangeAuto: {100 / 4095.0, 200 / 4095.0}, RangeDeclared: {100 / 4095.0, 200 / 4095.0},
		RangeMinMax: {0, 1}, RangeWindow: {0.25, 0.75},
	} {
		p.Range = rule
		got := tensorOf(t, p, im)
		if math.Abs(float64(got[0])-want[0]) > 1e-6 || math.Abs(float64(got[1])-want[1]) > 1e-6 {
			t.Errorf("%s: %v, want %v", rule, got, want)
		}
	}
}

func TestSignedValues(t *testing.T) {
	p := Prep{Width: 2, Height: 1, Channels: 1, Resize: Stretch, Range: RangeAuto, Lo: 0, Hi: 1, Mean: []float64{0},
		Std: []float64{1}}
	im := greyImage(2, 1, func(x, y int) int32 { return int32(4095 * x) })
	im.Signed, im.BitsStored = true, 16
	if got := tensorOf(t, p, im); got[0] != 0 || got[1] != 1 {
		t.Errorf("0..4095 in 16 signed bits gives %v, want 0 and 1", got)
	}
	im.Stored[0] = -1000
	out, notes, err := p.Tensor(im)
	if err != nil || out.Data[0] != 0 || out.Data[1] != 1 || len(notes) == 0 || !notes[0].IsMinor() {
		t.Errorf("values below zero give %v, %v, %v; want 0 and 1 and a note", out.Data, notes, err)
	}
}

func TestPaddingIsBlackAndDoesNotSetTheScale(t *testing.T) {
	p := Prep{Width: 3, Height: 1, Channels: 1, Resize: Stretch, Range: RangeMinMax, Lo: 0, Hi: 1, Mean: []float64{0},
		Std: []float64{1}}
	im := greyImage(3, 1, func(x, y int) int32 { return []int32{65535, 10, 20}[x] })
	im.BitsStored, im.Inverted, im.Padding = 16, true, &dicomio.Padding{Lo: 65535, Hi: 65535}
	if got := tensorOf(t, p, im); got[0] != 0 || got[1] != 1 || got[2] != 0 {
		t.Errorf("got %v, want padding 0, then 1 and 0", got)
	}
}

func TestCentreCropSeesTheMiddle(t *testing.T) {
	p := Prep{Width: 2, Height: 2, Channels: 1, Resize: CentreCrop, Range: RangeAuto, Lo: -1024, Hi: 1024,
		Mean: []float64{0}, Std: []float64{1}}
	im := greyImage(6, 2, func(x, y int) int32 { return map[bool]int32{true: 255, false: 0}[x == 2 || x == 3] })
	for i, v := range tensorOf(t, p, im) {
		if v != 1024 {
			t.Errorf("pixel %d is %v, want 1024", i, v)
		}
	}
	x0, y0, x1, y1 := p.Footprint(6, 2)
	if math.Abs(x0-1.0/3) > 1e-12 || y0 != 0 || math.Abs(x1-2.0/3) > 1e-12 || y1 != 1 {
		t.Errorf("footprint %v %v %v %v, want the middle third", x0, y0, x1, y1)
	}
}

func TestBadPrepIsNamed(t *testing.T) {
	im := random8(4, 4)
	for name, change := range map[string]func(*Prep){
		"no size":  func(p *Prep) { p.Width = 0 },
		"channels": func(p *Prep) { p.Channels = 2 },
		"std zero": func(p *Prep) { p.Std[1] = 0 },
		"std NaN":  func(p *Prep) { p.Std[1] = math.NaN() },
		"mean":     func(p *Prep) { p.Mean = p.Mean[:1] },
		"resize":   func(p *Prep) { p.Resize = "squash" },
		"range":    func(p *Prep) { p.Range = "" },
		"no scale": func(p *Prep) { p.Hi = p.Lo },
	} {
		p := ImageNetPrep(4, 4)
		change(&p)
		if _, _, err := p.Tensor(im); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, _, err := ImageNetPrep(4, 4).Tensor(&dicomio.Image{}); err == nil {
		t.Error("an empty picture gave a tensor")
	}
}

func TestHashTellsPreprocessingsApart(t *testing.T) {
	a, b := ImageNetPrep(224, 224), ImageNetPrep(224, 224)
	if a.Hash() != b.Hash() || len(a.Hash()) != 64 {
		t.Error("equal preprocessings hash differently")
	}
	b.Mean[0] = 0.5
	if a.Hash() == b.Hash() {
		t.Error("another mean, the same hash")
	}
}

// Signed values that the rescale brings to the range of an unsigned film are scored
// like that film, whatever window the header has. Oracle: the unsigned film's own
// tensor.
func TestSignedImagesAreScoredLikeUnsignedOnes(t *testing.T) {
	for _, c := range []struct {
		name        string
		bits, store int // of the unsigned film, of the signed one
		slope       float64
	}{{"8 bits", 8, 8, 1}, {"8 of 16 bits", 8, 16, 1}, {"12 bits", 12, 12, 1}, {"12 of 16 bits", 12, 16, 1},
		{"16 bits", 16, 16, 1}, {"slope", 12, 12, 2.5}, {"falling", 8, 8, -1}, {"falling, 12 of 16", 12, 16, -2}} {
		half, top := int32(1)<<(c.bits-1), int32(1)<<c.bits-1
		base := greyImage(40, 30, func(x, y int) int32 { return min(top, int32(x)*top/39) })
		base.BitsStored = c.bits
		for _, bright := range []bool{false, true} { // all values over the middle: none is below zero
			image := *base
			image.Stored = append([]int32(nil), base.Stored...)
			if bright {
				for i := range image.Stored {
					image.Stored[i] = max(image.Stored[i], half+3)
				}
			}
			p := Prep{Width: 16, Height: 12, Channels: 1, Resize: Stretch, Range: RangeAuto, Lo: 0, Hi: 1,
				Mean: []float64{0}, Std: []float64{1}}
			want := tensorOf(t, p, &image)
			for _, width := range []float64{0, 60, 4000} {
				signed := image.WithStored(image.Width, image.Height, nil)
				signed.Signed, signed.BitsStored = true, c.store
				signed.Modality = dicomio.Modality{Slope: c.slope, Intercept: float64(half) * c.slope}
				for _, v := range image.Stored {
					s := v - half
					if c.slope < 0 {
						s = half - 1 - v
					}
					signed.Stored = append(signed.Stored, s)
				}
				if c.slope < 0 {
					signed.Modality.Intercept = -c.slope * float64(half-1)
				}
				if width > 0 {
					signed.VOI = []dicomio.Window{{Center: 100, Width: width, Function: dicomio.Linear}}
				}
				for i, v := range tensorOf(t, p, signed) {
					if math.Abs(float64(v-want[i])) > 1e-6 {
						t.Fatalf("%s, bright %v, window %v: pixel %d is %v, want %v", c.name, bright, width, i, v,
							want[i])
					}
				}
			}
		}
	}
}

// What the network sees in the padding is what the picture shows there.
func TestPaddingIsSeenAsItIsShown(t *testing.T) {
	for _, inverted := range []bool{false, true} {
		im := greyImage(32, 32, func(x, y int) int32 { return int32(8 * x) })
		im.Inverted, im.Padding = inverted, &dicomio.Padding{Lo: 0, Hi: 16}
		shown := im.Display8(im.DefaultWindow(), false)
		p := Prep{Width: 32, Height: 32, Channels: 1, Resize: Stretch, Range: RangeAuto, Lo: 0, Hi: 1,
			Mean: []float64{0}, Std: []float64{1}}
		for i, v := range tensorOf(t, p, im) {
			if math.Abs(float64(v)-float64(shown[i])/255) > 1e-3 {
				t.Fatalf("inverted %v: pixel %d is shown as %d and seen as %v", inverted, i, shown[i], v)
			}
		}
	}
}

// A fault in a channel reaches the goroutine that asked, where a batch makes it
// the error of one file.
func TestPanicsOfAChannelReachTheCaller(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	im := random8(16, 16)
	im.Samples, im.Stored = 3, slices.Repeat(im.Stored, 3)
	p := ImageNetPrep(8, 8)
	r := p.rangeOf(im)
	im.Stored[5] = r.last + 1000 // no grey value of the table
	var got *parallel.Panic
	func() {
		defer parallel.Recover(func(p *parallel.Panic) { got = p })
		p.planes(im, r)
	}()
	if got == nil {
		t.Error("nothing was raised")
	}
}
