package radiograph

import (
	"image"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"hilum/app/apptest"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/phantom"
	"hilum/resources"
)

// twoLungs is a film of two dark ovals at known places, bright around.
func twoLungs(inverted bool) *Picture {
	const w, h = 320, 400
	im := &dicomio.Image{Width: w, Height: h, Samples: 1, BitsStored: 12, Inverted: inverted,
		Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, w*h)}
	for i := range im.Stored {
		x, y := float64(i%w)/w, float64(i/w)/h
		v := int32(3000)
		for _, cx := range []float64{0.3, 0.7} {
			if dx, dy := (x-cx)/0.14, (y-0.45)/0.3; dx*dx+dy*dy < 1 {
				v = 600 + int32(i%7)*40
			}
		}
		if inverted {
			v = 4095 - v
		}
		im.Stored[i] = v
	}
	return New(im)
}

func TestLungsAreFound(t *testing.T) {
	for _, inverted := range []bool{false, true} {
		f, ok := twoLungs(inverted).LungField()
		if !ok {
			t.Fatalf("inverted %v: no lungs", inverted)
		}
		for name, c := range map[string][2]float64{"left": {f.X0, 0.16}, "right": {f.X1, 0.84}, "top": {f.Y0, 0.15},
			"bottom": {f.Y1, 0.75}, "middle": {f.Middle, 0.5}} {
			if math.Abs(c[0]-c[1]) > 0.02 {
				t.Errorf("inverted %v: %s at %v, drawn at %v", inverted, name, c[0], c[1])
			}
		}
		w, lungs := twoLungs(inverted).AutoWindow()
		lo, hi := 600.0, 3000.0 // the lungs and what lies around them within the thorax
		if inverted {
			lo, hi = 1095, 3495
		}
		if !lungs || w.Center-w.Width/2 > lo || w.Center+w.Width/2 < hi || w.Width > 1.2*(hi-lo) {
			t.Errorf("inverted %v: window %+v", inverted, w)
		}
	}
	if _, ok := New(apptest.Image(700)).LungField(); ok {
		t.Error("an even film has lungs")
	}
}

// A lung that is opaque stays grey under the automatic window, and the film has more
// contrast than under its own: on phantoms, whose consolidations have known boxes.
func TestAutomaticWindowDoesNotBurnConsolidations(t *testing.T) {
	for seed := range uint64(6) {
		img, err := phantom.Generate(phantom.Options{Seed: 40 + seed, Size: 256,
			Findings: []phantom.Lesion{{Finding: phantom.Consolidation, Severity: 0.9}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(img.Marks) == 0 {
			continue
		}
		p := New(PhantomImage(img, seed%2 == 1))
		auto, lungs := p.AutoWindow()
		b := img.Marks[0].Boxes[0]
		box := image.Rect(b.X0, b.Y0, b.X1, b.Y1)
		burnt, spread := shownIn(p, auto, box)
		_, before := shownIn(p, p.Image.DefaultWindow(), box)
		if burnt > 0.02 || spread < before { // also where the opaque lung hides that there are two
			t.Errorf("seed %d: lungs %v, %.1f%% of the consolidation is white, grey levels between its 10th and 90th percentile %d, under the film's own window %d", seed, lungs, 100*burnt, spread, before)
		}
	}
}

// shownIn is the share of a box that is shown white, and how far apart the 10th and the
// 90th percentile of its grey levels are.
func shownIn(p *Picture, w dicomio.Window, b image.Rectangle) (white float64, spread int) {
	table := p.Image.DisplayTable(w, false)
	var levels []int
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			v := int(table.At(p.Image.Stored[y*p.Image.Width+x]))
			levels = append(levels, v)
			if v >= 250 {
				white++
			}
		}
	}
	slices.Sort(levels)
	return white / float64(len(levels)), levels[len(levels)*9/10] - levels[len(levels)/10]
}

// TestLungsOnRealImages: on most frontal films both lungs are found, and lie
// where lungs lie.
func TestLungsOnRealImages(t *testing.T) {
	files, _ := filepath.Glob("../../shared/data/nih/images/*.png")
	if len(files) == 0 {
		t.Skip("the NIH films of shared/data are not here")
	}
	n, found, odd := 0, 0, 0
	for i := 0; i < len(files); i += max(1, len(files)/120) {
		im, err := dicomio.Decode(t.Context(), files[i])
		if err != nil {
			t.Fatal(err)
		}
		n++
		f, ok := New(im).LungField()
		if !ok {
			continue
		}
		found++
		if f.Middle < 0.3 || f.Middle > 0.7 || f.X1-f.X0 < 0.3 || f.Y1-f.Y0 < 0.2 {
			odd++
		}
	}
	t.Logf("%d of %d films have lungs, %d of them at odd places", found, n, odd)
	if found < n*6/10 || odd > found/10 {
		t.Errorf("%d of %d films have lungs, %d of them at odd places", found, n, odd)
	}
}

// TestDemoImagesHaveLungs: the zones of the demo are named.
func TestDemoImagesHaveLungs(t *testing.T) {
	for _, d := range resources.DemoStudies() {
		im, err := dicomio.DecodeBytes(t.Context(), d.Name, d.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := New(im).LungField(); !ok || f.Middle < 0.35 || f.Middle > 0.65 {
			t.Errorf("%s: lungs %v, %+v", d.Name, ok, [5]float64{f.X0, f.Y0, f.X1, f.Y1, f.Middle})
		}
	}
}

// TestPeakIsNamed puts the peak of a map at known places.
func TestPeakIsNamed(t *testing.T) {
	p := twoLungs(false)
	for zone, at := range map[string][2]int{"right upper zone": {3, 2}, "left lower zone": {7, 6},
		"right middle zone": {3, 4}, "mediastinum, middle third": {5, 4}, "below the lungs": {5, 9},
		"above the lungs": {2, 0}} {
		h := inference.Heatmap{Width: 11, Height: 10, Values: make([]float32, 110), X1: 1, Y1: 1}
		h.Values[at[1]*11+at[0]] = 2
		s := Statistics(p, &h)
		if s.Zone != zone || !s.For || math.Abs(s.Half-1.0/110) > 1e-9 {
			t.Errorf("%s: %+v", zone, s)
		}
	}
	p.Image.Header.PatientOrientation = `R\F` // mirrored: the patient's right is on the right
	h := inference.Heatmap{Width: 11, Height: 10, Values: make([]float32, 110), X1: 1, Y1: 1}
	h.Values[2*11+3] = 1
	if s := Statistics(p, &h); s.Zone != "left upper zone" || s.Share != 1 {
		t.Errorf("mirrored: %+v", s)
	}
	for i := range h.Values {
		h.Values[i] = -1
	}
	if s := Statistics(p, &h); s.For {
		t.Errorf("evidence against alone: %+v", s)
	}
}
