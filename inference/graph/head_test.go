package graph_test

import (
	"path/filepath"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/internal/ortrun"
)

// heads are the fixtures of testdata/peers/graph_heads.py.
var heads = []struct {
	name       string
	linear     bool
	activation string
}{
	{"adaptive", true, ""}, {"adaptive_dynamo", true, ""}, {"dense", true, ""}, {"dense_dynamo", true, ""},
	{"mean", true, ""}, {"mean_keep", true, ""}, {"mean_twice", true, ""}, {"mean_flat", true, ""},
	{"mean_flat_dynamo", true, ""}, {"window", true, ""}, {"conv", true, ""}, {"matmul", true, ""},
	{"sigmoid", true, "Sigmoid"}, {"deep", false, ""}, {"flat", false, ""},
}

func readHead(t testing.TB, name string) *graph.Model {
	t.Helper()
	m, err := graph.ReadFile(filepath.Join("testdata", "heads", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func floats(t testing.TB, m *graph.Model, name string) *ortrun.Array {
	t.Helper()
	init := m.Graph.Initializer(name)
	if init == nil {
		t.Fatalf("no reference %q", name)
	}
	v, err := init.Floats()
	if err != nil {
		t.Fatal(err)
	}
	return &ortrun.Array{Shape: init.Dims, F32: v}
}

// Oracle: PyTorch autograd on the same networks (graph_heads.py), to 2e-6;
// values are of the order of 1.
func TestEvidenceEqualsAutograd(t *testing.T) {
	for _, h := range heads {
		if !h.linear {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			m, ref := readHead(t, h.name), readHead(t, h.name+".ref")
			head, err := classifier.FindHead(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := classifier.AddCAM(m, head, classifier.DefaultCAMNames()); err != nil {
				t.Fatal(err)
			}
			in := m.Graph.Feeds()[0].Name
			out := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{in: *floats(t, ref, "x")})
			for ours, theirs := range map[string]string{"logits": "logits", "class_maps": "maps",
				"embedding": "embedding"} {
				if d := ortrun.MaxDiff(t, out[ours], *floats(t, ref, theirs)); !(d <= 2e-6) {
					t.Errorf("%s differs by %g", ours, d)
				}
			}
		})
	}
}

func TestFindHead(t *testing.T) {
	for _, h := range heads {
		t.Run(h.name, func(t *testing.T) {
			head, err := classifier.FindHead(readHead(t, h.name))
			if err != nil {
				t.Fatal(err)
			}
			if head.Linear != h.linear || head.Activation != h.activation {
				t.Fatalf("linear %v (%s), activation %q; want %v, %q", head.Linear, head.Why, head.Activation,
					h.linear, h.activation)
			}
			if head.Linear && (head.Channels != 6 || head.Classes != 5) {
				t.Errorf("%d channels, %d classes; the peer script makes 6 and 5", head.Channels, head.Classes)
			}
			if head.Linear == (!head.Why.IsZero()) || head.Feature == "" {
				t.Errorf("head %+v: a reason and only where there is no closed form, a feature map always", head)
			}
		})
	}
}

// The same pooling window on a map one row larger is not the mean of the map;
// where the picture's size is free nothing is known.
func TestWindowMustCoverTheMap(t *testing.T) {
	for _, c := range []struct {
		rows graph.Dim
		want bool
	}{{graph.FixedDim(16), true}, {graph.FixedDim(20), false}, {graph.SymbolDim("h"), false}} {
		m := readHead(t, "window")
		m.Graph.Inputs[0].Type.Shape[2] = c.rows
		head, err := classifier.FindHead(m)
		if err != nil {
			t.Fatal(err)
		}
		if head.Linear != c.want {
			t.Errorf("%v rows: linear %v (%s)", c.rows, head.Linear, head.Why)
		}
	}
}

func TestEvidenceNeedsAClosedForm(t *testing.T) {
	m := readHead(t, "deep")
	head, err := classifier.FindHead(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := classifier.AddCAM(m, head, classifier.DefaultCAMNames()); err == nil {
		t.Error("evidence was added to a head with two linear layers")
	}
}

// The Sigmoid's output bears the name that the logits want: it must give way,
// and the probabilities must still be an output.
func TestEvidenceNameInTheWay(t *testing.T) {
	m := readHead(t, "sigmoid")
	if err := m.Graph.Rename("scores", "logits"); err != nil {
		t.Fatal(err)
	}
	head, err := classifier.FindHead(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := classifier.AddCAM(m, head, classifier.DefaultCAMNames()); err != nil {
		t.Fatal(err)
	}
	ref := readHead(t, "sigmoid.ref")
	out := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"image": *floats(t, ref, "x")})
	if d := ortrun.MaxDiff(t, out["logits"], *floats(t, ref, "logits")); !(d <= 2e-6) {
		t.Errorf("logits differ by %g", d)
	}
	if _, ok := out["logits_original"]; !ok {
		t.Errorf("outputs %v: the probabilities are gone", m.Graph.OutputNames())
	}
}

func TestModelInput(t *testing.T) {
	free, err := classifier.InputOf(readHead(t, "mean"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (classifier.Input{Name: "image", Elem: graph.Float, Channels: 3}); free != want {
		t.Errorf("input %+v, want %+v", free, want)
	}
	fixed, err := classifier.InputOf(readHead(t, "adaptive_dynamo"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (classifier.Input{Name: "image", Elem: graph.Float, Channels: 3, Height: 16, Width: 16}); fixed != want {
		t.Errorf("input %+v, want %+v", fixed, want)
	}
}
