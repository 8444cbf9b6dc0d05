package figures

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"hilum/inference/calib"
)

// class draws n films of which about a fifth show the finding.
func class(name string, n int, seed uint64) Class {
	r := rand.New(rand.NewPCG(seed, 1))
	c := Class{Name: name, Threshold: 0.3, AUROC: 0.8, AUPRC: 0.4, Interval: &[2]float64{0.75, 0.85},
		Confusion: calib.Confusion{TP: 3, FP: 2, FN: 1, TN: 9}}
	for range n {
		y := r.Float64() < 0.2
		l := r.NormFloat64() - 1.5
		if y {
			l += 1.5
		}
		c.Score, c.Probability, c.Positive = append(c.Score, l), append(c.Probability, calib.Sigmoid(l)),
			append(c.Positive, y)
	}
	return c
}

func all() map[string]func([]Class, string) ([]byte, error) {
	return map[string]func([]Class, string) ([]byte, error){
		"ROC": ROC, "PR": PR, "AUC": AUC, "Reliability": Reliability, "Scores": Scores, "Sweep": Sweep,
		"Decision":  Decision,
		"Confusion": Confusion,
		"Page":      func(c []Class, caption string) ([]byte, error) { return Page(c[0], caption) },
	}
}

// ink counts the pixels that are not white.
func ink(t *testing.T, name string, data []byte) int {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	flat := image.NewRGBA(m.Bounds())
	draw.Draw(flat, flat.Bounds(), m, m.Bounds().Min, draw.Src)
	n := 0
	for i := 0; i < len(flat.Pix); i += 4 {
		if flat.Pix[i]&flat.Pix[i+1]&flat.Pix[i+2] != 0xff {
			n++
		}
	}
	return n
}

// Curves of films have more ink than the frame without films, and every picture
// changes with its data.
func TestPicturesShowTheData(t *testing.T) {
	empty := Class{Name: "Mass", AUROC: math.NaN(), AUPRC: math.NaN()}
	for name, paint := range all() {
		blank, err1 := paint([]Class{empty}, "Not for diagnosis.")
		full, err2 := paint([]Class{class("Mass", 400, 1)}, "Not for diagnosis.")
		other := class("Mass", 400, 2)
		other.AUROC, other.Confusion.TP = 0.7, 30
		changed, err3 := paint([]Class{other}, "Not for diagnosis.")
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Equal(full, changed) {
			t.Errorf("%s is the same for other data", name)
		}
		if a, b := ink(t, name, blank), ink(t, name, full); b < a+100 && name != "AUC" && name != "Confusion" {
			t.Errorf("%s has %d inked pixels with films and %d without", name, b, a)
		}
	}
}

// What a site's table can hold must draw: one outcome, one film, certain and
// constant probabilities, a threshold at an end, many classes.
func TestOddDataStillDraw(t *testing.T) {
	nan := math.NaN()
	odd := map[string][]Class{
		"no class": nil,
		"one film": {{Name: "A", Score: []float64{1}, Probability: []float64{0.5}, Positive: []bool{true}, AUROC: nan,
			AUPRC: nan}},
		"one outcome": {{Name: "A", Score: []float64{1, 2}, Probability: []float64{0.1, 0.2},
			Positive: []bool{false, false},
			AUROC:    nan, AUPRC: nan,
			Confusion: calib.Confusion{TN: 2}}},
		"certain": {{Name: "A", Score: []float64{0, 1, 1}, Probability: []float64{0, 1, 1},
			Positive: []bool{false, true, false}, Threshold: 1, AUROC: 0.75, AUPRC: 0.5}},
		"constant": {{Name: "A", Score: []float64{0, 0, 0}, Probability: []float64{0, 0, 0},
			Positive: []bool{false, true, false}, AUROC: 0.5, AUPRC: 0.3}},
		"tiny": {{Name: "A", Score: []float64{1e-9, 2e-9}, Probability: []float64{1e-9, 2e-9},
			Positive: []bool{false, true}, Threshold: 1e-9, AUROC: 1, AUPRC: 1}},
	}
	for i := range 23 {
		odd["many"] = append(odd["many"], class("A rather long name of a class", 30, uint64(i)))
	}
	if testing.Short() { // drawing is slow under the race detector
		odd = map[string][]Class{"no class": nil, "one outcome": odd["one outcome"], "certain": odd["certain"]}
	}
	for what, classes := range odd {
		for name, paint := range all() {
			if name == "Page" && len(classes) == 0 {
				continue
			}
			data, err := paint(classes, "")
			if err != nil {
				t.Errorf("%s of %s: %v", name, what, err)
			} else if ink(t, name, data) == 0 && len(classes) > 0 {
				t.Errorf("%s of %s is blank", name, what)
			}
		}
	}
}

