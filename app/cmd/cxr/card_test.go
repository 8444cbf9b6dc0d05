package main

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference"
)

// A card is written anew from a report and flags, and shown; the network stays
// what it was.
func TestCard(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	model := filepath.Join(dir, "m.onnx")
	if code, _, errs := cxr(t, "import", filepath.Join(peer, "model.onnx"), "--labels", "chestxray14", "--out", model,
		"--input", "32"); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	report := filepath.Join(dir, "report")
	if err := os.Mkdir(report, 0o755); err != nil {
		t.Fatal(err)
	}
	const text = `{"event":"report","classes":{"Mass":{"auroc":0.75,"auroc_ci":[0.5,0.875],"n_pos":4,"n_neg":8}},"macro":{"auroc":0.75,"auroc_ci":[0.5,0.875]}}`
	if err := os.WriteFile(filepath.Join(report, "report.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "named.onnx")
	code, printed, errs := cxr(t, "card", model, "--report", report, "--name", "A name", "--out", out, "--json")
	var c inference.Card
	if err := json.Unmarshal([]byte(printed), &c); err != nil || code != exitOK {
		t.Fatalf("exit %d, %q, %v", code, errs, err)
	}
	if m := c.AUC["Mass"]; c.Name != "A name" || m.Value != 0.75 || m.Lo != 0.5 || m.Hi != 0.875 || m.Positive != 4 ||
		m.Negative != 8 || len(c.AUC) != 1 {
		t.Errorf("card %+v", c)
	}
	if code, printed, _ := cxr(t, "card", out); code != exitOK ||
		!strings.Contains(printed, "0.750 (0.500-0.875), 4 positive of 12") ||
		!strings.Contains(printed, "NIH ChestX-ray14 (chestxray14, version 2020), which has 14 of 14 labels") ||
		!strings.Contains(printed, inference.NotForDiagnosis) {
		t.Errorf("exit %d, %q", code, printed)
	}
	image := filepath.Join(peer, "00000001_000.png")
	_, before, _ := cxr(t, "infer", "--json", "--model", model, image)
	_, after, _ := cxr(t, "infer", "--json", "--model", out, image)
	if b, a := findingsOf(t, before), findingsOf(t, after); b == "" || b != a {
		t.Errorf("the findings changed from %s to %s", b, a)
	}
	for _, args := range [][]string{{"card"}, {"card", model, "--out", out}, {"card", model, "--name", "x"}} {
		if code, _, _ := cxr(t, args...); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	if code, _, errs := cxr(t, "card", filepath.Join(peer, "model.onnx")); code != exitFailed ||
		!strings.Contains(errs, "no card") {
		t.Errorf("a model without a card: exit %d, %q", code, errs)
	}
}

// Weights in halves make the file smaller and move logits by what three digits
// of a weight can; the model still has its maps and can be trained on.
func TestCardHalvesWeights(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	model, half := filepath.Join(dir, "m.onnx"), filepath.Join(dir, "half.onnx")
	if code, _, errs := cxr(t, "import", filepath.Join(peer, "model.onnx"), "--labels", "chestxray14", "--out", model,
		"--input", "32"); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	if code, _, errs := cxr(t, "card", model, "--half", "--out", half); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	a, err1 := os.Stat(model)
	b, err2 := os.Stat(half)
	if err := errors.Join(err1, err2); err != nil || b.Size() > a.Size()*3/4 {
		t.Fatalf("%d bytes of %d, %v", b.Size(), a.Size(), err)
	}
	image := filepath.Join(peer, "00000001_000.png")
	_, before, _ := cxr(t, "infer", "--json", "--model", model, image)
	code, after, errs := cxr(t, "infer", "--json", "--model", half, image)
	if code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	x, y := lines(t, before)[0].Findings, lines(t, after)[0].Findings
	for i := range x {
		if d := math.Abs(x[i].Logit - y[i].Logit); d > 0.01 || len(x) != len(y) {
			t.Errorf("%s: logit %v became %v", x[i].Class, x[i].Logit, y[i].Logit)
		}
	}
	if code, text, _ := cxr(t, "graph", half); code != exitOK || !strings.Contains(text, "class maps in closed form") {
		t.Errorf("its graph: exit %d, %s", code, text)
	}
	code, _, errs = cxr(t, "train", "--model", half, "--data", brightAndDark(t, 16), "--out",
		filepath.Join(dir, "run"), "--recipe", "last-block", "--epochs", "1", "--provider", "cpu", "--threads", "1")
	if code != exitOK {
		t.Errorf("training it: exit %d, %q", code, errs)
	}
}

func findingsOf(t *testing.T, line string) string {
	t.Helper()
	var r struct {
		Findings json.RawMessage `json:"findings"`
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatal(err)
	}
	return string(r.Findings)
}
