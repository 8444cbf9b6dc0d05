package graph

import (
	"slices"

	"hilum/internal/message"
)

// Splice copies the nodes and weights of another model into m. bind maps each
// input of other to a value of m; values of other get free names in m. It
// returns what each output of other is called there; they are not declared as
// outputs. Both models must be written for the same operator set, and m must
// end up in topological order: bound values must exist already.
func (m *Model) Splice(other *Model, bind map[string]string) (map[string]string, error) {
	if m.Opset() != other.Opset() {
		return nil, message.Errorf("splice: operator sets %d and %d", m.Opset(), other.Opset())
	}
	c, err := other.Clone()
	if err != nil {
		return nil, message.Errorf("splice: %w", err)
	}
	have, names := m.Graph.Names(), m.Graph.Names()
	as := make(map[string]string)
	for _, v := range c.Graph.Feeds() {
		to, ok := bind[v.Name]
		if !ok || !have[to] {
			return nil, message.Errorf("splice: input %q is bound to no value", v.Name)
		}
		as[v.Name] = to
	}
	for name := range c.Graph.Names() {
		if _, ok := as[name]; !ok {
			as[name] = Fresh(names, name)
		}
	}
	c.Graph.RenameAll(as)
	for _, n := range c.Graph.Nodes { // two nodes of one name are refused by runtimes; none is allowed
		n.Name = ""
	}
	m.Graph.Nodes = append(m.Graph.Nodes, c.Graph.Nodes...)
	m.Graph.Initializers = append(m.Graph.Initializers, c.Graph.Initializers...)
	out := make(map[string]string, len(other.Graph.Outputs))
	for _, o := range other.Graph.Outputs {
		out[o.Name] = as[o.Name]
	}
	return out, nil
}

// RenameAll renames many values at once, so that names may change places.
func (g *Graph) RenameAll(as map[string]string) {
	swap := func(s *string) {
		if to, ok := as[*s]; ok {
			*s = to
		}
	}
	for _, list := range [][]*ValueInfo{g.Inputs, g.Outputs, g.ValueInfos} {
		for _, v := range list {
			swap(&v.Name)
		}
	}
	for _, t := range g.Initializers {
		swap(&t.Name)
	}
	for _, n := range g.Nodes {
		for i := range n.Inputs {
			swap(&n.Inputs[i])
		}
		for i := range n.Outputs {
			swap(&n.Outputs[i])
		}
		for _, a := range n.Attrs {
			for sub := range a.Subgraphs() {
				sub.RenameAll(as)
			}
		}
	}
}

// Untie gives every node its own copy of the floating-point initializers that
// it shares with others, and returns how many copies were made. Exporters
// merge weights that are equal, such as fresh normalisation parameters;
// trained on, they must be free to differ.
func (g *Graph) Untie() int {
	names, seen, copies := g.Names(), make(map[string]bool), 0
	for _, n := range g.Nodes {
		for i, in := range n.Inputs {
			t := g.Initializer(in)
			if t == nil || !t.Type.IsFloat() {
				continue
			}
			if !seen[in] {
				seen[in] = true
				continue
			}
			c := *t
			c.Name = Fresh(names, in+"_untied")
			c.Dims = slices.Clone(t.Dims)
			n.Inputs[i] = c.Name
			g.Initializers = append(g.Initializers, &c)
			copies++
		}
	}
	return copies
}
