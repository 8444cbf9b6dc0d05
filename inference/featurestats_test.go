package inference

import (
	"strings"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/novelty"
)

// TestUsualIsBoundToTheFeatures: statistics count for the weights that they were
// measured with: after training of the head alone they do, after training of the
// trunk they do not; damaged ones are refused.
func TestUsualIsBoundToTheFeatures(t *testing.T) {
	rows := make([][]float32, 60)
	for i := range rows {
		rows[i] = []float32{float32(i % 7), float32(i % 5), float32(i % 3)}
	}
	usual, err := novelty.Fit(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := usualGraph()
	if err := SetFeatureStatistics(g, usual); err != nil {
		t.Fatal(err)
	}
	read := func() *novelty.Reference {
		t.Helper()
		head, err := classifier.FindHead(g)
		if err != nil {
			t.Fatal(err)
		}
		r, err := usualOf(g, head)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := read(); r == nil || r.Distance(rows[3]) != usual.Distance(rows[3]) {
		t.Fatalf("read back %+v", r)
	}
	set := func(name string, v float32) {
		for _, i := range g.Graph.Initializers {
			if i.Name == name {
				f, err := i.Floats()
				if err != nil {
					t.Fatal(err)
				}
				f[0] = v
				i.SetFloats(f)
			}
		}
	}
	set("head.w", 9)
	set("head.b", 9)
	if read() == nil {
		t.Error("training of the head alone makes them stale")
	}
	set("trunk.w", 9)
	if read() != nil {
		t.Error("they are used for other features")
	}
	set("trunk.w", 0)
	text, _ := g.Metadata(keyEmbedding)
	g.SetMetadata(keyEmbedding, strings.Replace(text, `"schema":1`, `"schema":7`, 1))
	head, _ := classifier.FindHead(g)
	if _, err := usualOf(g, head); err == nil || !strings.Contains(err.Error(), keyEmbedding) {
		t.Errorf("damaged statistics: %v", err)
	}
}

// TestUnusualPicturesAreTold in the result's warnings, and others are not.
func TestUnusualPicturesAreTold(t *testing.T) {
	m := &Model{FeatureStatistics: &novelty.Reference{N: 100, Mean: []float32{0, 0}, Rest: 1,
		Distances: [5]float64{1, 2, 3, 4, 5}}}
	near, far, other := &Result{Embedding: []float32{1, 1}}, &Result{Embedding: []float32{40, 40}},
		&Result{Embedding: []float32{1}}
	for _, r := range []*Result{near, far, other} {
		m.judge(r)
	}
	if near.Novelty == nil || near.Novelty.Unusual || len(near.Warnings) != 0 {
		t.Errorf("a usual picture: %+v", near)
	}
	if far.Novelty == nil || !far.Novelty.Unusual || len(far.Warnings) != 1 ||
		!strings.Contains(far.Warnings[0].String(), "unusual") {
		t.Errorf("an unusual picture: %+v", far)
	}
	if other.Novelty != nil || len(other.Warnings) != 0 {
		t.Errorf("features of another model: %+v", other)
	}
}

// usualGraph is a convolution, pooling and a linear layer.
func usualGraph() *graph.Model {
	floats := func(name string, shape ...graph.Dim) *graph.ValueInfo {
		return &graph.ValueInfo{Name: name, Type: &graph.TensorType{Elem: graph.Float, HasShape: true, Shape: shape}}
	}
	batch := graph.SymbolDim("n")
	g := &graph.Graph{
		Name:    "usual",
		Inputs:  []*graph.ValueInfo{floats("x", batch, graph.FixedDim(1), graph.FixedDim(8), graph.FixedDim(8))},
		Outputs: []*graph.ValueInfo{floats("y", batch, graph.FixedDim(2))},
		Initializers: []*graph.Tensor{
			graph.NewFloats("trunk.w", make([]float32, 3), 3, 1, 1, 1),
			graph.NewFloats("head.w", make([]float32, 6), 2, 3), graph.NewFloats("head.b", make([]float32, 2), 2),
		},
	}
	g.AddNode("Conv", []string{"x", "trunk.w"}, []string{"c"})
	g.AddNode("GlobalAveragePool", []string{"c"}, []string{"p"})
	g.AddNode("Flatten", []string{"p"}, []string{"f"})
	g.AddNode("Gemm", []string{"f", "head.w", "head.b"}, []string{"y"}, graph.IntAttr("transB", 1))
	return &graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}}
}
