package zoo

import (
	"fmt"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// Net builds a graph from the tensors of a checkpoint. Weights that are
// missing or of the wrong shape are noted, not filled in.
type Net struct {
	g       *graph.Graph
	tensors map[string]*Tensor // by name without the checkpoint's own prefix
	modules map[string]Module  // what pickled layers say of themselves, by name
	used    map[string]bool
	names   map[string]bool
	missing []string
	wrong   []message.Message
	unknown message.Message // what the network is, where it is no member of its family
	err     error

	config    config // what lies beside the weights
	edge      int64  // of the picture, in pixels: what was asked for, or what the weights need
	embedding string // features [N, width] of a tower that has no last layer; "" for a classifier
	width     int64
	stated    string            // the normalisation that the family's weights want; "" where they do not tell
	notes     []message.Message // for the card
}

func newNet(g *graph.Graph, tensors map[string]*Tensor) *Net {
	return &Net{g: g, tensors: tensors, used: make(map[string]bool), names: make(map[string]bool)}
}

// has tells whether the checkpoint has a tensor of that name.
func (n *Net) has(name string) bool { return n.tensors[name] != nil }

// shape returns a tensor's shape; zeros of that rank when it is missing, so
// that building goes on and finds everything that is wrong.
func (n *Net) shape(name string, rank int) []int64 {
	t := n.tensors[name]
	if t == nil || len(t.Shape) != rank {
		return make([]int64, rank)
	}
	return t.Shape
}

// weight adds a tensor as an initializer and returns its name. Sizes below 0
// are free.
func (n *Net) weight(name string, shape ...int64) string {
	t := n.tensors[name]
	switch {
	case t == nil:
		if !n.used[name] {
			n.missing = append(n.missing, name)
		}
	case len(t.Shape) != len(shape) || !t.Elem.IsFloat():
		n.wrong = append(n.wrong, message.Of("%s is %v%v, not of rank %d", name, t.Elem, t.Shape, len(shape)))
	case !fits(t.Shape, shape):
		n.wrong = append(n.wrong, message.Of("%s is %v%v, not %v", name, t.Elem, t.Shape, shape))
	case !n.used[name] && n.err == nil:
		n.add(t, name)
	}
	n.used[name] = true
	return name
}

func fits(shape, want []int64) bool {
	for i, w := range want {
		if w >= 0 && shape[i] != w {
			return false
		}
	}
	return true
}

// add reads a tensor as float32.
func (n *Net) add(t *Tensor, name string) {
	if t.Elem == graph.Float {
		b, err := t.Data()
		if err != nil {
			n.err = err
			return
		}
		n.g.Initializers = append(n.g.Initializers, graph.NewRaw(name, graph.Float, b, t.Shape...))
		return
	}
	v, err := t.Floats()
	if err != nil {
		n.err = err
		return
	}
	n.g.Initializers = append(n.g.Initializers, graph.NewFloats(name, v, t.Shape...))
}

// constant adds an initializer of our own.
func (n *Net) constant(t *graph.Tensor) string {
	t.Name = graph.Fresh(n.names, t.Name)
	n.g.Initializers = append(n.g.Initializers, t)
	return t.Name
}

// op adds a node whose output bears the given name.
func (n *Net) op(op, name string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(n.names, name)
	n.g.AddNode(op, in, []string{out}, attrs...)
	return out
}

// window is the geometry of a convolution or pooling of equal sides.
type window struct {
	stride, pad, groups int64
	kernel              int64 // edge that the kernel must have; 0 for any odd one
	same                bool  // TensorFlow's padding: as needed, more at the end
}

// conv adds the convolution whose weights are under prefix. The kernel's size
// is the weight's.
func (n *Net) conv(x, prefix string, w window) string {
	s := n.shape(prefix+".weight", 4)
	edge := s[2]
	if w.kernel > 0 {
		edge = w.kernel
	}
	if edge%2 == 0 && n.has(prefix+".weight") {
		n.wrong = append(n.wrong, message.Of("%s.weight has a kernel of %d x %d", prefix, s[2], s[3]))
	}
	in := []string{x, n.weight(prefix+".weight", s[0], s[1], edge, edge)}
	if n.has(prefix + ".bias") {
		in = append(in, n.weight(prefix+".bias", s[0]))
	}
	n.compare(prefix, w)
	attrs := []*graph.Attribute{graph.IntsAttr("kernel_shape", s[2:]...), graph.IntsAttr("strides", w.stride, w.stride),
		graph.IntAttr("group", max(w.groups, 1))}
	if w.same {
		attrs = append(attrs, graph.TextAttr("auto_pad", "SAME_UPPER"))
	} else {
		attrs = append(attrs, graph.IntsAttr("pads", w.pad, w.pad, w.pad, w.pad))
	}
	return n.op("Conv", prefix, in, attrs...)
}

// compare holds what a pickled layer says of itself against what is built: a stride or a
// dilation that is not the family's is not in its weights.
func (n *Net) compare(prefix string, w window) {
	m := n.modules[prefix]
	pad := w.pad
	if w.same { // layers that pad as TensorFlow does say nothing of it
		m.Padding, pad = nil, 0
	}
	for _, part := range []struct {
		what message.Message
		has  []int64
		want int64
	}{
		{message.Of("a stride"), m.Stride, w.stride},
		{message.Of("a padding"), m.Padding, pad},
		{message.Of("a dilation"), m.Dilation, 1},
	} {
		if slices.ContainsFunc(part.has, func(x int64) bool { return x != part.want }) {
			n.wrong = append(n.wrong, message.Of("%s has %s of %v, not %d", prefix, part.what, part.has, part.want))
		}
	}
}

// batchNorm adds a normalisation by running statistics.
func (n *Net) batchNorm(x, prefix string, eps float32) string {
	c := n.shape(prefix+".weight", 1)[0]
	in := []string{x}
	for _, part := range []string{".weight", ".bias", ".running_mean", ".running_var"} {
		in = append(in, n.weight(prefix+part, c))
	}
	n.used[prefix+".num_batches_tracked"] = true
	if m := n.modules[prefix]; m.Eps != 0 && float32(m.Eps) != eps {
		n.wrong = append(n.wrong, message.Of("%s has epsilon %g, not %g", prefix, m.Eps, eps))
	}
	return n.op("BatchNormalization", prefix, in, graph.FloatAttr("epsilon", eps))
}

func (n *Net) relu(x, name string) string { return n.op("Relu", name, []string{x}) }

// relu6 is Clip to 0..6.
func (n *Net) relu6(x, name string) string {
	lo := n.limit("relu6_min", 0)
	return n.op("Clip", name, []string{x, lo, n.limit("relu6_max", 6)})
}

func (n *Net) limit(name string, v float32) string {
	if n.g.Initializer(name) != nil {
		return name
	}
	return n.constant(graph.NewFloats(name, []float32{v}))
}

// silu is x sigmoid(x).
func (n *Net) silu(x, name string) string {
	return n.op("Mul", name, []string{x, n.op("Sigmoid", name+".sigmoid", []string{x})})
}

func (n *Net) hardSwish(x, name string) string { return n.op("HardSwish", name, []string{x}) }

// hardSigmoid is relu6(x + 3)/6, PyTorch's.
func (n *Net) hardSigmoid(x, name string) string {
	return n.op("HardSigmoid", name, []string{x}, graph.FloatAttr("alpha", 1./6), graph.FloatAttr("beta", .5))
}

func (n *Net) maxPool(x, name string, kernel int64, w window) string {
	return n.op("MaxPool", name, []string{x}, graph.IntsAttr("kernel_shape", kernel, kernel),
		graph.IntsAttr("strides", w.stride, w.stride), graph.IntsAttr("pads", w.pad, w.pad, w.pad, w.pad))
}

func (n *Net) add2(x, y, name string) string { return n.op("Add", name, []string{x, y}) }

func (n *Net) globalPool(x, name string) string { return n.op("GlobalAveragePool", name, []string{x}) }

func (n *Net) flatten(x, name string) string {
	return n.op("Flatten", name, []string{x}, graph.IntAttr("axis", 1))
}

// linear adds the fully connected layer under prefix.
func (n *Net) linear(x, prefix, name string) string {
	s := n.shape(prefix+".weight", 2)
	in := []string{x, n.weight(prefix+".weight", s[0], s[1])}
	if n.has(prefix + ".bias") {
		in = append(in, n.weight(prefix+".bias", s[0]))
	}
	return n.op("Gemm", name, in, graph.IntAttr("transB", 1))
}

// head pools globally and applies the one linear layer found under prefix,
// which may stand alone or in a Sequential with Dropout.
func (n *Net) head(x, prefix string) {
	layers := n.linears(prefix)
	switch len(layers) {
	case 0:
		n.missing = append(n.missing, prefix+".weight")
		return
	case 1:
	default:
		n.unknown = message.Of("a network with %d linear layers at its end (%s); what stands between them is not in the file", len(layers),
			strings.Join(layers, ", "))
		return
	}
	n.linear(n.flatten(n.globalPool(x, "pool"), "flatten"), layers[0], "logits")
}

// linears lists the layers under prefix that have a matrix, by name.
func (n *Net) linears(prefix string) []string {
	var out []string
	for name, t := range n.tensors {
		layer, ok := strings.CutSuffix(name, ".weight")
		if ok && len(t.Shape) == 2 && (layer == prefix || strings.HasPrefix(layer, prefix+".")) {
			out = append(out, layer)
		}
	}
	slices.Sort(out)
	return out
}

// count returns how many consecutive prefixes format%(from, from+1, ...) occur.
func (n *Net) count(format string, from int) int {
	for k := 0; ; k++ {
		prefix := fmt.Sprintf(format, from+k)
		found := false
		for name := range n.tensors {
			if strings.HasPrefix(name, prefix) {
				found = true
				break
			}
		}
		if !found {
			return k
		}
	}
}
