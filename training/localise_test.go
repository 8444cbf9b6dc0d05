package training

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
	"hilum/training/table"
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

func boxesOf(list [][4]float64, class string) []Box {
	var out []Box
	for _, b := range list {
		out = append(out, Box{class, b[0], b[1], b[2], b[3]})
	}
	return out
}

// Maps of several shapes and footprints, and priors with the patient left out,
// against numpy. A cell may fall to the other side of the level by rounding, of
// some thousands that are marked.
func TestLocaliseEqualsNumpy(t *testing.T) {
	data, err := os.ReadFile("testdata/localise.json")
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
	var films []Film
	for _, p := range r.Prior {
		films = append(films, Film{Patient: p.Patient, Boxes: boxesOf(p.Boxes, "Mass")})
	}
	l := &localiser{classes: []string{"Nodule", "Mass"}, level: DefaultLevel, prior: newBoxPrior(films, []string{"Nodule", "Mass"})}
	blank := inference.Heatmap{Width: 1, Height: 1, Values: []float32{0}, X1: 1, Y1: 1}
	for i, m := range r.Maps {
		h := inference.Heatmap{Width: m.W, Height: m.H, Values: m.Values, X0: m.Footprint[0], Y0: m.Footprint[1], X1: m.Footprint[2], Y1: m.Footprint[3]}
		l.pairs = nil
		l.add(Film{Patient: "z", Boxes: boxesOf(m.Boxes, "mass")}, []inference.Heatmap{blank, h})
		for k, name := range []string{"pointing", "IoU", "IoBB"} {
			near(t, fmt.Sprintf("map %d: %s", i, name), l.pairs[0].figures[k], m.Want[k], 1e-3)
		}
	}
	for i, f := range films {
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
	list := filepath.Join(nihFolder(t), boxList)
	boxes, err := loadBoxes(list)
	if err != nil {
		t.Fatal(err)
	}
	if len(boxes) != 984 {
		t.Fatalf("%d boxes", len(boxes))
	}
	d := &Dataset{Classes: inference.ChestXray14()}
	for _, b := range boxes {
		patient, _, _ := strings.Cut(b.image, "_")
		d.Films = append(d.Films, Film{Name: b.image, Patient: patient})
	}
	slices.SortFunc(d.Films, func(a, b Film) int { return strings.Compare(a.Name, b.Name) })
	d.Films = slices.CompactFunc(d.Films, func(a, b Film) bool { return a.Name == b.Name })
	if n := d.placeBoxes(boxes); n != 0 || len(d.Films) != 880 {
		t.Fatalf("%d boxes without a film, %d films", n, len(d.Films))
	}
	classes := inference.ChestXray14()
	prior := newBoxPrior(d.Films, classes)
	hits, of := map[string]float64{}, map[string]float64{}
	for _, f := range d.Films {
		for _, b := range f.Boxes {
			m, _ := prior.without(classIndex(classes, b.Class), f.Patient)
			x, y := m.centre()
			for _, name := range []string{b.Class, "all"} {
				hits[name] += holds([]Box{b}, x, y)
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

func nihFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HILUM_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "nih")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared data is not here: ", err)
	}
	return dir
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
	on, off := Box{"A", 0.25, 0.25, 0.25, 0.25}, Box{"A", 0.75, 0, 0.25, 0.25}
	films := []Film{
		{Patient: "p", Boxes: []Box{on}}, {Patient: "p", Boxes: []Box{off}},
		{Patient: "q", Boxes: []Box{on, {"B", 0, 0, 1, 1}}}, {Patient: "r", Boxes: []Box{{"Gout", 0, 0, 1, 1}}},
	}
	l := &localiser{classes: []string{"A", "B"}, level: 0.5, prior: newBoxPrior(films, []string{"A", "B"}), report: &LocalisationReport{}}
	for _, f := range films[:3] {
		l.add(f, []inference.Heatmap{spot(4, 1, 1), spot(4, 0, 0)})
	}
	r, err := l.finish(t.Context(), &Dataset{Films: films}, calib.Bootstrap{Rounds: 400, Seed: 1})
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
func checkLocalisationFiles(t *testing.T, r *LocalisationReport) {
	t.Helper()
	dir := t.TempDir()
	report, err := Validate{Config: ValidateConfig{Scores: peerScores, Out: dir}, Boxes: r}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(report)
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
	if a := e.Localisation.Classes["A"]; a.Pointing != float64(r.Classes[0].Pointing) || len(a.CI) != 2 || e.Localisation.Classes["B"].Prior != nil {
		t.Errorf("JSON %+v", e)
	}
	var again LocalisationReport
	if err := json.Unmarshal(mustJSON(t, r), &again); err != nil || !bytes.Equal(mustJSON(t, &again), mustJSON(t, r)) || again.Classes[0].Name != "A" {
		t.Errorf("read back: %+v, %v", again, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || !bytes.Contains(page, []byte("Class maps on boxes")) || !bytes.Contains(page, []byte("mean of classes")) {
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

// A list of a site's own, with the size of the pictures that it is in; films by
// their name in the table or by the file's.
func TestBoxesOfASite(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"sub/a.png", "b.png"} {
		put(t, dir, n, "x")
	}
	d := open(t, put(t, dir, "site.csv", "path,patient,Mass\nsub/a.png,p,1\nb.png,q,0\n"))
	list := put(t, dir, "boxes.csv", "image,class,x,y,w,h,image_width,image_height\na.png,mass,100,50,200,100,400,200\nsub/a.png,Gout,-10,0,20,200,400,200\nc.png,Mass,1,1,2,2,4,4\n")
	if err := d.ReadBoxes(list); err != nil {
		t.Fatal(err)
	}
	want := []Box{{"Mass", 0.25, 0.25, 0.5, 0.5}, {"Gout", 0, 0, 0.025, 1}}
	if !slices.Equal(d.Films[0].Boxes, want) || d.Films[1].Boxes != nil {
		t.Errorf("boxes %v and %v, want %v", d.Films[0].Boxes, d.Films[1].Boxes, want)
	}
	if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "1 rows of boxes.csv") {
		t.Errorf("notes %q", d.Notes)
	}
	if err := d.ReadBoxes(list); err != nil || len(d.Films[0].Boxes) != 2 {
		t.Errorf("read again: %v, %v", d.Films[0].Boxes, err)
	}
}

func TestBoxListsThatDoNotFit(t *testing.T) {
	const nih, own = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n", "image,class,x,y,w,h,image_width,image_height\n"
	for name, c := range map[string]struct{ list, want string }{
		"empty":   {"", "header"},
		"columns": {"image,class,x,y,w,h\na,b,1,1,1,1\n", "image_width"},
		"short":   {nih + "a.png,Mass,1,2,3\n", "row 2: it has 5 cells"},
		"number":  {nih + "a.png,Mass,1,2,3,4\na.png,Mass,1,wide,3,4\n", `row 3, column "y"`},
		"nan":     {nih + "a.png,Mass,1,2,NaN,4\n", `row 2, column "w"`},
		"outside": {nih + "a.png,Mass,2000,2,3,4\n", "nothing of the box"},
		"flat":    {nih + "a.png,Mass,1,2,0,4\n", "nothing of the box"},
		"size":    {own + "a.png,Mass,1,2,3,4,0,10\n", `column "image_width"`},
		"quote":   {nih + "\"a.png,Mass,1,2,3,4\n", "row 2"},
	} {
		if _, err := parseBoxes(strings.NewReader(c.list), table.Numbers{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	endless := strings.NewReader(nih + "\"" + strings.Repeat("x", 2*table.MaxRow))
	if _, err := parseBoxes(endless, table.Numbers{}); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("an endless row: %v", err)
	}
	d := &Dataset{}
	if err := d.ReadBoxes(filepath.Join(t.TempDir(), "none.csv")); err == nil {
		t.Error("no file, no error")
	}
}

func FuzzBoxes(f *testing.F) {
	f.Add("Image Index,Finding Label,Bbox [x,y,w,h],,,\na.png,Infiltrate,256,512,128,64\n")
	f.Add("image,class,x,y,w,h,image_width,image_height\na.png,Mass,1,2,3,4,10,10\n")
	f.Fuzz(func(t *testing.T, text string) {
		boxes, err := parseBoxes(strings.NewReader(text), table.Numbers{})
		if err != nil {
			return
		}
		for _, b := range boxes {
			if !(b.X >= 0 && b.Y >= 0 && b.W > 0 && b.H > 0 && b.X+b.W <= 1+1e-9 && b.Y+b.H <= 1+1e-9) {
				t.Errorf("box %+v is not on the picture", b)
			}
		}
	})
}
