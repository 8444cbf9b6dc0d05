package training

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/inference/calib"
)

// What Validate wrote is read back to the same JSON, with its classes in the
// order of the release.
func TestReportIsReadBack(t *testing.T) {
	dir := t.TempDir()
	first, err := Validate{Config: ValidateConfig{Scores: peerScores, Compare: peerScores, Rounds: 20, Out: dir}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenReport(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Errorf("written:\n%s\nread:\n%s", a, b)
	}
	place := func(name string) int {
		return slices.IndexFunc(again.Classes, func(c ClassReport) bool { return c.Name == name })
	}
	if len(again.Classes) != len(first.Classes) || place("Effusion") > place("Mass") {
		t.Errorf("%d of %d classes, Effusion at %d, Mass at %d", len(again.Classes), len(first.Classes), place("Effusion"), place("Mass"))
	}
}

func TestReportRefusals(t *testing.T) {
	for name, text := range map[string]string{"broken": `{"classes": {`, "no figures": `{"classes": {"Mass": null}}`, "a word for a figure": `{"macro": {"auroc": "high"}}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "report.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenReport(dir); err == nil || !strings.Contains(err.Error(), "report.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenReport(t.TempDir()); err == nil {
		t.Error("a folder without a report was read")
	}
}

func TestTrainEventsRoundTrip(t *testing.T) {
	for _, e := range []TrainEvent{
		{Plan: &TrainPlan{Recipe: "head", Classes: []string{"Mass"}, Positive: []int{3}, Steps: 7}},
		{Step: &TrainStep{Epoch: 2, Step: 9, Loss: 0.25, Left: 3 * time.Second}},
		{Epoch: &TrainEpoch{Epoch: 1, TrainLoss: 0.5, ValLoss: 0.75, AUROC: 0.625, ByClass: []ClassAUROC{{"Mass", 0.5}}, Best: true, BestEpoch: 1}},
		{Done: &TrainDone{BestEpoch: 1, AUROC: 0.5, Model: "model.onnx"}},
	} {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back TrainEvent
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(e, back) {
			t.Errorf("%s is read as %+v, %v", data, back, err)
		}
	}
	var undefined TrainEvent
	if err := json.Unmarshal([]byte(`{"event": "epoch", "val_auroc": null}`), &undefined); err != nil || !math.IsNaN(float64(undefined.Epoch.AUROC)) {
		t.Errorf("an undefined figure: %+v, %v", undefined, err)
	}
	for _, bad := range []string{`{}`, `{"event": "party"}`, `[]`, `{"event": "step", "loss": "low"}`} {
		if err := json.Unmarshal([]byte(bad), &undefined); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestMistakes(t *testing.T) {
	s := &ScoreTable{Rows: 4, Classes: []ClassScores{
		{Name: "Mass", Row: []int32{0, 1, 2, 3}, Score: []float64{0.9, 0.1, 0.6, 0.2}, Positive: []bool{false, true, true, false}},
		{Name: "Edema", Row: []int32{0}, Score: []float64{0.9}, Positive: []bool{false}},
	}}
	c := &calib.Calibration{Classes: []calib.Class{{Name: "Mass", Threshold: 0.5}, {Name: "Edema", Threshold: 0.5, NoValid: "too few"}}}
	got := s.Mistakes(c, 9)
	// By hand: row 0 is called at (0.9-0.5)/0.5 = +0.8, row 1 missed at (0.1-0.5)/0.5 = -0.8.
	if len(got) != 2 || got[0].Row != 0 || got[0].Missed || got[1].Row != 1 || !got[1].Missed {
		t.Fatalf("%+v", got)
	}
	if math.Abs(got[0].Margin-0.8) > 1e-12 || math.Abs(got[1].Margin+0.8) > 1e-12 {
		t.Errorf("margins %v and %v", got[0].Margin, got[1].Margin)
	}
	if n := len(s.Mistakes(c, 1)); n != 1 {
		t.Errorf("%d mistakes where 1 was wanted", n)
	}
}

// One class by hand, the others by the policy of all; hashes and part as told.
func TestCalibrateByClass(t *testing.T) {
	c := CalibrateConfig{Calibrator: "platt", Policy: "f1", Split: "val", ModelSHA256: "ab", PrepSHA256: "cd", Rounds: 50,
		ByClass: map[string]ClassChoice{"Effusion": {Calibrator: "none", Policy: "fixed=0.375"}}}
	one := calibrate(t, c).Calibration
	all := calibrate(t, CalibrateConfig{Calibrator: "platt", Policy: "f1", Rounds: 50}).Calibration
	k := classOf(t, one, "Effusion")
	if k.Threshold != 0.375 || k.Calibrator != nil || k.CI != nil || k.Policy != "fixed=0.375" {
		t.Errorf("the class set by hand is %+v", k)
	}
	if a, b := classOf(t, one, "Mass"), classOf(t, all, "Mass"); !reflect.DeepEqual(a, b) {
		t.Errorf("another class changed from %+v to %+v", b, a)
	}
	if one.Split != "val" || one.ModelSHA256 != "ab" || one.PrepSHA256 != "cd" {
		t.Errorf("heading %q %q %q", one.Split, one.ModelSHA256, one.PrepSHA256)
	}
	for _, bad := range []ClassChoice{{Calibrator: "magic"}, {Policy: "fixed=2"}} {
		c.ByClass = map[string]ClassChoice{"Mass": bad}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), "Mass") && !strings.Contains(err.Error(), "policy") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
