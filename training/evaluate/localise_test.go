package evaluate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/training/dataset"
	"hilum/training/internal/fixture"
	"hilum/training/report"
)

// localiseReference is what numpy says, see testdata/peers/localise.py.
type localiseReference struct {
	Maps []struct {
		W, H      int
		Values    []float32
		Footprint [4]float64
		Boxes     [][4]float64
		Want      [3]float64
	}
	Prior []struct {
		Patient string
		Boxes   [][4]float64
		Want    [3]float64
	}
}

func boxesOf(list [][4]float64, class string) []dataset.Box {
	var out []dataset.Box
	for _, b := range list {
		out = append(out, dataset.Box{Class: class, X: b[0], Y: b[1], W: b[2], H: b[3]})
	}
	return out
}

// Maps of several shapes and footprints, and priors with the patient left out,
// against numpy. A cell may fall to the other side of the level by rounding, of
// some thousands that are marked.
func TestLocaliseEqualsNumpy(t *testing.T) {
	data, err := os.ReadFile("../testdata/localise.json")
	if err != nil {
		t.Fatal(err)
	}
	var r localiseReference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Maps) < 12 || len(r.Prior) < 7 {
		t.Fatalf("%d maps, %d priors", len(r.Maps), len(r.Prior))
	}
	var images []dataset.Image
	for _, p := range r.Prior {
		images = append(images, dataset.Image{Patient: p.Patient, Boxes: boxesOf(p.Boxes, "Mass")})
	}
	l := &localiser{classes: []string{"Nodule", "Mass"}, level: DefaultLevel,
		prior: newBoxPrior(images, []string{"Nodule", "Mass"})}
	blank := inference.Heatmap{Width: 1, Height: 1, Values: []float32{0}, X1: 1, Y1: 1}
	for i, m := range r.Maps {
		h := inference.Heatmap{Width: m.W, Height: m.H, Values: m.Values, X0: m.Footprint[0], Y0: m.Footprint[1],
			X1: m.Footprint[2], Y1: m.Footprint[3]}
		l.pairs = nil
		l.add(dataset.Image{Patient: "z", Boxes: boxesOf(m.Boxes, "mass")}, []inference.Heatmap{blank, h})
		for k, name := range []string{"pointing", "IoU", "IoBB"} {
			near(t, fmt.Sprintf("map %d: %s", i, name), l.pairs[0].figures[k], m.Want[k], 1e-3)
		}
	}
	for i, f := range images {
		l.pairs = nil
		l.add(f, []inference.Heatmap{blank, blank})
		for k, name := range []string{"pointing", "IoU", "IoBB"} {
			near(t, fmt.Sprintf("prior %d: %s", i, name), l.pairs[0].figures[3+k], r.Prior[i].Want[k], 1e-9)
		}
	}
}

// The prior of the release's whole list, in which 984 boxes lie: about 0.400 of
// all and 0.986 of the hearts are hit without a picture (0.986 by the first of
// the highest places; the middle of them hits every heart).
func TestPriorOfTheRelease(t *testing.T) {
	list := filepath.Join(fixture.NIH(t), "BBox_List_2017.csv")
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	d := &dataset.Dataset{Classes: inference.ChestXray14()}
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, ".png,"); ok {
			patient, _, _ := strings.Cut(name, "_")
			d.Images = append(d.Images, dataset.Image{Name: name + ".png", Patient: patient})
		}
	}
	if len(d.Images) != 984 {
		t.Fatalf("%d boxes", len(d.Images))
	}
	slices.SortFunc(d.Images, func(a, b dataset.Image) int { return strings.Compare(a.Name, b.Name) })
	d.Images = slices.CompactFunc(d.Images, func(a, b dataset.Image) bool { return a.Name == b.Name })
	if err := d.ReadBoxes(list); err != nil || len(d.Notes) != 0 || len(d.Images) != 880 {
		t.Fatalf("%d films, notes %q, %v", len(d.Images), d.Notes, err)
	}
	classes := inference.ChestXray14()
	prior := newBoxPrior(d.Images, classes)
	hits, of := map[string]float64{}, map[string]float64{}
	for _, f := range d.Images {
		for _, b := range f.Boxes {
			m, _ := prior.without(classIndex(classes, b.Class), f.Patient)
			x, y := m.centre()
			for _, name := range []string{b.Class, "all"} {
				hits[name] += holds([]dataset.Box{b}, x, y)
				of[name]++
			}
		}
	}
	near(t, "prior of all boxes", hits["all"]/of["all"], 0.400, 0.01)
	near(t, "prior of cardiomegaly", hits["Cardiomegaly"]/of["Cardiomegaly"], 0.986, 0.015)
	if of["Infiltration"] != 123 {
		t.Errorf("%v boxes of infiltration, which the list calls Infiltrate", of["Infiltration"])
	}
}

// spot is a map of n x n cells with one over zero.
func spot(n, x, y int) inference.Heatmap {
	h := inference.Heatmap{Width: n, Height: n, Values: make([]float32, n*n), X1: 1, Y1: 1}
	h.Values[y*n+x] = 1
	return h
}

