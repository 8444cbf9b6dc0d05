package phantom

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"testing"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
	"hilum/internal/phantom/findings"
)

func mustGenerate(t *testing.T, o Options) *Image {
	t.Helper()
	f, err := Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func hash(f *Image) string {
	h := sha256.New()
	if err := binary.Write(h, binary.LittleEndian, f.Pixels); err != nil {
		panic(err)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Every finding at every severity leaves a mask and boxes that agree with it.
func TestMarks(t *testing.T) {
	for i, k := range Findings() {
		for _, sev := range []float64{0.1, 0.5, 1} {
			f := mustGenerate(t,
				Options{Seed: uint64(900 + i), Size: 256, Findings: []Lesion{{Finding: k, Severity: sev}}})
			if len(f.Marks) != 1 || f.Marks[0].Finding != k {
				t.Fatalf("%s %.1f: marks %v", k, sev, f.Marks)
			}
			checkBoxes(t, f, f.Marks[0])
		}
	}
}

// checkBoxes asks that every box lies in the picture and touches the mask on
// all four sides, and that every pixel of the mask lies in a box.
func checkBoxes(t *testing.T, f *Image, m Mark) {
	t.Helper()
	if len(m.Mask) != f.Width*f.Height || len(m.Boxes) == 0 || len(m.Boxes) > 2 {
		t.Fatalf("%s: mask of %d pixels, %d boxes", m.Finding, len(m.Mask), len(m.Boxes))
	}
	in := func(b PixelBox, x, y int) bool { return x >= b.X0 && x < b.X1 && y >= b.Y0 && y < b.Y1 }
	sides := make([][4]bool, len(m.Boxes))
	for i, v := range m.Mask {
		if !v {
			continue
		}
		x, y := i%f.Width, i/f.Width
		found := false
		for k, b := range m.Boxes {
			if in(b, x, y) {
				found = true
				s := &sides[k]
				s[0], s[1], s[2], s[3] = s[0] || x == b.X0, s[1] || x == b.X1-1, s[2] || y == b.Y0, s[3] || y == b.Y1-1
			}
		}
		if !found {
			t.Fatalf("%s: mask at %d,%d lies in no box of %v", m.Finding, x, y, m.Boxes)
		}
	}
	for k, b := range m.Boxes {
		if b.X0 < 0 || b.Y0 < 0 || b.X1 > f.Width || b.Y1 > f.Height || sides[k] != [4]bool{true, true, true, true} {
			t.Errorf("%s: box %v of a %dx%d film is not tight: %v", m.Finding, b, f.Width, f.Height, sides[k])
		}
	}
}

// No mask runs behind heart, spine or diaphragm, judged by casting the rays
// again; the heart's own mask and the hernia behind it are the exceptions.
func TestMasksShow(t *testing.T) {
	for i, k := range Findings() {
		if k == Cardiomegaly || k == Hernia {
			continue
		}
		o := Options{Seed: uint64(40 + i), Size: 256, Findings: []Lesion{{Finding: k, Severity: 0.8}}}
		s, ls, err := draw(&o)
		if err != nil {
			t.Fatal(err)
		}
		fresh := chest.NewSheet(s.Seeds, s.Well, s.Now, s.Cam, &canvas.Pool{W: s.W, H: s.H})
		fresh.Cast()
		for p, v := range ls[0].Mask {
			if v && (fresh.Lung.P[p] <= 0 || fresh.Open.P[p] <= findings.OpenEnough) {
				t.Errorf("%s: mask at pixel %d with %.2f cm of lung, open %.2f", k, p, fresh.Lung.P[p], fresh.Open.P[p])
				break
			}
		}
	}
}

// Findings show: inside the mask the film is brighter than the same patient's
// without the finding where tissue was put in, darker where air was. The
// bounds, in grey levels of 255, are what a reader can see on a flat ground. A
// hernia holds both tissue and gas, so it is left to its own test.
func TestFindingsShow(t *testing.T) {
	const n = 4
	for i, k := range Findings() {
		if k == Hernia {
			continue
		}
		var sum float64
		for s := range uint64(n) {
			o := Options{Seed: uint64(100*i) + s, Size: 256, Findings: []Lesion{{Finding: k, Severity: 0.6}}}
			ill := mustGenerate(t, o)
			o.Findings = nil
			sum += change(ill, mustGenerate(t, o)) / n
		}
		if air := k == Pneumothorax || k == Emphysema; air && sum > -4 || !air && sum < 4 {
			t.Errorf("%s changes the film by %+.1f grey levels", k, sum)
		}
	}
}

// The boxes hold what the finding changes: film minus the same film without it.
// Of a focal finding most of the change lies inside; the rest is scatter, haze
// and what the finding pushes aside. Volume loss, swelling and overinflation
// change the whole chest, so there the change must only be denser inside than
// over the film.
func TestBoxesHoldTheChange(t *testing.T) {
	if testing.Short() {
		t.Skip("dozens of films; drawn by the full suite")
	}
	focal := []Finding{Cardiomegaly, Effusion, Infiltration, Mass, Nodule, Pneumonia, Pneumothorax, Consolidation,
		PleuralThickening, Hernia}
	for i, k := range Findings() {
		var share changeShare
		for s := range uint64(3) {
			o := Options{Seed: uint64(100*i) + s, Size: 256, Findings: []Lesion{{Finding: k, Severity: 0.6}}}
			ill := mustGenerate(t, o)
			o.Findings = nil
			share.add(ill, mustGenerate(t, o))
		}
		inside, area := share.in/share.all, share.boxes/share.pixels
		if inside < 1.4*area || slices.Contains(focal, k) && inside < 0.7 {
			t.Errorf("%s: %.2f of the change lies in boxes of %.3f of the film", k, inside, area)
		}
	}
}

// changeShare sums changes of more than 3 levels of 255, which noise does not
// reach: film and film without share their noise.
type changeShare struct{ in, all, boxes, pixels float64 }

func (c *changeShare) add(ill, well *Image) {
	boxes := ill.Marks[0].Boxes
	for i := range ill.Pixels {
		x, y := i%ill.Width, i/ill.Width
		inside := slices.ContainsFunc(boxes,
			func(b PixelBox) bool { return x >= b.X0 && x < b.X1 && y >= b.Y0 && y < b.Y1 })
		c.pixels++
		if inside {
			c.boxes++
		}
		d := math.Abs(float64(ill.Pixels[i])-float64(well.Pixels[i])) / 16
		if d < 3 {
			continue
		}
		c.all += d
		if inside {
			c.in += d
		}
	}
}

// A hernia has dark gas over bright fluid: the upper third of its mask is darker
// than the lower third by 5 levels of 255.
func TestHerniaHasALevel(t *testing.T) {
	f := mustGenerate(t, Options{Seed: 3, Size: 256, Findings: []Lesion{{Finding: Hernia, Severity: 0.6}}})
	b, g := f.Marks[0].Boxes[0], f.Grey8()
	var sum, n [3]float64
	for i, v := range f.Marks[0].Mask {
		if v {
			k := 3 * (i/f.Width - b.Y0) / (b.Y1 - b.Y0)
			sum[k] += float64(g[i])
			n[k]++
		}
	}
	if up, low := sum[0]/n[0], sum[2]/n[2]; up > low-5 {
		t.Errorf("gas %.0f, fluid %.0f", up, low)
	}
}

// change is the mean difference inside the first mark, in levels of 255.
func change(ill, well *Image) float64 {
	a, b := ill.Grey8(), well.Grey8()
	var d, n float64
	for i, v := range ill.Marks[0].Mask {
		if v {
			d += float64(a[i]) - float64(b[i])
			n++
		}
	}
	return d / n
}

// The same patient with and without a finding differs only near the finding:
// material maps are equal to the last bit outside the mask widened by its zone
// of influence, cm (haze, spicules, airways and a moved mediastinum lie there).
func TestPairsAgreeOutsideTheFinding(t *testing.T) {
	zone := map[Finding]float64{Effusion: 6, Infiltration: 6, Mass: 3, Nodule: 0.5, Pneumonia: 6, Consolidation: 4,
		PleuralThickening: 2, Hernia: 3}
	for k, cm := range zone {
		o := Options{Seed: 77, Size: 128, Findings: []Lesion{{Finding: k, Severity: 0.5}}, Devices: true}
		ill, ls, err := draw(&o)
		if err != nil {
			t.Fatal(err)
		}
		o.Findings = nil
		well, _, err := draw(&o)
		if err != nil {
			t.Fatal(err)
		}
		near := widen(ls[0].Mask, o.Size, cm*ill.Cam.S)
		outside := 0
		for i := range near {
			if near[i] {
				continue
			}
			outside++
			if ill.Soft.P[i] != well.Soft.P[i] || ill.Bone.P[i] != well.Bone.P[i] || ill.Lung.P[i] != well.Lung.P[i] {
				t.Errorf("%s: material differs at pixel %d, %d; soft %v and %v", k, i%o.Size, i/o.Size, ill.Soft.P[i],
					well.Soft.P[i])
				break
			}
		}
		if outside < o.Size*o.Size/4 {
			t.Errorf("%s: only %d pixels lie outside its zone", k, outside)
		}
	}
}

// widen adds a square margin of r pixels.
func widen(mask []bool, w int, r float64) []bool {
	out := make([]bool, len(mask))
	m := int(math.Ceil(r))
	for i, v := range mask {
		if !v {
			continue
		}
		x, y := i%w, i/w
		for yy := max(0, y-m); yy <= min(w-1, y+m); yy++ {
			for xx := max(0, x-m); xx <= min(w-1, x+m); xx++ {
				out[yy*w+xx] = true
			}
		}
	}
	return out
}

// Findings that move anatomy leave bone alone, and grey values far away from
// the lungs change by scatter only: under 3 levels of 255 in the top rows.
func TestPairsKeepBoneAndTone(t *testing.T) {
	for _, k := range []Finding{Atelectasis, Cardiomegaly, Pneumothorax, Edema, Emphysema, Fibrosis} {
		o := Options{Seed: 31, Size: 128, Findings: []Lesion{{Finding: k, Severity: 0.7}}}
		ill, ls, err := draw(&o)
		if err != nil {
			t.Fatal(err)
		}
		o.Findings = nil
		well, _, err := draw(&o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(ill.Bone.P, well.Bone.P) {
			t.Errorf("%s moved bone", k)
		}
		a, b := finish(ill, ls).Grey8(), finish(well, nil).Grey8()
		for i := range a[:o.Size*8] {
			if d := math.Abs(float64(a[i]) - float64(b[i])); d > 3 {
				t.Errorf("%s changes grey by %v at pixel %d of the neck", k, d, i)
				break
			}
		}
	}
}

// A patient looks the same at any size: the 512-pixel film averaged down agrees
// with the 128-pixel film but for noise and the finest lines. 6 levels of 255
// in the mean is about half the contrast of a rib.
func TestSizesAgree(t *testing.T) {
	for seed := range uint64(3) {
		o := Options{Seed: seed, Size: 512, Findings: []Lesion{{Finding: Mass, Severity: 0.5}}}
		big := mustGenerate(t, o)
		o.Size = 128
		small := mustGenerate(t, o)
		a, b := big.Grey8(), small.Grey8()
		var sum float64
		for y := range 128 {
			for x := range 128 {
				var m float64
				for j := range 16 {
					m += float64(a[(4*y+j/4)*512+4*x+j%4]) / 16
				}
				sum += math.Abs(m - float64(b[y*128+x]))
			}
		}
		if mean := sum / (128 * 128); mean > 6 {
			t.Errorf("seed %d: sizes differ by %.1f levels in the mean", seed, mean)
		}
		p, q := big.Marks[0].Boxes[0], small.Marks[0].Boxes[0]
		for i, d := range []int{p.X0 - 4*q.X0, p.Y0 - 4*q.Y0, p.X1 - 4*q.X1, p.Y1 - 4*q.Y1} {
			if d > 8 || d < -8 {
				t.Errorf("seed %d: box edge %d moved by %d of 512 pixels", seed, i, d)
			}
		}
	}
}

// A second visit is the same person on another day.
func TestVisits(t *testing.T) {
	a := mustGenerate(t, Options{Seed: 5, Size: 64})
	b := mustGenerate(t, Options{Seed: 5, Size: 64, Visit: 1, Days: 366})
	if a.Sex != b.Sex || b.Age != a.Age+1 || slices.Equal(a.Pixels, b.Pixels) {
		t.Errorf("visits: %s %d and %s %d", a.Sex, a.Age, b.Sex, b.Age)
	}
}

func TestOrderOfFindingsDoesNotMatter(t *testing.T) {
	a := mustGenerate(t, Options{Seed: 8, Size: 128, Findings: []Lesion{{Finding: Effusion, Severity: 0.5},
		{Finding: Nodule, Severity: 0.7}, {Finding: Cardiomegaly, Severity: 0.3}}})
	b := mustGenerate(t, Options{Seed: 8, Size: 128, Findings: []Lesion{{Finding: Cardiomegaly, Severity: 0.3},
		{Finding: Nodule, Severity: 0.7}, {Finding: Effusion, Severity: 0.5}}})
	if !slices.Equal(a.Pixels, b.Pixels) || len(a.Marks) != 3 {
		t.Errorf("order changes the film, or a mark is missing: %d", len(a.Marks))
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, o := range []Options{
		{Size: 63}, {Size: 4097}, {Size: -1}, {View: "LL"},
		{Findings: []Lesion{{Finding: "Fracture", Severity: 0.5}}},
		{Findings: []Lesion{{Finding: Mass, Severity: 1.5}}},
		{Findings: []Lesion{{Finding: Mass, Severity: math.NaN()}}},
		{Findings: []Lesion{{Finding: Mass, Severity: 0.5}, {Finding: Mass, Severity: 0.5}}},
	} {
		if f, err := Generate(o); err == nil || f != nil {
			t.Errorf("%+v was drawn", o)
		}
	}
}

// The widest and the tallest film are drawn, though scatter shrinks them to a
// single row or a few columns.
func TestExtremeShapes(t *testing.T) {
	for _, o := range []Options{{Size: MaxSize, Height: MinSize}, {Size: MinSize, Height: MaxSize}} {
		f := mustGenerate(t, o)
		if slices.Min(f.Pixels) == slices.Max(f.Pixels) {
			t.Errorf("%d x %d: nothing on the film", o.Size, o.Height)
		}
	}
}

func TestGrey8(t *testing.T) {
	f := &Image{Pixels: []uint16{0, 8, 9, 2047, 2048, 4095}}
	// round(v * 255 / 4095), by hand
	if got, want := f.Grey8(), []uint8{0, 0, 1, 127, 128, 255}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func BenchmarkGenerate(b *testing.B) {
	k := Findings()
	for i := 0; b.Loop(); i++ {
		if _, err := Generate(Options{Seed: uint64(i), Devices: true,
			Findings: []Lesion{{Finding: k[i%len(k)], Severity: 0.6}}}); err != nil {
			b.Fatal(err)
		}
	}
}
