package classifier

import (
	"maps"
	"math"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Tail is the last part of a network, from what its last linear layers give to an
// output: activations, normalisation over the classes, operating points. It is
// small, and what it computes from values that are chosen tells what the output
// means, however an exporter has written it.
type Tail struct {
	Output string
	Inputs []TailInput  // what the tail begins with
	Values []string     // within the tail and before it, with as many elements as the output; the last first
	Model  *graph.Model // computes Values and Output, in 32-bit floats, from Inputs

	names  map[string]string // what values are called in Model where they had to be cast
	shaped bool              // the output's own shape is known
}

// Name is what a value of the network is called among the outputs of the tail's
// model.
func (t *Tail) Name(value string) string {
	if n := t.names[value]; n != "" {
		return n
	}
	return value
}

// Plain tells whether the tail is one linear layer's bias and changes of shape:
// nothing that an activation could be.
func (t *Tail) Plain() bool {
	for _, in := range t.Inputs {
		if !in.Measured && (!in.Linear || in.Levels) {
			return false
		}
	}
	ix := graph.NewIndex(t.Model.Graph)
	for _, n := range t.Model.Graph.Nodes {
		switch n.Op {
		case "Add":
			if ix.Constant(n.Input(0)) == nil && ix.Constant(n.Input(1)) == nil {
				return false
			}
		case "Constant", "Cast", "Transpose", "Concat", "Shape", "Gather", "Slice":
		default:
			if !slices.Contains(shapeOps, n.Op) {
				return false
			}
		}
	}
	return len(t.Inputs) > 0
}

// Quantised tells whether the tail rounds to steps of a scale.
func (t *Tail) Quantised() bool {
	for _, in := range t.Inputs {
		if in.Levels {
			return true
		}
	}
	return slices.ContainsFunc(t.Model.Graph.Nodes,
		func(n *graph.Node) bool { return n.Op == "QuantizeLinear" || n.Domain == graph.MicrosoftDomain })
}

// Unknown lists what a run has to show before the tail can be fed and its values
// be compared: nothing where all shapes are known.
func (t *Tail) Unknown() (names []string) {
	for _, in := range t.Inputs {
		if in.Shape == nil {
			names = append(names, in.Name)
		}
	}
	if len(names) == 0 && t.shaped {
		return nil
	}
	for _, n := range t.Model.Graph.Nodes {
		if n.Op == "Constant" || slices.Contains(names, n.Output(0)) || strings.HasSuffix(n.Output(0), seenSuffix) {
			continue
		}
		names = append(names, n.Output(0))
	}
	if !slices.Contains(names, t.Output) {
		names = append(names, t.Output)
	}
	return names
}

// seenSuffix ends the names of values that were cast to be seen.
const seenSuffix = "_seen"

// TailInput is a value that a tail begins with, for one picture.
type TailInput struct {
	Name   string  // in the network
	Fed    string  // in the tail's model, a tensor of 32-bit floats
	Shape  []int64 // nil where it is not known
	Linear bool    // a linear layer makes it
	Levels bool    // it is quantised: whole numbers 0..255 are its values,
	Signed bool    // or -128..127
	Made   string

	Measured bool // only its shape is used
}

// maxTail bounds a tail: those of known exporters have less than 60 nodes.
const maxTail = 500

// OutputTail cuts the tail of an output off. seen are types of values that a run
// has shown; they complete what shape inference knows.
func OutputTail(m *graph.Model, output string, seen shape.Shapes) (*Tail, error) {
	shapes := shape.Known(m)
	maps.Copy(shapes, seen)
	c := &tailCutter{ix: graph.NewIndex(m.Graph), shapes: shapes, want: map[string]bool{output: true},
		g: &graph.Graph{Name: "tail"}, t: &Tail{Output: output, names: map[string]string{}}}
	_, c.t.shaped = c.onePicture(output)
	if err := c.walk(m.Graph); err != nil {
		return nil, err
	}
	c.t.Model = &graph.Model{IRVersion: m.IRVersion, Graph: c.g, Opsets: m.Opsets}
	names := m.Graph.Names()
	for _, v := range append(slices.Clone(c.t.Values), output) {
		c.declare(v, names)
	}
	return c.t, nil
}

type tailCutter struct {
	ix     *graph.Index
	shapes shape.Shapes
	want   map[string]bool
	g      *graph.Graph
	t      *Tail
}

// walk goes over the nodes from the last to the first and keeps those of the
// tail that are wanted.
func (c *tailCutter) walk(g *graph.Graph) error {
	var nodes []*graph.Node
	inner := map[string]bool{}
	for _, n := range slices.Backward(g.Nodes) {
		if !slices.ContainsFunc(n.Outputs, func(o string) bool { return o != "" && c.want[o] }) || !c.within(n) {
			continue
		}
		if len(nodes) == maxTail {
			return message.Errorf("what follows the last linear layer of %q has more than %d nodes", c.t.Output,
				maxTail)
		}
		nodes = append(nodes, n)
		for _, o := range n.Outputs {
			inner[o] = true
			c.candidate(o)
		}
		for in := range n.Uses() {
			c.want[in] = true
		}
	}
	slices.Reverse(nodes)
	for _, t := range g.Initializers {
		if c.want[t.Name] {
			c.g.Initializers = append(c.g.Initializers, t)
		}
	}
	for _, name := range c.frontier(nodes, inner) {
		c.begin(name, nodes)
	}
	c.g.Nodes = append(c.g.Nodes, nodes...)
	return nil
}

// frontier lists what the tail's nodes read and none of them makes.
func (c *tailCutter) frontier(nodes []*graph.Node, inner map[string]bool) []string {
	var out []string
	add := func(name string) {
		if name != "" && !inner[name] && c.ix.Weights[name] == nil && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, n := range nodes {
		for _, in := range n.Inputs {
			add(in)
		}
	}
	add(c.t.Output)
	return out
}

// begin makes a value an input of the tail.
func (c *tailCutter) begin(name string, nodes []*graph.Node) {
	n := c.ix.Makers[name]
	in := TailInput{Name: name, Fed: name, Linear: n != nil && isLinear(n)}
	in.Shape, _ = c.onePicture(name)
	if n != nil {
		in.Made = n.Op
	}
	in.Measured = name != c.t.Output
	for _, r := range nodes {
		if slices.Contains(r.Inputs, name) && r.Op != "Shape" && r.Op != "Size" {
			in.Measured = false
		}
	}
	elem := c.elem(name, nodes)
	if elem != graph.Float && elem != graph.Undefined {
		in.Fed, in.Levels, in.Signed = name+"_fed", !elem.IsFloat(), elem == graph.Int8
		c.g.Nodes = append(c.g.Nodes, &graph.Node{Op: "Cast", Inputs: []string{in.Fed}, Outputs: []string{name},
			Attrs: []*graph.Attribute{graph.IntAttr("to", int64(elem))}})
	}
	if in.Shape != nil && len(in.Shape) == 0 { // the engine takes no scalars
		fed := in.Fed
		in.Fed, in.Shape = name+"_one", []int64{1}
		c.g.Nodes = append([]*graph.Node{{Op: "Squeeze", Inputs: []string{in.Fed}, Outputs: []string{fed}}},
			c.g.Nodes...)
	}
	v := graph.NewValueInfo(in.Fed, graph.Float)
	v.Type.HasShape = false
	c.g.Inputs = append(c.g.Inputs, v)
	c.t.Inputs = append(c.t.Inputs, in)
	c.candidate(name)
}

// elem is the element type of a value: of quantised ones that of the zero point
// that they are read with, bytes where there is none.
func (c *tailCutter) elem(name string, nodes []*graph.Node) graph.DataType {
	if e := c.shapes.Elem(name); e != graph.Undefined {
		return e
	}
	for _, n := range nodes {
		if n.Input(0) == name && (n.Op == "DequantizeLinear" || n.Domain == graph.MicrosoftDomain) {
			if z := c.ix.Constant(n.Input(2)); z != nil {
				return z.Type
			}
			return graph.Uint8
		}
	}
	return graph.Undefined
}

// onePicture is the shape of a value for one picture.
func (c *tailCutter) onePicture(name string) ([]int64, bool) {
	d, ok := c.shapes.Dims(name)
	if !ok {
		return nil, false
	}
	out := make([]int64, len(d))
	for i, x := range d {
		switch {
		case x.Known:
			out[i] = x.Value
		case i == 0:
			out[i] = 1
		default:
			return nil, false
		}
	}
	return out, true
}

// candidate notes a value that has, or may have, the output's number of elements.
func (c *tailCutter) candidate(name string) {
	e := c.shapes.Elem(name)
	if name == c.t.Output || name == "" || slices.Contains(c.t.Values, name) || e != graph.Undefined && !e.IsFloat() {
		return
	}
	a, ok := c.onePicture(c.t.Output)
	b, ok2 := c.onePicture(name)
	if ok && ok2 && product1(a) == product1(b) {
		c.t.Values = append(c.t.Values, name)
	}
}

func product1(shape []int64) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	return n
}

// declare makes a value an output of the tail's model, in 32-bit floats.
func (c *tailCutter) declare(name string, names map[string]bool) {
	seen := name
	if c.shapes.Elem(name) != graph.Float || c.g.Input(name) != nil {
		seen = graph.Fresh(names, name+seenSuffix)
		c.t.names[name] = seen
		c.g.AddNode("Cast", []string{name}, []string{seen}, graph.IntAttr("to", int64(graph.Float)))
	}
	c.g.Outputs = append(c.g.Outputs, graph.NewValueInfo(seen, graph.Float))
	c.g.Outputs[len(c.g.Outputs)-1].Type.HasShape = false
}

// within tells whether a node belongs to the tail: it works on what is there, and
// weighs no features.
func (c *tailCutter) within(n *graph.Node) bool {
	if !n.IsONNX() {
		return n.Domain == graph.MicrosoftDomain && (n.Op == "QLinearSigmoid" || n.Op == "QLinearSoftmax")
	}
	switch n.Op {
	case "MatMul", "Gemm":
		return c.mixes(n)
	case "Conv", "ConvTranspose", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "LayerNormalization",
		"InstanceNormalization",
		"GroupNormalization", "LSTM", "GRU", "RNN", "If", "Loop", "Scan", "RandomNormal", "RandomUniform",
		"RandomNormalLike",
		"RandomUniformLike", "Bernoulli", "Multinomial", "Attention", "LRN", "Resize", "Upsample", "Dropout",
		"DynamicQuantizeLinear":
		return n.Op == "Dropout" && c.ix.DropsNothing(n)
	}
	return true
}

// averaging is how far the weights of a mean may be from adding up to one.
const averaging = 1e-3

// mixes tells whether a product weighs no features by weights of the file: both
// sides are computed, or it takes a mean with weights that add up to one, as
// ensembles do.
func (c *tailCutter) mixes(n *graph.Node) bool {
	w := c.ix.Constant(n.Input(1))
	if w == nil {
		return !c.fixed(n.Input(1)) && !c.fixed(n.Input(0))
	}
	if len(w.Dims) != 2 || n.Op != "MatMul" || !w.Type.IsFloat() {
		return false
	}
	v, err := w.Floats()
	if err != nil {
		return false
	}
	rows, columns := int(w.Dims[0]), int(w.Dims[1])
	for k := range columns {
		sum := 0.
		for r := range rows {
			x := float64(v[r*columns+k])
			if x < 0 {
				return false
			}
			sum += x
		}
		if math.Abs(sum-1) > averaging {
			return false
		}
	}
	return true
}

// fixed tells whether a value comes of the file's weights alone, quantised ones
// say.
func (c *tailCutter) fixed(name string) bool {
	for range graph.MaxChain {
		if c.ix.Constant(name) != nil {
			return true
		}
		n := c.ix.Makers[name]
		if n == nil || !slices.Contains([]string{"DequantizeLinear", "QuantizeLinear", "Cast", "Transpose", "Reshape",
			"Identity"}, n.Op) {
			return false
		}
		name = n.Input(0)
	}
	return false
}

// isLinear tells whether a node is a layer that weighs its input.
func isLinear(n *graph.Node) bool {
	return n.Op == "Gemm" || n.Op == "MatMul" || n.Op == "Conv" || n.Op == "QLinearConv" || n.Op == "QLinearMatMul" ||
		n.Op == "MatMulInteger" || n.Op == "ConvInteger" || n.Domain == graph.MicrosoftDomain &&
		(n.Op == "QGemm" || n.Op == "FusedGemm" || n.Op == "MatMulNBits")
}