// Known truth: the contour at half of a tent over one cell has the cell's middle
// half in each row, a diamond-like region within the cell; boxes on and off it.
func TestLocalisationOfKnownPlaces(t *testing.T) {
	on, off := dataset.Box{Class: "A", X: 0.25, Y: 0.25, W: 0.25, H: 0.25},
		dataset.Box{Class: "A", X: 0.75, W: 0.25, H: 0.25}
	images := []dataset.Image{
		{Patient: "p", Boxes: []dataset.Box{on}}, {Patient: "p", Boxes: []dataset.Box{off}},
		{Patient: "q", Boxes: []dataset.Box{on, {Class: "B", W: 1, H: 1}}},
		{Patient: "r", Boxes: []dataset.Box{{Class: "Gout", W: 1, H: 1}}},
	}
	l := &localiser{classes: []string{"A", "B"}, level: 0.5, prior: newBoxPrior(images, []string{"A", "B"}),
		report: &report.Localisation{}}
	for _, f := range images[:3] {
		l.add(f, []inference.Heatmap{spot(4, 1, 1), spot(4, 0, 0)})
	}
	r, err := l.finish(t.Context(), &dataset.Dataset{Images: images}, calib.Bootstrap{Rounds: 400, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	a, b := r.Classes[0], r.Classes[1]
	if a.Films != 3 || a.Boxes != 3 || r.Pooled.Films != 4 || r.Films != 3 || r.Patients != 2 {
		t.Errorf("%+v", r)
	}
	near(t, "pointing", float64(a.Pointing), 2.0/3, 1e-12)
	// Of (1-|x|)(1-|y|) >= 1/2 over a cell of side 1: 4 times the integral of
	// 1 - 1/(2(1-x)) over 0..1/2, 4 (1/2 - ln(2)/2), is inside the box.
	area := 4 * (0.5 - math.Ln2/2)
	near(t, "IoU", float64(a.IoU), 2*area/3, 0.01)
	near(t, "IoBB", float64(a.IoBB), 2.0/3, 1e-12)
	near(t, "IoBB of a box over all", float64(b.IoBB), 1, 1e-12)
	// The boxes of p overlap nowhere, so q's prior points at one of them, and that
	// of p at q's, which one of p's films has too.
	near(t, "gain", float64(a.Gain), float64(a.Pointing-a.PriorPointing), 1e-12)
	if b.PriorPointing.Defined() || b.GainCI != nil || a.PointingCI == nil || a.PointingCI[1] != 1 {
		t.Errorf("A %+v, B %+v", a, b)
	}
	// Draws of two patients reach from 1/2 to 1; Wilson's interval of 2/3 of two
	// people, which counts where they are few, from (p + z^2/4 - z sqrt(p(1-p)/2 + z^2/16)) / (1 + z^2/2).
	p, z := 2.0/3, 1.959963984540054
	near(t, "pointing from", a.PointingCI[0], (p+z*z/4-z*math.Sqrt(p*(1-p)/2+z*z/16))/(1+z*z/2), 1e-12)
	near(t, "mean", float64(r.Mean.Pointing), (2.0/3+1)/2, 1e-12)
	near(t, "pooled", float64(r.Pooled.Pointing), 0.75, 1e-12)
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{"A has 3 films", "no prior", "Gout"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes lack %q:\n%s", want, notes)
		}
	}
	checkLocalisationFiles(t, r)
}

// checkLocalisationFiles reads back what the report writes.
func checkLocalisationFiles(t *testing.T, r *report.Localisation) {
	t.Helper()
	dir := t.TempDir()
	validated, err := Validate{Config: ValidateConfig{Scores: peerScores, Out: dir}, Boxes: r}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(validated)
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		Localisation struct {
			Classes map[string]struct {
				Pointing float64
				CI       []float64 `json:"pointing_ci"`
				Prior    *float64  `json:"prior_pointing"`
			}
		}
	}
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	if a := e.Localisation.Classes["A"]; a.Pointing != float64(r.Classes[0].Pointing) || len(a.CI) != 2 ||
		e.Localisation.Classes["B"].Prior != nil {
		t.Errorf("JSON %+v", e)
	}
	var again report.Localisation
	if err := json.Unmarshal(mustJSON(t, r), &again); err != nil || !bytes.Equal(mustJSON(t, &again), mustJSON(t, r)) ||
		again.Classes[0].Name != "A" {
		t.Errorf("read back: %+v, %v", again, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || !bytes.Contains(page, []byte("Class maps on boxes")) ||
		!bytes.Contains(page, []byte("mean of classes")) {
		t.Errorf("the page lacks the maps: %v", err)
	}
	table, err := os.ReadFile(filepath.Join(dir, "localisation.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil || len(rows) != 5 || rows[1][0] != "A" || rows[1][3] != "0.666667" || rows[2][12] != "" {
		t.Errorf("table %v, %v", rows, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "localisation.png")); err != nil || info.Size() < 1000 {
		t.Errorf("picture: %v", err)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
