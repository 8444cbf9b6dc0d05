package hilum_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangelogIsJoined: entries come by heading, go under the version, and are gone from
// the folder then; what was released before stays.
func TestChangelogIsJoined(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"scripts/changelog.sh":            readText(t, "scripts/changelog.sh"),
		"CHANGELOG.md":                    "# Changelog\n\nHow.\n\n## 1.1.0, 2026-01-01\n\n- old\n",
		"changelog/unreleased/a.md":       "### Fixed\n- a fault\n  of two lines\n",
		"changelog/unreleased/b.md":       "- a change\n",
		"changelog/unreleased/.gitignore": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(dir, "scripts", "changelog.sh")
	want := "### Changed\n- a change\n\n### Fixed\n- a fault\n  of two lines\n\n"
	if out, err := exec.Command("sh", script).Output(); err != nil || string(out) != want {
		t.Fatalf("%v, %q", err, out)
	}
	if err := exec.Command("sh", script, "next").Run(); err == nil {
		t.Error("a word is taken for a version")
	}
	if out, err := exec.Command("sh", script, "1.2.0").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := readText(t, filepath.Join(dir, "CHANGELOG.md"))
	head, rest, ok := strings.Cut(got, "## 1.2.0, ")
	if !ok || head != "# Changelog\n\nHow.\n\n" || !strings.Contains(rest, want) ||
		!strings.HasSuffix(rest, "## 1.1.0, 2026-01-01\n\n- old\n") {
		t.Errorf("%q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "changelog", "unreleased", "*.md")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if err := exec.Command("sh", script, "1.3.0").Run(); err == nil {
		t.Error("a version without entries is made")
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
