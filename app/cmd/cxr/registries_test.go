package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/findingset"
	"hilum/inference/graph"
	"hilum/inference/saliency"
	"hilum/inference/zoo"
	"hilum/internal/tinynet"
	"hilum/training/recipe"
)

// ours is a set of findings that does not come along.
func ours() findingset.Set {
	return findingset.Set{Name: "ours", Title: "Our hospital", Made: "Read by two people.", Labels: []findingset.Label{
		{Name: "Shunt", Display: "Shunt", What: "A shunt.", Pitfalls: "It is thin."}, {Name: "Edema", Display: "Edema", What: "Water.", Pitfalls: "Ours."},
	}}
}

// TestASetOfFindingsIsMetEverywhere: one more entry in the list is all that --labels,
// --findings and their help need.
func TestASetOfFindingsIsMetEverywhere(t *testing.T) {
	more := builtIn()
	more.findings = append(more.findings, ours())
	dir := t.TempDir()
	onnx, err := tinynet.Encode(2, 8)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "m.onnx"), onnx, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, help := range []string{"infer", "import", "card"} {
		if _, out, _ := captured(t, func() int { return runWith(t.Context(), []string{help, "--help"}, more) }); !strings.Contains(out, "ours") {
			t.Errorf("cxr %s --help does not name it", help)
		}
	}
	model := filepath.Join(dir, "out.onnx")
	args := []string{"import", filepath.Join(dir, "m.onnx"), "--labels", "ours", "--findings", "ours", "--contract", "logits", "--out", model}
	if code, _, errs := captured(t, func() int { return runWith(t.Context(), args, more) }); code != exitOK {
		t.Fatal(errs)
	}
	m, err := graph.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	spec, _, err := inference.ReadSpec(m, inference.Spec{})
	if err != nil || strings.Join(spec.Classes, ",") != "Shunt,Edema" || spec.Vocabulary(more.findings).Title != "Our hospital" {
		t.Errorf("%+v, %v", spec, err)
	}
	if code, _, _ := cxr(t, args...); code == exitOK {
		t.Error("without the entry the name is known too")
	}
}

