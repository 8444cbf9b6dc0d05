package training

import (
	"fmt"
	"strings"
	"testing"

	"hilum/inference/calib"
)

// fewTable writes films of patients, alternately without and with the finding.
func fewTable(t *testing.T, films, patients int, score func(i int) float64) string {
	t.Helper()
	text := "patient_id,prob_A,y_A\n"
	for i := range films {
		text += fmt.Sprintf("%d,%v,%d\n", i*patients/films, score(i), i%2)
	}
	return put(t, t.TempDir(), "s.csv", text)
}

// No interval of sampling has a width of zero: shares have Wilson's by patients
// (held against scipy in package calib), figures of ranking have none, and the
// report says why.
func TestNoIntervalIsWithoutWidth(t *testing.T) {
	right := func(i int) float64 { return .2 + .6*float64(i%2) + float64(i%5)/100 }
	wrong := func(i int) float64 { return float64((i*7)%10) / 10 }
	for name, c := range map[string]struct {
		films, patients int
		score           func(int) float64
		why             string
	}{
		"two films": {2, 2, right, "too few patients"}, "four films": {4, 4, right, "too few patients"}, "one patient": {40, 1, wrong, "too few patients"}, "no error": {40, 40, right, "every draw"}, "one score": {40, 40, func(int) float64 { return .7 }, "every draw"}, "three patients": {30, 3, right, "too few"},
	} {
		r, err := Validate{Config: ValidateConfig{Scores: fewTable(t, c.films, c.patients, c.score), Rounds: 100}}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		k := r.Classes[0]
		for key, ci := range map[string]*Range{"auroc": k.AUROCCI, "delong": k.AUROCDeLong, "auprc": k.AUPRCCI, "macro": r.Macro.AUROCCI, "macro auprc": r.Macro.AUPRCCI} {
			if ci != nil && !(ci[1]-ci[0] > .005) {
				t.Errorf("%s: %s is %v", name, key, ci)
			}
		}
		for key, ci := range map[string]*Range{"f1": k.F1CI, "sensitivity": k.SensitivityCI, "specificity": k.SpecificityCI} {
			if ci == nil || !(ci[1]-ci[0] > .05) || ci[0] < 0 || ci[1] > 1 {
				t.Errorf("%s: %s is %v", name, key, ci)
			}
		}
		if k.AUROCCI != nil || !strings.Contains(k.NoInterval["auroc_ci"], c.why) || !strings.Contains(strings.Join(r.Notes, "\n"), "The AUROC of A has no interval") {
			t.Errorf("%s: %v, %v, %q", name, k.AUROCCI, k.NoInterval, r.Notes)
		}
		if s := strings.Contains(strings.Join(r.Notes, "\n"), "same score"); s != (name == "one score") {
			t.Errorf("%s: %q", name, r.Notes)
		}
	}
	one := calib.WilsonShare(1, 20)
	r, err := Validate{Config: ValidateConfig{Scores: fewTable(t, 40, 40, right), Rounds: 50}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := *r.Classes[0].SensitivityCI; got != (Range{one.Lo, one.Hi}) {
		t.Errorf("20 of 20 patients: %v, Wilson's is %v", got, one)
	}
}

// With a prevalence all figures of a row stand at it, before and after; held
// against scikit-learn in package calib.
func TestOneBasisARow(t *testing.T) {
	text := "patient_id,logit_A,y_A,logit_B,y_B\n"
	for i := range 60 {
		y := 0
		if float64((7*i)%10) < float64(i)/8 {
			y = 1
		}
		z := float64(i)/10 - 3
		text += fmt.Sprintf("%d,%v,%d,%v,%d\n", i, z, y, z, y)
	}
	scores := put(t, t.TempDir(), "s.csv", text)
	c := CalibrateConfig{Scores: scores, Calibrator: "none", Policy: "fixed=0.1", Prevalence: put(t, t.TempDir(), "p.csv", "A;5%\n")}
	r, err := Calibrate{Config: c}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, b := r.Classes[0], r.Classes[1]
	near(t, "log loss before", float64(a.LogLossBefore), 0.67434520648606, 1e-12)
	near(t, "log loss after", float64(a.LogLossAfter), 0.210908048451199, 1e-12)
	near(t, "ECE after", float64(a.ECEAfter), 0.0616913921178368, 1e-12)
	near(t, "F1", r.Calibration.Classes[0].Metrics.F1, 0.18944, 1e-12)
	near(t, "log loss of a class without", float64(b.LogLossAfter), 0.621221154623247, 1e-12)
	if a.Prevalence != .05 || !a.Weighted || b.Weighted || b.Prevalence != Figure(23.0/60) || !strings.Contains(strings.Join(r.Notes, "\n"), "stands at that prevalence") {
		t.Errorf("%+v %+v %q", a, b, r.Notes)
	}
}

// The second training of a folder is refused while the first is at work, resumed or
// not, and leaves its files alone.
func TestOneTrainingAFolder(t *testing.T) {
	e := openEngine(t)
	c := headRun(t, drawFilms(t, 32))
	c.Recipe.Epochs = 2
	tried := false
	j := Train{Config: c, Engine: e}
	j.OnEvent = func(event TrainEvent) {
		if event.Epoch == nil || tried {
			return
		}
		tried = true
		for _, resume := range []bool{false, true} {
			second := Train{Config: c, Engine: e}
			second.Config.Resume, second.Config.Seed = resume, 2
			if _, err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in use by another program") {
				t.Errorf("a second training, resume %v: %v", resume, err)
			}
		}
		if _, err := (Train{Config: c, Engine: e}).FindRate(t.Context()); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("a range test beside it: %v", err)
		}
	}
	mustTrain(t, j)
	if !tried {
		t.Error("nothing was tried")
	}
}

// An estimate reads the films and counts those that it could read.
func TestAnEstimateCountsReadableFilms(t *testing.T) {
	e := openEngine(t)
	table := drawFilms(t, 48)
	all, err := Train{Config: headRun(t, table), Engine: e}.Estimate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bad := put(t, strings.TrimSuffix(table, "/films.csv"), "film001.png", "\x89PNG\r\n\x1a\nand nothing")
	c := headRun(t, table)
	c.Recipe.Batch = 2 // the trial takes a few of the films only
	less, err := Train{Config: c, Engine: e}.Estimate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if less.Plan.Train+less.Plan.Validate != all.Plan.Train+all.Plan.Validate-1 || len(less.Plan.Unreadable) != 1 || less.Plan.Unreadable[0].Path != bad {
		t.Errorf("%d and %d films, unreadable %v; before %d and %d", less.Plan.Train, less.Plan.Validate, less.Plan.Unreadable, all.Plan.Train, all.Plan.Validate)
	}
	if less.Plan.Train < all.Plan.Train && less.Plan.Positive[0] != all.Plan.Positive[0]-1 {
		t.Errorf("positive %v, before %v", less.Plan.Positive, all.Plan.Positive)
	}
}
