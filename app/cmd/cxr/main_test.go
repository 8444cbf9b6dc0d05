package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/cmd/cxr/internal/machine"
	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/ort"
	"hilum/internal/home"
)

func TestMain(m *testing.M) {
	dicomio.RunCodecChild()
	os.Exit(atHome(m))
}

// atHome runs the tests with a folder of choices, records, runs and models of their own: what
// the person who runs them keeps is neither read nor written.
func atHome(m *testing.M) int {
	dir, err := os.MkdirTemp("", "cxr-home-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv(home.Env, dir); err != nil {
		panic(err)
	}
	return m.Run()
}

// The stored network of 14 classes and its phantom films.
const peer = "../../../inference/ort/testdata/peer"

// cxr runs a command line and gives its exit code and what it printed.
func cxr(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	return cxrContext(t, context.Background(), args...)
}

func cxrContext(t *testing.T, ctx context.Context, args ...string) (code int, out,
	errs string) { //nolint:revive // t first, as in every test helper
	t.Helper()
	return captured(t, func() int { return run(ctx, args) })
}

// captured gives what a run prints.
func captured(t *testing.T, run func() int) (code int, out, errs string) {
	t.Helper()
	r, w := pipe(t)
	re, we := pipe(t)
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, we
	code = run()
	os.Stdout, os.Stderr = stdout, stderr
	return code, finish(t, r, w), finish(t, re, we)
}

// pipe is a file, so that no output is too large for it.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	w, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	r, err = os.Open(w.Name())
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

