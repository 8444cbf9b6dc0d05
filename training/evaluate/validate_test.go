package evaluate

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/training"
	"hilum/training/scores"
)

// peerReference is what scikit-learn and netcal say of testdata/scores.csv, see
// testdata/peers/metrics_scores.py.
type peerReference struct {
	Classes map[string]struct {
		Positive  int `json:"n_pos"`
		Negative  int `json:"n_neg"`
		Unknown   int `json:"n_unknown"`
		TP, FP    int
		FN, TN    int
		Brier     float64
		LogLoss   float64
		ECE       float64
		AUROC     *float64
		AUPRC     *float64
		DeLong    []float64
		Bootstrap []float64
		F1Max     float64 `json:"f1_max"`
		Grid      float64 `json:"grid_threshold"`
	}
	Fits  map[string]struct{ At, Platt, Isotonic, Temperature, Beta []float64 }
	Macro float64
}

const peerScores = "../testdata/scores.csv"

func loadPeer(t *testing.T) peerReference {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r peerReference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, the reference says %.12g", what, got, want)
	}
}

// thresholdsAt writes a thresholds.json of the old form, the same for all.
func thresholdsAt(t *testing.T, threshold float64, classes []string) string {
	t.Helper()
	m := map[string]float64{}
	for _, c := range classes {
		m[c] = threshold
	}
	data, err := json.Marshal(map[string]any{"metadata": map[string]any{"method": "f1_max", "split": "val",
		"num_classes": len(m)}, "thresholds": m})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "thresholds.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func peerNames(t *testing.T) []string {
	t.Helper()
	table, err := scores.Load(peerScores)
	if err != nil {
		t.Fatal(err)
	}
	return table.Names()
}

// Figures within 1e-9 of scikit-learn and netcal, the order of summation. The
// bootstrap has other draws than numpy's: its ends are within 0.02, four times
// the Monte Carlo error of 2,000 rounds at these widths.
func TestValidateAgainstPeers(t *testing.T) {
	want := loadPeer(t)
	r, err := Validate{Config: ValidateConfig{Scores: peerScores, Thresholds: thresholdsAt(t, 0.3, peerNames(t)),
		Rounds: 2000, Seed: 1}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Classes) != len(want.Classes) {
		t.Fatalf("%d classes, want %d", len(r.Classes), len(want.Classes))
	}
	for _, c := range r.Classes {
		w := want.Classes[c.Name]
		if c.Positive != w.Positive || c.Negative != w.Negative || c.Unknown != w.Unknown {
			t.Errorf("%s: %d, %d and %d films, want %+v", c.Name, c.Positive, c.Negative, c.Unknown, w)
		}
		if c.TP != w.TP || c.FP != w.FP || c.FN != w.FN || c.TN != w.TN {
			t.Errorf("%s: confusion %d %d %d %d, want %d %d %d %d", c.Name, c.TP, c.FP, c.FN, c.TN, w.TP, w.FP, w.FN,
				w.TN)
		}
		near(t, c.Name+" Brier", float64(c.Brier), w.Brier, 1e-9)
		near(t, c.Name+" log loss", float64(c.LogLoss), w.LogLoss, 1e-9)
		near(t, c.Name+" ECE", float64(c.ECE), w.ECE, 1e-9)
		if w.AUROC == nil {
			if c.AUROC.Defined() || c.AUPRC.Defined() || c.AUROCCI != nil || c.AUROCDeLong != nil {
				t.Errorf("%s has one outcome and an AUROC of %v %v", c.Name, c.AUROC, c.AUROCCI)
			}
			continue
		}
		near(t, c.Name+" AUROC", float64(c.AUROC), *w.AUROC, 1e-9)
		near(t, c.Name+" average precision", float64(c.AUPRC), *w.AUPRC, 1e-9)
		if w.DeLong[0] == w.DeLong[1] { // all scores are equal: a width of zero says nothing
			if c.AUROCDeLong != nil || c.AUROCCI != nil || c.NoInterval["auroc_ci"] == "" {
				t.Errorf("%s: intervals %v and %v, %v", c.Name, c.AUROCDeLong, c.AUROCCI, c.NoInterval)
			}
			continue
		}
		for end := range 2 {
			near(t, c.Name+" DeLong", c.AUROCDeLong[end], w.DeLong[end], 1e-9)
			near(t, c.Name+" bootstrap", c.AUROCCI[end], w.Bootstrap[end], 0.02)
		}
	}
	near(t, "macro AUROC", float64(r.Macro.AUROC), want.Macro, 1e-9)
	if r.Macro.Classes != 6 || r.Macro.AUROCCI == nil || !(r.Macro.AUROCCI[0] < want.Macro &&
		want.Macro < r.Macro.AUROCCI[1]) {
		t.Errorf("macro %+v", r.Macro)
	}
	notes := strings.Join(r.Notes, "\n")
	for _, n := range []string{"Edema has only one outcome", "left out of the mean", "Hernia has 10 positive",
		"do not say which data"} {
		if !strings.Contains(notes, n) {
			t.Errorf("the notes lack %q:\n%s", n, notes)
		}
	}
}

