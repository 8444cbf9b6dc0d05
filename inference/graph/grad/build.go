// Package grad differentiates ONNX graphs: given a graph, where its gradient
// starts and which values are of interest, it appends ordinary ONNX nodes that
// compute the derivatives (reverse mode, one rule an operator). Nothing but a
// stock runtime is needed to run the result.
//
// The core function is [Build]. The package imports only inference/graph.
package grad

import (
	"cmp"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// ErrNotDifferentiable marks an operator without a rule, or one used in a form
// that its rule does not cover. The error names the node.
var ErrNotDifferentiable = message.New("not differentiable")

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
// are not yet outputs. All spatial sizes must be known (graph.FixInput sets free
// ones); the batch size may be a symbol. A model of an operator set before 17 is
// brought to that set, see graph.Upgraded. On error the model is as it was.
func Build(m *graph.Model, r Request) (map[string]string, error) {
	b, err := newBuilder(m, r)
	if err != nil {
		return nil, message.Errorf("build gradient: %w", err)
	}
	for _, n := range slices.Backward(slices.Clone(b.g.Nodes)) {
		if err := b.node(n); err != nil {
			return nil, message.Errorf("build gradient: %v: %w", n, err)
		}
	}
	out := make(map[string]string, len(r.WRT))
	for _, w := range r.WRT {
		if out[w] = b.total(w); out[w] == "" {
			return nil, message.Errorf("build gradient: the objective does not depend on %q: only steps lead from it, such as comparisons, rounding or taking the largest", w)
		}
	}
	b.commit()
	return out, nil
}

// Supported tells whether there is a rule for an ONNX operator.
func Supported(op string) bool { return ruleFor(op) != nil }

// builder collects the new nodes until they are known to be complete.
type builder struct {
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

func newBuilder(target *graph.Model, r Request) (*builder, error) {
	m, err := normal.Upgraded(target)
	if err != nil {
		return nil, message.Errorf("%w: %w", ErrNotDifferentiable, err)
	}
	sh, err := shape.NewShaper(m)
	if err != nil {
		return nil, err
	}
	b := &builder{target: target, m: m, g: m.Graph, sh: sh, shapes: sh.Shapes(), opset: m.Opset(), names: m.Graph.Names(),
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
			seed = b.filled(1, v)
		}
		b.parts[v] = append(b.parts[v], seed)
	}
	return b, nil
}

// spread marks every value that depends on an active one.
func (b *builder) spread() {
	for _, n := range b.g.Nodes {
		b.mark(n)
	}
}

// mark makes a node's outputs active where an input is. Counts, indices and truth
// values do not change with small changes of what they are made of; whole numbers of
// few bits stand for quantised values, through which derivatives pass.
func (b *builder) mark(n *graph.Node) {
	if !b.reads(n) || !passes(n.Op) {
		return
	}
	for _, o := range n.Outputs {
		e := b.shapes.Elem(o)
		if o != "" && (e == graph.Undefined || e.IsFloat() || e.Bits() <= 16 && e != graph.Bool || n.Op == "Cast" && b.fewBits(n.Input(0))) {
			b.active[o] = true
		}
	}
}

// reads tells whether a node, or what is nested in it, reads an active value.
func (b *builder) reads(n *graph.Node) bool {
	for in := range n.Uses() {
		if b.wants(in) {
			return true
		}
	}
	return false
}

// fewBits tells whether a value is of whole numbers that stand for quantised ones.
func (b *builder) fewBits(name string) bool {
	e := b.shapes.Elem(name)
	return e != graph.Undefined && e != graph.Bool && !e.IsFloat() && e.Bits() <= 16
}

// passes is false for operators whose result does not change with small
// changes of their input: shapes, comparisons, roundings.
func passes(op string) bool {
	switch op {
	case "Shape", "Size", "ArgMax", "ArgMin", "Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual", "Not", "And", "Or", "Xor",
		"Sign", "Floor", "Ceil", "Round", "IsNaN", "IsInf", "ConstantOfShape", "NonZero", "Hardmax", "EyeLike", "OneHot",
		"RandomNormalLike", "RandomUniformLike", "Bernoulli", "NonMaxSuppression", "Range":
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
	if !live || !b.reads(n) {
		return nil
	}
	r := ruleFor(n.Op)
	if r == nil || !n.IsONNX() {
		return message.Errorf("%w: %s", ErrNotDifferentiable, unruled(n))
	}
	if dy[0] == "" && n.Op != "Split" {
		return message.Errorf("%w: by an output other than the first", ErrNotDifferentiable)
	}
	if err := r(b, n, dy); err != nil {
		return err
	}
	return b.err
}

// unruled says why an operator has no derivative here, and what to do.
func unruled(n *graph.Node) string {
	switch {
	case strings.HasPrefix(n.Op, "QLinear"), strings.HasSuffix(n.Op, "Integer"), n.Op == "DynamicQuantizeLinear", strings.HasPrefix(n.Op, "QGemm"):
		return "the network computes in 8-bit whole numbers (it is quantised); use the model before it was quantised"
	case !n.IsONNX():
		return "operator " + n.Op + " is of another set (" + n.Domain + "), as a runtime's optimiser writes; use the model before it was optimised"
	case n.Op == "If", n.Op == "Loop", n.Op == "Scan":
		return "it has branches or loops (" + n.Op + "); export it with fixed sizes"
	}
	return "no rule for " + n.Op
}

// through differentiates an operator by way of others: write appends nodes that
// compute its first output anew from its inputs, and their rules do the rest. Where
// nothing else reads the new value, pruning removes what is not needed of it.
func (b *builder) through(dy string, write func() (string, error)) error {
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
	if b.m != b.target {
		*b.target.Graph = *b.g
		b.target.Opsets, b.target.IRVersion = b.m.Opsets, b.m.IRVersion
	}
}

// usual is the edge of the pictures that Check takes a network to see where its graph
// does not say.
const usual = 224

// Check tells whether the logits can be differentiated by a value of the
// graph: nil, or the error that Build would give. Height and width that a picture
// leaves free are taken as 224. The model is not changed.
func Check(m *graph.Model, logits, by string) error {
	c := *m
	g := *m.Graph
	c.Graph = &g
	if in, err := classifier.InputOf(m); err == nil && in.Name == by {
		fixed, err := normal.FixInput(&c, by, 0, in.Channels, cmp.Or(in.Height, usual), cmp.Or(in.Width, usual))
		if err != nil {
			return err
		}
		c = *fixed
	}
	b, err := newBuilder(&c, Request{Seeds: map[string]string{logits: ""}, WRT: []string{by}})
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(b.g.Nodes) {
		if err := b.node(n); err != nil {
			return message.Errorf("%v: %w", n, err)
		}
	}
	if b.total(by) == "" {
		return message.Errorf("%q does not lead to %q", by, logits)
	}
	return nil
}
