package grad

import (
	"fmt"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Op appends a node with one output and returns the output's name.
func (b *builder) Op(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(b.names, "grad_"+op)
	n := &graph.Node{Name: out, Op: op, Inputs: in, Outputs: []string{out}, Attrs: attrs}
	b.nodes = append(b.nodes, n)
	b.makers[out] = n
	if err := b.sh.Node(n); err != nil && b.err == nil {
		b.err = message.Errorf("%v: %w", n, err)
	}
	return out
}

// Extra returns the name of a node's output number i, which it gets where it has none.
func (b *builder) Extra(n *graph.Node, i int) string {
	if o := n.Output(i); o != "" {
		return o
	}
	out := graph.Fresh(b.names, "grad_"+n.Op)
	b.edits = append(b.edits, func() {
		for len(n.Outputs) <= i {
			n.Outputs = append(n.Outputs, "")
		}
		n.Outputs[i] = out
	})
	return out
}

// Constant returns the name of an initializer with that content.
func (b *builder) Constant(t *graph.Tensor) string {
	raw, err := t.Data()
	if err != nil { // our own tensors always have data
		raw = nil
	}
	key := fmt.Sprint(t.Type, t.Dims, string(raw))
	if name, ok := b.constants[key]; ok {
		return name
	}
	t.Name = graph.Fresh(b.names, "grad_const")
	b.constants[key] = t.Name
	b.inits = append(b.inits, t)
	b.tensors[t.Name] = t
	b.sh.Constant(t)
	return t.Name
}

// Tensor returns the constant behind a value, nil where it is none.
func (b *builder) Tensor(name string) *graph.Tensor {
	if t := b.tensors[name]; t != nil || name == "" {
		return t
	}
	switch n := b.makers[name]; {
	case n == nil || !n.IsONNX():
		return nil
	case n.Op == "Identity":
		return b.Tensor(n.Input(0))
	case n.Op == "Constant":
		return b.g.Constant(name)
	}
	return nil
}

// Again appends a node that does the same as n, without an attribute, and has a second
// output, which it returns.
func (b *builder) Again(n *graph.Node, without string) string {
	c := &graph.Node{Name: graph.Fresh(b.names, "grad_"+n.Op), Op: n.Op, Inputs: n.Inputs}
	c.Outputs = []string{c.Name, graph.Fresh(b.names, "grad_winners")}
	for _, a := range n.Attrs {
		if a.Name != without {
			c.Attrs = append(c.Attrs, a)
		}
	}
	b.nodes = append(b.nodes, c)
	return c.Outputs[1]
}

// Maker is the node that a value comes from.
func (b *builder) Maker(name string) *graph.Node { return b.makers[name] }

// Shapes are those of all values.
func (b *builder) Shapes() shape.Shapes { return b.shapes }

// Opset is the version of ONNX's operator set.
func (b *builder) Opset() int64 { return b.opset }
