// Package classifier finds the parts of a picture classifier in a graph: the input and what it
// takes, maps of features and how they lie, pooling, the linear layer, what becomes of its
// logits; and it adds the outputs that class maps are made of. Its core type is [Head]. It
// imports inference/graph and inference/graph/shape.
package classifier

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Head describes how a classifier gets from its last spatial map to its
// logits.
type Head struct {
	Output     string // the graph output that was analysed
	Logits     string // the value before any final activation, [N, Classes]
	Activation string // operator between Logits and Output: "", "Sigmoid", "Softmax", "LogSoftmax"
	Feature    string // the last spatial map before the head's pooling; "" where the network has none
	Layout     Layout // of Feature

	// Linear tells that logits = scale * W . mean_hw(Feature) + bias, so class
	// maps are closed form. Where it is false Why says what is in the way, and
	// the fields below are empty.
	Linear    bool
	Why       message.Message
	Embedding string // the pooled features that the linear layer reads
	Weight    string // constant [Classes, Channels(, 1, 1)], or [Channels, Classes]
	WeightCK  bool   // Weight has classes on its first axis
	Bias      string // constant [Classes], "" when there is none
	Scale     float32
	Channels  int64
	Classes   int64
	Elem      graph.DataType // element type of Weight
}

// FindHead analyses the classifier head of a model. A head that is not global
// average pooling and one linear layer is no error: Head.Linear says so, and
// Head.Feature is "" for a network in which there is no map of places. The error
// is for graphs without an output that could carry scores.
func FindHead(m *graph.Model) (*Head, error) {
	out, err := scoreOutput(m.Graph)
	if err != nil {
		return nil, message.Errorf("find head: %w", err)
	}
	ix := newFinder(m.Graph)
	h := &Head{Output: out, Logits: out, Scale: 1}
	h.skipActivation(ix)
	ix.see(m)
	return h.analyse(ix), nil
}

// HeadOf is FindHead where it is known which value holds the logits.
func HeadOf(m *graph.Model, logits string) *Head {
	ix := newFinder(m.Graph)
	ix.see(m)
	h := &Head{Output: logits, Logits: logits, Scale: 1}
	return h.analyse(ix)
}

func (h *Head) analyse(ix *finder) *Head {
	if why := h.trace(ix); !why.IsZero() {
		keep := Head{Output: h.Output, Logits: h.Logits, Activation: h.Activation, Why: why}
		*h = keep
		h.Feature, h.Layout = ix.lastMap(h.Logits)
		return h
	}
	h.Linear = true
	return h
}

// scoreOutput picks the output that carries the scores: one called logits, or
// the first that can be [N, C].
func scoreOutput(g *graph.Graph) (string, error) {
	if o := g.Output("logits"); o != nil {
		return o.Name, nil
	}
	for _, o := range g.Outputs {
		if t := o.Type; t == nil || (t.Elem == graph.Undefined || t.Elem.IsFloat()) &&
			(!t.HasShape || len(t.Shape) == 2) {
			return o.Name, nil
		}
	}
	return "", message.Errorf("no output of shape [N, classes]")
}

// trace follows the head from the output to the feature map. It returns what
// is in the way of a closed form, "" when nothing is.
func (h *Head) trace(ix *finder) message.Message {
	x, why := h.linear(ix, ix.skip(h.Logits, passOps))
	if !why.IsZero() {
		return why
	}
	h.Embedding = x
	pooled := ix.skip(x, passOps)
	h.Feature, h.Layout, why = ix.pooling(pooled)
	return why
}

func (h *Head) skipActivation(ix *finder) {
	at := ix.skip(h.Output, []string{"Identity"})
	n := ix.Makers[at]
	if n == nil || !n.IsONNX() || !slices.Contains([]string{"Sigmoid", "Softmax", "LogSoftmax"}, n.Op) {
		return
	}
	h.Activation, h.Logits = n.Op, n.Input(0)
}

// shapeOps pass values on unchanged at inference; only the shape may differ.
var shapeOps = []string{"Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze"}

// passOps do so too, in another floating-point type maybe.
var passOps = append([]string{"Cast"}, shapeOps...)

// linear reads the layer that makes value at: Gemm, MatMul with or without
// Add, or a 1x1 Conv. It returns the layer's data input.
func (h *Head) linear(ix *finder, at string) (x string, why message.Message) {
	n := ix.Makers[at]
	if n == nil {
		return "", message.Of("logits %q are made by no node", at)
	}
	if n.Op == "Add" && n.IsONNX() {
		if mm, bias := ix.matMulPlus(n); mm != nil {
			h.Bias, n = bias, mm
		}
	}
	switch {
	case !n.IsONNX():
	case n.Op == "Gemm":
		return h.gemm(ix, n)
	case n.Op == "MatMul":
		return n.Input(0), h.weight(ix, n.Input(1), false)
	case n.Op == "Conv":
		return h.conv(ix, n)
	}
	return "", message.Of("logits are made by %v, not by a linear layer", n)
}

