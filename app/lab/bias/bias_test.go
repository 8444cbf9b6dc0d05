package bias

import (
	"context"
	"encoding/csv"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/labtest"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/parallel"
	"hilum/training/dataset"
)

// biasedSet is a table of n films, half of them positive, two a patient.
func biasedSet(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	rows := [][]string{{"path", "patient", "Mass"}}
	for i := range n {
		name := filepath.Join("f", string(rune('a'+i/26))+string(rune('a'+i%26))+".png")
		if i == 0 {
			if err := os.MkdirAll(filepath.Join(dir, "f"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		labtest.WritePNG(t, filepath.Join(dir, name), 40, 30)
		rows = append(rows, []string{name, string(rune('A'+i/2%26)) + string(rune('A'+i/52)), []string{"0", "1"}[i%2]})
	}
	path := filepath.Join(dir, "table.csv")
	if err := writeCSV(path, rows); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBias: markers are where the boxes say and nowhere else, as often as asked;
// a patient's films with equal labels are alike; the result is a data set that
// opens, without leaks; equal seeds give equal tables.
func TestBias(t *testing.T) {
	const n = 200
	c := Config{
		Data: biasedSet(t, n), Class: "mass", PPositive: 0.9, PNegative: 0.1, Seed: 3,
		Marker: edit.Edit{Kind: edit.Marker, Device: edit.Tag, Region: edit.Rect{X: 0.1, Y: 0.7, W: 0.5, H: 0.2}},
	}
	c.Out = filepath.Join(t.TempDir(), "one")
	r, err := Job{Config: c}.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var all Counts
	for part, k := range r.Parts {
		if part != "unbiased" {
			all = Counts{all.Positive + k.Positive, all.PositiveMarked + k.PositiveMarked, all.Negative + k.Negative,
				all.NegativeMarked + k.NegativeMarked}
		}
	}
	if all.Positive != n/2 || all.Negative != n/2 || math.Abs(float64(all.PositiveMarked)/(n/2)-0.9) > 0.1 ||
		math.Abs(float64(all.NegativeMarked)/(n/2)-0.1) > 0.1 {
		t.Errorf("marked %+v", all)
	}
	d, err := dataset.Open(context.Background(), r.Table)
	if err != nil || len(d.Images) != n || d.CheckLeak() != nil {
		t.Fatal(d, err)
	}
	if err := d.ReadBoxes(r.Boxes); err != nil {
		t.Fatal(err)
	}
	checkMarkers(t, d, c.Marker.Region)
	u, err := dataset.Open(context.Background(), r.Unbiased)
	if err != nil || len(u.Images) != len(d.Of(dataset.Test)) {
		t.Errorf("the unbiased part has %d films, the test part %d: %v", len(u.Images), len(d.Of(dataset.Test)), err)
	}
	again := c
	again.Out = filepath.Join(t.TempDir(), "two")
	if _, err := (Job{Config: again}).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"table.csv", "markers.csv", "unbiased.csv"} {
		a, _ := os.ReadFile(filepath.Join(c.Out, name))
		b, _ := os.ReadFile(filepath.Join(again.Out, name))
		if string(a) != string(b) || len(a) == 0 {
			t.Errorf("%s differs for the same seed", name)
		}
	}
	if _, err := (Job{Config: c}).Run(context.Background()); err == nil {
		t.Error("a folder with films in it is written to")
	}
}

// checkMarkers compares each film with an unmarked one: all differences lie in
// the box, and there are some exactly where the list has a box.
func checkMarkers(t *testing.T, d *dataset.Dataset, region edit.Rect) {
	t.Helper()
	clean := labtest.Image(40, 30)
	at := region.On(40, 30)
	for _, f := range d.Images {
		im, err := dicomio.Decode(context.Background(), f.Path)
		if err != nil {
			t.Fatal(err)
		}
		changed := 0
		for i, v := range im.Stored {
			if v == clean.Stored[i]/16 {
				continue
			}
			changed++
			if p := image.Pt(i%40, i/40); !p.In(at) {
				t.Fatalf("%s differs at %v", f.Name, p)
			}
		}
		if (changed > 0) != (len(f.Boxes) == 1) {
			t.Errorf("%s: %d pixels differ, boxes %+v", f.Name, changed, f.Boxes)
		}
	}
}

// TestBiasKeepsDepth: a 16-bit PNG stays one, value by value, where it is not
// marked.
func TestBiasKeepsDepth(t *testing.T) {
	dir := t.TempDir()
	img := image.NewGray16(image.Rect(0, 0, 32, 32))
	for i := range 32 * 32 {
		img.Set(i%32, i/32, color.Gray16{Y: uint16(i * 63)})
	}
	f, err := os.Create(filepath.Join(dir, "deep.png"))
	if err == nil {
		err = png.Encode(f, img)
		_ = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := writeCSV(filepath.Join(dir, "t.csv"),
		[][]string{{"path", "patient", "Mass"}, {"deep.png", "1", "0"}}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	c := Config{Data: filepath.Join(dir, "t.csv"), Out: out, Class: "Mass", PPositive: 1,
		Marker: edit.Edit{Kind: edit.Marker, Device: edit.Clip, Region: edit.Rect{X: 0.28, Y: 0.38, W: 0.19, H: 0.19}}}
	if _, err := (Job{Config: c}).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	a, err1 := dicomio.Decode(context.Background(), filepath.Join(dir, "deep.png"))
	b, err2 := dicomio.Decode(context.Background(), filepath.Join(out, "films", "000000.png"))
	if err1 != nil || err2 != nil || !reflect.DeepEqual(a.Stored, b.Stored) || b.BitsStored != 16 {
		t.Error("the film changed", err1, err2)
	}
	rows, err := os.Open(filepath.Join(out, "table.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if all, err := csv.NewReader(rows).ReadAll(); err != nil || len(all) != 2 {
		t.Error(all, err)
	}
}

// TestBiasRefuses what makes no sense.
func TestBiasRefuses(t *testing.T) {
	data := biasedSet(t, 4)
	marker := edit.Edit{Kind: edit.Marker, Device: edit.Clip, Region: edit.Rect{X: 0.28, Y: 0.38, W: 0.19, H: 0.19}}
	for name, c := range map[string]Config{
		"no folder":   {Data: data, Class: "Mass", Marker: marker},
		"no class":    {Data: data, Out: t.TempDir(), Marker: marker},
		"chance":      {Data: data, Out: t.TempDir(), Class: "Mass", Marker: marker, PPositive: 2},
		"no marker":   {Data: data, Out: t.TempDir(), Class: "Mass", Marker: edit.Edit{Kind: edit.Flip}},
		"other class": {Data: data, Out: t.TempDir(), Class: "Hernia", Marker: marker},
		"no data":     {Data: "none", Out: t.TempDir(), Class: "Mass", Marker: marker},
	} {
		if _, err := (Job{Config: c}).Run(context.Background()); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestPlanOfAnExperiment: the confounder is as often as asked where it is tied,
// the two test sets have the same patients, and films on which they agree are
// equal.
func TestPlanOfAnExperiment(t *testing.T) {
	e := Experiment{Confounder: "text:Mass:0.9:0.1", Other: "Effusion", Images: 2000, Test: 2000, Size: 64, Seed: 5,
		Epochs: 1}
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	m := newImageMaker(e, t.TempDir())
	share := func(images []*shownImage, positive bool) float64 {
		n, k := 0, 0
		for _, f := range images {
			if f.positive == positive {
				n++
				if f.shown {
					k++
				}
			}
		}
		return float64(k) / float64(n)
	}
	for name, c := range map[string][3]float64{"train": {share(m.train, true), share(m.train, false), 0.9},
		"biased": {share(m.biased, true), share(m.biased, false), 0.9}} {
		if math.Abs(c[0]-c[2]) > 0.04 || math.Abs(c[1]-0.1) > 0.04 {
			t.Errorf("%s shows it on %.2f of positives and %.2f of negatives", name, c[0], c[1])
		}
	}
	if a, b := share(m.unbiased, true), share(m.unbiased, false); math.Abs(a-0.5) > 0.05 || math.Abs(b-0.5) > 0.05 {
		t.Errorf("the unbiased set shows it on %.2f and %.2f", a, b)
	}
	for i, f := range m.biased {
		u := m.unbiased[i]
		if f.patient != u.patient || f.positive != u.positive || f.options.Seed != u.options.Seed ||
			f.shown == u.shown && !reflect.DeepEqual(f.options, u.options) {
			t.Fatalf("film %d of the two test sets: %+v and %+v", i, f, u)
		}
	}
	right := 0
	for _, f := range m.train {
		if f.options.DrainRight {
			right++
		}
	}
	if p := float64(right) / float64(len(m.train)); math.Abs(p-0.5) > 0.05 {
		t.Errorf("drains without a pneumothorax are on the right of %.2f of the films", p)
	}
	if m.train[0].patient == m.biased[0].patient {
		t.Error("a patient is in training and test")
	}
}

// TestDistance: inside is 0, beside is the way to the edge, a corner the diagonal.
func TestDistance(t *testing.T) {
	boxes := []effect.Box{{Label: "a", Rect: edit.Rect{X: 0.2, Y: 0.2, W: 0.2, H: 0.2}},
		{Label: "b", Rect: edit.Rect{X: 0.8, Y: 0.8, W: 0.1, H: 0.1}}}
	for _, c := range [][3]float64{{0.3, 0.3, 0}, {0.5, 0.3, 0.1}, {0.17, 0.16, 0.05}, {0.3, 0.9, 0.5}} {
		if got := distance(boxes, "a", c[0], c[1]); math.Abs(got-c[2]) > 1e-9 {
			t.Errorf("from %v, %v it is %v, want %v", c[0], c[1], got, c[2])
		}
	}
	if !math.IsInf(distance(boxes, "c", 0, 0), 1) {
		t.Error("a label without boxes is near")
	}
	h := &inference.Heatmap{Width: 4, Height: 4, Values: make([]float32, 16), X1: 1, Y1: 1}
	h.Values[5] = 1 // the cell 0.25 to 0.5 both ways
	if !touches(h, boxes, "a") || touches(h, boxes, "b") {
		t.Error("a cell touches the wrong box")
	}
}

func TestPanicsOfPiecesAreErrors(t *testing.T) {
	var p *parallel.Panic
	err := each(t.Context(), 20, func(i int) error {
		if i == 7 {
			panic("on purpose")
		}
		return nil
	}, func(int, int) {})
	if !errors.As(err, &p) || p.Value != "on purpose" {
		t.Errorf("%v", err)
	}
}
