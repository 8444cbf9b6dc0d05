package describe

import (
	"fmt"
	"strings"
	"testing"

	"hilum/training/internal/fixture"
)

// Table says of each kind of table what the jobs make of it.
func TestDescribeTable(t *testing.T) {
	dir := t.TempDir()
	for i := range 2 {
		fixture.Put(t, dir, fmt.Sprintf("images/f%d.png", i), "x")
	}
	for name, c := range map[string]struct{ text, kind, as string }{
		"labels":      {"Pfad;Patient;Erguss;Haus\nimages/f0.png;1;ja;Nord\n", "labels", "Effusion"},
		"scores":      {"patient_id,prob_Mass,y_Mass\n1,0.5,1\n", "scores", "Mass"},
		"boxes":       {"image,class,x,y,w,h,image_width,image_height\na.png,Mass,1,2,3,4,10,10\n", "boxes", "x"},
		"prevalences": {"Mass;0,02\n", "prevalences", "prevalence"}, "list": {"a.png\nb.png\n", "list", "path"},
	} {
		u, err := Table(t.Context(), fixture.Put(t, dir, name+".csv", c.text))
		if err != nil || u.Kind != c.kind || u.Dropped == nil || u.Warnings == nil || u.Classes == nil {
			t.Errorf("%s: %+v, %v", name, u, err)
			continue
		}
		as := ""
		for _, column := range u.Columns {
			as += column.As + " "
		}
		if !strings.Contains(as, c.as) {
			t.Errorf("%s: columns are used as %s", name, as)
		}
	}
	if _, err := Table(t.Context(), fixture.Put(t, dir, "bad.csv",
		"path,Mass\nimages/f0.png,1\nimages/f1.png,large\n")); err == nil || !strings.Contains(err.Error(), "row 3") {
		t.Errorf("a table that is refused: %v", err)
	}
}