// TestASiteDescribesItsFindingsInAFile: the model carries the description with it.
func TestASiteDescribesItsFindingsInAFile(t *testing.T) {
	dir := t.TempDir()
	file, model := filepath.Join(dir, "ours.json"), filepath.Join(dir, "demo.onnx")
	text, err := json.Marshal(ours())
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	onnx, err := tinynet.Encode(2, 8)
	if err == nil {
		err = os.WriteFile(model, onnx, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	first, second := filepath.Join(dir, "a.onnx"), filepath.Join(dir, "b.onnx")
	if code, _, errs := cxr(t, "import", model, "--labels", file, "--out", first); code == exitOK {
		t.Errorf("a set is taken for a list of labels: %s", errs)
	}
	labels := filepath.Join(dir, "labels.txt")
	if err := os.WriteFile(labels, []byte("Shunt\nEdema\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := cxr(t, "import", model, "--labels", labels, "--contract", "logits", "--out", first); code != exitOK {
		t.Fatal(errs)
	}
	if code, _, errs := cxr(t, "card", first, "--findings", file, "--out", second); code != exitOK {
		t.Fatal(errs)
	}
	m, err := graph.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	spec, _, err := inference.ReadSpec(m, inference.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	about, made, ok := spec.Vocabulary(findingset.Sets()).About("Edema")
	if !ok || about.What != "Water." || made != "Read by two people." {
		t.Errorf("%+v, %q", about, made)
	}
	for _, bad := range []string{"nobody", labels} {
		if code, _, _ := cxr(t, "card", first, "--findings", bad, "--out", filepath.Join(dir, "c.onnx")); code == exitOK {
			t.Errorf("--findings %s is accepted", bad)
		}
	}
}

// TestASaliencyMethodIsMetInCam: one more entry in the list is a method of cxr cam and
// stands in its help.
func TestASaliencyMethodIsMetInCam(t *testing.T) {
	more := builtIn()
	more.methods = append(more.methods, saliency.Method{
		Name: "brightness", Title: "Brightness", About: "What is bright.",
		Explain: func(_ context.Context, p *saliency.Problem) ([]saliency.Map, error) {
			var out []saliency.Map
			h, w := int(p.Image.Shape[2]), int(p.Image.Shape[3])
			for _, c := range p.Query.Classes {
				out = append(out, saliency.Map{Class: c, H: h, W: w, Values: p.Image.Data[:h*w]})
			}
			return out, nil
		},
	})
	if _, out, _ := captured(t, func() int { return runWith(t.Context(), []string{"cam", "--help"}, more) }); !strings.Contains(out, "What is bright.") {
		t.Error(out)
	}
	dir := t.TempDir()
	args := append([]string{"cam", "--json", "--method", "brightness", "--class", "Mass", "--out", dir}, modelArgs(t)...)
	args = append(args, filepath.Join(peer, "00000001_000.png"))
	code, out, errs := captured(t, func() int { return runWith(t.Context(), args, more) })
	if files, _ := filepath.Glob(filepath.Join(dir, "*_brightness_*.png")); code != exitOK || len(files) != 1 {
		t.Errorf("exit %d, %q, %q, %v", code, out, errs, files)
	}
	if code, _, _ := cxr(t, args...); code != exitUsage {
		t.Error("without the entry the method is known too")
	}
}

// halved is a calibrator of somebody's own: half of what the model says.
type halved struct{}

func (halved) Probability(l float64) float64                { return calib.Sigmoid(l) / 2 }
func (halved) Kind() string                                 { return "halved" }
func (halved) Check() error                                 { return nil }
func (h halved) Shifted(float64) calib.Calibrator           { return h }
func (halved) MarshalJSON() ([]byte, error)                 { return []byte(`{"kind":"halved"}`), nil }
func fitHalved([]float64, []bool) (calib.Calibrator, error) { return halved{}, nil }
func readHalved([]byte) (calib.Calibrator, error)           { return halved{}, nil }

// TestACalibratorAndAPolicyAreMetInCalibrate: one more entry in each list stands in the
// help, is used, and is read back.
func TestACalibratorAndAPolicyAreMetInCalibrate(t *testing.T) {
	more := builtIn()
	more.calibrators = append(more.calibrators, calib.Method{Name: "halved", Title: "half", Fit: fitHalved, Decode: readHalved})
	more.policies = append(more.policies, calib.Rule{
		Kind: "npv", Form: "npv", Note: "largest NPV", Worth: func(_ calib.Policy, c calib.Confusion) float64 { return c.NPV() },
	})
	help := func(command string) string {
		_, out, _ := captured(t, func() int { return runWith(t.Context(), []string{command, "--help"}, more) })
		return out
	}
	if text := help("calibrate"); !strings.Contains(text, "isotonic, halved") || !strings.Contains(text, "npv (largest NPV)") {
		t.Error(text)
	}
	file := filepath.Join(t.TempDir(), "thresholds.json")
	args := []string{"calibrate", "--scores", peerScores, "--calibrator", "halved", "--policy", "npv", "--bootstrap", "5", "--out", file}
	if code, out, _ := cxr(t, args...); code == exitOK {
		t.Errorf("without the entries they are known too: %s", out)
	}
	if code, _, errs := captured(t, func() int { return runWith(t.Context(), args, more) }); code != exitOK {
		t.Fatal(errs)
	}
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), `"kind": "halved"`) || !strings.Contains(string(data), `"npv"`) {
		t.Errorf("%s, %v", data, err)
	}
	args = []string{"validate", "--scores", peerScores, "--thresholds", file, "--bootstrap", "0"}
	if code, _, errs := captured(t, func() int { return runWith(t.Context(), args, more) }); code != exitOK {
		t.Error(errs)
	}
}

// TestARecipeAndANetworkAreMetInTrain: one more entry in each list stands in the help
// and is trained by.
func TestARecipeAndANetworkAreMetInTrain(t *testing.T) {
	needEngine(t)
	more := builtIn()
	own := strings.Replace(string(recipe.Head().JSON), `"name": "head"`, `"name": "ours"`, 1)
	more.recipes = append(more.recipes, recipe.Entry{Name: "ours", Title: "Our own way", JSON: []byte(own)})
	tiny, _ := more.networks.Find("resnet_tiny")
	more.networks = append(more.networks, zoo.Architecture{Name: "our_net", Draw: tiny.Draw})
	_, out, _ := captured(t, func() int { return runWith(t.Context(), []string{"train", "--help"}, more) })
	if !strings.Contains(out, "seed, ours, or a JSON file") || !strings.Contains(out, "resnet_tiny, our_net.") {
		t.Error(out)
	}
	args := []string{"train", "--data", brightAndDark(t, 16), "--out", filepath.Join(t.TempDir(), "run"), "--arch", "our_net", "--recipe", "ours", "--size", "32",
		"--epochs", "1", "--batch", "4", "--provider", "cpu", "--threads", "1"}
	if code, _, _ := cxr(t, args...); code == exitOK {
		t.Error("without the entries they are known too")
	}
	code, out, errs := captured(t, func() int { return runWith(t.Context(), args, more) })
	if code != exitOK || !strings.Contains(out, "Recipe ours on") {
		t.Errorf("exit %d, %s, %s", code, out, errs)
	}
}

// TestTheOlderNameOfARecipeStays: partial was called last-block.
func TestTheOlderNameOfARecipeStays(t *testing.T) {
	a, err := recipe.Open("partial")
	b, err2 := recipe.Open("last-block")
	if err != nil || err2 != nil || a != b || a.Name != "last-block" {
		t.Errorf("%v and %v, %v, %v", a.Name, b.Name, err, err2)
	}
}

// TestAFamilyIsMetInImport: one more entry in the list stands in the help and in what
// is said of weights that nobody knows.
func TestAFamilyIsMetInImport(t *testing.T) {
	more := builtIn()
	more.families = append(more.families, zoo.Family{Name: "OurNet", Signature: []string{"ours.weight"}, Stem: "ours.weight"})
	_, out, _ := captured(t, func() int { return runWith(t.Context(), []string{"import", "--help"}, more) })
	if !strings.Contains(out, "VGG, OurNet.") {
		t.Error(out)
	}
	file := filepath.Join(t.TempDir(), "w.safetensors")
	head := `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	data := append(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head...)
	if err := os.WriteFile(file, append(data, 0, 0, 0, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"import", file, "--out", filepath.Join(t.TempDir(), "m.onnx")}
	if code, _, errs := captured(t, func() int { return runWith(t.Context(), args, more) }); code == exitOK || !strings.Contains(errs, "VGG, OurNet;") {
		t.Errorf("exit %d, %s", code, errs)
	}
}
