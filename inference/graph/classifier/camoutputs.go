package classifier

import (
	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// CAMNames are the names of the outputs that AddCAM makes.
type CAMNames struct {
	Logits    string // [N, Classes]
	ClassMaps string // [N, Classes, h, w]
	Embedding string // [N, Channels]
}

// DefaultCAMNames returns the output names that the rest of the program uses.
func DefaultCAMNames() CAMNames {
	return CAMNames{Logits: "logits", ClassMaps: "class_maps", Embedding: "embedding"}
}

// AddCAM extends a model whose head is linear with three outputs, so that
// one run gives the scores, where they come from and the pooled features:
//
//   - logits [N, C], before any final activation;
//   - class_maps [N, C, h, w] = sum_k w_ck A_k / (h w), signed: Grad-CAM before
//     its ReLU (Selvaraju et al. 2017; with global average pooling and one
//     linear layer the gradient of logit c by A_k is w_ck/(h w) everywhere).
//     Their sum over h and w plus the bias is the logit;
//   - embedding [N, K], the pooled features.
//
// The weights are the head's own, not copied. Values in the way of the chosen
// names are renamed; the model's other outputs stay.
func AddCAM(m *graph.Model, h *Head, names CAMNames) error {
	if !h.Linear {
		return message.Errorf("add evidence: no closed form: %s", h.Why)
	}
	e := &evidence{m: m, g: m.Graph, h: *h, used: m.Graph.Names(), batch: batchDim(m, h)}
	if err := e.logits(names.Logits); err != nil {
		return message.Errorf("add evidence: %w", err)
	}
	if err := e.embedding(names.Embedding); err != nil {
		return message.Errorf("add evidence: %w", err)
	}
	if err := e.classMaps(names.ClassMaps); err != nil {
		return message.Errorf("add evidence: %w", err)
	}
	*h = e.h
	return nil
}

type evidence struct {
	m     *graph.Model
	g     *graph.Graph
	h     Head
	used  map[string]bool
	batch graph.Dim
}

// batchDim is the first axis of the analysed output, else of the input.
func batchDim(m *graph.Model, h *Head) graph.Dim {
	for _, v := range append([]*graph.ValueInfo{m.Graph.Output(h.Output)}, m.Graph.Feeds()...) {
		if v != nil && v.Type != nil && len(v.Type.Shape) > 0 {
			return v.Type.Shape[0]
		}
	}
	return graph.SymbolDim("batch")
}

// claim makes name free for the value now called of. It reports whether of
// bears the name already.
func (e *evidence) claim(name, of string) (bool, error) {
	if name == of && e.h.Elem == graph.Float {
		return true, nil
	}
	if !e.used[name] {
		e.used[name] = true
		return false, nil
	}
	if e.g.Input(name) != nil {
		return false, message.Errorf("output name %q is taken by an input", name)
	}
	moved := graph.Fresh(e.used, name+"_original")
	e.g.RenameAll(map[string]string{name: moved})
	for _, s := range []*string{&e.h.Output, &e.h.Logits, &e.h.Feature, &e.h.Embedding, &e.h.Weight, &e.h.Bias} {
		if *s == name {
			*s = moved
		}
	}
	return false, nil
}

func (e *evidence) logits(name string) error {
	same, err := e.claim(name, e.h.Logits)
	if err != nil {
		return err
	}
	if !same {
		e.result("Identity", []string{e.h.Logits}, name)
	}
	e.g.AddOutput(graph.NewValueInfo(name, graph.Float, e.batch, graph.FixedDim(e.h.Classes)))
	return nil
}

func (e *evidence) embedding(name string) error {
	same, err := e.claim(name, e.h.Embedding)
	if err != nil {
		return err
	}
	if !same {
		e.result("Flatten", []string{e.h.Embedding}, name, graph.IntAttr("axis", 1))
	}
	e.g.AddOutput(graph.NewValueInfo(name, graph.Float, e.batch, graph.FixedDim(e.h.Channels)))
	return nil
}

// classMaps multiplies the feature map with the head's weights as a 1x1
// convolution and divides by the number of positions. What depends only on
// constants the runtime folds when it opens the model.
func (e *evidence) classMaps(name string) error {
	if same, err := e.claim(name, ""); err != nil || same {
		return err
	}
	kernel, err := e.kernel()
	if err != nil {
		return err
	}
	feature := e.feature()
	sum := e.node("Conv", []string{feature, kernel}, graph.IntsAttr("kernel_shape", 1, 1))
	e.g.AddNode("Div", []string{sum, e.positions(feature)}, []string{name})
	e.g.AddOutput(graph.NewValueInfo(name, graph.Float, e.batch, graph.FixedDim(e.h.Classes),
		graph.SymbolDim("map_height"), graph.SymbolDim("map_width")))
	return nil
}

// feature gives the feature map as [N, K, h, w] of 32-bit floats, however the
// network keeps it.
func (e *evidence) feature() string {
	l, x := e.h.Layout, e.h.Feature
	if elem := shape.Known(e.m).Elem(x); elem != graph.Float && (elem != graph.Undefined || e.h.Elem != graph.Float) {
		x = e.single(x)
	}
	switch {
	case l.Places < 0 && l.Channels == 1 && l.Rows == 2:
		return x
	case l.Places < 0:
		return e.node("Transpose", []string{x},
			graph.IntsAttr("perm", 0, int64(l.Channels), int64(l.Rows), int64(l.Columns)))
	}
	if l.Channels == 2 {
		x = e.node("Transpose", []string{x}, graph.IntsAttr("perm", 0, 2, 1))
	}
	return e.node("Reshape", []string{x, e.ints(0, 0, l.Height, l.Width)})
}

// single widens or narrows a value to 32-bit floats.
func (e *evidence) single(x string) string {
	return e.node("Cast", []string{x}, graph.IntAttr("to", int64(graph.Float)))
}

// result adds a node that makes an output, in 32-bit floats whatever the network
// computes in.
func (e *evidence) result(op string, in []string, name string, attrs ...*graph.Attribute) {
	if e.h.Elem == graph.Float {
		e.g.AddNode(op, in, []string{name}, attrs...)
		return
	}
	e.g.AddNode("Cast", []string{e.node(op, in, attrs...)}, []string{name}, graph.IntAttr("to", int64(graph.Float)))
}

// node adds a one-output node under a free name and returns that output.
func (e *evidence) node(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(e.used, "evidence_"+op)
	e.g.AddNode(op, in, []string{out}, attrs...)
	return out
}

func (e *evidence) ints(v ...int64) string {
	name := graph.Fresh(e.used, "evidence_shape")
	e.g.Initializers = append(e.g.Initializers, graph.NewInts(name, v, int64(len(v))))
	return name
}

// kernel returns the head's weights as [Classes, Channels, 1, 1].
func (e *evidence) kernel() (string, error) {
	w := graph.NewIndex(e.g).Constant(e.h.Weight)
	if w == nil {
		return "", message.Errorf("no constant weight %q", e.h.Weight)
	}
	k := e.h.Weight
	if e.h.Elem != graph.Float {
		k = e.single(k)
	}
	if !e.h.WeightCK {
		k = e.node("Transpose", []string{k}, graph.IntsAttr("perm", 1, 0))
	}
	if len(w.Dims) == 2 {
		k = e.node("Reshape", []string{k, e.ints(e.h.Classes, e.h.Channels, 1, 1)})
	}
	if e.h.Scale == 1 {
		return k, nil
	}
	scale := graph.NewFloats(graph.Fresh(e.used, "evidence_scale"), []float32{e.h.Scale})
	e.g.Initializers = append(e.g.Initializers, scale)
	return e.node("Mul", []string{k, scale.Name}), nil
}

// positions returns h*w of the feature map as a scalar of its element type.
func (e *evidence) positions(feature string) string {
	shape := e.node("Shape", []string{feature})
	hw := e.node("Gather", []string{shape, e.ints(2, 3)}, graph.IntAttr("axis", 0))
	area := e.node("ReduceProd", []string{hw}, graph.IntAttr("keepdims", 0))
	return e.single(area)
}

// Input describes what a model wants to be fed: one picture tensor in NCHW
// order. Sizes that are free are 0.
type Input struct {
	Name                           string
	Elem                           graph.DataType
	Batch, Channels, Height, Width int64
}

// InputOf returns the picture input of a model. A model with several
// inputs, or whose input is not of rank 4, is refused.
func InputOf(m *graph.Model) (Input, error) {
	feeds := m.Graph.Feeds()
	if len(feeds) != 1 {
		return Input{}, message.Errorf("model input: the model has %d inputs, not one picture", len(feeds))
	}
	v := feeds[0]
	if v.Type == nil || !v.Type.HasShape || len(v.Type.Shape) != 4 {
		return Input{}, message.Errorf("model input %q: not of shape [N, C, H, W]", v.Name)
	}
	in := Input{Name: v.Name, Elem: v.Type.Elem}
	for i, to := range []*int64{&in.Batch, &in.Channels, &in.Height, &in.Width} {
		if d := v.Type.Shape[i]; d.Known && d.Value > 0 {
			*to = d.Value
		}
	}
	return in, nil
}