func finish(t *testing.T, r, w *os.File) string {
	t.Helper()
	defer r.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func needEngine(t *testing.T) {
	t.Helper()
	if _, err := ort.Find(""); err != nil {
		t.Skip("ONNX Runtime is not here (make engine): ", err)
	}
}

// modelArgs name the stored network.
func modelArgs(t *testing.T) []string {
	t.Helper()
	needEngine(t)
	labels := filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(labels, []byte(strings.Join(inference.ChestXray14(), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--model", filepath.Join(peer, "model.onnx"), "--labels", labels, "--provider", "cpu"}
}

func TestUsageMistakesExitWithTwo(t *testing.T) {
	for name, args := range map[string][]string{
		"no such command": {"foretell"},
		"no such flag":    {"infer", "--certain", "x.png"},
		"no path":         {"infer"},
		"provider":        {"infer", "--provider", "abacus", "x.png"},
		"colours":         {"infer", "--colours", "plaid", "x.png"},
		"doctor argument": {"doctor", "please"},
		"phantom nowhere": {"phantom", "--n", "3"},
		"phantom none":    {"phantom", "--out", "x", "--n", "0"},
		"anonymise one":   {"anonymise", "x"},
		"a bad box":       {"anonymise", "--blank", "all", "x", "y"},
		"dicom nothing":   {"dicom"},
	} {
		code, out, errs := cxr(t, args...)
		if code != exitUsage || errs == "" || out != "" {
			t.Errorf("%s: exit %d, out %q, errors %q; want 2 and a sentence", name, code, out, errs)
		}
	}
	if code, out, _ := cxr(t, "--help"); code != exitOK || !strings.Contains(out, "Exit codes") {
		t.Errorf("help: exit %d, %q", code, out)
	}
}

type line struct {
	Path, Error, Model string
	SHA256             string `json:"model_sha256"`
	Engine             inference.EngineInfo
	Findings           []cli.FindingJSON
	Cams               map[string]string
	Warnings           []string
}

func lines(t *testing.T, out string) []line {
	t.Helper()
	var list []line
	for l := range strings.Lines(out) {
		var x line
		if err := json.Unmarshal([]byte(l), &x); err != nil {
			t.Fatalf("not JSON: %q: %v", l, err)
		}
		list = append(list, x)
	}
	return list
}

// A folder of good and bad pictures: each bad one gives one error, the good
// ones are scored, and the exit code says that something failed.
func TestInferJSON(t *testing.T) {
	dir := t.TempDir()
	copyInto(t, dir, "00000001_000.png", "00000001_001.dcm")
	good, err := os.ReadFile(filepath.Join(peer, "00000001_000.png"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cut.png"), good[:len(good)/2])
	write(t, filepath.Join(dir, "empty.png"), nil)
	write(t, filepath.Join(dir, "noise.dcm"), bytes.Repeat([]byte{7, 77}, 500))
	write(t, filepath.Join(dir, "renamed.jpg"), good) // told by its content
	write(t, filepath.Join(dir, "notes.txt"), []byte("no picture, and does not say so"))
	maps := filepath.Join(t.TempDir(), "maps")
	args := append([]string{"infer", "--json", "--gradcam", maps}, modelArgs(t)...)
	code, out, _ := cxr(t, append(args, dir)...)
	if code != exitFailed {
		t.Errorf("exit %d, want 1", code)
	}
	var scored, failed int
	for _, l := range lines(t, out) {
		if l.Error != "" {
			failed++
			if l.Path == "" || strings.Contains(l.Error, "\n") {
				t.Errorf("failure %+v", l)
			}
			continue
		}
		scored++
		checkLine(t, l)
	}
	if scored != 3 || failed != 3 {
		t.Errorf("%d scored, %d failed; want 3 and 3\n%s", scored, failed, out)
	}
}

func checkLine(t *testing.T, l line) {
	t.Helper()
	if len(l.Findings) != 14 || len(l.SHA256) != 64 || l.Engine.Version == "" || len(l.Cams) == 0 {
		t.Errorf("%s: %+v", l.Path, l)
	}
	for _, f := range l.Findings {
		p := 1 / (1 + math.Exp(-f.Logit))
		if math.Abs(f.Probability-p) > 1e-12 || f.Threshold != 0.5 || f.Positive != (f.Probability >= 0.5) ||
			f.AbsMargin != f.Probability-0.5 || math.Abs(f.RelMargin-2*f.AbsMargin) > 1e-12 {
			t.Errorf("%s, %s: %+v does not follow the formulas", l.Path, f.Class, f)
		}
		if f.Positive && l.Cams[f.Class] == "" {
			t.Errorf("%s: no map for the positive %s", l.Path, f.Class)
		}
	}
	for class, file := range l.Cams {
		f, err := os.Open(file)
		if err != nil {
			t.Error(err)
			continue
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil || img.Bounds().Dx() != 128 || img.Bounds().Dy() < 128 {
			t.Errorf("%s: map %s: %v", l.Path, class, err)
		}
	}
}

func copyInto(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(peer, n))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, n), b)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestInferTable(t *testing.T) {
	args := append([]string{"infer"}, modelArgs(t)...)
	code, out, errs := cxr(t, append(args, filepath.Join(peer, "00000001_000.png"))...)
	if code != exitOK || errs != "" {
		t.Errorf("exit %d, errors %q", code, errs)
	}
	for _, want := range []string{"Pleural_Thickening", "threshold", "NEG", inference.NotForDiagnosis,
		"not calibrated"} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	code, _, errs = cxr(t, append(args, filepath.Join(t.TempDir(), "absent.png"))...)
	if code != exitFailed || !strings.HasPrefix(errs, "Cannot read absent.png") {
		t.Errorf("absent: exit %d, %q", code, errs)
	}
}

func TestInferInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	args := append([]string{"infer"}, modelArgs(t)...)
	if code, _, errs := cxrContext(t, ctx,
		append(args, filepath.Join(peer, "00000001_000.png"))...); code != exitInterrupted ||
		!strings.Contains(errs, "Interrupted") {
		t.Errorf("exit %d, %q; want 130", code, errs)
	}
}

func TestBadModelsAndThresholds(t *testing.T) {
	args := modelArgs(t)
	image := filepath.Join(peer, "00000001_000.png")
	bad := filepath.Join(t.TempDir(), "bad.json")
	write(t, bad, []byte(`{"thresholds":{"Mass":0.5}}`))
	noModel := filepath.Join(t.TempDir(), "no.onnx")
	write(t, noModel, []byte("hello"))
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"thresholds": {append(args, "--thresholds", bad, image), "no threshold for Atelectasis"},
		"model":      {[]string{"--model", noModel, image}, "no ONNX model"},
		"no labels":  {[]string{"--model", filepath.Join(peer, "model.onnx"), image}, "--labels"},
		"size":       {append(args, "--input", "64", image), "is 32 and the preprocessing gives 64"},
		"library":    {[]string{"--ort-lib", noModel, image}, "cannot be used as ONNX Runtime"},
	} {
		code, _, errs := cxr(t, append([]string{"infer"}, c.args...)...)
		if code != exitFailed || !strings.Contains(errs, c.want) || strings.Count(strings.TrimSpace(errs), "\n") != 0 {
			t.Errorf("%s: exit %d, %q; want one sentence with %q", name, code, errs, c.want)
		}
	}
}

func TestDoctor(t *testing.T) {
	args := modelArgs(t)
	code, out, errs := cxr(t, append([]string{"doctor", "--json"}, args...)...)
	var r machine.DoctorReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitOK {
		t.Fatalf("exit %d, %q, %v", code, errs, err)
	}
	if r.Engine.Version == "" || len(r.Model.Classes) != 14 || !r.Model.Maps || r.CPUs < 1 {
		t.Errorf("%+v", r)
	}
	if !r.CUDA.Usable() && r.CUDAWhy.IsZero() {
		t.Error("CUDA is not in use and no reason is given")
	}
	if code, out, _ = cxr(t, append([]string{"doctor"}, args...)...); code != exitOK ||
		!strings.Contains(out, "ONNX Runtime") {
		t.Errorf("exit %d, %q", code, out)
	}
	missing := filepath.Join(t.TempDir(), "nowhere")
	if code, out, _ = cxr(t, "doctor", "--ort-lib", missing); code != exitFailed ||
		!strings.Contains(out, "No ONNX Runtime at") {
		t.Errorf("without a library: exit %d, %q", code, out)
	}
}

func TestPhantomIsReproducible(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	for _, d := range dirs {
		if code, out, errs := cxr(t, "phantom", "--out", d, "--n", "4", "--seed", "9", "--size",
			"96"); code != exitOK || !strings.Contains(out, "4 films") {
			t.Fatalf("exit %d, %q, %q", code, out, errs)
		}
	}
	n := 0
	err := filepath.WalkDir(dirs[0], func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		rel, _ := filepath.Rel(dirs[0], path)
		a, err1 := os.ReadFile(path)
		b, err2 := os.ReadFile(filepath.Join(dirs[1], rel))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs of one seed", rel)
		}
		return nil
	})
	if err != nil || n != 10 {
		t.Errorf("%d files, %v; want 4 films and 6 tables", n, err)
	}
}

func TestDicomAndAnonymise(t *testing.T) {
	image := filepath.Join(peer, "00000001_000.dcm")
	code, out, _ := cxr(t, "dicom", "--json", image)
	var in struct {
		Path   string
		Pixels inspect.PixelSummary
	}
	if err := json.Unmarshal([]byte(out), &in); err != nil || code != exitOK || in.Pixels.Rows != 128 ||
		in.Pixels.BitsStored != 12 || len(in.Pixels.SHA256) != 64 {
		t.Errorf("exit %d, %+v, %v", code, in, err)
	}
	code, out, _ = cxr(t, "dicom", "--json", filepath.Join(peer, "model.onnx"))
	if l := lines(t, out); code != exitFailed || len(l) != 1 || l[0].Error == "" {
		t.Errorf("no DICOM: exit %d, %q", code, out)
	}
	to := filepath.Join(t.TempDir(), "out.dcm")
	if code, out, errs := cxr(t, "anonymise", image, to); code != exitOK || !strings.Contains(out, "replaced") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	if code, out, _ := cxr(t, "dicom", to); code != exitOK || !strings.Contains(out, in.Pixels.SHA256) {
		t.Errorf("the anonymised picture differs: exit %d, %q", code, out)
	}
}

func TestCam(t *testing.T) {
	image, out := filepath.Join(peer, "00000001_000.png"), t.TempDir()
	args := append([]string{"cam", "--json", "--class", "mass,Hernia", "--out", out}, modelArgs(t)...)
	for _, method := range []string{"gradcam", "gradcam++", "occlusion"} {
		code, text, errs := cxr(t, append(args, "--method", method, image)...)
		if code != exitOK || strings.Count(text, "\n") != 2 {
			t.Errorf("%s: exit %d, %q, %q; want two lines", method, code, text, errs)
		}
	}
	code, text, errs := cxr(t, append(args, "--method", "gradcam", "--class", "Hernia", "--randomise", "3", image)...)
	if code != exitOK || strings.Count(text, "rank_correlation") < 3 {
		t.Errorf("randomised: exit %d, %q, %q; want three steps a class", code, text, errs)
	}
	if files, _ := filepath.Glob(filepath.Join(out, "*.png")); len(files) != 6 {
		t.Errorf("%d pictures, want 6", len(files))
	}
	if code, _, errs := cxr(t, append(args, "--method", "tealeaves", image)...); code != exitUsage ||
		!strings.Contains(errs, "gradcam") {
		t.Errorf("an unknown method: exit %d, %q", code, errs)
	}
	if code, _, errs := cxr(t, append(args, "--layer", "nowhere", image)...); code != exitFailed ||
		!strings.Contains(errs, "nowhere") {
		t.Errorf("an unknown layer: exit %d, %q", code, errs)
	}
}

func TestGraph(t *testing.T) {
	model := filepath.Join(peer, "model.onnx")
	code, out, _ := cxr(t, "graph", "--json", model)
	var r machine.GraphReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitOK {
		t.Fatal(code, err)
	}
	if r.Head == nil || !r.Head.Linear || r.Head.Classes != 14 || len(r.Features) == 0 || r.NotDifferentiable != "" ||
		r.Ops["Conv"] != 3 || !r.Opens || r.Why != "" || !r.Differentiable || len(r.Blocking) != 0 {
		t.Errorf("%+v", r)
	}
	if f := r.Features[0]; !f.Default || f.Layout != "NCHW" || !slices.Equal(f.Grid, []int64{8, 8}) {
		t.Errorf("the last map: %+v", f)
	}
	if c := r.Contract; c.Labels != (inference.Part{Value: "14", From: inference.Asked}) ||
		c.Meaning.Value != string(inference.Logits) {
		t.Errorf("contract %+v", c)
	}
	if code, out, _ := cxr(t, "graph", model); code != exitOK || !strings.Contains(out, "closed form") {
		t.Errorf("exit %d, %q", code, out)
	}
	if code, out, _ := cxr(t, "graph", "--dump", model); code != exitOK || !strings.Contains(out, "Conv") {
		t.Errorf("exit %d, %q", code, out)
	}
	if code, _, errs := cxr(t, "graph", filepath.Join(peer, "refs.json")); code != exitFailed || errs == "" {
		t.Errorf("no model: exit %d, %q", code, errs)
	}
	code, out, _ = cxr(t, "graph", "--json", filepath.Join(peer, "refs.json"))
	var no machine.GraphReport
	if err := json.Unmarshal([]byte(out), &no); err != nil || code != exitFailed || no.Opens || no.Why == "" {
		t.Errorf("no model: exit %d, %v, %+v", code, err, no)
	}
}

// An ONNX file is imported: it then opens without flags and scores the same.
func TestImportONNX(t *testing.T) {
	args := modelArgs(t)
	image := filepath.Join(peer, "00000001_000.png")
	out := filepath.Join(t.TempDir(), "m.onnx")
	if code, _, errs := cxr(t, "import", filepath.Join(peer, "model.onnx"), "--labels", "chestxray14", "--out", out,
		"--input", "32"); code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	first, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if code, text, _ := cxr(t, "import", filepath.Join(peer, "model.onnx"), "--labels", "chestxray14", "--out", out,
		"--input", "32", "--json"); code != exitOK || !strings.Contains(text, fmt.Sprintf("%x", sha256.Sum256(first))) {
		t.Errorf("importing twice gives different files: exit %d, %q", code, text)
	}
	_, before, _ := cxr(t, append(append([]string{"infer", "--json"}, args...), image)...)
	code, after, errs := cxr(t, "infer", "--json", "--provider", "cpu", "--model", out, image)
	if code != exitOK {
		t.Fatalf("exit %d, %q", code, errs)
	}
	a, b := lines(t, before)[0].Findings, lines(t, after)[0].Findings
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("%s: %+v before, %+v after", a[i].Class, a[i], b[i])
		}
	}
	for name, c := range map[string][]string{
		"no checkpoint": {"import", image, "--out", out},
		"wrong labels":  {"import", filepath.Join(peer, "model.onnx"), "--out", out, "--labels", image},
	} {
		if code, _, errs := cxr(t, c...); code != exitFailed || errs == "" {
			t.Errorf("%s: exit %d, %q", name, code, errs)
		}
	}
}

