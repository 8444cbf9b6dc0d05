package normal_test

import (
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/internal/ortrun"
	"hilum/inference/graph/normal"
)

// branched is y = Exp(x) where a condition holds, else Neg(x); both branches call
// their inner value the same, and all nodes have one name.
func branched(cond func(g *graph.Graph) string) *graph.Model {
	m := graph.NewModel("branched", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(4))}
	branch := func(op string) *graph.Graph {
		b := &graph.Graph{Name: op, Initializers: []*graph.Tensor{graph.NewFloats("two", []float32{2}, 1)}}
		b.AddNode("Mul", []string{"x", "two"}, []string{"inner"})
		b.AddNode(op, []string{"inner"}, []string{"out"})
		b.Outputs = []*graph.ValueInfo{{Name: "out", Type: &graph.TensorType{Elem: graph.Float}}}
		return b
	}
	name := cond(g)
	g.AddNode("If", []string{name}, []string{"y"}, &graph.Attribute{Name: "then_branch", Type: graph.AttrGraph,
		Graph: branch("Exp")},
		&graph.Attribute{Name: "else_branch", Type: graph.AttrGraph, Graph: branch("Neg")})
	g.Outputs = []*graph.ValueInfo{{Name: "y", Type: &graph.TensorType{Elem: graph.Float}}}
	return m
}

// Oracle: ONNX Runtime on the graph with its If.
func TestBranchesThatTheFileDecidesAreTaken(t *testing.T) {
	ortrun.Need(t)
	truth := func(v byte) func(g *graph.Graph) string {
		return func(g *graph.Graph) string {
			g.Initializers = append(g.Initializers, graph.NewRaw("c", graph.Bool, []byte{v}))
			return "c"
		}
	}
	for name, cond := range map[string]func(g *graph.Graph) string{
		"true": truth(1), "false": truth(0),
		"by size": func(g *graph.Graph) string {
			g.Initializers = append(g.Initializers, graph.NewInts("one", []int64{1}),
				graph.NewInts("three", []int64{3}))
			g.AddNode("Shape", []string{"x"}, []string{"s"})
			g.AddNode("Gather", []string{"s", "one"}, []string{"w"})
			g.AddNode("Less", []string{"w", "three"}, []string{"small"})
			g.AddNode("Not", []string{"small"}, []string{"c"})
			return "c"
		},
	} {
		m := branched(cond)
		x := ortrun.F32(ramp(8), 2, 4)
		want := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"x": x})["y"]
		for _, n := range m.Graph.Nodes {
			n.Name = "node"
		}
		if err := normal.Apply(m); err != nil {
			t.Fatal(name, err)
		}
		for _, n := range m.Graph.Nodes {
			if n.Op == "If" {
				t.Errorf("%s: an If is left", name)
			}
		}
		got := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"x": x})["y"]
		if d := ortrun.MaxDiff(t, got, want); !(d <= 1e-6) {
			t.Errorf("%s differs by %g", name, d)
		}
	}
}

// A batch that is free decides nothing before a run.
func TestBranchesThatARunDecidesStay(t *testing.T) {
	m := branched(func(g *graph.Graph) string {
		g.Initializers = append(g.Initializers, graph.NewInts("zero", []int64{0}), graph.NewInts("three", []int64{3}))
		g.AddNode("Shape", []string{"x"}, []string{"s"})
		g.AddNode("Gather", []string{"s", "zero"}, []string{"n"})
		g.AddNode("Less", []string{"n", "three"}, []string{"c"})
		return "c"
	})
	if err := normal.Apply(m); err != nil {
		t.Fatal(err)
	}
	if last := m.Graph.Nodes[len(m.Graph.Nodes)-1]; last.Op != "If" {
		t.Errorf("the If became %v", last)
	}
}
