package graph

import (
	"maps"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// Check verifies what every runtime demands of a graph: each value is made
// once, before it is used, and each output exists. Subgraphs are checked with
// the values of the graphs around them in sight.
func (m *Model) Check() error {
	if m.Graph == nil {
		return message.Errorf("check model: no graph in it")
	}
	if err := m.Graph.check(nil); err != nil {
		return message.Errorf("check model: %w", err)
	}
	return nil
}

func (g *Graph) check(outer map[string]bool) error {
	have := maps.Clone(outer)
	if have == nil {
		have = make(map[string]bool)
	}
	for _, v := range g.Inputs {
		have[v.Name] = true
	}
	for _, t := range g.Initializers {
		have[t.Name] = true
	}
	for _, name := range g.sparseNames() {
		have[name] = true
	}
	made := make(map[string]bool)
	for _, n := range g.Nodes {
		if err := n.check(have, made); err != nil {
			return err
		}
	}
	for _, o := range g.Outputs {
		if !have[o.Name] {
			return message.Errorf("output %q is made by no node", o.Name)
		}
	}
	return nil
}

func (n *Node) check(have, made map[string]bool) error {
	for _, in := range n.Inputs {
		if in != "" && !have[in] {
			return message.Errorf("%v uses %q before it is made", n, in)
		}
	}
	for _, a := range n.Attrs {
		for sub := range a.Subgraphs() {
			if err := sub.check(have); err != nil {
				return message.Errorf("%v: subgraph %q: %w", n, a.Name, err)
			}
		}
	}
	for _, out := range n.Outputs {
		if out == "" {
			continue
		}
		if made[out] {
			return message.Errorf("%v makes %q, which another node makes", n, out)
		}
		made[out], have[out] = true, true
	}
	return nil
}

// sparseNames returns the names of sparse initializers, which are kept raw:
// GraphProto.sparse_initializer = 15, its values = 1, their name = 8.
func (g *Graph) sparseNames() []string {
	var names []string
	for _, u := range g.unknown {
		if u.num != 15 {
			continue
		}
		sparse := fieldBytes(u.raw, 15)
		names = append(names, string(fieldBytes(fieldBytes(sparse, 1), 8)))
	}
	return names
}

// fieldBytes returns the contents of the first length-delimited field num of a
// message, nil when it has none.
func fieldBytes(b []byte, num protowire.Number) []byte {
	for len(b) > 0 {
		f, n, err := parseField(b)
		if err != nil {
			return nil
		}
		if f.num == num && f.typ == protowire.BytesType {
			return f.data
		}
		b = b[n:]
	}
	return nil
}

// SortNodes puts the nodes into topological order, keeping the present order
// where it is free. It fails when values depend on each other in a circle.
func (g *Graph) SortNodes() error {
	producers := g.Producers()
	state := make(map[*Node]int, len(g.Nodes)) // 1: on the stack, 2: placed
	sorted := make([]*Node, 0, len(g.Nodes))
	for _, root := range g.Nodes {
		stack := []*Node{root}
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			if state[n] == 2 {
				stack = stack[:len(stack)-1]
				continue
			}
			open, err := openInputs(n, producers, state)
			if err != nil {
				return message.Errorf("sort nodes: %w", err)
			}
			state[n] = 1
			if len(open) == 0 {
				state[n] = 2
				sorted = append(sorted, n)
				stack = stack[:len(stack)-1]
			}
			stack = append(stack, open...)
		}
	}
	g.Nodes = sorted
	return nil
}

// openInputs returns the producers of n's inputs that are not placed yet.
func openInputs(n *Node, producers map[string]*Node, state map[*Node]int) ([]*Node, error) {
	var open []*Node
	for in := range n.Uses() {
		p := producers[in]
		if p == nil || state[p] == 2 {
			continue
		}
		if state[p] == 1 {
			return nil, message.Errorf("%v and %v depend on each other", n, p)
		}
		open = append(open, p)
	}
	return open, nil
}

// Uses returns the values that a node reads, those seen from its subgraphs
// included.
func (n *Node) Uses() map[string]bool {
	set := make(map[string]bool)
	for _, in := range n.Inputs {
		set[in] = true
	}
	for _, a := range n.Attrs {
		for sub := range a.Subgraphs() {
			for _, sn := range sub.Nodes {
				maps.Copy(set, sn.Uses())
			}
			for _, o := range sub.Outputs {
				set[o.Name] = true
			}
		}
	}
	delete(set, "")
	return set
}
