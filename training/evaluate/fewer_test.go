package evaluate

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/training/internal/fixture"
)

// A site labels fewer findings than the model has: the model's thresholds judge
// those, and a calibration keeps the others as they were, so that what it writes is
// a file for the whole model.
func TestATableOfFewerClassesThanTheModel(t *testing.T) {
	dir := t.TempDir()
	scores := "patient_id,prob_Mass,y_Mass\n"
	for i := range 60 {
		scores += fmt.Sprintf("P%d,%.3f,%d\n", i, float64(i*37%60+1)/62, (i*37%60+i%7)/40%2)
	}
	table := fixture.Put(t, dir, "s.csv", scores)
	thresholds := fixture.Put(t, dir, "thresholds.json", `{"thresholds": {"Edema": 0.25, "Mass": 0.375}}`)
	v := Validate{Config: ValidateConfig{Scores: table, Thresholds: thresholds}}
	if r, err := v.Run(t.Context()); err != nil || len(r.Classes) != 1 || r.Classes[0].Name != "Mass" {
		t.Fatalf("validate: %+v, %v", r, err)
	}
	out := filepath.Join(dir, "new.json")
	c := Calibrate{Config: CalibrateConfig{Scores: table, Parent: thresholds, Policy: "f1", Calibrator: "none",
		Out: out}}
	r, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "does not speak of Edema") || len(r.Classes) != 1 {
		t.Errorf("%q, %d classes", r.Notes, len(r.Classes))
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Thresholds map[string]float64 }
	if err := json.Unmarshal(data, &f); err != nil || len(f.Thresholds) != 2 || f.Thresholds["Edema"] != .25 {
		t.Errorf("%v, %v", f, err)
	}
}
