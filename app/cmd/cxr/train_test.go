package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hilum/inference"
)

// brightAndDark writes n films, every other one bright, and their table.
func brightAndDark(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	table := "path,patient,split,Effusion\n"
	for i := range n {
		im := image.NewGray(image.Rect(0, 0, 32, 32))
		for k := range im.Pix {
			im.Pix[k] = uint8(60 + 90*(i%2) + k*i%50)
		}
		name := fmt.Sprintf("%d.png", i)
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, im); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		table += fmt.Sprintf("%s,p%d,%s,%d\n", name, i, []string{"train", "train", "val", "val"}[i%4], i%2)
	}
	path := filepath.Join(dir, "films.csv")
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func events(t *testing.T, out string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		var e map[string]any
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			t.Fatalf("the line %q is no JSON", s.Text())
		}
		all = append(all, e)
	}
	return all
}

// The lines that programs read, and a model that cxr itself opens.
func TestTrainJSON(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	code, text, errs := cxr(t, "train", "--data", brightAndDark(t, 40), "--out", out, "--arch", "resnet_tiny",
		"--recipe", "full", "--epochs", "3", "--patience", "0",
		"--batch", "8", "--size", "32", "--seed", "4", "--limit", "16", "--set", "optimizer.rate_head=0.01",
		"--provider", "cpu", "--threads", "1", "--json")
	if code != exitOK || errs != "" {
		t.Fatalf("exit %d, errors %q", code, errs)
	}
	all := events(t, text)
	done := all[len(all)-1]
	if done["event"] != "done" || done["model"] != filepath.Join(out, "model.onnx") ||
		done["best_epoch"].(float64) < 1 || done["val_auroc"].(float64) < .9 {
		t.Errorf("the last line is %v", done)
	}
	seen := map[string]int{}
	for _, e := range all {
		seen[e["event"].(string)]++
		if e["event"] == "plan" && (e["n_train"] != 16. || e["n_val"] != 16.) {
			t.Errorf("plan %v", e)
		}
	}
	if seen["plan"] != 1 || seen["epoch"] != 3 || seen["step"] == 0 || seen["progress"] == 0 {
		t.Errorf("events %v", seen)
	}
	code, text, errs = cxr(t, "train", "--resume", "--out", out, "--provider", "cpu", "--threads", "1", "--json")
	if again := events(t, text); code != exitOK || errs != "" || again[len(again)-1]["val_auroc"] != done["val_auroc"] {
		t.Errorf("a finished run again: exit %d, %q, %v", code, errs, again)
	}
	code, _, errs = cxr(t, "score", "--model", filepath.Join(out, "model.onnx"), "--data", brightAndDark(t, 8),
		"--out", filepath.Join(t.TempDir(), "s.csv"), "--provider", "cpu")
	if code != exitOK {
		t.Errorf("scoring with the model: exit %d, %s", code, errs)
	}
}

func TestTrainTables(t *testing.T) {
	data := brightAndDark(t, 40)
	common := []string{"train", "--data", data, "--arch", "resnet_tiny", "--size", "32", "--recipe", "head",
		"--epochs", "2", "--provider", "cpu", "--threads", "1", "--out"}
	out := filepath.Join(t.TempDir(), "run")
	code, text, errs := cxr(t, append(common, out)...)
	if code != exitOK || errs != "" {
		t.Fatalf("exit %d, errors %q", code, errs)
	}
	for _, want := range []string{"40 found", "20 to train on, 20 to validate", "Effusion", "train loss", "best",
		"Best epoch", inference.NotForDiagnosis} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if code, _, errs = cxr(t, append(common, out)...); code != exitFailed || !strings.Contains(errs, "resume") {
		t.Errorf("the same folder again: exit %d, %q", code, errs)
	}
	for flag, want := range map[string]string{"--estimate": "an epoch", "--find-rate": "optimizer.rate_head="} {
		if code, text, errs = cxr(t, append(common, filepath.Join(t.TempDir(), "run"), flag, "--batch",
			"4")...); code != exitOK || !strings.Contains(text, want) {
			t.Errorf("%s: exit %d, %q\n%s", flag, code, errs, text)
		}
	}
}

