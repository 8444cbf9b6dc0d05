package graph

import (
	"slices"

	"hilum/internal/message"
)

// Prune removes the nodes and initializers that lead to no output.
func (g *Graph) Prune() {
	want := make(map[string]bool)
	for _, o := range g.Outputs {
		want[o.Name] = true
	}
	var kept []*Node
	for _, n := range slices.Backward(g.Nodes) {
		if !slices.ContainsFunc(n.Outputs, func(o string) bool { return o != "" && want[o] }) {
			continue
		}
		kept = append(kept, n)
		for in := range n.Uses() {
			want[in] = true
		}
	}
	slices.Reverse(kept)
	g.Nodes = kept
	g.Initializers = slices.DeleteFunc(g.Initializers, func(t *Tensor) bool { return !want[t.Name] })
	g.ValueInfos = slices.DeleteFunc(g.ValueInfos, func(v *ValueInfo) bool { return !want[v.Name] })
}

// DropUnusedInputs removes the inputs that no node reads, but for some.
func (g *Graph) DropUnusedInputs(keep map[string]bool) {
	used := make(map[string]bool)
	for _, n := range g.Nodes {
		for in := range n.Uses() {
			used[in] = true
		}
	}
	for _, o := range g.Outputs {
		used[o.Name] = true
	}
	g.Inputs = slices.DeleteFunc(g.Inputs, func(v *ValueInfo) bool { return !used[v.Name] && !keep[v.Name] })
}

// WeightsToInputs turns initializers into graph inputs, in the order of names,
// and returns their tensors: a training step gets its parameters that way.
func (g *Graph) WeightsToInputs(names []string) ([]*Tensor, error) {
	var out []*Tensor
	for _, name := range names {
		t := g.Initializer(name)
		if t == nil {
			return nil, message.Errorf("weights to inputs: no initializer %q", name)
		}
		dims := make([]Dim, len(t.Dims))
		for i, d := range t.Dims {
			dims[i] = FixedDim(d)
		}
		g.Initializers = slices.DeleteFunc(g.Initializers, func(o *Tensor) bool { return o == t })
		if g.Input(name) == nil {
			g.Inputs = append(g.Inputs, NewValueInfo(name, t.Type, dims...))
		}
		out = append(out, t)
	}
	return out, nil
}

// InputsToWeights is the way back: each tensor becomes the initializer of its
// name, and the input of that name goes.
func (g *Graph) InputsToWeights(tensors []*Tensor) error {
	for _, t := range tensors {
		v := g.Input(t.Name)
		if v == nil {
			return message.Errorf("inputs to weights: no input %q", t.Name)
		}
		if v.Type != nil && v.Type.Elem != t.Type {
			return message.Errorf("inputs to weights: %q is %v, the tensor %v", t.Name, v.Type.Elem, t.Type)
		}
		g.Inputs = slices.DeleteFunc(g.Inputs, func(o *ValueInfo) bool { return o == v })
		g.Initializers = append(g.Initializers, t)
	}
	return nil
}

// Clone copies a model so deeply that editing nodes, names, attributes and
// metadata of one leaves the other alone.
func (m *Model) Clone() (*Model, error) {
	b, err := m.Encode()
	if err != nil {
		return nil, message.Errorf("clone: %w", err)
	}
	c, err := Decode(b)
	if err != nil {
		return nil, message.Errorf("clone: %w", err)
	}
	c.SetDir(m.dir)
	return c, nil
}
