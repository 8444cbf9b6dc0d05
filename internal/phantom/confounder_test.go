package phantom

import (
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

func TestParseConfounder(t *testing.T) {
	c, err := ParseConfounder("text:Mass:0.9:0.1")
	if err != nil || c != (Confounder{TextTag, Mass, 0.9, 0.1}) || c.String() != "text:Mass:0.9:0.1" {
		t.Errorf("%+v, %s, %v", c, c, err)
	}
	for _, s := range []string{"", "text", "text:Mass:0.9", "text:Mass:0.9:0.1:1", "ink:Mass:1:0", "text:Fracture:1:0",
		"text:Mass:x:0", "text:Mass:1.1:0", "text:Mass:NaN:0"} {
		if _, err := ParseConfounder(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

// A confounder changes the film inside its boxes: nearly all of what differs
// from the same film without it lies there, and something differs in each box.
// The rest is scatter around a drain.
func TestConfoundersLieInTheirBoxes(t *testing.T) {
	for _, kind := range []ConfounderKind{TextTag, ChestDrain} {
		for seed := range uint64(4) {
			o := Options{Seed: seed, Size: 256, View: PA, Findings: []Lesion{{Finding: Pneumothorax, Severity: 0.5}}}
			plain := mustGenerate(t, o)
			o.Confounders = []ConfounderKind{kind}
			image := mustGenerate(t, o)
			if len(plain.Confounders) != 0 || len(image.Confounders) != 1 || image.Confounders[0].Kind != kind {
				t.Fatalf("%s: confounders %v and %v", kind, plain.Confounders, image.Confounders)
			}
			in, out := differing(image, plain, image.Confounders[0].Boxes)
			if in < 60 || out > in/50 {
				t.Errorf("%s of seed %d: %d pixels differ inside the boxes, %d outside", kind, seed, in, out)
			}
		}
	}
}

// differing counts pixels that differ by more than 8 levels of 255.
func differing(a, b *Image, boxes []PixelBox) (in, out int) {
	for i := range a.Pixels {
		if math.Abs(float64(a.Pixels[i])-float64(b.Pixels[i])) < 8*16 {
			continue
		}
		x, y := i%a.Width, i/a.Width
		if slices.ContainsFunc(boxes, func(b PixelBox) bool { return x >= b.X0 && x < b.X1 && y >= b.Y0 && y < b.Y1 }) {
			in++
		} else {
			out++
		}
	}
	return in, out
}

// The drain lies on the side of the pneumothorax.
func TestDrainSide(t *testing.T) {
	for seed := range uint64(8) {
		f := mustGenerate(t, Options{Seed: seed, Size: 128, Findings: []Lesion{{Finding: Pneumothorax, Severity: 0.6}},
			Confounders: []ConfounderKind{ChestDrain}})
		b, d := f.Marks[0].Boxes[0], f.Confounders[0].Boxes[0]
		if (b.X0+b.X1 > f.Width) != (d.X0+d.X1 > f.Width) {
			t.Errorf("seed %d: air at %v, drain at %v", seed, b, d)
		}
	}
}

// Without a pneumothorax the drain lies on the side asked for, and its boxes
// follow it: together they cover less than three quarters of the box around them.
func TestDrainWithoutAir(t *testing.T) {
	for _, right := range []bool{false, true} {
		f := mustGenerate(t, Options{Seed: 12, Size: 256, Confounders: []ConfounderKind{ChestDrain}, DrainRight: right})
		boxes := f.Confounders[0].Boxes
		if len(boxes) != chest.DrainBoxes {
			t.Fatalf("%d boxes, want %d", len(boxes), chest.DrainBoxes)
		}
		around, covered := boxes[0], make(map[[2]int]bool)
		for _, b := range boxes {
			around = PixelBox{X0: min(around.X0, b.X0), Y0: min(around.Y0, b.Y0), X1: max(around.X1, b.X1),
				Y1: max(around.Y1, b.Y1)}
			for y := b.Y0; y < b.Y1; y++ {
				for x := b.X0; x < b.X1; x++ {
					covered[[2]int{x, y}] = true
				}
			}
		}
		if (around.X0+around.X1 > f.Width) != right {
			t.Errorf("asked for the right: %v, drawn at %v", right, around)
		}
		if share := float64(len(covered)) / float64((around.X1-around.X0)*(around.Y1-around.Y0)); share > 0.75 {
			t.Errorf("the boxes cover %.2f of %v", share, around)
		}
	}
}

// Another department's films are portable and have a black border.
func TestHospitalLook(t *testing.T) {
	f := mustGenerate(t, Options{Seed: 3, Size: 256, Height: 320, Confounders: []ConfounderKind{HospitalLook}})
	if f.View != AP || f.Height != 320 || len(f.Confounders) != 1 || len(f.Confounders[0].Boxes) != 4 {
		t.Fatalf("view %s, confounders %v", f.View, f.Confounders)
	}
	for _, b := range f.Confounders[0].Boxes {
		var sum, n float64
		for y := b.Y0; y < b.Y1; y++ {
			for x := b.X0; x < b.X1; x++ {
				sum += float64(f.Pixels[y*f.Width+x]) / 4095
				n++
			}
		}
		if sum/n > 0.3 {
			t.Errorf("border %v has a mean of %.2f", b, sum/n)
		}
	}
}

// The chances are those asked for, given the label, and films shown at a weak
// tie are shown at a stronger one too. Bounds: 4 standard deviations.
func TestConfounderChances(t *testing.T) {
	const n = 4000
	rule := []Confounder{{TextTag, Mass, 0.8, 0.3}}
	strong := []Confounder{{TextTag, Mass, 0.9, 0.3}}
	for _, c := range []struct {
		labels []Finding
		want   float64
	}{{[]Finding{Nodule, Mass}, 0.8}, {[]Finding{Nodule}, 0.3}, {nil, 0.3}} {
		shown := 0
		for seed := range uint64(n) {
			s := canvas.Seeds{Seed: seed, Visit: seed % 3}
			if len(drawnConfounders(s, rule, c.labels)) > 0 {
				shown++
				if len(drawnConfounders(s, strong, c.labels)) == 0 {
					t.Fatalf("seed %d is shown at 0.8 but not at 0.9", seed)
				}
			}
		}
		if p, sd := float64(shown)/n, math.Sqrt(c.want*(1-c.want)/n); math.Abs(p-c.want) > 4*sd {
			t.Errorf("labels %v: shown on %.3f, want %.3f", c.labels, p, c.want)
		}
	}
}

func TestConfoundersRefused(t *testing.T) {
	for _, cs := range [][]Confounder{{{"ink", Mass, 1, 0}}, {{TextTag, "Fracture", 1, 0}}, {{TextTag, Mass, -1, 0}},
		{{TextTag, Mass, 1, 0}, {TextTag, Nodule, 1, 0}}} {
		if err := WriteDataset(t.Context(), Dataset{Dir: t.TempDir(), N: 1, Size: 64, Confounders: cs},
			nil); err == nil {
			t.Errorf("%+v was written", cs)
		}
	}
	if _, err := Generate(Options{Size: 64, Confounders: []ConfounderKind{"ink"}}); err == nil {
		t.Error("an unknown kind was drawn")
	}
}

// In a data set the tie holds between the table of labels and the table of
// confounders, and natural drains give way to the rule.
func TestDatasetConfounders(t *testing.T) {
	dir := t.TempDir()
	const n = 80
	d := Dataset{Dir: dir, N: n, Seed: 3, Size: 64, Confounders: []Confounder{{TextTag, Mass, 1, 0},
		{ChestDrain, Pneumothorax, 0, 0}}}
	if err := WriteDataset(t.Context(), d, nil); err != nil {
		t.Fatal(err)
	}
	files := readAll(t, dir)
	shown := map[string]bool{}
	for _, r := range records(t, files["confounders.csv"])[1:] {
		if r[1] != string(TextTag) {
			t.Errorf("%s shows %s", r[0], r[1])
		}
		shown[r[0]] = true
	}
	masses := 0
	for _, r := range records(t, files["Data_Entry_2017_v2020.csv"])[1:] {
		mass := slices.Contains(strings.Split(r[1], "|"), string(Mass))
		if mass {
			masses++
		}
		if mass != shown[r[0]] {
			t.Errorf("%s is labelled %s; word shown: %v", r[0], r[1], shown[r[0]])
		}
	}
	if masses == 0 || masses == n {
		t.Errorf("%d masses in %d films", masses, n)
	}
}

// FuzzParseConfounder: what is read is valid and is read again from its String.
func FuzzParseConfounder(f *testing.F) {
	for _, s := range []string{"text:Mass:0.9:0.1", "drain:Pneumothorax:1:0", "hospital:Edema:1e-3:.5", "a:b:c:d",
		":::",
		"text:Mass:-0:0x1p-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseConfounder(s)
		if err != nil {
			return
		}
		if again, err := ParseConfounder(c.String()); err != nil || again != c {
			t.Errorf("%q reads as %+v, its form %q as %+v, %v", s, c, c, again, err)
		}
	})
}
