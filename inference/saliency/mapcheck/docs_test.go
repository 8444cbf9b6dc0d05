package mapcheck_test

import (
	"os"
	"strings"
	"testing"

	"hilum/inference/saliency/mapcheck"
)

// docs/maps.md has a row for each check, with the limit of its rule.
func TestRulesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/maps.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range mapcheck.Checks() {
		_, row, found := strings.Cut(string(text), "\n| "+c.Name+" |")
		row, _, _ = strings.Cut(row, "\n")
		if !found {
			t.Errorf("no row of %s", c.Name)
		}
		for _, limit := range []string{"0.50", "0.90", "10%"} {
			if strings.Contains(c.Rule.String(), limit) && !strings.Contains(row, strings.TrimSuffix(limit, "0")) {
				t.Errorf("%s: the rule %q is not that of the page: %s", c.Name, c.Rule, row)
			}
		}
	}
}
