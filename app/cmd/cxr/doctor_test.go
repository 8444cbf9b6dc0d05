package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"hilum/app/cmd/cxr/internal/machine"
)

// TestOneFolderHoldsWhatIsKept: HILUM_HOME moves choices, records, runs and models,
// and doctor says so.
func TestOneFolderHoldsWhatIsKept(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HILUM_HOME", dir)
	t.Setenv("XDG_DATA_HOME", filepath.Join(t.TempDir(), "data"))
	_, out, _ := cxr(t, "doctor", "--json")
	var r machine.DoctorReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err, out)
	}
	if r.Keeps.Preferences != dir || r.Keeps.Records != filepath.Join(dir, "records.db") || r.Keeps.Runs != dir {
		t.Errorf("it keeps %+v, not all in %s", r.Keeps, dir)
	}
}
