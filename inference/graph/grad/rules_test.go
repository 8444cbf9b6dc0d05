package grad

import (
	"slices"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/choose"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/grad/internal/layout"
	"hilum/inference/graph/grad/internal/linear"
	"hilum/inference/graph/grad/internal/norm"
	"hilum/inference/graph/grad/internal/pointwise"
	"hilum/inference/graph/grad/internal/quantise"
	"hilum/inference/graph/grad/internal/window"
)

// An operator has its rule in one room: of two, one would be read and never used.
func TestOperatorsHaveOneRule(t *testing.T) {
	total := 0
	for _, room := range []emit.Rules{choose.Rules(), layout.Rules(), linear.Rules(), norm.Rules(), pointwise.Rules(),
		quantise.Rules(), window.Rules()} {
		total += len(room)
	}
	if all := rules(); total != len(all) {
		t.Errorf("the rooms have %d rules for %d operators", total, len(all))
	}
}

// A rule that is handed on is used without another change. The determinant has none of
// its own; by Jacobi's formula d det(X)/dX = det(X) X^-T, and for a matrix of one
// element that is 1: the seed itself.
func TestRulesAreHandedOn(t *testing.T) {
	m := graph.NewModel("det", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.FixedDim(1), graph.FixedDim(1))}
	g.AddNode("Det", []string{"x"}, []string{"y"})
	g.Outputs = []*graph.ValueInfo{graph.NewValueInfo("y", graph.Float)}
	r := Request{Seeds: map[string]string{"y": "y"}, WRT: []string{"x"}}
	if _, err := build(m, r, rules()); err == nil {
		t.Fatal("the determinant has a derivative without a rule")
	}
	det := func(b emit.Emitter, n *graph.Node, dy []string) error {
		b.Give(n.Input(0), b.Op("Reshape", []string{dy[0], b.Ints(1, 1)}))
		return nil
	}
	out, err := build(m, r, emit.Join(rules(), emit.Rules{"Det": det}))
	if err != nil {
		t.Fatal(err)
	}
	made := g.Producers()[out["x"]]
	if made == nil || made.Op != "Reshape" || !slices.Contains(made.Inputs, "y") {
		t.Errorf("the derivative by x is made by %v", made)
	}
}
