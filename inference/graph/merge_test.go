package graph_test

import (
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/internal/ortrun"
)

// Two copies of one head on one trunk must both give the trunk's logits: their
// names collide everywhere.
func TestSplice(t *testing.T) {
	m, ref := readHead(t, "dense"), readHead(t, "dense.ref")
	head, err := classifier.FindHead(m)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := extract.Between(m, []string{head.Feature}, []string{head.Logits})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for range 2 {
		out, err := m.Splice(rest, map[string]string{head.Feature: head.Feature})
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, out[head.Logits])
		m.Graph.AddOutput(graph.NewValueInfo(out[head.Logits], graph.Float, graph.SymbolDim("batch"),
			graph.FixedDim(5)))
	}
	got := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"image": *floats(t, ref, "x")})
	for _, n := range names {
		if d := ortrun.MaxDiff(t, got[n], *floats(t, ref, "logits")); n == head.Logits || !(d <= 2e-6) {
			t.Errorf("%s differs by %g", n, d)
		}
	}
	if _, err := m.Splice(rest, nil); err == nil {
		t.Error("an input was left unbound")
	}
}

func TestUntie(t *testing.T) {
	m := graph.NewModel("tied", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.FixedDim(1))}
	g.Initializers = []*graph.Tensor{graph.NewFloats("w", []float32{3}, 1)}
	g.AddNode("Mul", []string{"x", "w"}, []string{"a"})
	g.AddNode("Add", []string{"a", "w"}, []string{"y"})
	g.AddOutput(graph.NewValueInfo("y", graph.Float, graph.FixedDim(1)))
	if n := g.Untie(); n != 1 || len(g.Initializers) != 2 || g.Nodes[0].Inputs[1] == g.Nodes[1].Inputs[1] {
		t.Fatalf("%d copies, nodes read %v and %v", n, g.Nodes[0].Inputs, g.Nodes[1].Inputs)
	}
	y := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"x": ortrun.F32([]float32{2}, 1)})["y"]
	if y.F32[0] != 9 {
		t.Errorf("2*3+3 = %g", y.F32[0])
	}
}