// Maps on boxes draw whatever is undefined, and change with the data.
func TestLocalisationDraws(t *testing.T) {
	nan := math.NaN()
	a := []Localised{{Name: "Mass", Films: 3, Model: [3]float64{0.5, 0.2, 0.4},
		ModelInterval: [3]*[2]float64{{0.1, 0.9}, nil, {0.2, 0.6}}, Prior: [3]float64{0.1, nan, 0.3}},
		{Name: "Nodule", Model: [3]float64{nan, nan, nan}, Prior: [3]float64{nan, nan, nan}}}
	first, err1 := Localisation(a, "Not for diagnosis.")
	a[0].Model[1] = 0.3
	second, err2 := Localisation(a, "Not for diagnosis.")
	none, err3 := Localisation(nil, "Not for diagnosis.")
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, second) || ink(t, "one", first) < ink(t, "none", none)+200 {
		t.Error("the picture does not show the data")
	}
}

// curvesOf is a run that overfits.
func curvesOf(epochs int) Curves {
	c := Curves{Classes: []string{"Mass", "Nodule"}}
	for e := 1; e <= epochs; e++ {
		x := float64(e)
		c.Epochs = append(c.Epochs, CurveEpoch{e, 0.7 / x, 0.5 + 0.01*x, 0.6 + 0.05*x - 0.004*x*x,
			[]float64{0.5 + 0.03*x, math.NaN()}})
		for k := range 10 {
			c.Steps = append(c.Steps, CurveStep{x - 1 + float64(k+1)/10, 0.7 / x, 1e-3 / x})
		}
		if e <= 6 {
			c.Best = e
		}
	}
	return c
}

// A run draws before its first epoch ends, with one epoch, and with many.
func TestTrainingCurvesDraw(t *testing.T) {
	inked := 0
	for _, n := range []int{0, 1, 12} {
		data, err := Training(curvesOf(n), "Not for diagnosis.")
		if err != nil {
			t.Fatalf("%d epochs: %v", n, err)
		}
		if out := os.Getenv("HILUM_FIGURES"); out != "" && n == 12 { // to look at
			if err := os.WriteFile(out, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		now := ink(t, "curves", data)
		if now <= inked {
			t.Errorf("%d epochs have %d inked pixels, fewer had %d", n, now, inked)
		}
		inked = now
	}
	odd := Curves{Classes: []string{"A"}, Best: 3, Epochs: []CurveEpoch{{1, math.NaN(), math.Inf(1), math.NaN(), nil}},
		Steps: []CurveStep{{0.5, math.NaN(), 0}}}
	if _, err := Training(odd, ""); err != nil {
		t.Errorf("undefined figures: %v", err)
	}
	if got := wholeTicks(35); len(got) != 8 || got[1].Label != "5" {
		t.Errorf("ticks %v", got)
	}
}

// The ROC of a perfect ranking runs along the left and top edges: the corner is
// inked in the colour of the first class.
func TestPerfectROCReachesTheCorner(t *testing.T) {
	c := Class{Name: "Mass", Score: []float64{1, 2, 3, 4}, Probability: []float64{.1, .2, .8, .9},
		Positive: []bool{false, false, true, true}, AUROC: 1, AUPRC: 1}
	data, err := ROC([]Class{c}, "")
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want := palette()[0]
	left, top := -1, -1
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() * 6 / 10 {
			if same(m, x, y, want) && (left < 0 || x < left) {
				left = x
			}
			if same(m, x, y, want) && top < 0 {
				top = y
			}
		}
	}
	if left < 0 || top < 0 || !near(m, left, top, want) {
		t.Errorf("the curve starts at column %d and row %d and does not meet the corner", left, top)
	}
}

func same(m image.Image, x, y int, c color.RGBA) bool {
	r, g, b, _ := m.At(x, y).RGBA()
	return uint8(r>>8) == c.R && uint8(g>>8) == c.G && uint8(b>>8) == c.B
}

// near looks a few pixels around, for the width of the line.
func near(m image.Image, x, y int, c color.RGBA) bool {
	for dy := range 5 {
		for dx := range 5 {
			if same(m, x+dx, y+dy, c) {
				return true
			}
		}
	}
	return false
}

// The scale against its definition: linear to +-0.01, then a decade a unit.
func TestSymmetricLogarithm(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, 0.005: 0.5, 0.01: 1, 0.1: 2, 1: 3, -0.1: -2, -1: -3} {
		if got := symlog(x); math.Abs(got-want) > 1e-12 {
			t.Errorf("symlog(%v) = %v, want %v", x, got, want)
		}
		if back := unsymlog(symlog(x)); math.Abs(back-x) > 1e-12 {
			t.Errorf("%v comes back as %v", x, back)
		}
	}
	if got := (symlogScale{}).Normalize(-1, 1, 0.1); math.Abs(got-5.0/6) > 1e-12 {
		t.Errorf("0.1 lies at %v of -1..1, want 5/6", got)
	}
}
