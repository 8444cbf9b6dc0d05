package graph

import (
	"slices"

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
	Elem      DataType // element type of Weight
}

// index answers who makes a value and what its constant is.
type index struct {
	g     *Graph
	by    map[string]*Node
	inits map[string]*Tensor

	shapes  Shapes // nil where they were not inferred
	layouts *layouts
}

// see works out shapes and layouts; what cannot be is left out.
func (ix *index) see(m *Model) {
	ix.shapes = m.KnownShapes()
	ix.layouts = newLayouts(ix, ix.shapes)
}

func newIndex(g *Graph) *index {
	ix := &index{g: g, by: g.Producers(), inits: make(map[string]*Tensor, len(g.Initializers))}
	for _, t := range g.Initializers {
		ix.inits[t.Name] = t
	}
	return ix
}

// maxChain bounds walks through one-input nodes in graphs with a circle.
const maxChain = 1000

// constant returns the tensor behind a value made by an initializer or a
// Constant node, seen through Identity.
func (ix *index) constant(name string) *Tensor {
	for range maxChain {
		if t := ix.inits[name]; t != nil {
			return t
		}
		n := ix.by[name]
		switch {
		case n == nil:
			return nil
		case n.Op == "Identity" && n.IsONNX():
			name = n.Input(0)
		case n.Op == "Constant" && n.IsONNX():
			return constantValue(n)
		default:
			return nil
		}
	}
	return nil
}

func constantValue(n *Node) *Tensor {
	for _, a := range n.Attrs {
		switch a.Name {
		case "value":
			return a.Tensor
		case "value_int":
			return NewInts("", []int64{a.Int})
		case "value_ints":
			return NewInts("", a.Ints, int64(len(a.Ints)))
		case "value_float":
			return NewFloats("", []float32{a.Float})
		case "value_floats":
			return NewFloats("", a.Floats, int64(len(a.Floats)))
		}
	}
	return nil
}

// ints returns the elements of a constant integer value, nil when the value is
// not constant.
func (ix *index) ints(name string) []int64 {
	t := ix.constant(name)
	if t == nil {
		return nil
	}
	v, err := t.Ints()
	if err != nil {
		return nil
	}
	return v
}

// FindHead analyses the classifier head of a model. A head that is not global
// average pooling and one linear layer is no error: Head.Linear says so, and
// Head.Feature is "" for a network in which there is no map of places. The error
// is for graphs without an output that could carry scores.
func FindHead(m *Model) (*Head, error) {
	out, err := scoreOutput(m.Graph)
	if err != nil {
		return nil, message.Errorf("find head: %w", err)
	}
	ix := newIndex(m.Graph)
	h := &Head{Output: out, Logits: out, Scale: 1}
	h.skipActivation(ix)
	ix.see(m)
	return h.analyse(ix), nil
}

// HeadOf is FindHead where it is known which value holds the logits.
func HeadOf(m *Model, logits string) *Head {
	ix := newIndex(m.Graph)
	ix.see(m)
	h := &Head{Output: logits, Logits: logits, Scale: 1}
	return h.analyse(ix)
}

