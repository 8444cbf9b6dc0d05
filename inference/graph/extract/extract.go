// Package extract cuts models between values: [Between] gives the part that computes some
// values from others, [Cuts] the places where a graph can be cut in two. It imports
// inference/graph and inference/graph/shape.
package extract

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Between returns a new model that computes outputs from inputs, both values
// of m. The new model shares tensors and nodes with m. Inputs of m that are
// still needed stay inputs. Values whose type is not known cannot be inputs.
func Between(m *graph.Model, inputs, outputs []string) (*graph.Model, error) {
	shapes, err := shape.Infer(m)
	if err != nil {
		return nil, message.Errorf("extract: %w", err)
	}
	old := m.Graph
	g := new(graph.Graph)
	*g = *old
	g.Initializers, g.Inputs, g.ValueInfos = slices.Clone(old.Initializers), slices.Clone(old.Inputs),
		slices.Clone(old.ValueInfos)
	g.Nodes, g.Outputs = nil, nil
	cut := make(map[string]bool, len(inputs))
	for _, name := range inputs {
		t := shapes[name]
		if t == nil {
			return nil, message.Errorf("extract: the type of %q is not known", name)
		}
		cut[name] = true
		g.Initializers = slices.DeleteFunc(g.Initializers, func(t *graph.Tensor) bool { return t.Name == name })
		if g.Input(name) == nil {
			g.Inputs = append(g.Inputs, &graph.ValueInfo{Name: name, Type: t})
		}
	}
	for _, n := range old.Nodes {
		if !slices.ContainsFunc(n.Outputs, func(o string) bool { return cut[o] }) {
			g.Nodes = append(g.Nodes, n)
		}
	}
	for _, name := range outputs {
		g.Outputs = append(g.Outputs, &graph.ValueInfo{Name: name, Type: shapes[name]})
	}
	g.Prune()
	g.DropUnusedInputs(cut)
	out := *m
	out.Graph, out.Props = g, slices.Clone(m.Props)
	if err := out.Check(); err != nil {
		return nil, message.Errorf("extract: %w", err)
	}
	return &out, nil
}
