package ort

import (
	"math"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/graph"
)

// Two logits a class are asked about, and read as a softmax over the two where
// somebody says so. Oracle: that softmax, by hand, of what the engine gives.
func TestPairsOfLogits(t *testing.T) {
	e := openEngine(t)
	n := newNet(12)
	classifier(n, 6)
	n.as("out", "Reshape", []string{"raw", n.ints(-1, 3, 2)})
	onnx := encoded(t, n.model(picture(), value("out", graph.Float, 3, 2)))
	src := source(onnx, 3)
	if m, err := inference.OpenModel(e, src); err == nil {
		m.Close()
		t.Error("opened without a word")
	} else if !strings.Contains(err.Error(), "two values for each of 3 classes") {
		t.Error(err)
	}
	src.Stated.Meaning = inference.Softmax
	m := openNet(t, e, src)
	r, err := m.Score(t.Context(), testImage())
	if err != nil {
		t.Fatal(err)
	}
	in, _, _ := m.Spec.Prep.Tensor(testImage())
	v := told(t, e, onnx, "out", in)
	for i, f := range r.Findings {
		if want := 1 / (1 + math.Exp(v[2*i]-v[2*i+1])); math.Abs(f.Probability-want) > 1e-5 {
			t.Errorf("class %d: %v, want %v", i, f.Probability, want)
		}
	}
}