func (h *Head) gemm(ix *finder, n *graph.Node) (x string, why message.Message) {
	h.Scale = n.Float("alpha", 1)
	if h.Bias = n.Input(2); h.Bias != "" && ix.Constant(h.Bias) == nil {
		return "", message.Of("the bias of %v is not constant", n)
	}
	x = n.Input(0)
	if n.Int("transA", 0) != 0 {
		t := ix.Makers[x]
		if t == nil || t.Op != "Transpose" || !slices.Equal(graph.PermOf(t, 2), []int64{1, 0}) {
			return "", message.Of("%v reads its features transposed", n)
		}
		x = t.Input(0)
	}
	return x, h.weight(ix, n.Input(1), n.Int("transB", 0) != 0)
}

// weight records the constant matrix of the layer; ck tells that classes are
// on its first axis.
func (h *Head) weight(ix *finder, name string, ck bool) (why message.Message) {
	if n := ix.Makers[name]; n != nil && n.Op == "Transpose" && n.IsONNX() &&
		slices.Equal(graph.PermOf(n, 2), []int64{1, 0}) {
		name, ck = n.Input(0), !ck
	}
	t := ix.Constant(name)
	if t == nil {
		return message.Of("the weight %q of the linear layer is not constant", name)
	}
	if len(t.Dims) != 2 || t.Len() == 0 || !t.Type.IsFloat() {
		return message.Of("the weight %q of the linear layer is %v of shape %v", name, t.Type, t.Dims)
	}
	h.Weight, h.WeightCK, h.Elem = name, ck, t.Type
	h.Channels, h.Classes = t.Dims[0], t.Dims[1]
	if ck {
		h.Channels, h.Classes = h.Classes, h.Channels
	}
	return message.Message{}
}

func (h *Head) conv(ix *finder, n *graph.Node) (x string, why message.Message) {
	t := ix.Constant(n.Input(1))
	if t == nil || len(t.Dims) != 4 || t.Dims[2] != 1 || t.Dims[3] != 1 || n.Int("group", 1) != 1 ||
		t.Len() == 0 || !t.Type.IsFloat() {
		return "", message.Of("logits are made by %v, not by a linear layer", n)
	}
	h.Weight, h.WeightCK, h.Elem, h.Bias = n.Input(1), true, t.Type, n.Input(2)
	h.Classes, h.Channels = t.Dims[0], t.Dims[1]
	return n.Input(0), message.Message{}
}

// finder looks for the parts of a classifier.
type finder struct {
	*graph.Index
	shapes  shape.Shapes // nil where they were not inferred
	layouts *layouts
}

func newFinder(g *graph.Graph) *finder { return &finder{Index: graph.NewIndex(g)} }

// see works out shapes and layouts; what cannot be is left out.
func (ix *finder) see(m *graph.Model) {
	ix.shapes = shape.Known(m)
	ix.layouts = newLayouts(ix.Index, ix.shapes)
}

// skip goes back from a value through nodes of the given operators.
func (ix *finder) skip(name string, ops []string) string {
	for range graph.MaxChain {
		n := ix.Makers[name]
		if n == nil || !n.IsONNX() || !slices.Contains(ops, n.Op) || !ix.DropsNothing(n) {
			return name
		}
		name = n.Input(0)
	}
	return name
}

// matMulPlus tells whether an Add is a MatMul plus a constant.
func (ix *finder) matMulPlus(add *graph.Node) (mm *graph.Node, bias string) {
	for i := range 2 {
		n, c := ix.Makers[add.Input(i)], add.Input(1-i)
		if n != nil && n.Op == "MatMul" && n.IsONNX() && ix.Constant(c) != nil {
			return n, c
		}
	}
	return nil, ""
}

// isMap tells whether a value is made by an operator of convolutional trunks
// that keeps the spatial axes.
func (ix *finder) isMap(name string) bool {
	for range graph.MaxChain {
		n := ix.Makers[name]
		if n == nil || !n.IsONNX() {
			return false
		}
		switch n.Op {
		case "Conv", "MaxPool", "AveragePool", "BatchNormalization":
			return true
		case "Relu", "Clip", "LeakyRelu", "HardSwish", "Sigmoid", "Mul", "Add", "Concat", "Gelu", "Elu", "PRelu":
			name = n.Input(0)
		default:
			return false
		}
	}
	return false
}

// ancestors returns the nodes that lead to a value, the last in the graph
// first.
func (ix *finder) ancestors(name string) []*graph.Node {
	want := map[string]bool{name: true}
	var back []*graph.Node
	for _, n := range slices.Backward(ix.Graph.Nodes) {
		if !slices.ContainsFunc(n.Outputs, func(o string) bool { return want[o] && o != "" }) {
			continue
		}
		back = append(back, n)
		for in := range n.Uses() {
			want[in] = true
		}
	}
	return back
}
