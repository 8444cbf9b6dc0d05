package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference/calib"
	"hilum/inference/zoo"
	"hilum/inference/zoo/family"
	"hilum/training/recipe"
)

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
	more := cli.BuiltIn()
	more.Calibrators = append(more.Calibrators,
		calib.Method{Name: "halved", Title: "half", Fit: fitHalved, Decode: readHalved})
	more.Policies = append(more.Policies, calib.Rule{
		Kind: "npv", Form: "npv", Note: "largest NPV",
		Worth: func(_ calib.Policy, c calib.Confusion) float64 { return c.NPV() },
	})
	help := func(command string) string {
		_, out, _ := captured(t, func() int { return runWith(t.Context(), []string{command, "--help"}, more) })
		return out
	}
	if text := help("calibrate"); !strings.Contains(text, "isotonic, halved") ||
		!strings.Contains(text, "npv (largest NPV)") {
		t.Error(text)
	}
	file := filepath.Join(t.TempDir(), "thresholds.json")
	args := []string{"calibrate", "--scores", peerScores, "--calibrator", "halved", "--policy", "npv", "--bootstrap",
		"5", "--out", file}
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
	more := cli.BuiltIn()
	own := strings.Replace(string(recipe.Head().JSON), `"name": "head"`, `"name": "ours"`, 1)
	more.Recipes = append(more.Recipes, recipe.Entry{Name: "ours", Title: "Our own way", JSON: []byte(own)})
	tiny, _ := more.Networks.Find("resnet_tiny")
	more.Networks = append(more.Networks, zoo.Architecture{Name: "our_net", Draw: tiny.Draw})
	_, out, _ := captured(t, func() int { return runWith(t.Context(), []string{"train", "--help"}, more) })
	if !strings.Contains(out, "seed, ours, or a JSON file") || !strings.Contains(out, "resnet_tiny, our_net.") {
		t.Error(out)
	}
	args := []string{"train", "--data", brightAndDark(t, 16), "--out", filepath.Join(t.TempDir(), "run"), "--arch",
		"our_net", "--recipe", "ours", "--size", "32",
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
	more := cli.BuiltIn()
	more.Families = append(more.Families, family.Family{Name: "OurNet", Signature: []string{"ours.weight"},
		Stem: "ours.weight"})
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
	if code, _, errs := captured(t, func() int { return runWith(t.Context(), args, more) }); code == exitOK ||
		!strings.Contains(errs, "VGG, OurNet;") {
		t.Errorf("exit %d, %s", code, errs)
	}
}
