// Package cpustep writes a training step for stock ONNX Runtime on a CPU: the
// forward part of a network from a feature map to the logits, and its
// gradient, in a layout and with kernels chosen for speed. It computes what
// the rules of graph/grad compute, which its tests hold it to.
//
// Activations are matrices [C, H W N], batch innermost: a 1x1 convolution and
// its two gradients are plain matrix products without a transpose, and batch
// statistics are row statistics. A 3x3 convolution of stride 1 goes by
// Winograd's minimal filtering F(4x4, 3x3), any other by gathering patches.
//
// The core type is [Step]. The package imports only inference/graph and
// inference/graph/grad.
package cpustep

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// ErrUnsupported marks a network with a layer that has no fast form; the plain
// rules of graph/grad take it.
var ErrUnsupported = message.New("no fast form")

// Options describe a training step.
type Options struct {
	Feature    string   // the value [N, C, H, W] that the step is fed
	Logits     string   // the value [N, classes] that it ends in
	Batch      int64    // N, fixed
	Params     []string // initializers to differentiate by
	BatchStats bool     // normalise by the batch's statistics instead of the running ones
	Momentum   float64  // of the running statistics, PyTorch's .1; with BatchStats

	// FeatureGrad asks for the derivative by the feature too, under its name,
	// so that what lies before it can be trained by the plain rules.
	FeatureGrad bool
}

// Step is a training step under construction. After Forward its model takes
// the feature and computes the logits; the caller appends a loss; Backward
// appends the gradients.
type Step struct {
	Model  *graph.Model
	Logits string
	Stats  []grad.RunningStat

	writer
	o      Options
	from   *graph.Model // the part of the network that is rewritten
	shapes shape.Shapes
	want   map[string]bool
	vals   map[string]value
	grads  map[string]string
	tape   []func(dy string)
	tapeOf []string
	head   lastLayer
}

// value is a forward value in this package's layout.
type value struct {
	name    string
	c, h, w int64
	leaf    bool // nothing to differentiate lies before it
	pooled  bool // [C, N], after the global pooling
}

// pixels is H W.
func (v value) pixels() int64 { return v.h * v.w }

// Forward rewrites the part of m between feature and logits. Parameters stay
// initializers of the new model, under their names and in their shapes.
func Forward(m *graph.Model, o Options) (*Step, error) {
	s, err := newStep(m, o)
	if err != nil {
		return nil, message.Errorf("fast step: %w", err)
	}
	for _, n := range s.from.Graph.Nodes {
		if err := s.node(n); err != nil {
			return nil, message.Errorf("fast step: %v: %w", n, err)
		}
	}
	if s.Logits == "" {
		return nil, message.Errorf("fast step: %w: the logits %q are made by no linear layer", ErrUnsupported, o.Logits)
	}
	return s, nil
}

func newStep(m *graph.Model, o Options) (*Step, error) {
	cut, err := extract.Between(m, []string{o.Feature}, []string{o.Logits})
	if err != nil {
		return nil, err
	}
	if cut, err = cut.Clone(); err != nil {
		return nil, err
	}
	in := cut.Graph.Input(o.Feature)
	if feeds := cut.Graph.Feeds(); len(feeds) != 1 || in == nil || in.Type == nil || len(in.Type.Shape) != 4 {
		return nil, message.Errorf("%w: the logits depend on more than the map %q", ErrUnsupported, o.Feature)
	}
	in.Type.Shape[0] = graph.FixedDim(o.Batch)
	shapes, err := shape.Infer(cut)
	if err != nil {
		return nil, err
	}
	dims, ok := shapes.Static(o.Feature)
	if !ok || shapes.Elem(o.Feature) != graph.Float || cut.Opset() < 17 {
		return nil, message.Errorf("%w: %q must be a float map of fixed size, in operator set 17 or later",
			ErrUnsupported, o.Feature)
	}
	out := graph.NewModel("step", cut.Opset())
	out.IRVersion = max(out.IRVersion, cut.IRVersion)
	s := &Step{Model: out, o: o, from: cut, shapes: shapes,
		writer: writer{g: out.Graph, names: make(map[string]bool), cache: make(map[string]string)},
		want:   make(map[string]bool), vals: make(map[string]value), grads: make(map[string]string)}
	for _, p := range o.Params {
		if cut.Graph.Initializer(p) == nil {
			return nil, message.Errorf("%q is no weight between feature and logits", p)
		}
		s.want[p] = true
	}
	s.names[o.Logits] = true
	s.g.Inputs = []*graph.ValueInfo{in}
	s.names[o.Feature] = true
	flat := s.reshape(s.op("Transpose", []string{o.Feature}, graph.IntsAttr("perm", 1, 2, 3, 0)), dims[1], -1)
	v := value{name: flat, c: dims[1], h: dims[2], w: dims[3], leaf: !o.FeatureGrad}
	s.keep(o.Feature, v, func(dy string) {
		d := s.reshape(dy, dims[1], dims[2], dims[3], o.Batch)
		s.grads[o.Feature] = s.op("Transpose", []string{d}, graph.IntsAttr("perm", 3, 0, 1, 2))
	})
	return s, nil
}