// A data set of phantoms is scored, judged and calibrated with one bad film
// among the good ones.
func TestScoreValidateCalibrate(t *testing.T) {
	args := modelArgs(t)
	dir := t.TempDir()
	images := filepath.Join(dir, "films")
	if code, _, errs := cxr(t, "phantom", "--out", images, "--n", "30", "--seed", "5", "--size", "96"); code != exitOK {
		t.Fatal(code, errs)
	}
	write(t, filepath.Join(images, "images", "00000001_000.png"), []byte("cut"))
	table := filepath.Join(dir, "scores.csv")
	code, out, errs := cxr(t, append([]string{"score", "--json", "--data", images, "--out", table}, args...)...)
	if code != exitOK || !strings.Contains(out, `"scored":29`) || !strings.Contains(out, "00000001_000.png") {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	report := func(args ...string) string {
		code, out, errs := cxr(t, append(args, "--json", "--bootstrap", "20")...)
		if code != exitOK {
			t.Fatalf("%v: exit %d, %q", args, code, errs)
		}
		all := strings.Split(strings.TrimSpace(out), "\n")
		return all[len(all)-1]
	}
	var a, b struct {
		Event   string
		Classes map[string]map[string]any
	}
	fromTable := report("validate", "--scores", table)
	fromData := report(append([]string{"validate", "--data", images}, args...)...)
	if err := errors.Join(json.Unmarshal([]byte(fromTable), &a), json.Unmarshal([]byte(fromData), &b)); err != nil {
		t.Fatal(err)
	}
	if a.Event != "report" || len(a.Classes) != 14 {
		t.Errorf("event %q with %d classes", a.Event, len(a.Classes))
	}
	for class, k := range a.Classes {
		if k["auroc"] != b.Classes[class]["auroc"] {
			t.Errorf("%s: AUROC %v from the table, %v from the data", class, k["auroc"], b.Classes[class]["auroc"])
		}
	}
	thresholds := filepath.Join(dir, "thresholds.json")
	report(append([]string{"calibrate", "--data", images, "--out", thresholds}, args...)...)
	c, err := calib.Load(thresholds, inference.ChestXray14())
	if err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile(filepath.Join(peer, "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(model); c.ModelSHA256 != hex.EncodeToString(sum[:]) || c.PrepSHA256 == "" {
		t.Errorf("the thresholds are said to be of model %q, preprocessing %q", c.ModelSHA256, c.PrepSHA256)
	}
	if code, _, errs := cxr(t, append(append([]string{"infer"}, args...), "--thresholds", thresholds,
		filepath.Join(images, "images"))...); code != exitFailed {
		t.Errorf("with the new thresholds: exit %d, %q; want 1 for the cut film", code, errs)
	}
	for name, c := range map[string][]string{
		"both":  {"validate", "--scores", table, "--data", images},
		"none":  {"validate"},
		"split": {"score", "--data", images, "--out", table, "--split", "later"},
	} {
		if code, _, errs := cxr(t, c...); code != exitUsage || errs == "" {
			t.Errorf("%s: exit %d, %q; want 2", name, code, errs)
		}
	}
}