func TestTrainUsage(t *testing.T) {
	for _, args := range [][]string{
		{"train", "--out", "x"}, {"train", "--data", "x"},
		{"train", "--data", "x", "--out", "y", "--recipe", "nothing"},
		{"train", "--data", "x", "--out", "y", "--set", "epochs"},
		{"train", "--data", "x", "--out", "y", "--set", "epoch=1"},
		{"train", "--data", "x", "--out", "y", "--model", "m", "--arch", "a"},
		{"train", "--data", "x", "--out", "y", "--batch", "0"},
		{"train", "--data", "x", "--out", "y", "--split-by", "row"},
		{"train", "--data", "x", "--out", "y", "--cache-limit", "-1"},
	} {
		if code, _, errs := cxr(t, args...); code != exitUsage || errs == "" {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
}

// Ctrl-C ends with its own exit code and says how to go on.
func TestTrainInterrupted(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // once the run has begun
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if b, err := os.ReadFile(filepath.Join(out, "metrics.jsonl")); err == nil &&
				strings.Contains(string(b), `"epoch":2`) {
				break
			}
		}
		cancel()
	}()
	code, _, errs := cxrContext(t, ctx, "train", "--data", brightAndDark(t, 40), "--out", out, "--arch", "resnet_tiny",
		"--recipe", "full", "--epochs", "5000", "--patience", "0",
		"--size", "32", "--provider", "cpu", "--threads", "1")
	if code != exitInterrupted || !strings.Contains(errs, "cxr train --resume --out "+out) {
		t.Errorf("exit %d, %q", code, errs)
	}
}

// A model is judged on the validation films of its own run, whatever its seed,
// and never on films it was trained on without a word.
func TestValidateTakesThePartsOfTheRun(t *testing.T) {
	dir := t.TempDir()
	images, other, run := filepath.Join(dir, "films"), filepath.Join(dir, "other"), filepath.Join(dir, "run")
	for _, d := range [][2]string{{images, "5"}, {other, "6"}} {
		if code, _, errs := cxr(t, "phantom", "--out", d[0], "--n", "48", "--seed", d[1], "--size",
			"64"); code != exitOK {
			t.Fatal(code, errs)
		}
	}
	code, text, errs := cxr(t, "train", "--data", images, "--out", run, "--arch", "resnet_tiny", "--recipe", "head",
		"--epochs", "1", "--size", "32", "--seed", "11", "--provider", "cpu", "--threads", "1", "--json")
	if code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	var plan map[string]any
	for _, e := range events(t, text) {
		if e["event"] == "plan" {
			plan = e
		}
	}
	model := filepath.Join(run, "model.onnx")
	judge := func(data, split string) map[string]any {
		t.Helper()
		code, text, errs := cxr(t, "validate", "--model", model, "--data", data, "--split", split, "--bootstrap", "0",
			"--provider", "cpu", "--json")
		if code != exitOK {
			t.Fatalf("exit %d, %q", code, errs)
		}
		var r map[string]any
		if err := json.Unmarshal([]byte(lastLine(text)), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := judge(images, "val"); r["rows"] != plan["n_val"] ||
		!strings.Contains(fmt.Sprint(r["notes"]), "parts are those of the run") {
		t.Errorf("%v films, the run has %v; notes %v", r["rows"], plan["n_val"], r["notes"])
	}
	if r := judge(images, "train"); r["rows"] != plan["n_train"] {
		t.Errorf("%v films, the run has %v", r["rows"], plan["n_train"])
	}
	if r := judge(images, "all"); !strings.Contains(fmt.Sprint(r["notes"]), "flatter") {
		t.Errorf("notes on all films %v", r["notes"])
	}
	// Another data set has films of the same names.
	if r := judge(other, "val"); strings.Contains(fmt.Sprint(r["notes"]), "run that made") {
		t.Errorf("notes on another data set %v", r["notes"])
	}
}
