package main

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference"
)

// The synthetic table of the package training: seven classes, one without
// positives, one with nine.
const peerScores = "../../../training/testdata/scores.csv"

func lastLine(out string) string {
	all := strings.Split(strings.TrimSpace(out), "\n")
	return all[len(all)-1]
}

// The keys are those that programs read; undefined figures are null.
func TestValidateJSON(t *testing.T) {
	code, out, errs := cxr(t, "validate", "--scores", peerScores, "--json", "--bootstrap", "30", "--seed", "2")
	if code != exitOK || errs != "" {
		t.Fatalf("exit %d, errors %q", code, errs)
	}
	var r struct {
		Event   string
		Classes map[string]map[string]any
		Macro   map[string]any
		Notice  string
	}
	if err := json.Unmarshal([]byte(lastLine(out)), &r); err != nil {
		t.Fatal(err)
	}
	if r.Event != "report" || len(r.Classes) != 7 || r.Notice != inference.NotForDiagnosis {
		t.Errorf("event %q, %d classes, notice %q", r.Event, len(r.Classes), r.Notice)
	}
	for _, key := range []string{"auroc", "auroc_ci", "auprc", "brier", "ece", "logloss", "threshold", "f1",
		"sensitivity", "specificity", "n_pos", "n_neg"} {
		if v, has := r.Classes["Mass"][key]; !has || v == nil {
			t.Errorf("Mass has no %q", key)
		}
		if _, has := r.Classes["Edema"][key]; !has {
			t.Errorf("Edema has no key %q", key)
		}
	}
	if ci, ok := r.Classes["Mass"]["auroc_ci"].([]any); !ok || len(ci) != 2 || !(ci[0].(float64) < ci[1].(float64)) {
		t.Errorf("interval %v", r.Classes["Mass"]["auroc_ci"])
	}
	if r.Classes["Edema"]["auroc"] != nil || r.Macro["auroc"] == nil || r.Macro["auroc_ci"] == nil {
		t.Errorf("Edema %v, macro %v", r.Classes["Edema"]["auroc"], r.Macro)
	}
	for _, l := range strings.Split(strings.TrimSpace(out), "\n") {
		if !json.Valid([]byte(l)) {
			t.Errorf("the line %q is no JSON", l)
		}
	}
}

