package main

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/saliency/mapcheck"
)

// verdictLine is what programs read of a line of cxr cam --verdict --json.
type verdictLine struct {
	Class   string
	File    string
	Verdict *struct {
		Passed bool
		Why    []string
		Checks []struct {
			Name, Rule, Why string
			Asked           bool
			Passed          *bool
			Value, Lo, Hi   *float64
		}
	}
}

// Every check is in the line, those that could not be asked with nulls and a reason.
func TestCamVerdict(t *testing.T) {
	image := filepath.Join(peer, "00000001_000.png")
	args := append([]string{"cam", "--json", "--verdict", "--class", "Mass"}, modelArgs(t)...)
	code, out, errs := cxr(t, append(args, image)...)
	var l verdictLine
	if err := json.Unmarshal([]byte(out), &l); err != nil || code != exitOK || l.Verdict == nil || l.File != "" {
		t.Fatalf("exit %d, %q, %q, %v", code, out, errs, err)
	}
	if len(l.Verdict.Checks) != len(mapcheck.Checks()) || l.Verdict.Passed != (len(l.Verdict.Why) == 0) {
		t.Errorf("%+v", l.Verdict)
	}
	for _, c := range l.Verdict.Checks {
		known := c.Name != "prior" && c.Name != "pointing"
		if c.Asked != known || (c.Value != nil) != known || (c.Passed != nil) != known || c.Rule == "" {
			t.Errorf("%+v", c)
		}
		if failed := c.Passed != nil && !*c.Passed; failed != (known && c.Why != "") {
			t.Errorf("%s: why %q", c.Name, c.Why)
		}
	}
	for _, wrong := range [][]string{{"cam", image}, {"cam", "--out", "x", "--data", "d", image},
		{"cam", "--verdict", "--boxes", "b", image}} {
		if code, _, _ := cxr(t, wrong...); code != exitUsage {
			t.Errorf("%v: exit %d", wrong, code)
		}
	}
}

// With boxes of phantoms the checks that need them are asked, of a film by its name.
func TestCamVerdictOnBoxes(t *testing.T) {
	needEngine(t)
	films := filepath.Join(t.TempDir(), "films")
	if code, _, errs := cxr(t, "phantom", "--out", films, "--n", "12", "--seed", "5", "--size", "128"); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	rows, err := os.ReadFile(filepath.Join(films, "BBox_List_2017.csv"))
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Split(strings.Split(string(rows), "\n")[1], ",") // image, class, ...
	args := append([]string{"cam", "--json", "--verdict", "--class", first[1], "--data", films}, modelArgs(t)...)
	code, out, errs := cxr(t, append(args, filepath.Join(films, "images", first[0]))...)
	var l verdictLine
	if err := json.Unmarshal([]byte(out), &l); err != nil || code != exitOK {
		t.Fatalf("exit %d, %q, %q, %v", code, out, errs, err)
	}
	at := slices.IndexFunc(mapcheck.Checks(), func(c mapcheck.Check) bool { return c.Name == "pointing" })
	if c := l.Verdict.Checks[at]; !c.Asked || c.Value == nil || *c.Lo > *c.Value {
		t.Errorf("%+v", c)
	}
	report := filepath.Join(t.TempDir(), "report")
	args = append([]string{"validate", "--data", films, "--maps", "1", "--bootstrap", "20", "--out", report, "--json"},
		modelArgs(t)...)
	code, out, errs = cxr(t, args...)
	var r struct {
		Maps struct {
			Maps   int `json:"n_maps"`
			Passed *float64
			Checks []struct {
				Name string
				Maps int `json:"n_maps"`
			}
		}
	}
	if err := json.Unmarshal([]byte(lastLine(out)), &r); err != nil || code != exitOK || r.Maps.Maps == 0 ||
		r.Maps.Passed == nil || r.Maps.Checks[0].Maps != r.Maps.Maps {
		t.Fatalf("exit %d, %+v, %q, %v", code, r, errs, err)
	}
	cardOf(t, report)
	if code, _, _ := cxr(t, "validate", "--scores", peerScores, "--maps", "2"); code != exitUsage {
		t.Errorf("maps without a model: exit %d", code)
	}
}