// node rewrites one node of the network.
func (s *Step) node(n *graph.Node) error {
	if !n.IsONNX() {
		return message.Errorf("%w: an operator of another set", ErrUnsupported)
	}
	if n.Op == "Constant" || n.Op == "Shape" {
		return nil
	}
	x, ok := s.vals[n.Input(0)]
	if !ok {
		return message.Errorf("%w: it does not work on the activations", ErrUnsupported)
	}
	switch n.Op {
	case "Conv":
		return s.conv(n, x)
	case "BatchNormalization":
		return s.batchNorm(n, x)
	case "Relu":
		return s.relu(n, x)
	case "Clip":
		return s.clip(n, x)
	case "Add":
		return s.sum(n, x)
	case "Concat":
		return s.concat(n)
	case "AveragePool":
		return s.averagePool(n, x)
	case "GlobalAveragePool", "ReduceMean":
		return s.globalPool(n, x)
	case "Identity", "Dropout", "Flatten", "Reshape", "Squeeze":
		if n.Op != "Identity" && n.Op != "Dropout" && !x.pooled {
			return message.Errorf("%w: before the global pooling", ErrUnsupported)
		}
		s.vals[n.Output(0)] = x
		return nil
	case "Gemm":
		return s.linear(n, x)
	}
	return message.Errorf("%w: for %s", ErrUnsupported, n.Op)
}

// keep records a forward value and how its derivative goes on.
func (s *Step) keep(output string, v value, back func(dy string)) {
	s.vals[output] = v
	if !v.leaf {
		s.tape, s.tapeOf = append(s.tape, back), append(s.tapeOf, v.name)
	}
}

// give adds a contribution to the derivative by a value.
func (s *Step) give(x value, d string) {
	if x.leaf {
		return
	}
	if have, ok := s.grads[x.name]; ok {
		d = s.op("Add", []string{have, d})
	}
	s.grads[x.name] = d
}

// Backward appends the gradients. seeds maps the logits, and the class maps where
// the loss reads them, to the values of the model that hold the derivative of the
// loss by them. It returns the value that holds the derivative by each parameter,
// in the parameter's shape, and by the feature where Options.FeatureGrad asks for
// it.
func (s *Step) Backward(seeds map[string]string) (map[string]string, error) {
	for name := range s.g.Names() { // the loss brought names of its own
		s.names[name] = true
	}
	for of, d := range seeds {
		if !s.names[d] {
			return nil, message.Errorf("fast step: no value %q", d)
		}
		s.grads[of] = d
	}
	for i, back := range slices.Backward(s.tape) {
		if dy := s.grads[s.tapeOf[i]]; dy != "" {
			back(dy)
		}
	}
	params := s.o.Params
	if s.o.FeatureGrad {
		params = append(slices.Clone(params), s.o.Feature)
	}
	out := make(map[string]string, len(params))
	for _, p := range params {
		if out[p] = s.grads[p]; out[p] == "" {
			return nil, message.Errorf("fast step: the loss does not depend on %q", p)
		}
	}
	return out, nil
}