func TestCalibrateThenValidate(t *testing.T) {
	dir := t.TempDir()
	thresholds, report := filepath.Join(dir, "t.json"), filepath.Join(dir, "report")
	code, out, errs := cxr(t, "calibrate", "--scores", peerScores, "--policy", "sensitivity=0.8", "--bootstrap", "20",
		"--out", thresholds)
	if code != exitOK || errs != "" {
		t.Fatalf("exit %d, errors %q", code, errs)
	}
	for _, want := range []string{"policy sensitivity=0.8", "Mass", "Gout keeps the threshold 0.5", "fitted on",
		"Written to " + thresholds, inference.NotForDiagnosis} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	code, out, errs = cxr(t, "validate", "--scores", peerScores, "--thresholds", thresholds, "--per-class",
		"--bootstrap", "20", "--out", report)
	if code != exitOK || errs != "" {
		t.Fatalf("exit %d, errors %q", code, errs)
	}
	for _, want := range []string{"AUROC", "mean of 6", "specificity", "fitted on this very table", "report.html",
		inference.NotForDiagnosis} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	for _, name := range []string{"report.html", "report.json", "classes.csv", "roc.png", "class_01_Mass.png"} {
		if info, err := os.Stat(filepath.Join(report, name)); err != nil || info.Size() < 200 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCalibrateJSON(t *testing.T) {
	out := filepath.Join(t.TempDir(), "t.json")
	code, text, errs := cxr(t, "calibrate", "--scores", peerScores, "--calibrator", "platt", "--grid", "0.01",
		"--bootstrap", "20", "--data-name", "our films of May", "--out", out, "--json")
	var e struct {
		Event, Out, Notice string
		Notes              []string
		Classes            map[string]struct {
			Calibrator string
			Threshold  float64
			CI         []float64 `json:"threshold_ci"`
			NoValid    string    `json:"no_valid_threshold"`
		}
	}
	if err := json.Unmarshal([]byte(lastLine(text)), &e); err != nil || code != exitOK || errs != "" {
		t.Fatalf("exit %d, errors %q, %v", code, errs, err)
	}
	if written, err := os.ReadFile(out); err != nil ||
		!strings.Contains(string(written), "patients in our films of May") {
		t.Errorf("%v: the thresholds do not name their films", err)
	}
	mass, gout := e.Classes["Mass"], e.Classes["Gout"]
	if e.Event != "done" || e.Out != out || e.Notice != inference.NotForDiagnosis || len(e.Notes) == 0 {
		t.Errorf("%+v", e)
	}
	if mass.Calibrator != "platt" || len(mass.CI) != 2 || mass.NoValid != "" || gout.NoValid == "" || gout.CI != nil {
		t.Errorf("Mass %+v, Gout %+v", mass, gout)
	}
}

func TestScoreTableMistakes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.csv")
	write(t, bad, []byte("patient_id,prob_Mass,y_Mass\n1,0.5,1\n2,high,0\n"))
	out := filepath.Join(t.TempDir(), "t.json")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no scores": {[]string{"validate"}, exitUsage, "--scores"},
		"rounds":    {[]string{"validate", "--scores", bad, "--bootstrap", "-1"}, exitUsage, "bootstrap"},
		"a bad row": {[]string{"validate", "--scores", bad}, exitFailed, `row 3: column "prob_Mass": "high"`},
		"absent":    {[]string{"validate", "--scores", "absent.csv"}, exitFailed, "absent.csv"},
		"no thresholds": {[]string{"validate", "--scores", peerScores, "--thresholds", "absent.json"}, exitFailed,
			"absent.json"},
		"nowhere": {[]string{"calibrate", "--scores", peerScores}, exitUsage, "--out"},
		"policy": {[]string{"calibrate", "--scores", peerScores, "--out", out, "--policy", "best"}, exitUsage,
			"Policy"},
		"calibrator": {[]string{"calibrate", "--scores", peerScores, "--out", out, "--calibrator", "best"},
			exitUsage, "Calibrator"},
		"grid": {[]string{"calibrate", "--scores", peerScores, "--out", out, "--grid", "2"}, exitUsage,
			"Grid step 2"},
		"no folder": {[]string{"calibrate", "--scores", peerScores, "--bootstrap", "0", "--out",
			filepath.Join(bad, "t.json")}, exitFailed, "bad.csv"},
	} {
		code, text, errs := cxr(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.want) || text != "" {
			t.Errorf("%s: exit %d, out %q, errors %q; want %d and %q", name, code, text, errs, c.code, c.want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a refused calibration left a file")
	}
}

func TestValidateInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{{"validate", "--scores", peerScores},
		{"calibrate", "--scores", peerScores, "--out", filepath.Join(t.TempDir(), "t.json")}} {
		if code, _, errs := cxrContext(t, ctx, args...); code != exitInterrupted ||
			!strings.Contains(errs, "Interrupted") {
			t.Errorf("%v: exit %d, %q; want 130", args, code, errs)
		}
	}
}

func TestValidateComparesTables(t *testing.T) {
	dir := t.TempDir()
	mine, other := filepath.Join(dir, "mine.csv"), filepath.Join(dir, "other.csv")
	write(t, mine, []byte("patient_id,sex,prob_Mass,y_Mass\n1,M,0.1,0\n2,F,0.8,1\n3,M,0.4,1\n4,F,0.3,0\n"))
	write(t, other, []byte("patient_id,sex,prob_Mass,y_Mass\n1,M,0.5,0\n2,F,0.4,1\n3,M,0.6,1\n4,F,0.3,0\n"))
	code, out, errs := cxr(t, "validate", "--scores", mine, "--compare", other, "--bootstrap", "20")
	for _, want := range []string{"Compared with other.csv", "sex F", "DeLong p", "0.250"} { // AUROC 1 against 0.75
		if !strings.Contains(out, want) {
			t.Errorf("exit %d, %q; the table lacks %q:\n%s", code, errs, want, out)
		}
	}
	if code, _, errs := cxr(t, "validate", "--scores", mine, "--compare", "rival.onnx"); code != exitUsage ||
		!strings.Contains(errs, "--data") {
		t.Errorf("a model without data: exit %d, %q", code, errs)
	}
}

// A model compared with itself on the same films differs by nothing.
func TestValidateComparesModels(t *testing.T) {
	args := modelArgs(t)
	images := filepath.Join(t.TempDir(), "films")
	if code, _, errs := cxr(t, "phantom", "--out", images, "--n", "24", "--seed", "5", "--size", "96"); code != exitOK {
		t.Fatal(code, errs)
	}
	code, out, errs := cxr(t,
		append([]string{"validate", "--json", "--bootstrap", "10", "--data", images, "--compare",
			filepath.Join(peer, "model.onnx")}, args...)...)
	var r struct {
		Comparison struct {
			With  string
			Macro struct {
				AUROC      float64
				Difference float64
			}
		}
		Subgroups []struct{ By string }
	}
	if err := json.Unmarshal([]byte(lastLine(out)), &r); err != nil || code != exitOK {
		t.Fatalf("exit %d, %q, %v", code, errs, err)
	}
	if r.Comparison.With != "model.onnx" || r.Comparison.Macro.AUROC == 0 || r.Comparison.Macro.Difference != 0 {
		t.Errorf("%+v", r.Comparison)
	}
}

// A split by image is told from one by patient in the report, from the data set
// and from the table that was scored on it.
func TestSplitByImageIsReported(t *testing.T) {
	args := modelArgs(t)
	dir := t.TempDir()
	images := filepath.Join(dir, "films")
	if code, _, errs := cxr(t, "phantom", "--out", images, "--n", "60", "--seed", "5", "--size", "64"); code != exitOK {
		t.Fatal(code, errs)
	}
	type report struct {
		Leaking bool `json:"leaking_split"`
		Notes   []string
	}
	judge := func(args ...string) (r report) {
		t.Helper()
		code, out, errs := cxr(t, append([]string{"validate", "--json", "--bootstrap", "5"}, args...)...)
		if err := json.Unmarshal([]byte(lastLine(out)), &r); err != nil || code != exitOK {
			t.Fatalf("exit %d, %q, %v", code, errs, err)
		}
		return r
	}
	data := append([]string{"--data", images, "--split", "val"}, args...)
	if r := judge(data...); r.Leaking {
		t.Errorf("by patient: %+v", r)
	}
	if r := judge(append(data, "--split-by", "image")...); !r.Leaking ||
		!strings.Contains(strings.Join(r.Notes, " "), "films were split by image") {
		t.Errorf("by image: %+v", r)
	}
	table := filepath.Join(dir, "scores.csv")
	code, out, errs := cxr(t, append([]string{"score", "--out", table, "--split-by", "image"}, data...)...)
	if code != exitOK || !strings.Contains(out, "patients are in more than one part") {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	if r := judge("--scores", table); !r.Leaking {
		t.Errorf("from the table: %+v", r)
	}
	if code, _, _ := cxr(t, append([]string{"score", "--out", table, "--split-by", "moon"},
		data...)...); code != exitUsage {
		t.Errorf("a split by moon: exit %d", code)
	}
}

// The demo model's maps lie on the boxes of phantoms better than a map that knows
// no picture, and the figures are those of numpy and the Python onnxruntime
// where HILUM_PEER_PYTHON names a Python with them (testdata/peers/localise.py).
func TestValidateBoxes(t *testing.T) {
	if testing.Short() {
		t.Skip("it draws 60 films")
	}
	dir := t.TempDir()
	images := filepath.Join(dir, "films")
	if code, _, errs := cxr(t, "phantom", "--out", images, "--n", "60", "--seed", "5", "--size",
		"256"); code != exitOK {
		t.Fatal(code, errs)
	}
	type figures struct {
		Pointing, IoU, IoBB float64
		PriorPointing       float64 `json:"prior_pointing"`
		PriorIoU            float64 `json:"prior_iou"`
		PriorIoBB           float64 `json:"prior_iobb"`
		Images              int     `json:"n_films"`
	}
	type table struct {
		Classes map[string]figures
		Pooled  figures
	}
	var r struct{ Localisation *table }
	demo := filepath.Join("..", "..", "..", "resources", "demo", "demo.onnx")
	args := []string{"validate", "--json", "--bootstrap", "20", "--provider", "cpu", "--model", demo, "--data", images}
	list := filepath.Join(images, "BBox_List_2017.csv")
	code, out, errs := cxr(t, append(args, "--boxes", list)...)
	if err := json.Unmarshal([]byte(lastLine(out)), &r); err != nil || code != exitOK || r.Localisation == nil {
		t.Fatalf("exit %d, %q, %v", code, errs, err)
	}
	all := r.Localisation.Pooled
	if all.Images < 30 || all.Pointing < all.PriorPointing+0.1 || all.IoU <= 0 || all.IoBB <= 0 {
		t.Errorf("pooled %+v", all)
	}
	if _, again, _ := cxr(t, args...); lastLine(again) == "" ||
		strings.Count(lastLine(again), "pointing_gain") != strings.Count(lastLine(out), "pointing_gain") {
		t.Error("the data set's own boxes are not taken")
	}
	if code, _, errs := cxr(t, "validate", "--scores", peerScores, "--boxes", list); code != exitUsage ||
		!strings.Contains(errs, "--data") {
		t.Errorf("boxes without a model: exit %d, %q", code, errs)
	}
	python := os.Getenv("HILUM_PEER_PYTHON")
	if python == "" {
		return
	}
	text, err := exec.Command(python, filepath.Join("..", "..", "..", "testdata", "peers", "localise.py"), "data",
		demo, images).Output()
	var want table
	if err := errors.Join(err, json.Unmarshal(text, &want)); err != nil {
		t.Fatal(err)
	}
	want.Classes["all"], r.Localisation.Classes["all"] = want.Pooled, all
	for class, w := range want.Classes {
		g := r.Localisation.Classes[class]
		for _, v := range [][2]float64{{g.Pointing, w.Pointing}, {g.IoU, w.IoU}, {g.IoBB, w.IoBB},
			{g.PriorPointing, w.PriorPointing}, {g.PriorIoU, w.PriorIoU}, {g.PriorIoBB, w.PriorIoBB}} {
			if !(math.Abs(v[0]-v[1]) < 2e-3) || g.Images != w.Images {
				t.Errorf("%s: %+v, the peer says %+v", class, g, w)
				break
			}
		}
	}
}
