package thresholds

import (
	"math"
	"path/filepath"
	"reflect"
	"testing"

	"hilum/inference/calib"
	"hilum/training/evaluate"
	"hilum/training/scores"
)

// peerScores is a table whose figures were computed by scikit-learn, see
// training's tests.
const peerScores = "../../../training/testdata/scores.csv"

func editor(t *testing.T, c Config) *Editor {
	t.Helper()
	table, err := scores.Load(filepath.FromSlash(peerScores))
	if err != nil {
		t.Fatal(err)
	}
	if c.Calibrator == "" {
		c.Calibrator = "none"
	}
	if c.Policy == "" {
		c.Policy = "f1"
	}
	if c.ImagesPerDay == 0 {
		c.ImagesPerDay = 200
	}
	c.Methods, c.Policies = calib.Calibrators(), calib.Policies()
	return New(table, c)
}

// The editor sets the thresholds that the calibration job then writes.
func TestEditorIsTheJob(t *testing.T) {
	for _, s := range []Config{
		{Calibrator: "none", Policy: "f1"}, {Calibrator: "platt", Policy: "youden"},
		{Calibrator: "isotonic", Policy: "sensitivity=0.9"},
		{Calibrator: "beta", Policy: "cost=5:1",
			ByClass: map[string]evaluate.ClassChoice{"Effusion": {Policy: "fixed=0.25"}, "Mass": {Calibrator: "none"}}},
	} {
		b := editor(t, s)
		r, err := evaluate.Calibrate{Config: evaluate.CalibrateConfig{Scores: peerScores, Calibrator: s.Calibrator,
			Policy: s.Policy, ByClass: b.Choices()}}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range r.Calibration.Classes {
			mine := b.Class(k.Name)
			if (mine.Refused != "") != (k.NoValid != "") || mine.Refused == "" && mine.Threshold() != k.Threshold {
				t.Errorf("%s %s: %s has %v (%s), the job %v (%s)", s.Calibrator, s.Policy, k.Name, mine.Threshold(),
					mine.Refused, k.Threshold, k.NoValid)
			}
		}
	}
}

// The figures at a threshold are those of the report at that threshold.
func TestEditorAgreesWithTheReport(t *testing.T) {
	b := editor(t, Config{})
	out := filepath.Join(t.TempDir(), "thresholds.json")
	if _, err := (evaluate.Calibrate{Config: evaluate.CalibrateConfig{Scores: peerScores, Calibrator: "none",
		Policy: "f1", Out: out}}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := evaluate.Validate{Config: evaluate.ValidateConfig{Scores: peerScores, Thresholds: out, Rounds: 400,
		Seed: 3}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, c := range r.Classes {
		k := b.Class(c.Name)
		if k.Refused != "" {
			continue
		}
		compared++
		o := b.At(k)
		for _, v := range []struct {
			name      string
			got, want float64
			tolerance float64
		}{
			{"sensitivity", o.Sensitivity.Value, float64(c.Sensitivity), 1e-12},
			{"specificity", o.Specificity.Value, float64(c.Specificity), 1e-12},
			{"PPV", o.PPV.Value, float64(c.PPV),
				1e-12}, // at the films' own prevalence Bayes gives the share among the called
			{"alerts", o.AlertsPerDay.Value, 200 * float64(c.TP+c.FP) / float64(c.TP+c.FP+c.FN+c.TN), 1e-9},
		} {
			if math.Abs(v.got-v.want) > v.tolerance {
				t.Errorf("%s: %s %v, the report has %v", c.Name, v.name, v.got, v.want)
			}
		}
		// The report's interval is of other draws: both ends agree as far as 200 draws can say, ours is never narrower than Wilson's.
		if ci := c.SensitivityCI; ci != nil && (o.Sensitivity.Lo > ci[0]+0.06 || o.Sensitivity.Hi < ci[1]-0.06) {
			t.Errorf("%s: sensitivity %v\u2013%v, the report has %v", c.Name, o.Sensitivity.Lo, o.Sensitivity.Hi, *ci)
		}
		if w := calib.Wilson(c.TP, c.TP+c.FN); o.Sensitivity.Lo > w.Lo || o.Sensitivity.Hi < w.Hi {
			t.Errorf("%s: sensitivity %v\u2013%v is narrower than Wilson's %v", c.Name, o.Sensitivity.Lo,
				o.Sensitivity.Hi, w)
		}
	}
	if compared < 3 {
		t.Errorf("only %d classes were compared", compared)
	}
}

// PPV and alerts at another prevalence, by hand: of 1,000 films 20 have it.
func TestEditorAtTheSite(t *testing.T) {
	b := editor(t, Config{ImagesPerDay: 1000})
	k := b.Class("Effusion")
	if err := k.SetPrevalence(0.02); err != nil {
		t.Fatal(err)
	}
	o := b.At(k)
	hits, alarms := 20*o.Sensitivity.Value, 980*(1-o.Specificity.Value)
	if math.Abs(o.AlertsPerDay.Value-(hits+alarms)) > 1e-9 || math.Abs(o.PPV.Value-hits/(hits+alarms)) > 1e-12 {
		t.Errorf("%v alerts, PPV %v; by hand %v and %v", o.AlertsPerDay.Value, o.PPV.Value, hits+alarms,
			hits/(hits+alarms))
	}
	for _, e := range []Estimate{o.Sensitivity, o.Specificity, o.PPV, o.AlertsPerDay} {
		if !(e.Lo <= e.Value && e.Value <= e.Hi) {
			t.Errorf("%v is not within %v", e.Value, e.Interval)
		}
	}
	if want := map[string]float64{"Effusion": 0.02}; !reflect.DeepEqual(b.Prevalences(), want) {
		t.Errorf("prevalences %v", b.Prevalences())
	}
	if k.SetPrevalence(0) == nil || k.SetPrevalence(1) == nil || k.SetPrevalence(math.NaN()) == nil {
		t.Error("an impossible prevalence was taken")
	}
}

func TestEditorByHand(t *testing.T) {
	b := editor(t, Config{})
	k := b.Class("Effusion")
	k.SetThreshold(7)
	if k.Threshold() != mostThreshold || !k.ByHand() {
		t.Errorf("threshold %v, by hand %v", k.Threshold(), k.ByHand())
	}
	k.SetThreshold(0.3)
	again := editor(t, Config{ByClass: b.Choices()}).Class("Effusion")
	if again.Threshold() != 0.3 || !again.ByHand() {
		t.Errorf("opened again: %v", again.Threshold())
	}
	k.SetCalibrator("platt")
	if k.ByHand() {
		t.Error("another calibrator kept a threshold of the old scale")
	}
	if k.SetPolicy("luck") == nil {
		t.Error("a policy that is none was taken")
	}
	// Higher thresholds call fewer films.
	last := math.Inf(1)
	for _, x := range []float64{0.05, 0.2, 0.5, 0.9} {
		k.SetThreshold(x)
		if a := b.At(k).AlertsPerDay.Value; a > last {
			t.Errorf("more alerts at %v", x)
		} else {
			last = a
		}
	}
}
