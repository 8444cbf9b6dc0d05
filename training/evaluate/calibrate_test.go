package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference/calib"
	"hilum/training"
	"hilum/training/internal/fixture"
	"hilum/training/report"
	"hilum/training/scores"
)

func calibrate(t *testing.T, c CalibrateConfig) *CalibrateReport {
	t.Helper()
	if c.Scores == "" {
		c.Scores = peerScores
	}
	r, err := Calibrate{Config: c}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func classOf(t *testing.T, c *calib.Calibration, name string) calib.Class {
	t.Helper()
	for _, k := range c.Classes {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no class %s", name)
	return calib.Class{}
}

// The largest F1 of scikit-learn's precision-recall curve within 1e-9, judged on
// the very scores of the table, and the thresholds of a grid search with numpy.
func TestCalibrateReachesTheLargestF1(t *testing.T) {
	want := loadPeer(t)
	out := filepath.Join(t.TempDir(), "thresholds.json")
	calibrate(t, CalibrateConfig{Calibrator: "none", Policy: "f1", Out: out})
	judged, err := Validate{Config: ValidateConfig{Scores: peerScores, Thresholds: out}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !judged.SameData || !strings.Contains(strings.Join(judged.Notes, "\n"), "fitted on this very table") {
		t.Errorf("the report does not say that the data are the same: %v", judged.Notes)
	}
	grid := calibrate(t, CalibrateConfig{Calibrator: "none", Policy: "f1", Grid: 0.01})
	for _, k := range judged.Classes {
		w := want.Classes[k.Name]
		if min(w.Positive, w.Negative) < calib.FewestEvents || k.Name == "Fibrosis" { // whose films all have one score
			continue
		}
		near(t, k.Name+" F1", float64(k.F1), w.F1Max, 1e-9)
		near(t, k.Name+" grid threshold", classOf(t, grid.Calibration, k.Name).Threshold, w.Grid, 1e-12)
	}
	if grid.Calibration.Method != "f1 on a grid of 0.01" {
		t.Errorf("method %q", grid.Calibration.Method)
	}
}

// Probabilities against scikit-learn's _SigmoidCalibration and
// IsotonicRegression, and netcal's TemperatureScaling and BetaCalibration.
// scikit-learn stops its search at a gradient of 1e-6 and netcal sooner, hence
// the tolerances.
func TestCalibratorsAgainstPeers(t *testing.T) {
	for name, want := range loadPeer(t).Fits {
		for kind, w := range map[string]struct {
			p         []float64
			tolerance float64
		}{
			"platt": {want.Platt, 1e-5}, "isotonic": {want.Isotonic, 1e-12}, "temperature": {want.Temperature, 1e-4},
			"beta": {want.Beta, 1e-3},
		} {
			c := classOf(t, calibrate(t, CalibrateConfig{Calibrator: kind, Policy: "f1"}).Calibration, name).Calibrator
			worst := 0.0
			for i, l := range want.At {
				worst = max(worst, math.Abs(c.Probability(l)-w.p[i]))
			}
			t.Logf("%s %s: %.1e", name, kind, worst)
			if !(worst <= w.tolerance) {
				t.Errorf("%s %s differs by %v from the peer", name, kind, worst)
			}
		}
	}
}

// Nine events and one outcome are refused, the parent's numbers stay, and the
// file says why; ten are taken with a warning.
func TestTooFewEventsKeepTheParent(t *testing.T) {
	parent := &calib.Calibration{Method: "youden", ModelSHA256: "ab", PrepSHA256: "cd"}
	for _, name := range peerNames(t) {
		parent.Classes = append(parent.Classes,
			calib.Class{Name: name, Threshold: 0.42, Calibrator: calib.Platt{A: 2, B: 1},
				Policy: "youden"})
	}
	path := filepath.Join(t.TempDir(), "parent.json")
	if err := parent.Save(path); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "thresholds.json")
	r := calibrate(t, CalibrateConfig{Calibrator: "platt", Policy: "f1", Parent: path, Rounds: 50, Out: out})
	got, err := calib.Load(out, peerNames(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Gout", "Edema"} {
		k := classOf(t, got, name)
		if k.Threshold != 0.42 || k.Calibrator != (calib.Platt{A: 2, B: 1}) || k.Policy != "youden" ||
			!strings.Contains(k.NoValid, "at least 10") {
			t.Errorf("%s became %+v", name, k)
		}
	}
	h := classOf(t, got, "Hernia")
	if h.NoValid != "" || h.Threshold == 0.42 || h.CI == nil || h.Counts.Positive != 10 || h.Policy != "f1" {
		t.Errorf("Hernia with ten events became %+v", h)
	}
	// Constant scores separate nothing: any threshold would call all films alike.
	if k := classOf(t, got, "Fibrosis"); k.Threshold != 0.42 || k.NoValid != calib.ErrConstant.Error() {
		t.Errorf("Fibrosis became %+v", k)
	}
	if got.ModelSHA256 != "ab" || got.PrepSHA256 != "cd" || got.DataSHA256 == "" || got.Date.IsZero() ||
		got.Method != "f1" {
		t.Errorf("heading %+v", got)
	}
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{"on the films it was fitted on", "Gout keeps the threshold 0.42",
		"Hernia has only 10"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes lack %q:\n%s", want, notes)
		}
	}
	lone := calibrate(t, CalibrateConfig{Calibrator: "none", Policy: "f1"})
	if k := classOf(t, lone.Calibration, "Gout"); k.Threshold != calib.DefaultThreshold || k.NoValid == "" {
		t.Errorf("Gout without a parent became %+v", k)
	}
}

// A reader of the old form finds its three keys as it knew them.
func TestWrittenFileLoadsInTheOldReader(t *testing.T) {
	out := filepath.Join(t.TempDir(), "thresholds.json")
	calibrate(t, CalibrateConfig{Calibrator: "auto", Policy: "youden", Out: out})
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var old struct {
		Metadata struct {
			Method, Split string
			NumClasses    int `json:"num_classes"`
		}
		Thresholds map[string]float64
		Metrics    map[string]struct{ F1, Precision, Recall float64 }
	}
	if err := json.Unmarshal(data, &old); err != nil {
		t.Fatal(err)
	}
	if old.Metadata.NumClasses != 7 || old.Metadata.Method != "youden" || len(old.Thresholds) != 7 ||
		!(old.Metrics["Mass"].Recall > 0.5) {
		t.Errorf("%+v", old)
	}
}

// Every policy keeps its promise on the table, by scikit-learn's counts through
// Validate; cost against all other operating points.
func TestPoliciesOnATable(t *testing.T) {
	for policy, holds := range map[string]func(report.Class) bool{
		"sensitivity=0.9": func(c report.Class) bool { return c.Sensitivity >= 0.9 },
		"specificity=0.9": func(c report.Class) bool { return c.Specificity >= 0.9 },
		"ppv=0.5":         func(c report.Class) bool { return c.PPV >= 0.5 },
		"cost=5:1":        func(c report.Class) bool { return 5*c.FN+c.FP <= min(5*c.Positive, c.Negative) },
	} {
		for _, kind := range []string{"none", "platt", "isotonic"} {
			out := filepath.Join(t.TempDir(), "thresholds.json")
			calibrate(t, CalibrateConfig{Calibrator: kind, Policy: policy, Out: out})
			r, err := Validate{Config: ValidateConfig{Scores: peerScores, Thresholds: out}}.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range r.Classes {
				if c.ThresholdNote == "" && !holds(c) {
					t.Errorf("%s with %s: %s has %+v", policy, kind, c.Name, c)
				}
			}
		}
	}
}

func TestPrevalenceIsFoldedIntoTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.csv")
	if err := os.WriteFile(file, []byte("class,prevalence\nMass,0.05\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := classOf(t, calibrate(t, CalibrateConfig{Calibrator: "platt", Policy: "youden"}).Calibration, "Mass")
	moved := classOf(t, calibrate(t,
		CalibrateConfig{Calibrator: "platt", Policy: "youden", Prevalence: file}).Calibration,
		"Mass")
	// ln[pi'(1-pi) / (pi(1-pi'))] with pi = 130/600 and pi' = 1/20.
	shift := math.Log(0.05 * 470 / (130 * 0.95))
	a, b := plain.Calibrator.(calib.Platt), moved.Calibrator.(calib.Platt)
	near(t, "a", b.A, a.A, 1e-12)
	near(t, "b", b.B, a.B+shift, 1e-12)
	// Youden's operating point does not depend on prevalence: its logit moves along.
	near(t, "threshold", calib.Logit(moved.Threshold), calib.Logit(plain.Threshold)+shift, 0.02)
	if moved.Prevalence != 0.05 || plain.Prevalence != 0 {
		t.Errorf("recorded prevalences %v and %v", moved.Prevalence, plain.Prevalence)
	}
}

func TestBadPrevalences(t *testing.T) {
	for data, want := range map[string]string{
		"":                              "names no class",
		"{}":                            "names no class",
		`{"Mass":1}`:                    "not between 0 and 1",
		`{"Mass":"a"}`:                  "cannot unmarshal",
		"Mass,0.1\nEdema,much":          "row 2",
		"Mass,0.1,0.2":                  "row 1",
		"class,p\nMas,0.1":              `no class "Mas"`,
		strings.Repeat("x", 1<<20) + "": "row 1",
		strings.Repeat("x", 2<<20):      "too large",
	} {
		file := filepath.Join(t.TempDir(), "p")
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Calibrate{Config: CalibrateConfig{Scores: peerScores, Calibrator: "none", Policy: "f1",
			Prevalence: file}}.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%.30q: %v, want an error with %q and the file", data, err, want)
		}
	}
	p, err := scores.LoadPrevalences(fixture.Put(t, t.TempDir(), "p.json", "\ufeff{\"Mass\": 0.1}"))
	if err != nil || p["Mass"] != 0.1 {
		t.Errorf("JSON with a mark: %v, %v", p, err)
	}
}

func TestCalibrateRefuses(t *testing.T) {
	good := CalibrateConfig{Scores: peerScores, Calibrator: "none", Policy: "f1"}
	for want, change := range map[string]func(*CalibrateConfig){
		`calibrator "magic"`: func(c *CalibrateConfig) { c.Calibrator = "magic" },
		`policy "f2"`:        func(c *CalibrateConfig) { c.Policy = "f2" },
		"grid step 0.7":      func(c *CalibrateConfig) { c.Grid = 0.7 },
		"grid step NaN":      func(c *CalibrateConfig) { c.Grid = math.NaN() },
		"bootstrap rounds":   func(c *CalibrateConfig) { c.Rounds = maxRounds + 1 },
		"absent.csv":         func(c *CalibrateConfig) { c.Scores = "absent.csv" },
		"absent.json":        func(c *CalibrateConfig) { c.Parent = "absent.json" },
		"cannot write":       func(c *CalibrateConfig) { c.Out = filepath.Join("absent", "t.json") },
	} {
		c := good
		change(&c)
		if _, err := (Calibrate{Config: c}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestCalibrateStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := filepath.Join(t.TempDir(), "thresholds.json")
	j := Calibrate{Config: CalibrateConfig{Scores: peerScores, Calibrator: "none", Policy: "f1", Rounds: 100, Out: out},
		OnStep: func(training.Progress) { cancel() }}
	if _, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written: %v", err)
	}
}

// Intervals by refitting hold the threshold they are of.
func TestThresholdIntervals(t *testing.T) {
	r := calibrate(t, CalibrateConfig{Calibrator: "auto", Policy: "youden", Rounds: 300, Seed: 3})
	for _, name := range []string{"Mass", "Nodule", "Effusion"} {
		k := classOf(t, r.Calibration, name)
		if k.CI == nil || !(k.CI.Lo < k.Threshold && k.Threshold < k.CI.Hi) || k.CI.Hi-k.CI.Lo > 0.5 {
			t.Errorf("%s: threshold %v, interval %+v", name, k.Threshold, k.CI)
		}
	}
}

// 11,205 films, 14 classes, 1,000 patient bootstraps of all figures: see
// testdata/peers/metrics_bench.py for the same with numpy and scikit-learn.
func BenchmarkBootstrapPublishedScores(b *testing.B) {
	path := publishedScores(b)
	for b.Loop() {
		if _, err := (Validate{Config: ValidateConfig{Scores: path, Rounds: 1000,
			Seed: 1}}).Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
