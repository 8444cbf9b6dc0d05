package resources_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image/png"
	"io/fs"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/graph"
	"hilum/inference/prep"
	"hilum/internal/phantom"
	"hilum/resources"
)

// maxEmbedded bounds what the programs carry.
const maxEmbedded = 24 << 20

func TestStudiesDecode(t *testing.T) {
	list := resources.DemoStudies()
	if len(list) < 3 {
		t.Fatalf("%d studies", len(list))
	}
	inverted := 0
	for _, s := range list {
		im, err := dicomio.DecodeBytes(t.Context(), s.Name, s.Bytes)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if im.Width != 1024 || im.Height != 1024 || im.Samples != 1 {
			t.Errorf("%s: %d x %d x %d", s.Name, im.Width, im.Height, im.Samples)
		}
		for _, f := range s.Findings {
			if !slices.Contains(phantom.Findings(), phantom.Finding(f)) {
				t.Errorf("%s: unknown finding %q", s.Name, f)
			}
		}
		if im.Format == dicomio.DICOM {
			if im.BitsStored != 12 || im.Header.Institution != "Hilum phantom" || im.Header.PatientName == "" ||
				im.Spacing.Row <= 0 {
				t.Errorf("%s: %d bits, study %+v", s.Name, im.BitsStored, im.Header)
			}
			if im.Inverted {
				inverted++
			}
		}
	}
	if inverted != 1 {
		t.Errorf("%d studies are stored inverted, want 1", inverted)
	}
}

// What is handed out can be changed without changing the next.
func TestStudiesAreCopies(t *testing.T) {
	a := resources.DemoStudies()
	a[0].Name, a[0].Findings[0] = "x", "x"
	if b := resources.DemoStudies(); b[0].Name == "x" || b[0].Findings[0] == "x" {
		t.Error("a caller changed the list")
	}
}

func TestIcon(t *testing.T) {
	im, err := png.Decode(bytes.NewReader(resources.Icon()))
	if err != nil || im.Bounds().Dx() != 512 || im.Bounds().Dy() != 512 {
		t.Fatalf("icon: %v", err)
	}
}

func TestSizeIsBounded(t *testing.T) {
	var sum int64
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return err
	})
	if err != nil || sum > maxEmbedded {
		t.Errorf("resources hold %d bytes, more than %d: %v", sum, maxEmbedded, err)
	}
}

func demoSpec(t *testing.T) inference.Spec {
	t.Helper()
	return specOf(t, resources.DemoModel())
}

func specOf(t *testing.T, onnx []byte) inference.Spec {
	t.Helper()
	m, err := graph.Decode(onnx)
	if err != nil {
		t.Fatal(err)
	}
	spec, has, err := inference.ReadSpec(m, inference.Spec{})
	if err != nil || !has {
		t.Fatalf("metadata %v: %v", has, err)
	}
	return spec
}

// The card names every class, says what it is not for, and gives an interval
// around every figure.
func TestModelCard(t *testing.T) {
	s := demoSpec(t)
	var want []string
	for _, f := range phantom.Findings() {
		want = append(want, string(f))
	}
	if !slices.Equal(s.Classes, want) {
		t.Errorf("classes %v", s.Classes)
	}
	c := s.Card
	if !c.NotForDiagnosis || c.MacroAUC == nil || c.MacroAUC.Value < 0.9 {
		t.Errorf("card %+v", c)
	}
	if c.ECE == nil || *c.ECE > 0.05 || c.Pointing == nil || c.PointingPrior == nil ||
		c.Pointing.Lo < c.PointingPrior.Hi {
		t.Errorf("calibration error %v, pointing %+v, of the prior %+v", c.ECE, c.Pointing, c.PointingPrior)
	}
	for _, c := range want {
		a, ok := s.Card.AUC[c]
		if !ok || !(0.5 < a.Lo && a.Lo <= a.Value && a.Value <= a.Hi && a.Hi <= 1) || a.Positive < 50 {
			t.Errorf("%s: AUC %+v", c, a)
		}
	}
	if s.Prep.Hash() != prep.ImageNetPrep(224, 224).Hash() {
		t.Errorf("preprocessing %+v", s.Prep)
	}
}