// The published network's scores, where they are at hand: the mean AUROC
// of scikit-learn (0.834107) within its six decimals, and bounds of its interval.
func TestValidatePublishedScores(t *testing.T) {
	path := publishedScores(t)
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	r, err := Validate{Config: ValidateConfig{Scores: path, Rounds: rounds, Seed: 1}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	near(t, "macro AUROC", float64(r.Macro.AUROC), 0.834107, 1e-6)
	if r.Rows != 11205 || r.Patients != 3073 || len(r.Classes) != 14 || r.Macro.AUROCCI[1]-r.Macro.AUROCCI[0] > 0.03 {
		t.Errorf("%d rows, %d patients, %d classes, %v", r.Rows, r.Patients, len(r.Classes), r.Macro.AUROCCI)
	}
}

func publishedScores(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("HILUM_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(folder, "scores", "densenet121_nih.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the table of published scores is not here; set HILUM_TEST_DATA to its folder")
	}
	return path
}

func TestValidateIsReproducible(t *testing.T) {
	run := func(seed uint64) []byte {
		r, err := Validate{Config: ValidateConfig{Scores: peerScores, Rounds: 50, Seed: seed}}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if a, b := run(4), run(4); !bytes.Equal(a, b) {
		t.Errorf("one seed gives\n%s\nand\n%s", a, b)
	}
	if a, b := run(4), run(5); bytes.Equal(a, b) {
		t.Error("another seed gives the same intervals")
	}
}

func TestReportFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "report")
	phases := map[string]int{}
	j := Validate{
		Config: ValidateConfig{Scores: peerScores, Rounds: 20, Seed: 1, Out: dir, PerClass: true},
		OnStep: func(s training.Progress) {
			if s.Done <= phases[s.Phase] || s.Done > s.Total {
				t.Errorf("step %+v after %d", s, phases[s.Phase])
			}
			phases[s.Phase] = s.Done
		},
	}
	if _, err := j.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if phases["bootstrap"] != 20 || phases["figures"] != 8+7 {
		t.Errorf("steps %v", phases)
	}
	pictures, _ := filepath.Glob(filepath.Join(dir, "*.png"))
	if len(pictures) != 15 {
		t.Errorf("%d pictures, want 8 and one for each of 7 classes", len(pictures))
	}
	for _, p := range pictures {
		data, _ := os.ReadFile(p)
		if _, err := png.Decode(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	checkPage(t, dir, len(pictures))
	checkTables(t, dir)
}

func checkPage(t *testing.T, dir string, pictures int) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	html := string(page)
	if n := strings.Count(html, `src="data:image/png;base64,`); n != pictures {
		t.Errorf("the page holds %d pictures of %d", n, pictures)
	}
	for _, want := range []string{inference.NotForDiagnosis, "Hernia", "Edema has only one outcome",
		"every threshold is 0.5", "20 bootstraps by patient"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	html = regexp.MustCompile(`base64,[^"]*`).ReplaceAllString(html, "")
	for _, bad := range []string{"http:", "https:", "src=\"#", "ZgotmplZ", "<no value>", "NaN"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func checkTables(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "classes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll() // refuses rows of unequal length
	if err != nil || len(rows) != 8 {
		t.Errorf("classes.csv has %d rows, %v", len(rows), err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Event   string
		Notice  string
		Classes map[string]map[string]any
		Macro   map[string]any
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if r.Event != "report" || r.Notice != inference.NotForDiagnosis || r.Macro["auroc"] == nil {
		t.Errorf("report.json is %s", data)
	}
	for _, key := range []string{"auroc", "auroc_ci", "auprc", "brier", "ece", "logloss", "threshold", "f1",
		"sensitivity",
		"specificity", "n_pos", "n_neg"} {
		if _, has := r.Classes["Edema"][key]; !has {
			t.Errorf("report.json has no %q of Edema", key)
		}
		if r.Classes["Mass"][key] == nil {
			t.Errorf("report.json has %q of Mass undefined", key)
		}
	}
	if e := r.Classes["Edema"]; e["auroc"] != nil || e["auroc_ci"] != nil || e["sensitivity"] != nil {
		t.Errorf("a class of one outcome: %v", e)
	}
}

func TestValidateStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var steps atomic.Int64
	j := Validate{Config: ValidateConfig{Scores: peerScores, Rounds: maxRounds, Seed: 1, Out: t.TempDir()},
		OnStep: func(training.Progress) {
			if steps.Add(1) == 3 {
				cancel()
			}
		}}
	if _, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
	if n := steps.Load(); n > 1000 {
		t.Errorf("%d rounds ran after the end", n)
	}
	if left, _ := os.ReadDir(j.Config.Out); len(left) > 0 {
		t.Errorf("%d files of a report that never was", len(left))
	}
}

func TestValidateRefuses(t *testing.T) {
	short := thresholdsAt(t, 0.3, []string{"Mass"})
	for name, c := range map[string]struct {
		config ValidateConfig
		want   string
	}{
		"no table":         {ValidateConfig{Scores: "absent.csv"}, "absent.csv"},
		"rounds":           {ValidateConfig{Scores: peerScores, Rounds: -1}, "-1 bootstrap rounds"},
		"other thresholds": {ValidateConfig{Scores: peerScores, Thresholds: short}, "no threshold for Nodule"},
		"a file as folder": {ValidateConfig{Scores: peerScores, Out: peerScores}, "folder of the report"},
	} {
		if _, err := (Validate{Config: c.config}).Run(t.Context()); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// Calibrated probabilities, not the scores, meet the threshold; the ranking stays.
func TestValidateUsesTheCalibrator(t *testing.T) {
	table := "patient_id,prob_Mass,y_Mass\n1,0.1,0\n2,0.2,0\n3,0.3,1\n4,0.4,1\n"
	scores := filepath.Join(t.TempDir(), "s.csv")
	if err := os.WriteFile(scores, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	// logit(0.25) = -ln 3: a shift by ln 3 puts 0.5 exactly between the outcomes.
	c := calib.Calibration{Classes: []calib.Class{{Name: "Mass", Threshold: 0.5,
		Calibrator: calib.Platt{A: 1, B: math.Log(3)}}}}
	path := filepath.Join(t.TempDir(), "t.json")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	r, err := Validate{Config: ValidateConfig{Scores: scores, Thresholds: path}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k := r.Classes[0]
	if fmt.Sprint(k.TP, k.FP, k.FN, k.TN) != "2 0 0 2" || k.AUROC != 1 || k.AUROCCI != nil {
		t.Errorf("%+v", k)
	}
	var want float64
	for i, q := range []float64{0.1, 0.2, 0.3, 0.4} {
		p := 3 * q / (3*q + 1 - q) // odds times three
		if i > 1 {
			p = 1 - p
		}
		want += p * p / 4
	}
	near(t, "Brier", float64(k.Brier), want, 1e-12)
}

func TestFiguresAsText(t *testing.T) {
	for want, f := range map[string]training.Metric{"0.123": 0.1234, "0.0016": 0.00161, "0.000": 0, "1.000": 1,
		"-": training.Metric(math.NaN()), "-0.500": -0.5, "2e-06": 2e-6} {
		if f.String() != want {
			t.Errorf("%v is written %q, want %q", float64(f), f.String(), want)
		}
	}
	if r := (&training.Range{0.1, 0.25}).String(); r != "(0.100-0.250)" {
		t.Errorf("range %q", r)
	}
	if r := (*training.Range)(nil).String(); r != "" {
		t.Errorf("no range %q", r)
	}
	data, err := json.Marshal(training.Metric(math.NaN()))
	if err != nil || string(data) != "null" {
		t.Errorf("NaN in JSON: %s, %v", data, err)
	}
}
