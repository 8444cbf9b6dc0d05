// Package grad differentiates ONNX graphs: given a graph, where its gradient
// starts and which values are of interest, it appends ordinary ONNX nodes that
// compute the derivatives (reverse mode, one rule an operator). Nothing but a
// stock runtime is needed to run the result.
//
// The core function is [Build]. The package imports only inference/graph.
package grad

import (
	"errors"
	"fmt"
	"slices"

	"hilum/inference/graph"
)

// ErrNotDifferentiable marks an operator without a rule, or one used in a form
// that its rule does not cover. The error names the node.
var ErrNotDifferentiable = errors.New("not differentiable")

// minOpset is the oldest operator set whose conventions the rules write.
const minOpset = 11

// Request says which derivatives to build.
type Request struct {
	// Seeds maps a value of the graph to the value that holds the derivative
	// of the objective by it, of the same shape and type. A seed "" stands for
	// ones: the objective is the sum of the value's elements.
	Seeds map[string]string
	// WRT are the values to differentiate by: inputs, initializers or inner
	// values.
	WRT []string
}

// Build appends nodes to m's graph that compute the derivative of the
// objective by each value of r.WRT and returns the names of the results, which
// are not yet outputs. All spatial sizes must be known; the batch size may be
// a symbol. On error the graph is as it was.
func Build(m *graph.Model, r Request) (map[string]string, error) {
	b, err := newBuilder(m, r)
	if err != nil {
		return nil, fmt.Errorf("build gradient: %w", err)
	}
	for _, n := range slices.Backward(slices.Clone(m.Graph.Nodes)) {
		if err := b.node(n); err != nil {
			return nil, fmt.Errorf("build gradient: %v: %w", n, err)
		}
	}
	out := make(map[string]string, len(r.WRT))
	for _, w := range r.WRT {
		if out[w] = b.total(w); out[w] == "" {
			return nil, fmt.Errorf("build gradient: the objective does not depend on %q", w)
		}
	}
	b.commit()
	return out, nil
}

// Supported tells whether there is a rule for an ONNX operator.
func Supported(op string) bool { return ruleFor(op) != nil }

// builder collects the new nodes until they are known to be complete.
type builder struct {
	m      *graph.Model
	g      *graph.Graph
	shapes graph.Shapes
	opset  int64
	names  map[string]bool

	nodes     []*graph.Node
	inits     []*graph.Tensor
	constants map[string]string   // contents of a constant to its name
	parts     map[string][]string // value to the contributions to its derivative
	sums      map[string]string   // value to its derivative, once asked for
	active    map[string]bool     // values that depend on WRT
	edits     []func()            // changes to nodes of the graph, made at commit
	inputs    map[string]*graph.Tensor
}

func newBuilder(m *graph.Model, r Request) (*builder, error) {
	if m.Opset() < minOpset {
		return nil, fmt.Errorf("%w: operator set %d is older than %d", ErrNotDifferentiable, m.Opset(), minOpset)
	}
	shapes, err := m.InferShapes()
	if err != nil {
		return nil, err
	}
	b := &builder{m: m, g: m.Graph, shapes: shapes, opset: m.Opset(), names: m.Graph.Names(),
		constants: make(map[string]string), parts: make(map[string][]string), sums: make(map[string]string),
		active: make(map[string]bool), inputs: make(map[string]*graph.Tensor)}
	for _, t := range m.Graph.Initializers {
		b.inputs[t.Name] = t
	}
	for _, w := range r.WRT {
		if !b.names[w] {
			return nil, fmt.Errorf("no value %q", w)
		}
		b.active[w] = true
	}
	b.spread()
	for v, seed := range r.Seeds {
		if !b.names[v] || seed != "" && !b.names[seed] {
			return nil, fmt.Errorf("no value %q or no seed %q", v, seed)
		}
		if seed == "" {
			seed = b.filled(1, v)
		}
		b.parts[v] = append(b.parts[v], seed)
	}
	return b, nil
}

// spread marks every value that depends on an active one.
func (b *builder) spread() {
	for _, n := range b.g.Nodes {
		if !slices.ContainsFunc(n.Inputs, func(in string) bool { return b.active[in] }) || !passes(n.Op) {
			continue
		}
		for _, o := range n.Outputs {
			if o != "" {
				b.active[o] = true
			}
		}
	}
}

// passes is false for operators whose result does not change with small
// changes of their input: shapes, comparisons, roundings.
func passes(op string) bool {
	switch op {
	case "Shape", "Size", "ArgMax", "ArgMin", "Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual", "Not",
		"Sign", "Floor", "Ceil", "Round", "IsNaN", "IsInf", "ConstantOfShape", "NonZero":
		return false
	}
	return true
}

// rule appends the derivative of one node: dy holds the derivative by each
// output, "" where there is none.
type rule func(b *builder, n *graph.Node, dy []string) error

func (b *builder) node(n *graph.Node) error {
	live := false
	dy := make([]string, len(n.Outputs))
	for i, o := range n.Outputs {
		if o != "" && b.active[o] {
			dy[i] = b.total(o)
			live = live || dy[i] != ""
		}
	}
	if !live || !slices.ContainsFunc(n.Inputs, b.wants) {
		return nil
	}
	if !n.IsONNX() {
		return fmt.Errorf("%w: an operator of another set", ErrNotDifferentiable)
	}
	r := ruleFor(n.Op)
	if r == nil {
		return fmt.Errorf("%w: no rule for %s", ErrNotDifferentiable, n.Op)
	}
	if dy[0] == "" && n.Op != "Split" {
		return fmt.Errorf("%w: by an output other than the first", ErrNotDifferentiable)
	}
	return r(b, n, dy)
}

// wants tells whether a derivative by the value is needed.
func (b *builder) wants(name string) bool { return name != "" && b.active[name] }

// give adds a contribution to the derivative by a value, if it is needed.
func (b *builder) give(name, d string) {
	if b.wants(name) {
		b.parts[name] = append(b.parts[name], d)
	}
}

// total returns the sum of the contributions to the derivative by a value.
// All nodes that read the value have been passed by then.
func (b *builder) total(name string) string {
	if s, ok := b.sums[name]; ok {
		return s
	}
	p := b.parts[name]
	switch len(p) {
	case 0:
		return ""
	case 1:
		b.sums[name] = p[0]
	case 2:
		b.sums[name] = b.op("Add", p)
	default:
		b.sums[name] = b.op("Sum", p)
	}
	return b.sums[name]
}

func (b *builder) commit() {
	for _, edit := range b.edits {
		edit()
	}
	b.g.Nodes = append(b.g.Nodes, b.nodes...)
	b.g.Initializers = append(b.g.Initializers, b.inits...)
}

// Check tells whether the logits can be differentiated by a value of the
// graph: nil, or the error that Build would give. The model is not changed.
func Check(m *graph.Model, logits, by string) error {
	c := *m
	g := *m.Graph
	c.Graph = &g
	b, err := newBuilder(&c, Request{Seeds: map[string]string{logits: ""}, WRT: []string{by}})
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(g.Nodes) {
		if err := b.node(n); err != nil {
			return fmt.Errorf("%v: %w", n, err)
		}
	}
	if b.total(by) == "" {
		return fmt.Errorf("%q does not lead to %q", by, logits)
	}
	return nil
}
