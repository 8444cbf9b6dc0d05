package zoo_test

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/ort"
	"hilum/inference/zoo"
)

// transformerFixture is a network of zoo_families.py.
type transformerFixture struct {
	familyFixture
	Edge   int             `json:"edge"`
	Config json.RawMessage `json:"config"` // what lies beside the weights; null for none
	Tower  int             `json:"tower"`  // features of a tower without a classifier; 0 for a classifier
	Of     string          `json:"of"`     // the tower that text embeddings are for; "" for networks
}

func transformerFixtures(t *testing.T) (all []transformerFixture) {
	t.Helper()
	f, err := os.Open("testdata/transformers.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// write lays weights and configuration into a folder of their own.
func (f transformerFixture) write(t *testing.T, prefix string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "model.safetensors")
	f.safetensors(t, path, prefix)
	if f.Config != nil && string(f.Config) != "null" {
		if err := os.WriteFile(filepath.Join(dir, "config.json"), f.Config, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// picture is that of the formula.
func (f transformerFixture) picture() inference.Tensor {
	x := inference.Tensor{Shape: []int64{1, 3, int64(f.Edge), int64(f.Edge)}}
	for _, u := range uniform(0, 3*f.Edge*f.Edge) {
		x.Data = append(x.Data, float32(2*u-1))
	}
	return x
}

func largest(v []float32) float64 {
	top := 1.
	for _, x := range v {
		top = max(top, math.Abs(float64(x)))
	}
	return top
}

// Oracle: timm's, torchvision's and transformers' own networks with weights by formula
// (testdata/peers/zoo_families.py); logits to 1e-5 of the largest. The
// weights stand under a prefix, as those of a wrapped model do.
func TestTransformersEqualTheirLibraries(t *testing.T) {
	for _, f := range transformerFixtures(t) {
		if f.Tower > 0 {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			o := zoo.Options{}
			if f.Config == nil || string(f.Config) == "null" {
				o.Input = f.Edge // Swin and networks of convolutions take others
			}
			r, err := zoo.Import(f.write(t, "module."), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Extra) != 0 || r.Classes != 5 || r.Input != f.Edge || r.Untrained {
				t.Errorf("left over %v, %d classes, edge %d", r.Extra, r.Classes, r.Input)
			}
			if d := maxDiff(logits(t, r.Model, f.picture()), f.Logits); !(d <= 1e-5*largest(f.Logits)) {
				t.Errorf("as %s: logits differ by %g of %g", r.Family, d, largest(f.Logits))
			}
		})
	}
}

// A tower without a classifier gives the features of its library, and says so instead of
// scoring: with labels it gets a last layer that is to be trained, which says nothing yet.
func TestTowersWithoutAClassifier(t *testing.T) {
	for _, f := range transformerFixtures(t) {
		if f.Tower == 0 || f.Of != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			path := f.write(t, "")
			if _, err := zoo.Import(path, zoo.Options{}); err == nil {
				t.Error("it is no classifier and was taken for one")
			}
			r, err := zoo.Import(path, zoo.Options{Classes: 2})
			if err != nil {
				t.Fatal(err)
			}
			if !r.Untrained || r.Classes != 2 || len(r.Extra) != 0 {
				t.Errorf("%+v", r)
			}
			for _, z := range logits(t, r.Model, f.picture()) {
				if z != 0 {
					t.Errorf("an untrained layer says %v", z)
				}
			}
			last := r.Model.Graph.Nodes[len(r.Model.Graph.Nodes)-1]
			if d := maxDiff(valueOf(t, r.Model, last.Input(0), f.picture()), f.Logits); !(d <= 1e-5*largest(f.Logits)) {
				t.Errorf("features differ by %g of %g", d, largest(f.Logits))
			}
		})
	}
}

// Oracle: PyTorch's cosines of the same towers and sentences. Sentences of another width,
// and sentences for a network that has a classifier, are refused.
func TestTextEmbeddings(t *testing.T) {
	all := transformerFixtures(t)
	find := func(name string) transformerFixture {
		i := slices.IndexFunc(all, func(f transformerFixture) bool { return f.Name == name })
		return all[i]
	}
	for name, labels := range map[string][]string{"pairs": {"Mass", "Nodule", "Herz groß"}, "single": nil} {
		t.Run(name, func(t *testing.T) {
			want := find(name)
			texts, err := zoo.ReadTexts("testdata/texts_" + name + ".npz")
			if err != nil {
				t.Fatal(err)
			}
			tower := find(want.Of)
			r, err := zoo.Import(tower.write(t, ""), zoo.Options{Texts: texts})
			if err != nil {
				t.Fatal(err)
			}
			if r.Untrained || r.Classes != 3 || !slices.Equal(r.Labels, labels) {
				t.Errorf("%+v", r)
			}
			if d := maxDiff(logits(t, r.Model, tower.picture()), want.Logits); !(d <= 1e-5*largest(want.Logits)) {
				t.Errorf("logits differ by %g of %g", d, largest(want.Logits))
			}
			for _, other := range []string{"RAD-DINO's form", "transformers CLIP"} {
				if other == "RAD-DINO's form" && name == "single" {
					continue // as wide
				}
				if _, err := zoo.Import(find(other).write(t, ""), zoo.Options{Texts: texts}); err == nil {
					t.Errorf("%s takes sentences that are not for it", other)
				}
			}
		})
	}
}

// valueOf runs a network up to one of its values.
func valueOf(t *testing.T, m *graph.Model, name string, x inference.Tensor) []float32 {
	t.Helper()
	e, err := ort.Open(ort.Options{Provider: inference.CPU, Threads: 1})
	if err != nil {
		t.Skip("no ONNX Runtime: set HILUM_ORT_LIB or run make:", err)
	}
	defer e.Close()
	v := graph.NewValueInfo(name, graph.Float)
	v.Type.HasShape = false
	m.Graph.AddOutput(v)
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(b, inference.SessionOptions{Inputs: []string{"image"}, Outputs: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Run(t.Context(), []inference.Tensor{x})
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Data
}
