package normal

import (
	"hilum/inference/graph"
	"hilum/internal/message"
)

// FixInput returns the model with the free sizes of an input set: sizes[i] is that of
// axis i, 0 leaves it as it is. A symbol that gets a size has it wherever the model
// declares it. The model itself is not changed; nodes and tensors are shared.
func FixInput(m *graph.Model, name string, sizes ...int64) (*graph.Model, error) {
	v := m.Graph.Input(name)
	if v == nil || v.Type == nil || !v.Type.HasShape || len(v.Type.Shape) != len(sizes) {
		return nil, message.Errorf("fix input %q: it is no input of %d axes", name, len(sizes))
	}
	symbols := make(map[string]int64)
	for i, n := range sizes {
		d := v.Type.Shape[i]
		switch {
		case n <= 0:
		case d.Known && d.Value > 0 && d.Value != n:
			return nil, message.Errorf("fix input %q: axis %d is %d, not %d", name, i, d.Value, n)
		case d.Param == "":
		case symbols[d.Param] == 0:
			symbols[d.Param] = n
		case symbols[d.Param] != n: // two axes of one name: a slip of the exporter
			symbols[d.Param] = -1
		}
	}
	g := *m.Graph
	g.Inputs, g.Outputs, g.ValueInfos = fixed(g.Inputs, symbols), fixed(g.Outputs, symbols),
		fixed(g.ValueInfos, symbols)
	t := *v.Type
	t.Shape = append([]graph.Dim{}, t.Shape...)
	for i, n := range sizes {
		if n > 0 {
			t.Shape[i] = graph.FixedDim(n)
		}
	}
	for i, in := range g.Inputs {
		if in.Name == name {
			c := *v
			c.Type = &t
			g.Inputs[i] = &c
		}
	}
	out := *m
	out.Graph = &g
	return &out, nil
}

// fixed copies a list of values with symbols replaced by sizes.
func fixed(list []*graph.ValueInfo, symbols map[string]int64) []*graph.ValueInfo {
	out := make([]*graph.ValueInfo, len(list))
	for i, v := range list {
		out[i] = v
		if v.Type == nil || !v.Type.HasShape {
			continue
		}
		t := *v.Type
		t.Shape = append([]graph.Dim{}, t.Shape...)
		for k, d := range t.Shape {
			if n := symbols[d.Param]; d.Param != "" && n > 0 {
				t.Shape[k] = graph.FixedDim(n)
			}
		}
		c := *v
		c.Type = &t
		out[i] = &c
	}
	return out
}
