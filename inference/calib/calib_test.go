package calib

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The formulas are those of the design (section 2); expected values by hand.
func TestMarginsFollowTheFormulas(t *testing.T) {
	for _, c := range []struct{ p, t, abs, rel, op float64 }{
		{0.71, 0.42, 0.29, 0.29 / 0.58, 1 - 0.29/(2*0.58)},
		{0.09, 0.22, -0.13, -0.13 / 0.22, 0.09 / 0.44},
		{0.5, 0.5, 0, 0, 0.5},
		{1, 0.3, 0.7, 1, 1},
		{0, 0.3, -0.3, -1, 0},
		{0, 0, 0, 0, 0.5},
		{1, 1, 0, 0, 0.5},
		{0.4, 1, -0.6, -0.6, 0.2},
	} {
		if d := math.Abs(AbsMargin(c.p, c.t) - c.abs); d > 1e-12 {
			t.Errorf("AbsMargin(%v, %v) is off by %v", c.p, c.t, d)
		}
		if d := math.Abs(RelMargin(c.p, c.t) - c.rel); d > 1e-12 {
			t.Errorf("RelMargin(%v, %v) = %v, want %v", c.p, c.t, RelMargin(c.p, c.t), c.rel)
		}
		if d := math.Abs(OperatingPoint(c.p, c.t) - c.op); d > 1e-12 {
			t.Errorf("OperatingPoint(%v, %v) = %v, want %v", c.p, c.t, OperatingPoint(c.p, c.t), c.op)
		}
	}
}

func TestProbabilityAtTheThresholdIsPositive(t *testing.T) {
	c := Calibration{Classes: []Class{{Name: "Mass", Threshold: 0.5}}}
	f, err := c.Score([]float32{0})
	if err != nil || !f[0].Positive || f[0].RelMargin != 0 {
		t.Errorf("p = t = 0.5 gives %+v, %v; want positive with margin 0", f, err)
	}
}

func TestScoreRefusesWhatIsNoScore(t *testing.T) {
	c := Default([]string{"Mass", "Nodule"})
	if _, err := c.Score([]float32{1}); err == nil {
		t.Error("one logit for two classes was accepted")
	}
	if _, err := c.Score([]float32{1, float32(math.NaN())}); err == nil || !strings.Contains(err.Error(), "Nodule") {
		t.Errorf("NaN: %v, want an error that names Nodule", err)
	}
	if _, err := c.Score([]float32{float32(math.Inf(1)), 0}); err == nil || !strings.Contains(err.Error(), "Mass") {
		t.Errorf("infinity: %v, want an error that names Mass", err)
	}
	f, err := c.Score([]float32{800, -800})
	if err != nil || f[0].Probability != 1 || f[1].Probability != 0 {
		t.Errorf("huge logits give %+v, %v; want probabilities 1 and 0", f, err)
	}
}

// Each calibrator's identity setting must equal the sigmoid, and each must rise.
func TestCalibrators(t *testing.T) {
	identity := []Calibrator{Platt{1, 0}, Temperature{1}, Beta{1, 1, 0}}
	rising := append(identity, Platt{0.4, -2}, Temperature{3}, Beta{0.2, 2, 1},
		Isotonic{[]float64{-1, 0, 2}, []float64{0.1, 0.1, 0.8}})
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		l := r.NormFloat64() * 20
		for _, c := range identity {
			if d := math.Abs(c.Probability(l) - Sigmoid(l)); d > 1e-12 {
				t.Fatalf("%s at its identity differs from the sigmoid by %v at %v", c.Kind(), d, l)
			}
		}
		for _, c := range rising {
			a, b := c.Probability(l), c.Probability(l+0.1)
			if a < 0 || b > 1 || b < a {
				t.Fatalf("%s does not rise within 0..1 at %v: %v, %v", c.Kind(), l, a, b)
			}
		}
	}
	iso := Isotonic{[]float64{-1, 1}, []float64{0.2, 0.6}}
	if iso.Probability(-9) != 0.2 || iso.Probability(9) != 0.6 || math.Abs(iso.Probability(0)-0.4) > 1e-12 {
		t.Error("isotonic does not clip outside and interpolate inside its knots")
	}
}

const seedFile = `{"metadata":{"method":"f1_max","split":"val","num_classes":2},
"thresholds":{"Mass":0.31,"Nodule":0.2},"metrics":{"Mass":{"F1":0.4,"Precision":0.3,"Recall":0.6},"Nodule":{"F1":0.2,"Precision":0.1,"Recall":0.7}}}`

