package family

import (
	"strings"

	"hilum/inference/graph"
	"hilum/inference/zoo/checkpoint"
	"hilum/internal/message"
)

// Net is a network under construction: its layers are written from the tensors of a
// checkpoint, and what the family finds out about it is noted for who imports it.
type Net struct {
	Weights
	Emitter

	Config    checkpoint.Config // what lies beside the weights
	Edge      int64             // of the picture, in pixels: what was asked for, or what the weights need
	Embedding string            // features [N, Width] of a tower that has no last layer; "" for a classifier
	Width     int64             // of the features
	Stated    string            // the normalisation that the family's weights want; "" where they do not tell
	Notes     []message.Message // for the card
}

// NewNet begins a network in g. Tensors and what pickled layers say of themselves are by the
// names of the family; modules may be nil.
func NewNet(g *graph.Graph, tensors map[string]*checkpoint.Tensor, modules map[string]checkpoint.Module) *Net {
	return &Net{Weights: Weights{tensors: tensors, modules: modules, used: make(map[string]bool)},
		Emitter: Emitter{Graph: g, names: make(map[string]bool)}}
}

// Weight adds a tensor as an initializer and returns its name. Sizes below 0
// are free.
func (n *Net) Weight(name string, shape ...int64) string {
	if t := n.take(name, shape...); t != nil {
		n.load(t, name)
	}
	return name
}

// load adds a tensor as an initializer of float32.
func (n *Net) load(t *checkpoint.Tensor, name string) {
	if t.Elem == graph.Float {
		b, err := t.Data()
		if err != nil {
			n.err = err
			return
		}
		n.Graph.Initializers = append(n.Graph.Initializers, graph.NewRaw(name, graph.Float, b, t.Shape...))
		return
	}
	v, err := t.Floats()
	if err != nil {
		n.err = err
		return
	}
	n.Graph.Initializers = append(n.Graph.Initializers, graph.NewFloats(name, v, t.Shape...))
}

// Window is the geometry of a convolution or pooling of equal sides.
type Window struct {
	Stride, Pad, Groups int64
	Kernel              int64 // edge that the kernel must have; 0 for any odd one
	Same                bool  // TensorFlow's padding: as needed, more at the end
}

// Conv adds the convolution whose weights are under prefix. The kernel's size
// is the weight's.
func (n *Net) Conv(x, prefix string, w Window) string {
	s := n.Shape(prefix+".weight", 4)
	edge := s[2]
	if w.Kernel > 0 {
		edge = w.Kernel
	}
	if edge%2 == 0 && n.Has(prefix+".weight") {
		n.misfit(message.Of("%s.weight has a kernel of %d x %d", prefix, s[2], s[3]))
	}
	in := []string{x, n.Weight(prefix+".weight", s[0], s[1], edge, edge)}
	if n.Has(prefix + ".bias") {
		in = append(in, n.Weight(prefix+".bias", s[0]))
	}
	n.compare(prefix, w)
	attrs := []*graph.Attribute{graph.IntsAttr("kernel_shape", s[2:]...), graph.IntsAttr("strides", w.Stride, w.Stride),
		graph.IntAttr("group", max(w.Groups, 1))}
	if w.Same {
		attrs = append(attrs, graph.TextAttr("auto_pad", "SAME_UPPER"))
	} else {
		attrs = append(attrs, graph.IntsAttr("pads", w.Pad, w.Pad, w.Pad, w.Pad))
	}
	return n.Op("Conv", prefix, in, attrs...)
}

// BatchNorm adds a normalisation by running statistics.
func (n *Net) BatchNorm(x, prefix string, eps float32) string {
	c := n.Shape(prefix+".weight", 1)[0]
	in := []string{x}
	for _, part := range []string{".weight", ".bias", ".running_mean", ".running_var"} {
		in = append(in, n.Weight(prefix+part, c))
	}
	n.used[prefix+".num_batches_tracked"] = true
	if m := n.modules[prefix]; m.Eps != 0 && float32(m.Eps) != eps {
		n.misfit(message.Of("%s has epsilon %g, not %g", prefix, m.Eps, eps))
	}
	return n.Op("BatchNormalization", prefix, in, graph.FloatAttr("epsilon", eps))
}

// Linear adds the fully connected layer under prefix.
func (n *Net) Linear(x, prefix, name string) string {
	s := n.Shape(prefix+".weight", 2)
	in := []string{x, n.Weight(prefix+".weight", s[0], s[1])}
	if n.Has(prefix + ".bias") {
		in = append(in, n.Weight(prefix+".bias", s[0]))
	}
	return n.Op("Gemm", name, in, graph.IntAttr("transB", 1))
}

// Head pools globally and applies the one linear layer found under prefix,
// which may stand alone or in a Sequential with Dropout.
func (n *Net) Head(x, prefix string) {
	layers := n.linears(prefix)
	switch len(layers) {
	case 0:
		n.Lacks(prefix + ".weight")
		return
	case 1:
	default:
		n.Refuse(message.Of("a network with %d linear layers at its end (%s); what stands between them is not in the file", len(layers),
			strings.Join(layers, ", ")))
		return
	}
	n.Linear(n.Flatten(n.GlobalPool(x, "pool"), "flatten"), layers[0], "logits")
}

// Patches is a convolution whose stride is its kernel.
func (n *Net) Patches(x, prefix string) string {
	s := n.Shape(prefix+".weight", 4)
	in := []string{x, n.Weight(prefix+".weight", s[0], s[1], s[2], s[2])}
	if n.Has(prefix + ".bias") {
		in = append(in, n.Weight(prefix+".bias", s[0]))
	}
	return n.Op("Conv", prefix, in, graph.IntsAttr("kernel_shape", s[2:]...), graph.IntsAttr("strides", s[2:]...))
}
