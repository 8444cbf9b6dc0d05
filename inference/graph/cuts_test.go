package graph_test

import (
	"slices"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/extract"
)

// A chain, then a residual block (its inside can be gone round), then a chain
// whose Reshape reads its own input's shape.
func TestCutsAreWhatNothingGoesRound(t *testing.T) {
	m := graph.NewModel("net", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(4),
		graph.FixedDim(8), graph.FixedDim(8))}
	g.AddNode("Relu", []string{"x"}, []string{"a"})
	g.AddNode("Sigmoid", []string{"a"}, []string{"inside"})
	g.AddNode("Add", []string{"a", "inside"}, []string{"b"})
	g.AddNode("GlobalAveragePool", []string{"b"}, []string{"pool"})
	g.AddNode("Shape", []string{"pool"}, []string{"shape"})
	g.AddNode("Reshape", []string{"pool", "shape"}, []string{"flat"})
	g.AddNode("Relu", []string{"flat"}, []string{"y"})
	g.AddOutput(&graph.ValueInfo{Name: "y", Type: &graph.TensorType{Elem: graph.Float}})
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"x", "y", []string{"x", "a", "b", "pool", "flat", "y"}},
		{"a", "b", []string{"a", "b"}},
	} {
		got, err := extract.Cuts(m, c.from, c.to)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("from %s to %s: %v (%v), want %v", c.from, c.to, got, err, c.want)
		}
	}
	if _, err := extract.Cuts(m, "b", "a"); err == nil {
		t.Error("a way back is accepted")
	}
}
