package hilum_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"hilum/app/export"
	"hilum/inference/calib"
	"hilum/inference/findingset"
	"hilum/inference/saliency"
	"hilum/inference/zoo"
	"hilum/training/recipe"
)

const (
	listsBegin = "<!-- lists: made by go test -run TestListsInTheReadme -update . -->\n"
	listsEnd   = "<!-- end of lists -->\n"
)

// TestListsInTheReadme: what README.md says there is to choose from is what the lists hold.
func TestListsInTheReadme(t *testing.T) {
	text := readText(t, "README.md")
	before, rest, ok := strings.Cut(text, listsBegin)
	now, after, closed := strings.Cut(rest, listsEnd)
	if !ok || !closed {
		t.Fatalf("README.md has no place for the lists: %q ... %q", listsBegin, listsEnd)
	}
	want := lists()
	if *update {
		if err := os.WriteFile("README.md", []byte(before+listsBegin+want+listsEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if now != want {
		t.Error("the lists in README.md are not those of the program; run go test -run TestListsInTheReadme -update .")
	}
}

// lists is what the program has several of.
func lists() string {
	var b strings.Builder
	b.WriteString("| maps (`--method`) | what they show |\n|---|---|\n")
	for _, m := range saliency.Methods() {
		fmt.Fprintf(&b, "| %s (`%s`) | %s %s |\n", m.Title, m.Name, m.About, m.Source)
	}
	b.WriteString("\n| exports (`--as`) | what it is |\n|---|---|\n")
	for _, f := range export.Standard() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, f.About)
	}
	b.WriteString("\n| sets of findings (`--labels`, `--findings`) | labels | how they were made |\n|---|---|---|\n")
	for _, s := range findingset.Sets() {
		fmt.Fprintf(&b, "| %s (`%s`) | %d | %s |\n", s.Title, s.Name, len(s.Labels), s.Made)
	}
	b.WriteString("\n| to choose | from |\n|---|---|\n")
	var calibrators, policies, families []string
	for _, c := range calib.Calibrators() {
		calibrators = append(calibrators, c.Name)
	}
	for _, p := range calib.Policies() {
		policies = append(policies, p.Form)
	}
	for _, f := range zoo.Families() {
		families = append(families, f.Name)
	}
	for _, row := range []struct {
		what string
		list []string
	}{
		{"calibrators (`--calibrator`)", calibrators}, {"thresholds (`--policy`)", policies},
		{"recipes (`--recipe`)", recipe.Recipes().Names()},
		{"networks to begin with (`--arch`)", zoo.Architectures().Names()}, {"networks to import", families},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", row.what, strings.Join(row.list, ", "))
	}
	return b.String()
}