// cardOf puts the verdicts of a report into a model's card, and shows it.
func cardOf(t *testing.T, report string) {
	t.Helper()
	dir := t.TempDir()
	model, named := filepath.Join(dir, "m.onnx"), filepath.Join(dir, "n.onnx")
	if code, _, errs := cxr(t, "import", filepath.Join(peer, "model.onnx"), "--labels", "chestxray14", "--out", model,
		"--input", "32"); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	code, out, errs := cxr(t, "card", model, "--report", report, "--out", named, "--json")
	var c inference.Card
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != exitOK || c.Maps == nil || len(c.Maps.Checks) == 0 {
		t.Fatalf("exit %d, %q, %q, %v", code, out, errs, err)
	}
	if n := c.Maps.Passed.Positive + c.Maps.Passed.Negative; n == 0 {
		t.Errorf("%+v", c.Maps)
	}
	if code, out, _ := cxr(t, "card", named); code != exitOK || !strings.Contains(out, "Follows the weights") {
		t.Errorf("exit %d, %q", code, out)
	}
}

// namesIn lists the arrays of a file.
func namesIn(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		head, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(f.Name, ".npy")] = string(head[:min(len(head), 118)])
	}
	return out
}

// The arrays have the shapes of films, classes and maps.
func TestRawArrays(t *testing.T) {
	image, dir := filepath.Join(peer, "00000001_000.png"), t.TempDir()
	to := filepath.Join(dir, "cam.npz")
	args := append([]string{"cam", "--class", "Mass,Hernia", "--raw", to}, modelArgs(t)...)
	if code, _, errs := cxr(t, append(args, image)...); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	for name, shape := range map[string]string{"input": "(1,3,", "logits": "(1,14,)", "maps": "(1,2,", "map_classes": "(2,)"} {
		if got := namesIn(t, to)[name]; !strings.Contains(got, "'shape': "+shape) {
			t.Errorf("cam: %s has %q, want %s", name, got, shape)
		}
	}
	to = filepath.Join(dir, "infer.npz")
	args = append([]string{"infer", "--raw", to}, modelArgs(t)...)
	if code, _, errs := cxr(t, append(args, image, filepath.Join(peer, "00000001_001.png"))...); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	for name, shape := range map[string]string{"paths": "(2,)", "classes": "(14,)", "logits": "(2,14,)",
		"probabilities": "(2,14,)", "maps": "(2,14,"} {
		if got := namesIn(t, to)[name]; !strings.Contains(got, "'shape': "+shape) {
			t.Errorf("infer: %s has %q, want %s", name, got, shape)
		}
	}
}

// The passport of a model is written, goes into a card and is shown there; a second run
// does not replace it.
func TestPassport(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	to := filepath.Join(dir, "passport")
	args := []string{"passport", "--model", "twin", "--films", "4", "--places", "1", "--bootstrap", "50", "--out", to}
	code, out, errs := cxr(t, append(args, "--json")...)
	var p struct {
		Event   string
		Passed  bool
		Takes   []string
		Sources []struct{ Effects []map[string]any }
	}
	if err := json.Unmarshal([]byte(lastLine(out)), &p); err != nil || code != exitOK || p.Event != "passport" {
		t.Fatalf("exit %d, %q, %v", code, errs, err)
	}
	if p.Passed || !slices.ContainsFunc(p.Takes, func(s string) bool { return strings.Contains(s, "portable tag for Mass") }) {
		t.Errorf("the twin takes no word for a mass: %q", p.Takes)
	}
	if page, err := os.ReadFile(filepath.Join(to, "passport.html")); err != nil ||
		!strings.Contains(string(page), "portable tag") {
		t.Errorf("the page: %v", err)
	}
	if code, _, _ := cxr(t, args...); code != exitFailed {
		t.Errorf("the passport was replaced: exit %d", code)
	}
	if code, _, _ := cxr(t, "passport", "--model", "twin"); code != exitUsage {
		t.Errorf("without a folder: exit %d", code)
	}
	model, named := filepath.Join("..", "..", "..", "resources", "twin", "twin.onnx"), filepath.Join(dir, "n.onnx")
	if code, _, errs := cxr(t, "card", model, "--passport", to, "--out", named); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	if code, out, _ := cxr(t, "card", named); code != exitOK || !strings.Contains(out, "takes a portable tag for Mass") {
		t.Errorf("exit %d, %q", code, out)
	}
}
