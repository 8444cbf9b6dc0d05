package normal

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
)

// inlineBranches puts the branch that is taken in place of every If whose
// condition the file itself decides: a constant, or a comparison of sizes that
// the graph fixes, as exporters write for squeezes and optional inputs.
func inlineBranches(m *graph.Model) {
	if !hasBranches(m.Graph) {
		return
	}
	names := m.Graph.Names()
	for again := true; again; {
		again = false
		d := decider{ix: graph.NewIndex(m.Graph), shapes: shape.Known(m)}
		var nodes []*graph.Node
		for _, n := range m.Graph.Nodes {
			if yes, ok := d.taken(n); ok {
				nodes, again = append(nodes, branchOf(m.Graph, n, yes, names)...), true
				continue
			}
			nodes = append(nodes, n)
		}
		m.Graph.Nodes = nodes
	}
}

func hasBranches(g *graph.Graph) bool {
	return slices.ContainsFunc(g.Nodes, func(n *graph.Node) bool { return n.Op == "If" && n.IsONNX() })
}

// branch gives the nodes of one branch of an If under names of their own; its
// weights become the graph's.
func branchOf(g *graph.Graph, n *graph.Node, yes bool, names map[string]bool) []*graph.Node {
	sub := n.Attr("else_branch").Graph
	if yes {
		sub = n.Attr("then_branch").Graph
	}
	as := map[string]string{}
	for _, x := range sub.Nodes {
		x.Name = ""
		for _, o := range x.Outputs {
			if o != "" {
				as[o] = graph.Fresh(names, n.Output(0)+"/"+o)
			}
		}
	}
	for _, t := range sub.Initializers {
		as[t.Name] = graph.Fresh(names, n.Output(0)+"/"+t.Name)
	}
	sub.RenameAll(as)
	g.Initializers = append(g.Initializers, sub.Initializers...)
	nodes := sub.Nodes
	for i, o := range sub.Outputs {
		if to := n.Output(i); to != "" {
			nodes = append(nodes, &graph.Node{Op: "Identity", Inputs: []string{o.Name}, Outputs: []string{to}})
		}
	}
	return nodes
}

// decider works out conditions that do not depend on the picture.
type decider struct {
	ix     *graph.Index
	shapes shape.Shapes
}

// taken tells which branch of a node is taken: ok is false for other nodes and
// where only a run can tell.
func (d decider) taken(n *graph.Node) (yes, ok bool) {
	if n.Op != "If" || !n.IsONNX() {
		return false, false
	}
	for _, name := range []string{"then_branch", "else_branch"} {
		if a := n.Attr(name); a == nil || a.Graph == nil || a.Graph.HasSparse() {
			return false, false
		}
	}
	return d.truth(n.Input(0), graph.MaxChain)
}

func (d decider) truth(name string, depth int) (yes, ok bool) {
	if v, ok := d.number(name); ok {
		return v != 0, true
	}
	n := d.ix.Makers[name]
	if n == nil || !n.IsONNX() || depth == 0 {
		return false, false
	}
	switch n.Op {
	case "Identity", "Squeeze", "Unsqueeze", "Reshape", "Cast":
		return d.truth(n.Input(0), depth-1)
	case "Not":
		yes, ok = d.truth(n.Input(0), depth-1)
		return !yes, ok
	case "And", "Or":
		a, okA := d.truth(n.Input(0), depth-1)
		b, okB := d.truth(n.Input(1), depth-1)
		if n.Op == "And" {
			return a && b, okA && okB || okA && !a || okB && !b
		}
		return a || b, okA && okB || okA && a || okB && b
	}
	return d.compare(n)
}

func (d decider) compare(n *graph.Node) (yes, ok bool) {
	a, okA := d.number(n.Input(0))
	b, okB := d.number(n.Input(1))
	if !okA || !okB {
		return false, false
	}
	switch n.Op {
	case "Equal":
		return a == b, true
	case "Greater":
		return a > b, true
	case "Less":
		return a < b, true
	case "GreaterOrEqual":
		return a >= b, true
	case "LessOrEqual":
		return a <= b, true
	}
	return false, false
}

// number is a whole number, or a truth value as 0 or 1, that the file fixes.
func (d decider) number(name string) (int64, bool) {
	if t := d.ix.Constant(name); t != nil && t.Len() == 1 {
		if v, err := t.Ints(); err == nil {
			return v[0], true
		}
		return 0, false
	}
	v, ok := d.shapes.Ints(name)
	if !ok || len(v) != 1 {
		return 0, false
	}
	return v[0], true
}