func (h *Head) analyse(ix *index) *Head {
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
func scoreOutput(g *Graph) (string, error) {
	if o := g.Output("logits"); o != nil {
		return o.Name, nil
	}
	for _, o := range g.Outputs {
		if t := o.Type; t == nil || (t.Elem == Undefined || t.Elem.IsFloat()) && (!t.HasShape || len(t.Shape) == 2) {
			return o.Name, nil
		}
	}
	return "", message.Errorf("no output of shape [N, classes]")
}

// trace follows the head from the output to the feature map. It returns what
// is in the way of a closed form, the zero value when nothing is.
func (h *Head) trace(ix *index) message.Message {
	x, why := h.linear(ix, ix.skip(h.Logits, passOps))
	if !why.IsZero() {
		return why
	}
	h.Embedding = x
	pooled := ix.skip(x, passOps)
	h.Feature, h.Layout, why = ix.pooling(pooled)
	return why
}

func (h *Head) skipActivation(ix *index) {
	at := ix.skip(h.Output, []string{"Identity"})
	n := ix.by[at]
	if n == nil || !n.IsONNX() || !slices.Contains([]string{"Sigmoid", "Softmax", "LogSoftmax"}, n.Op) {
		return
	}
	h.Activation, h.Logits = n.Op, n.Input(0)
}

// shapeOps pass values on unchanged at inference; only the shape may differ.
var shapeOps = []string{"Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze"}

// passOps do so too, in another floating-point type maybe.
var passOps = append([]string{"Cast"}, shapeOps...)

// skip goes back from a value through nodes of the given operators.
func (ix *index) skip(name string, ops []string) string {
	for range maxChain {
		n := ix.by[name]
		if n == nil || !n.IsONNX() || !slices.Contains(ops, n.Op) || !ix.dropsNothing(n) {
			return name
		}
		name = n.Input(0)
	}
	return name
}

// dropsNothing is false for a Dropout that is switched to training.
func (ix *index) dropsNothing(n *Node) bool {
	if n.Op != "Dropout" || n.Input(2) == "" {
		return true
	}
	mode := ix.ints(n.Input(2))
	return len(mode) == 1 && mode[0] == 0
}

// linear reads the layer that makes value at: Gemm, MatMul with or without
// Add, or a 1x1 Conv. It returns the layer's data input.
func (h *Head) linear(ix *index, at string) (x string, why message.Message) {
	n := ix.by[at]
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

// matMulPlus tells whether an Add is a MatMul plus a constant.
func (ix *index) matMulPlus(add *Node) (mm *Node, bias string) {
	for i := range 2 {
		n, c := ix.by[add.Input(i)], add.Input(1-i)
		if n != nil && n.Op == "MatMul" && n.IsONNX() && ix.constant(c) != nil {
			return n, c
		}
	}
	return nil, ""
}

func (h *Head) gemm(ix *index, n *Node) (x string, why message.Message) {
	h.Scale = n.Float("alpha", 1)
	if h.Bias = n.Input(2); h.Bias != "" && ix.constant(h.Bias) == nil {
		return "", message.Of("the bias of %v is not constant", n)
	}
	x = n.Input(0)
	if n.Int("transA", 0) != 0 {
		t := ix.by[x]
		if t == nil || t.Op != "Transpose" || !slices.Equal(permOf(t, 2), []int64{1, 0}) {
			return "", message.Of("%v reads its features transposed", n)
		}
		x = t.Input(0)
	}
	return x, h.weight(ix, n.Input(1), n.Int("transB", 0) != 0)
}

// permOf returns a Transpose's permutation; the default reverses the axes.
func permOf(n *Node, rank int) []int64 {
	if p := n.Ints("perm"); p != nil {
		return p
	}
	p := make([]int64, rank)
	for i := range p {
		p[i] = int64(rank - 1 - i)
	}
	return p
}

// weight records the constant matrix of the layer; ck tells that classes are
// on its first axis.
func (h *Head) weight(ix *index, name string, ck bool) (why message.Message) {
	if n := ix.by[name]; n != nil && n.Op == "Transpose" && n.IsONNX() && slices.Equal(permOf(n, 2), []int64{1, 0}) {
		name, ck = n.Input(0), !ck
	}
	t := ix.constant(name)
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

func (h *Head) conv(ix *index, n *Node) (x string, why message.Message) {
	t := ix.constant(n.Input(1))
	if t == nil || len(t.Dims) != 4 || t.Dims[2] != 1 || t.Dims[3] != 1 || n.Int("group", 1) != 1 ||
		t.Len() == 0 || !t.Type.IsFloat() {
		return "", message.Of("logits are made by %v, not by a linear layer", n)
	}
	h.Weight, h.WeightCK, h.Elem, h.Bias = n.Input(1), true, t.Type, n.Input(2)
	h.Classes, h.Channels = t.Dims[0], t.Dims[1]
	return n.Input(0), message.Message{}
}
