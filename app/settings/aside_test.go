package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestUnreadablePreferencesAreKeptAside: the bytes are found under the name that is said,
// what could be read is in force, and a second time takes nothing of the first away.
func TestUnreadablePreferencesAreKeptAside(t *testing.T) {
	dir, today := t.TempDir(), time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	path := filepath.Join(dir, PreferencesFile)
	for i, c := range []struct{ bad, kept string }{
		{`{"text_size": 1.2, "look": "high-con`, ".unreadable-2026-11-30"},
		{`{"text_size": 1.2, "look": 7}`, ".unreadable-2026-11-30-2"},
		{``, ".unreadable-2026-11-30-3"},
	} {
		if err := os.WriteFile(path, []byte(c.bad), 0o600); err != nil {
			t.Fatal(err)
		}
		p, said := Open(dir, today)
		if got, err := os.ReadFile(path + c.kept); err != nil || string(got) != c.bad {
			t.Errorf("%q is kept as %q, %v", c.bad, got, err)
		}
		if !strings.Contains(said.String(), path+c.kept) {
			t.Errorf("said %q", said)
		}
		if want := map[bool]float64{true: 1.2, false: 1}[i == 1]; p.TextSize != want {
			t.Errorf("%q: text of size %v, want %v", c.bad, p.TextSize, want)
		}
		if again, said := Open(dir, today); !said.IsZero() || !reflect.DeepEqual(again, p) {
			t.Errorf("the next start says %q of %+v", said, again)
		}
	}
}

// TestGoodPreferencesStay: nothing is said of them, nor of none.
func TestGoodPreferencesStay(t *testing.T) {
	dir := t.TempDir()
	if _, said := Open(dir, time.Now()); !said.IsZero() {
		t.Errorf("of none: %q", said)
	}
	if err := os.WriteFile(filepath.Join(dir, PreferencesFile), []byte(`{"text_size": 1.2, "of_another_version": []}`),
		0o600); err != nil {
		t.Fatal(err)
	}
	if p, said := Open(dir, time.Now()); !said.IsZero() || p.TextSize != 1.2 {
		t.Errorf("%q, %+v", said, p)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestWhatCannotBeKeptAsideIsSaid: in a folder that must not be written to.
func TestWhatCannotBeKeptAsideIsSaid(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("nothing is forbidden to root")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, PreferencesFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, said := Open(dir, time.Now()); !strings.Contains(said.String(), "not be kept aside") {
		t.Errorf("said %q", said)
	}
}
