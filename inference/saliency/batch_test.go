package saliency_test

import (
	"slices"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/saliency"
)

// baked is a convolution, pooling and a linear layer; with indices, a step between them
// that changes nothing but is written for one picture, whatever the input says.
func baked(indices bool) *graph.Model {
	m := graph.NewModel("baked", 17)
	fixed := graph.FixedDim
	m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("image", graph.Float, graph.SymbolDim("n"), fixed(1),
		fixed(4), fixed(4))}
	k := make([]float32, 2*9)
	for i := range k {
		k[i] = float32(i%5) - 1.5
	}
	idx := make([]int64, 2*16)
	for i := range idx {
		idx[i] = int64(i % 4)
	}
	m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("k", k, 2, 1, 3, 3), graph.NewInts("i", idx, 1, 2, 4, 4),
		graph.NewFloats("w", []float32{1, 2, -1, .5, .3, -2}, 3, 2)}
	m.Graph.AddNode("Conv", []string{"image", "k"}, []string{"c"}, graph.IntsAttr("pads", 1, 1, 1, 1))
	at := "c"
	if indices {
		m.Graph.AddNode("GatherElements", []string{"c", "i"}, []string{"g"}, graph.IntAttr("axis", 3))
		at = "g"
	}
	m.Graph.AddNode("Relu", []string{at}, []string{"r"})
	m.Graph.AddNode("GlobalAveragePool", []string{"r"}, []string{"p"})
	m.Graph.AddNode("Flatten", []string{"p"}, []string{"f"})
	m.Graph.AddNode("Gemm", []string{"f", "w"}, []string{"logits"}, graph.IntAttr("transB", 1))
	m.Graph.AddOutput(graph.NewValueInfo("logits", graph.Float, graph.SymbolDim("n"), fixed(3)))
	return m
}

// Oracle: the same network without the step that takes one picture at a time.
func TestNetworksOfOnePictureAreRunOneByOne(t *testing.T) {
	x := saliency.Tensor{Shape: []int64{1, 1, 4, 4}, Data: make([]float32, 16)}
	for i := range x.Data {
		x.Data[i] = float32(i*7%11) * .1
	}
	var maps [2][]saliency.Map
	for i, indices := range []bool{false, true} {
		e, err := saliency.New(baked(indices), engine(t), saliency.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if maps[i], err = e.Explain(t.Context(), x, saliency.Query{Method: saliency.Gradient()}); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	for c, want := range maps[0] {
		if !slices.Equal(maps[1][c].Values, want.Values) {
			t.Errorf("class %d: %v, want %v", c, maps[1][c].Values, want.Values)
		}
	}
}
