package grad

import (
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// builder collects the new nodes until they are known to be complete.
type builder struct {
	rules  emit.Rules
	target *graph.Model // what commit changes
	m      *graph.Model // the target in an operator set that the rules know
	g      *graph.Graph
	sh     *shape.Shaper
	shapes shape.Shapes
	opset  int64
	names  map[string]bool

	nodes     []*graph.Node
	inits     []*graph.Tensor
	constants map[string]string   // contents of a constant to its name
	parts     map[string][]string // value to the contributions to its derivative
	sums      map[string]string   // value to its derivative, once asked for
	active    map[string]bool     // values that depend on WRT
	edits     []func()            // changes to nodes of the graph, made at commit
	tensors   map[string]*graph.Tensor
	makers    map[string]*graph.Node
	err       error // the first node of our own whose shapes contradict each other
}

func newBuilder(target *graph.Model, r Request, known emit.Rules) (*builder, error) {
	m, err := normal.Upgraded(target)
	if err != nil {
		return nil, message.Errorf("%w: %w", ErrNotDifferentiable, err)
	}
	sh, err := shape.NewShaper(m)
	if err != nil {
		return nil, err
	}
	b := &builder{rules: known, target: target, m: m, g: m.Graph, sh: sh, shapes: sh.Shapes(), opset: m.Opset(),
		names:     m.Graph.Names(),
		constants: make(map[string]string), parts: make(map[string][]string), sums: make(map[string]string),
		active: make(map[string]bool), tensors: make(map[string]*graph.Tensor), makers: m.Graph.Producers()}
	for _, t := range m.Graph.Initializers {
		b.tensors[t.Name] = t
	}
	for _, w := range r.WRT {
		if !b.names[w] {
			return nil, message.Errorf("no value %q", w)
		}
		b.active[w] = true
	}
	b.spread()
	for v, seed := range r.Seeds {
		if !b.names[v] || seed != "" && !b.names[seed] {
			return nil, message.Errorf("no value %q or no seed %q", v, seed)
		}
		if seed == "" {
			seed = b.emitter().Filled(1, v)
		}
		b.parts[v] = append(b.parts[v], seed)
	}
	return b, nil
}

// emitter is what rules are handed.
func (b *builder) emitter() emit.Emitter { return emit.Emitter{Builder: b} }

// node appends the derivative of one node.
func (b *builder) node(n *graph.Node) error {
	live := false
	dy := make([]string, len(n.Outputs))
	for i, o := range n.Outputs {
		if o != "" && b.active[o] {
			dy[i] = b.total(o)
			live = live || dy[i] != ""
		}
	}
	if !live || !b.reads(n) {
		return nil
	}
	r := b.rules[n.Op]
	if r == nil || !n.IsONNX() {
		return message.Errorf("%w: %s", ErrNotDifferentiable, unruled(n))
	}
	if dy[0] == "" && n.Op != "Split" {
		return message.Errorf("%w: by an output other than the first", ErrNotDifferentiable)
	}
	if err := r(b.emitter(), n, dy); err != nil {
		return err
	}
	return b.err
}

// unruled says why an operator has no derivative here, and what to do.
func unruled(n *graph.Node) message.Message {
	switch {
	case strings.HasPrefix(n.Op, "QLinear"), strings.HasSuffix(n.Op, "Integer"), n.Op == "DynamicQuantizeLinear",
		strings.HasPrefix(n.Op, "QGemm"):
		return message.Of("the network computes in 8-bit whole numbers (it is quantised); use the model before it was quantised")
	case !n.IsONNX():
		return message.Of("operator %s is of another set (%s), as a runtime's optimiser writes; use the model before it was optimised",
			n.Op, n.Domain)
	case n.Op == "If", n.Op == "Loop", n.Op == "Scan":
		return message.Of("it has branches or loops (%s); export it with fixed sizes", n.Op)
	}
	return message.Of("no rule for %s", n.Op)
}

// Through differentiates an operator by way of others: write appends nodes that
// compute its first output anew from its inputs, and their rules do the rest. Where
// nothing else reads the new value, pruning removes what is not needed of it.
func (b *builder) Through(dy string, write func() (string, error)) error {
	from := len(b.nodes)
	y, err := write()
	if err != nil {
		return err
	}
	steps := slices.Clone(b.nodes[from:])
	for _, n := range steps {
		b.mark(n)
	}
	if !b.active[y] {
		return nil
	}
	b.parts[y] = append(b.parts[y], dy)
	for _, n := range slices.Backward(steps) {
		if err := b.node(n); err != nil {
			return message.Errorf("as %s: %w", n.Op, err)
		}
	}
	return nil
}

// Wants tells whether a derivative by the value is needed.
func (b *builder) Wants(name string) bool { return name != "" && b.active[name] }

// Give adds a contribution to the derivative by a value, if it is needed.
func (b *builder) Give(name, d string) {
	if b.Wants(name) {
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
		b.sums[name] = b.Op("Add", p)
	default:
		b.sums[name] = b.Op("Sum", p)
	}
	return b.sums[name]
}

func (b *builder) commit() {
	for _, edit := range b.edits {
		edit()
	}
	b.g.Nodes = append(b.g.Nodes, b.nodes...)
	b.g.Initializers = append(b.g.Initializers, b.inits...)
	if b.m != b.target {
		*b.target.Graph = *b.g
		b.target.Opsets, b.target.IRVersion = b.m.Opsets, b.m.IRVersion
	}
}