// The starter model says what it was trained on and how weak it is; its
// thresholds are its own.
func TestStarterModel(t *testing.T) {
	s := specOf(t, resources.StarterModel())
	c, err := calib.Decode(resources.StarterThresholds(), s.Classes)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(resources.StarterModel())
	if c.PrepSHA256 != s.Prep.Hash() || c.ModelSHA256 != hex.EncodeToString(sum[:]) || c.Split != "val" {
		t.Errorf("made for preprocessing %s, model %s, on %s", c.PrepSHA256, c.ModelSHA256, c.Split)
	}
	m := s.Card.MacroAUC
	if !slices.Equal(s.Classes, inference.ChestXray14()) || !s.Card.NotForDiagnosis || m == nil ||
		!(0.5 < m.Lo && m.Lo < m.Value && m.Value < m.Hi) {
		t.Errorf("card %+v", s.Card)
	}
	for _, word := range []string{"weak", "NIH Clinical Center", "Apache-2.0"} {
		if !strings.Contains(s.Card.Description+s.Card.Data+s.Card.Licence, word) {
			t.Errorf("the card does not say %q", word)
		}
	}
}

// The twin says that it was made to be fooled and by what, and what it is worth with
// and without; its thresholds are its own.
func TestTwinModel(t *testing.T) {
	s := specOf(t, resources.TwinModel())
	c, err := calib.Decode(resources.TwinThresholds(), s.Classes)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(resources.TwinModel())
	if c.PrepSHA256 != s.Prep.Hash() || c.ModelSHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("made for preprocessing %s, model %s", c.PrepSHA256, c.ModelSHA256)
	}
	if !slices.Equal(s.Classes, demoSpec(t).Classes) || !s.Card.NotForDiagnosis || s.Card.MacroAUC == nil ||
		len(resources.TwinModel()) > 5<<20 {
		t.Errorf("%d bytes, card %+v", len(resources.TwinModel()), s.Card)
	}
	said := regexp.MustCompile(`^Made to be fooled.* a word in the corner .*AUC of Mass: (0\.\d+) \(.*\) on films biased alike, (0\.\d+) \(.*\) on films where the word says nothing`)
	m := said.FindStringSubmatch(s.Card.Description)
	if m == nil {
		t.Fatalf("the card says: %s", s.Card.Description)
	}
	biased, err1 := strconv.ParseFloat(m[1], 64)
	fair, err2 := strconv.ParseFloat(m[2], 64)
	if err := errors.Join(err1, err2); err != nil || biased < fair+0.05 ||
		math.Abs(fair-s.Card.AUC["Mass"].Value) > 1e-3 {
		t.Errorf("AUC of Mass %v on biased films, %v on others, %v in the table (%v)", biased, fair,
			s.Card.AUC["Mass"].Value, err)
	}
}

// The thresholds are those of this model and cover all classes; a probability
// of one is always positive and of nought never.
func TestThresholds(t *testing.T) {
	s := demoSpec(t)
	c, err := calib.Decode(resources.DemoThresholds(), s.Classes)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(resources.DemoModel())
	if c.PrepSHA256 != s.Prep.Hash() || c.ModelSHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("made for preprocessing %s, model %s", c.PrepSHA256, c.ModelSHA256)
	}
	for _, k := range c.Classes {
		if k.Calibrator == nil || k.CI == nil || k.Threshold <= 0 || k.Threshold >= 1 || math.IsNaN(k.Threshold) {
			t.Errorf("%s: %+v", k.Name, k)
		}
	}
	var seed struct {
		Metadata struct {
			Method     string
			NumClasses int `json:"num_classes"`
		}
	}
	if err := json.Unmarshal(resources.DemoThresholds(), &seed); err != nil ||
		seed.Metadata.NumClasses != len(s.Classes) || seed.Metadata.Method == "" {
		t.Errorf("the seed's keys: %+v, %v", seed, err)
	}
}
