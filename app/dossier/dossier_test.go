package dossier

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/report"
)

// table writes scores of 240 films of two hospitals, 120 patients.
func table(t *testing.T, dir string) string {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	var b strings.Builder
	b.WriteString("image,patient_id,site,sex,logit_Mass,y_Mass\n")
	for i := range 240 {
		y := r.IntN(3) / 2
		fmt.Fprintf(&b, "%d.png,p%d,%s,%s,%.4f,%d\n", i, i/2, []string{"North", "South"}[i%2], []string{"F", "M"}[i/2%2],
			r.NormFloat64()+2.5*float64(y)-1.5, y)
	}
	path := filepath.Join(dir, "films.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func number(v float64) *float64 { return &v }

// made is a dossier in a folder of its own.
func made(t *testing.T) (*Dossier, string) {
	t.Helper()
	dir := t.TempDir()
	c := calib.Default([]string{"Mass"})
	c.Classes[0].Threshold, c.Classes[0].Calibrator = 0.4, calib.Platt{A: 1.5, B: -0.2}
	thresholds := filepath.Join(dir, "mine.json")
	if err := c.Save(thresholds); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	d, err := Make(t.Context(), Config{Scores: table(t, dir), Thresholds: thresholds, Out: out, Rounds: 100, Seed: 3,
		Program: "Hilum test", Model: Model{Name: "Tiny", SHA256: "abc"},
		Site: Site{Name: "Hospital", Criteria: []Criterion{{Class: "Mass", Figure: "auroc", Least: number(0.8)},
			{Class: "Mass", Figure: "sensitivity", Least: number(0.99), Bound: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	return d, out
}

// Every number that a dossier stores is found again from its scores; one that was changed, a score that
// was changed and a page that was changed are named (by hand).
func TestDossierIsFoundAgain(t *testing.T) {
	d, out := made(t)
	if d.Accepted || !d.Verdicts[0].Met || d.Verdicts[1].Met || d.Flow != (Flow{240, 120}) {
		t.Errorf("accepted %v, verdicts %+v, flow %+v", d.Accepted, d.Verdicts, d.Flow)
	}
	want := []Group{{"sex", "F", 120}, {"sex", "M", 120}, {"site", "North", 120}, {"site", "South", 120}}
	if !slices.Equal(d.Groups, want) {
		t.Errorf("groups %+v", d.Groups)
	}
	v, err := Verify(t.Context(), out, calib.Calibrators())
	if err != nil || len(v.Differences) > 0 || v.Figures < 100 {
		t.Fatalf("%v, %+v", err, v)
	}
	change(t, filepath.Join(out, htmlName), "Hospital", "hospital")
	stored, err := os.ReadFile(filepath.Join(out, jsonName))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(stored, &all); err != nil {
		t.Fatal(err)
	}
	all["report"].(map[string]any)["classes"].(map[string]any)["Mass"].(map[string]any)["auroc"] = 0.99
	changed, err := json.Marshal(all)
	if err == nil {
		err = os.WriteFile(filepath.Join(out, jsonName), changed, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err = Verify(t.Context(), out, calib.Calibrators())
	if err != nil || !slices.Equal(v.Differences, []string{htmlName, "report.classes.Mass.auroc"}) {
		t.Errorf("%v, %+v", err, v)
	}
	change(t, filepath.Join(out, scoresName), "0.png,p0,North", "0.png,p0,South")
	if v, err = Verify(t.Context(), out, calib.Calibrators()); err != nil || !slices.Contains(v.Differences,
		scoresName) ||
		!slices.Contains(v.Differences, "groups[2].films") {
		t.Errorf("%v, %+v", err, v)
	}
}

// change replaces a text in a file.
func change(t *testing.T, path, from, to string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil && !strings.Contains(string(data), from) {
		t.Fatalf("%s has no %q", path, from)
	}
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(data), from, to, 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Each item of the guidelines is on the page that the PDF has its section on, or not done; the
// lists are as long as their guidelines.
func TestItemsNameTheirPages(t *testing.T) {
	list, err := items()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, i := range list {
		counts[i.Guideline]++
		if i.English == "" || i.German == "" || i.Number == "" {
			t.Errorf("%+v", i)
		}
	}
	if counts["CLAIM 2024"] != 44 || counts["TRIPOD+AI"] != 27 || counts["FUTURE-AI"] != 30 {
		t.Errorf("items %v", counts)
	}
	d, out := made(t)
	sections := d.sections()
	known := map[string]bool{"items": true, "": true}
	for _, s := range sections {
		known[s.id] = true
	}
	for _, i := range list {
		if !known[i.Section] {
			t.Errorf("%+v names no section", i)
		}
	}
	var pdf strings.Builder
	if err := d.writePDF(&pdf, sections); err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(filepath.Join(out, pdfName))
	if err != nil || len(stored) != pdf.Len() { // the writer packs a font's tables in any order
		t.Errorf("the same dossier gives %d bytes, then %d: %v", len(stored), pdf.Len(), err)
	}
	last := 0
	for _, s := range sections {
		if s.Page < max(last, 1) {
			t.Errorf("%s begins on page %d, after page %d", s.id, s.Page, last)
		}
		last = s.Page
	}
}

// Criteria are met at their bound, judged by the unfavourable end of an interval where they ask for it,
// and never met by what is not there (by hand).
func TestCriteria(t *testing.T) {
	r := &report.Report{Classes: []report.Class{{Name: "A", AUROC: 0.9, AUROCCI: &training.Range{0.85, 0.95}, ECE: 0.04,
		Slope: undefined()}}, Macro: report.Macro{AUROC: 0.9}}
	for _, c := range []struct {
		Criterion
		met bool
	}{
		{Criterion{Class: "A", Figure: "auroc", Least: number(0.9)}, true},
		{Criterion{Class: "A", Figure: "auroc", Least: number(0.9), Bound: true}, false},
		{Criterion{Class: "A", Figure: "auroc", Least: number(0.85), Bound: true}, true},
		{Criterion{Class: "A", Figure: "ece", Most: number(0.05)}, true},
		{Criterion{Class: "A", Figure: "ece", Most: number(0.03)}, false},
		{Criterion{Class: "A", Figure: "ece", Most: number(0.05), Bound: true}, false},
		{Criterion{Class: "A", Figure: "slope", Least: number(0)}, false},
		{Criterion{Figure: "auroc", Least: number(0.9)}, true},
	} {
		v, err := judge(r, []Criterion{c.Criterion})
		if err != nil || v[0].Met != c.met {
			t.Errorf("%+v: %v, %+v", c.Criterion, err, v)
		}
	}
	if _, err := judge(r, []Criterion{{Class: "B", Figure: "auroc", Least: number(0.9)}}); err == nil {
		t.Error("a criterion of a class that is not there is passed over")
	}
}

// A site's file with a slip is refused, with what is wrong.
func TestSlipsInTheSitesFileAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "site.json")
	for text, want := range map[string]string{
		`{"name":"H","bounds":[]}`: "bounds", `{}`: "name",
		`{"name":"H","criteria":[{"class":"A","figure":"auc","at_least":1}]}`: "auc",
		`{"name":"H","criteria":[{"class":"A","figure":"auroc"}]}`:            "at_least",
		`{"name":"H","criteria":[{"figure":"ppv","at_least":1}]}`:             "ppv",
		`[`: "site.json",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadSite(path); err == nil || !strings.Contains(message.Sentence(err).String(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
