package calib

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// reference.json is made by testdata/peers/calib_reference.py with
// scikit-learn, scipy and netcal.
type reference struct {
	Synthetic struct {
		A, B   []float64
		Y      []int
		DeLong struct{ AUC, Variance, Z float64 }
		Fits   struct {
			Temperature float64
			Platt, Beta []float64
			IsotonicAt  []float64 `json:"isotonic_at"`
			Isotonic    []float64
		}
		Figures     figures
		Values      []float64
		Percentiles [2]float64
	}
	Scores map[string]struct {
		figures
		Platt    []float64
		Variance float64
		N        int
	}
}

type figures struct {
	AUROC, AUPRC, Brier, LogLoss, ECE float64
	F1Max                             float64 `json:"f1_max"`
}

func loadReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func bools(y []int) []bool {
	out := make([]bool, len(y))
	for i, v := range y {
		out[i] = v == 1
	}
	return out
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, the reference says %.12g", what, got, want)
	}
}

// checkFigures compares with scikit-learn and netcal; 1e-9 covers the order of
// summation.
func checkFigures(t *testing.T, name string, p []float64, y []bool, want figures) {
	t.Helper()
	r, err := NewRanking(p, y)
	if err != nil {
		t.Fatal(err)
	}
	tally := r.Tally(nil, nil)
	near(t, name+" AUROC", tally.AUROC(), want.AUROC, 1e-9)
	near(t, name+" average precision", tally.AveragePrecision(), want.AUPRC, 1e-9)
	near(t, name+" Brier", Brier(p, y), want.Brier, 1e-9)
	near(t, name+" log loss", LogLoss(p, y), want.LogLoss, 1e-9)
	bins, err := Bins(p, y, 15, false)
	if err != nil {
		t.Fatal(err)
	}
	near(t, name+" ECE", ECE(bins), want.ECE, 1e-9)
	threshold, err := tally.Threshold(Policy{Kind: F1Max})
	if err != nil {
		t.Fatal(err)
	}
	near(t, name+" largest F1", tally.At(threshold).F1(), want.F1Max, 1e-12)
}

func TestFiguresAgainstPeers(t *testing.T) {
	s := loadReference(t).Synthetic
	p := make([]float64, len(s.A))
	for i, l := range s.A {
		p[i] = Sigmoid(l)
	}
	checkFigures(t, "synthetic", p, bools(s.Y), s.Figures)
	ci, ok := Percentiles(s.Values, 0.95)
	if !ok {
		t.Fatal("no percentiles")
	}
	near(t, "2.5th percentile", ci.Lo, s.Percentiles[0], 1e-12)
	near(t, "97.5th percentile", ci.Hi, s.Percentiles[1], 1e-12)
}

// DeLong against the covariance over all pairs of the 1988 paper.
func TestDeLongAgainstAllPairs(t *testing.T) {
	s := loadReference(t).Synthetic
	y := bools(s.Y)
	auc, v, err := DeLong(s.A, y)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "AUROC", auc, s.DeLong.AUC, 1e-12)
	near(t, "variance", v, s.DeLong.Variance, 1e-12)
	paired, err := DeLongPaired(s.A, s.B, y)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "z", paired.Z, s.DeLong.Z, 1e-8)
	if same, err := DeLongPaired(s.A, s.A, y); err != nil || same.Z != 0 || same.P != 1 {
		t.Errorf("a model against itself: %+v, %v; want z 0 and p 1", same, err)
	}
}

// Fits against scipy's BFGS and scikit-learn; 1e-5 is what those converge to.
func TestFitsAgainstPeers(t *testing.T) {
	s := loadReference(t).Synthetic
	y := bools(s.Y)
	fit := func(kind string) Calibrator {
		c, err := Calibrators().Fit(kind, s.A, y)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	near(t, "temperature", fit(KindTemperature).(Temperature).T, s.Fits.Temperature, 1e-5)
	platt := fit(KindPlatt).(Platt)
	near(t, "Platt a", platt.A, s.Fits.Platt[0], 1e-5)
	near(t, "Platt b", platt.B, s.Fits.Platt[1], 1e-5)
	beta := fit(KindBeta).(Beta)
	near(t, "beta a", beta.A, s.Fits.Beta[0], 1e-4)
	near(t, "beta b", beta.B, s.Fits.Beta[1], 1e-4)
	near(t, "beta c", beta.C, s.Fits.Beta[2], 1e-4)
	iso := fit(KindIsotonic)
	for i, x := range s.Fits.IsotonicAt {
		near(t, "isotonic at "+strconv.FormatFloat(x, 'g', -1, 64), iso.Probability(x), s.Fits.Isotonic[i], 1e-12)
	}
}

// The published network's scores of 11,205 films, where they are at hand: all
// 14 classes against scikit-learn, scipy and netcal.
func TestFiguresOnPublishedScores(t *testing.T) {
	folder := os.Getenv("HILUM_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(folder, "scores", "densenet121_nih.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the table of published scores is not here; set HILUM_TEST_DATA to its folder")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for class, want := range loadReference(t).Scores {
		p, y := scoreColumn(t, rows, class)
		if len(p) != want.N {
			t.Fatalf("%s: %d films, want %d", class, len(p), want.N)
		}
		checkFigures(t, class, p, y, want.figures)
		checkPlatt(t, class, p, y, want.Platt)
		_, v, err := DeLong(p, y)
		if err != nil {
			t.Fatal(err)
		}
		near(t, class+" DeLong variance", v, want.Variance, 1e-12)
	}
}

// checkPlatt allows what BFGS leaves: a probability within 1e-5 everywhere.
func checkPlatt(t *testing.T, class string, p []float64, y []bool, want []float64) {
	t.Helper()
	logits := make([]float64, len(p))
	for i, v := range p {
		logits[i] = Logit(v)
	}
	c, err := Calibrators().Fit(KindPlatt, logits, y)
	if err != nil {
		t.Fatal(err)
	}
	ref := Platt{want[0], want[1]}
	for l := -12.0; l < 6; l += 0.5 {
		near(t, class+" Platt", c.Probability(l), ref.Probability(l), 1e-5)
	}
}

func scoreColumn(t *testing.T, rows [][]string, class string) (p []float64, y []bool) {
	t.Helper()
	var prob, label int
	for i, h := range rows[0] {
		switch h {
		case "prob_" + class:
			prob = i
		case "y_" + class:
			label = i
		}
	}
	for _, r := range rows[1:] {
		if r[label] == "" || r[prob] == "" {
			continue
		}
		v, err := strconv.ParseFloat(r[prob], 64)
		if err != nil {
			t.Fatal(err)
		}
		p, y = append(p, v), append(y, r[label] == "1")
	}
	return p, y
}