func TestSeedFileLoadsAsItIs(t *testing.T) {
	c, err := Decode([]byte(seedFile), []string{"Nodule", "Mass"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Classes[0].Name != "Nodule" || c.Classes[0].Threshold != 0.2 || c.Classes[1].Metrics.Recall != 0.6 ||
		c.Method != "f1_max" {
		t.Errorf("loaded %+v", c)
	}
}

func TestFileRoundTrip(t *testing.T) {
	want := &Calibration{
		Method: "f1", Split: "val", Data: "phantoms", ModelSHA256: "ab", PrepSHA256: "cd", DataSHA256: "ef",
		Date: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		Classes: []Class{
			{Name: "Mass", Threshold: 0.25, CI: &Interval{0.2, 0.3}, Calibrator: Platt{0.9, -0.1}, Policy: "youden",
				Prevalence: 0.02, Metrics: &Metrics{0.1, 0.2, 0.3}, Counts: &Counts{12, 300}},
			{Name: "Nodule", Threshold: 0.5, Calibrator: Beta{1, 2, 0.5}, NoValid: "7 positives"},
			{Name: "Hernia", Threshold: 0.1, Calibrator: Isotonic{[]float64{-1, 2}, []float64{0, 1}}},
			{Name: "Edema", Threshold: 1, Calibrator: Temperature{2}},
		},
	}
	path := filepath.Join(t.TempDir(), "thresholds.json")
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, want.Names())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("round trip\n got %+v\nwant %+v", got, want)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".hilum-*")); len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestBadFilesGiveOneClearError(t *testing.T) {
	classes := []string{"Mass", "Nodule"}
	for name, c := range map[string]struct{ data, want string }{
		"empty":      {``, "not valid JSON"},
		"no object":  {`[]`, "cannot unmarshal"},
		"nothing":    {`{}`, `no "thresholds"`},
		"missing":    {`{"thresholds":{"Mass":0.5}}`, "no threshold for Nodule"},
		"null":       {`{"thresholds":{"Mass":0.5,"Nodule":null}}`, "no threshold for Nodule"},
		"extra":      {`{"thresholds":{"Mass":0.5,"Nodule":0.5,"Gout":0.5}}`, "Gout"},
		"NaN":        {`{"thresholds":{"Mass":NaN,"Nodule":0.5}}`, "NaN"},
		"over one":   {`{"thresholds":{"Mass":1.5,"Nodule":0.5}}`, "not within 0..1"},
		"a string":   {`{"thresholds":{"Mass":"high","Nodule":0.5}}`, "cannot unmarshal"},
		"new schema": {`{"schema":"hilum.thresholds/9","thresholds":{"Mass":0.5,"Nodule":0.5}}`, "newer"},
		"calibrator": {`{"thresholds":{"Mass":0.5,"Nodule":0.5},"calibrators":{"Mass":{"kind":"platt","a":1}}}`,
			"Mass"},
		"unknown":    {`{"thresholds":{"Mass":0.5,"Nodule":0.5},"calibrators":{"Mass":{"kind":"magic"}}}`, "magic"},
		"interval":   {`{"thresholds":{"Mass":0.5,"Nodule":0.5},"threshold_ci":{"Mass":[0.9,0.1]}}`, "interval"},
		"prevalence": {`{"thresholds":{"Mass":0.5,"Nodule":0.5},"deployment_prevalence":{"Mass":1.5}}`, "prevalence"},
		"a bad date": {`{"date":"yesterday","thresholds":{"Mass":0.5,"Nodule":0.5}}`, "date"},
		"isotonic up": {`{"thresholds":{"Mass":0.5,"Nodule":0.5},"calibrators":{"Mass":{"kind":"isotonic","x":[0,1],"y":[0.9,0.1]}}}`,
			"rising"},
	} {
		if _, err := Decode([]byte(c.data), classes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	path := filepath.Join(t.TempDir(), "t.json")
	if _, err := Load(path, classes); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("absent file: %v, want an error that names it", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(seedFile))
	f.Add(
		[]byte(`{"thresholds":{"Mass":0.5,"Nodule":0.5},"calibrators":{"Mass":{"kind":"isotonic","x":[0,1],"y":[0,1]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data, []string{"Mass", "Nodule"})
		if err != nil {
			return
		}
		if _, err := c.Encode(); err != nil {
			t.Errorf("decoded but not encoded again: %v", err)
		}
		if fs, err := c.Score([]float32{-3, 3}); err != nil || fs[0].Probability < 0 || fs[1].Probability > 1 {
			t.Errorf("decoded but does not score: %+v, %v", fs, err)
		}
	})
}

func TestSaveIntoMissingFolderSaysSo(t *testing.T) {
	err := Default([]string{"Mass"}).Save(filepath.Join(t.TempDir(), "absent", "t.json"))
	if err == nil || !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("error %v, want one that wraps not-exist", err)
	}
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		if _, isPath := err.(*os.PathError); isPath {
			return err
		}
		err = u.Unwrap()
	}
}
