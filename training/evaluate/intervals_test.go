package evaluate

import (
	"fmt"
	"strings"
	"testing"

	"hilum/inference/calib"
	"hilum/training"
	"hilum/training/internal/fixture"
)

// fewTable writes films of patients, alternately without and with the finding.
func fewTable(t *testing.T, images, patients int, score func(i int) float64) string {
	t.Helper()
	text := "patient_id,prob_A,y_A\n"
	for i := range images {
		text += fmt.Sprintf("%d,%v,%d\n", i*patients/images, score(i), i%2)
	}
	return fixture.Put(t, t.TempDir(), "s.csv", text)
}

// No interval of sampling has a width of zero: shares have Wilson's by patients
// (held against scipy in package calib), figures of ranking have none, and the
// report says why.
func TestNoIntervalIsWithoutWidth(t *testing.T) {
	right := func(i int) float64 { return .2 + .6*float64(i%2) + float64(i%5)/100 }
	wrong := func(i int) float64 { return float64((i*7)%10) / 10 }
	for name, c := range map[string]struct {
		images, patients int
		score            func(int) float64
		why              string
	}{
		"two films": {2, 2, right, "too few patients"}, "four films": {4, 4, right, "too few patients"},
		"one patient": {40, 1, wrong, "too few patients"}, "no error": {40, 40, right, "every draw"},
		"one score":      {40, 40, func(int) float64 { return .7 }, "every draw"},
		"three patients": {30, 3, right, "too few"},
	} {
		r, err := Validate{Config: ValidateConfig{Scores: fewTable(t, c.images, c.patients, c.score),
			Rounds: 100}}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		k := r.Classes[0]
		for key, ci := range map[string]*training.Range{"auroc": k.AUROCCI, "delong": k.AUROCDeLong, "auprc": k.AUPRCCI,
			"macro": r.Macro.AUROCCI, "macro auprc": r.Macro.AUPRCCI} {
			if ci != nil && !(ci[1]-ci[0] > .005) {
				t.Errorf("%s: %s is %v", name, key, ci)
			}
		}
		for key, ci := range map[string]*training.Range{"f1": k.F1CI, "sensitivity": k.SensitivityCI,
			"specificity": k.SpecificityCI} {
			if ci == nil || !(ci[1]-ci[0] > .05) || ci[0] < 0 || ci[1] > 1 {
				t.Errorf("%s: %s is %v", name, key, ci)
			}
		}
		if k.AUROCCI != nil || !strings.Contains(k.NoInterval["auroc_ci"], c.why) ||
			!strings.Contains(strings.Join(r.Notes, "\n"), "The AUROC of A has no interval") {
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
	if got := *r.Classes[0].SensitivityCI; got != (training.Range{one.Lo, one.Hi}) {
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
	scores := fixture.Put(t, t.TempDir(), "s.csv", text)
	c := CalibrateConfig{Scores: scores, Calibrator: "none", Policy: "fixed=0.1",
		Prevalence: fixture.Put(t, t.TempDir(), "p.csv", "A;5%\n")}
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
	if a.Prevalence != .05 || !a.Weighted || b.Weighted || b.Prevalence != training.Metric(23.0/60) ||
		!strings.Contains(strings.Join(r.Notes, "\n"), "stands at that prevalence") {
		t.Errorf("%+v %+v %q", a, b, r.Notes)
	}
}
