package evaluate

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"hilum/inference/calib"
	"hilum/training/report"
	"hilum/training/scores"
)

// groupedTable has a class whose scores are better in women, and a rival's
// table of the same films.
func groupedTable(t *testing.T) (ours, theirs string) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	head := "patient_id,sex,age,view,split,logit_Mass,y_Mass\n"
	var a, b strings.Builder
	a.WriteString(head)
	b.WriteString(head)
	for i := range 400 {
		sex, gain := "M", 0.5
		if i%2 == 0 {
			sex, gain = "female", 2.0
		}
		age := []string{"058Y", "30.0", "7", "", "unknown", "85"}[i%6]
		y := 0
		if r.Float64() < 0.4 {
			y = 1
		}
		row := "P" + strconv.Itoa(i/3) + "," + sex + "," + age + ",PA,all,"
		label := "," + strconv.Itoa(y) + "\n"
		l := r.NormFloat64() + gain*float64(y)
		a.WriteString(row + strconv.FormatFloat(l, 'g', -1, 64) + label)
		b.WriteString(row + strconv.FormatFloat(0.7*l+r.NormFloat64(), 'g', -1, 64) + label)
	}
	dir := t.TempDir()
	ours, theirs = filepath.Join(dir, "ours.csv"), filepath.Join(dir, "theirs.csv")
	for path, text := range map[string]string{ours: a.String(), theirs: b.String()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return ours, theirs
}

// A subgroup's figures are those of a table that holds only its rows.
func TestSubgroups(t *testing.T) {
	ours, _ := groupedTable(t)
	out := filepath.Join(t.TempDir(), "report")
	r, err := Validate{Config: ValidateConfig{Scores: ours, Rounds: 100, Seed: 1, Out: out}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	rows := map[string]int{}
	for _, g := range r.Subgroups {
		names = append(names, g.By+" "+g.Name)
		rows[g.By] += g.Rows
	}
	// One view only makes no subgroup; two ages in six are unknown.
	if want := []string{"sex F", "sex M", "age 0-17", "age 18-39", "age 40-59",
		"age 80 and over"}; !reflect.DeepEqual(names, want) {
		t.Fatalf("subgroups %v, want %v", names, want)
	}
	if rows["sex"] != 400 || rows["age"] != 267 {
		t.Errorf("rows %v", rows)
	}
	f, m := r.Subgroups[0], r.Subgroups[1]
	if !(f.Classes["Mass"].AUROCCI[0] > m.Classes["Mass"].AUROCCI[1]) {
		t.Errorf("women %v, men %v: the difference that was built in does not show", f.Classes["Mass"].AUROCCI,
			m.Classes["Mass"].AUROCCI)
	}
	data, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	var only strings.Builder
	for line := range strings.Lines(string(data)) {
		if !strings.Contains(line, ",M,") {
			only.WriteString(line)
		}
	}
	alone := filepath.Join(t.TempDir(), "women.csv")
	if err := os.WriteFile(alone, []byte(only.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	want, err := Validate{Config: ValidateConfig{Scores: alone}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, w := f.Classes["Mass"], want.Classes[0]
	near(t, "AUROC of women", float64(got.AUROC), float64(w.AUROC), 1e-12)
	near(t, "Brier of women", float64(got.Brier), float64(w.Brier), 1e-12)
	near(t, "sensitivity of women", float64(got.Sensitivity), float64(w.Sensitivity), 1e-12)
	if got.Positive != w.Positive || got.TP != w.TP || got.FP != w.FP {
		t.Errorf("counts %+v, want %+v", got, w)
	}
	table, err := os.ReadFile(filepath.Join(out, "subgroups.csv"))
	if err != nil || strings.Count(string(table), "\n") != 7 ||
		!strings.Contains(string(table), "\nage,80 and over,Mass,") {
		t.Errorf("subgroups.csv: %v\n%s", err, table)
	}
}

// The paired test is calib.DeLongPaired's, held against all pairs there; a model
// against itself differs by nothing in every draw, which makes no interval.
func TestCompare(t *testing.T) {
	ours, theirs := groupedTable(t)
	out := filepath.Join(t.TempDir(), "report")
	run := func(a, b, out string) *report.Comparison {
		r, err := Validate{Config: ValidateConfig{Scores: a, Compare: b, OtherName: "rival", Rounds: 200, Seed: 1,
			Out: out}}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r.Comparison
	}
	same := run(ours, ours, "")
	if c := same.Classes["Mass"]; c.Difference != 0 || c.Z != 0 || c.P != 1 || c.DifferenceCI != nil {
		t.Errorf("a model against itself: %+v %v", c, c.DifferenceCI)
	}
	ab, ba := run(ours, theirs, out), run(theirs, ours, "")
	c, back := ab.Classes["Mass"], ba.Classes["Mass"]
	if ab.With != "rival" || !(c.DifferenceCI[0] > 0) || !(c.P < 0.05) {
		t.Errorf("%+v, interval %v, mean %+v", c, c.DifferenceCI, ab.Macro)
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil || !strings.Contains(string(page), "Compared with rival") ||
		!strings.Contains(string(page), "<td>sex F</td>") {
		t.Errorf("the page lacks the comparison or the subgroups: %v", err)
	}
	near(t, "mean over one class", float64(ab.Macro.Difference), float64(c.Difference), 1e-12)
	near(t, "difference the other way", float64(back.Difference), -float64(c.Difference), 1e-12)
	near(t, "end of the interval the other way", back.DifferenceCI[0], -c.DifferenceCI[1], 1e-12)
	a, err := scores.Load(ours)
	if err != nil {
		t.Fatal(err)
	}
	b, err := scores.Load(theirs)
	if err != nil {
		t.Fatal(err)
	}
	want, err := calib.DeLongPaired(a.Classes[0].Score, b.Classes[0].Score, a.Classes[0].Positive)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "z", float64(c.Z), want.Z, 1e-12)
}

func TestCompareRefusesOtherImages(t *testing.T) {
	ours, _ := groupedTable(t)
	data, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"its labels of Mass differ": strings.Replace(string(data), ",0\n", ",1\n", 1),
		"not of the same patients":  string(data) + "P0,M,1,PA,all,1,1\n",
		"it shares no class":        strings.Replace(string(data), "logit_Mass,y_Mass", "logit_Gout,y_Gout", 1),
	} {
		other := filepath.Join(t.TempDir(), "other.csv")
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Validate{Config: ValidateConfig{Scores: ours, Compare: other}}.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), other) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}
