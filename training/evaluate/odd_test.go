package evaluate

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference/calib"
	"hilum/training"
	"hilum/training/report"
	"hilum/training/scores"
)

// oddTable draws a table whose classes hold what breaks arithmetic: extreme and
// equal logits, certain probabilities, neighbours in floating point, scores that
// fall with the label, perfect separation.
func oddTable(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 7))
	kinds := map[string]func(y int) float64{
		"prob_Certain":    func(int) float64 { return float64(r.IntN(2)) },
		"prob_Tiny":       func(int) float64 { return math.Pow(10, -300*r.Float64()) },
		"prob_Neighbours": func(int) float64 { return math.Nextafter(0.1, float64(r.IntN(2))) },
		"prob_Separate":   func(y int) float64 { return 0.4*r.Float64() + 0.6*float64(y) },
		"logit_Extreme":   func(int) float64 { return (r.Float64() - 0.5) * 2 * 1e6 },
		"logit_Constant":  func(int) float64 { return -3 },
		"logit_Falling":   func(y int) float64 { return r.NormFloat64() - 4*float64(y) },
		"logit_Two":       func(y int) float64 { return float64(r.IntN(2+y)) * 1e5 },
	}
	names := slices.Sorted(maps.Keys(kinds))
	var b strings.Builder
	b.WriteString("patient_id")
	for _, name := range names {
		_, class, _ := strings.Cut(name, "_")
		fmt.Fprintf(&b, ",%s,y_%s", name, class)
	}
	for i := range 120 {
		fmt.Fprintf(&b, "\n%d", i/2)
		for _, name := range names {
			y := 0
			if r.Float64() < 0.3 {
				y = 1
			}
			fmt.Fprintf(&b, ",%v,%d", kinds[name](y), y)
		}
	}
	return b.String() + "\n"
}

// Whatever a table holds, calibration ends with a file that validates: figures
// are numbers within their bounds or undefined, and a threshold without a
// calibrator loses no F1 against every cut of the scores as they are.
func TestOddTablesCalibrateAndValidate(t *testing.T) {
	dir := t.TempDir()
	scoreFile, out := filepath.Join(dir, "s.csv"), filepath.Join(dir, "t.json")
	seeds := uint64(6)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		if err := os.WriteFile(scoreFile, []byte(oddTable(seed)), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, kind := range calib.Calibrators().Choices() {
			c := CalibrateConfig{Scores: scoreFile, Calibrator: kind, Policy: "f1", Rounds: 10, Out: out,
				Overwrite: true}
			if _, err := (Calibrate{Config: c}).Run(t.Context()); err != nil {
				t.Fatalf("%s, seed %d: %v", kind, seed, err)
			}
			r, err := Validate{Config: ValidateConfig{Scores: scoreFile, Thresholds: out, Rounds: 10}}.Run(t.Context())
			if err != nil {
				t.Fatalf("%s, seed %d: %v", kind, seed, err)
			}
			table, err := scores.Load(scoreFile)
			if err != nil {
				t.Fatal(err)
			}
			for i, k := range r.Classes {
				checkBounds(t, kind, k)
				if best := bruteF1(table.Classes[i]); kind == "none" && k.ThresholdNote == "" &&
					float64(k.F1) < best-1e-9 {
					t.Errorf("seed %d, %s: F1 %v at %v, the best is %v", seed, k.Name, float64(k.F1),
						float64(k.Threshold), best)
				}
			}
		}
	}
}

func checkBounds(t *testing.T, kind string, k report.Class) {
	t.Helper()
	for name, v := range map[string]training.Metric{"AUROC": k.AUROC, "AUPRC": k.AUPRC, "Brier": k.Brier, "ECE": k.ECE,
		"equal-mass ECE": k.ECEMass, "F1": k.F1, "threshold": k.Threshold} {
		if !(v >= 0 && v <= 1) {
			t.Errorf("%s by %s: %s is %v", k.Name, kind, name, float64(v))
		}
	}
	if !k.LogLoss.Defined() || k.LogLoss < 0 {
		t.Errorf("%s by %s: log loss %v", k.Name, kind, float64(k.LogLoss))
	}
}

// bruteF1 is the largest F1 over every score as threshold.
func bruteF1(c scores.Class) float64 {
	best := 0.0
	p := c.Probabilities(nil)
	for _, t := range p {
		var tp, called, positive float64
		for i, y := range c.Positive {
			if p[i] >= t {
				called++
			}
			if y {
				positive++
				if p[i] >= t {
					tp++
				}
			}
		}
		best = max(best, 2*tp/(called+positive))
	}
	return best
}
