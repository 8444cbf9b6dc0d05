package evaluate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hilum/training/report"
)

// What Validate wrote is read back to the same JSON, with its classes in the
// order of the release.
func TestReportIsReadBack(t *testing.T) {
	dir := t.TempDir()
	first, err := Validate{Config: ValidateConfig{Scores: peerScores, Compare: peerScores, Rounds: 20,
		Out: dir}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := report.Open(dir)
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
		return slices.IndexFunc(again.Classes, func(c report.Class) bool { return c.Name == name })
	}
	if len(again.Classes) != len(first.Classes) || place("Effusion") > place("Mass") {
		t.Errorf("%d of %d classes, Effusion at %d, Mass at %d", len(again.Classes), len(first.Classes),
			place("Effusion"),
			place("Mass"))
	}
}

func TestReportRefusals(t *testing.T) {
	for name, text := range map[string]string{"broken": `{"classes": {`, "no figures": `{"classes": {"Mass": null}}`,
		"a word for a figure": `{"macro": {"auroc": "high"}}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "report.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Open(dir); err == nil || !strings.Contains(err.Error(), "report.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := report.Open(t.TempDir()); err == nil {
		t.Error("a folder without a report was read")
	}
}

// One class by hand, the others by the policy of all; hashes and part as told.
func TestCalibrateByClass(t *testing.T) {
	c := CalibrateConfig{Calibrator: "platt", Policy: "f1", Split: "val", ModelSHA256: "ab", PrepSHA256: "cd",
		Rounds:  50,
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
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), "Mass") &&
			!strings.Contains(err.Error(), "policy") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
