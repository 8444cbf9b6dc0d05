package records

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRecordsAreFoundWhereTheyLay: records that an earlier version kept in a folder
// of their own are opened there, and nowhere once one folder holds everything.
func TestRecordsAreFoundWhereTheyLay(t *testing.T) {
	former, all, system := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("HILUM_DATA", former)
	t.Setenv("HILUM_HOME", "")
	t.Setenv("XDG_DATA_HOME", system)
	path := func() string {
		t.Helper()
		p, err := DefaultPath()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if got := path(); got != filepath.Join(system, "hilum", "records.db") {
		t.Errorf("without records in the former folder: %q", got)
	}
	if err := os.WriteFile(filepath.Join(former, "records.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := path(); got != filepath.Join(former, "records.db") {
		t.Errorf("with records in the former folder: %q", got)
	}
	t.Setenv("HILUM_HOME", all)
	if got := path(); got != filepath.Join(all, "records.db") {
		t.Errorf("with one folder for everything: %q", got)
	}
}
