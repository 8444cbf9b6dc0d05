package normal

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// UpgradedOpset is the operator set that Upgraded writes.
const UpgradedOpset = 17

// oldestOpset is the oldest that Upgraded reads: before it operators broadcast by an
// attribute.
const oldestOpset = 7

// Upgraded returns the model in operator set 17: the same operators on the same values,
// arguments moved from attributes to inputs and meanings kept where a later set changed
// them. A model of that set or a later one is returned as it is. The model is not
// changed; nodes that stay as they are are shared with it.
func Upgraded(m *graph.Model) (*graph.Model, error) {
	v := m.Opset()
	if v >= UpgradedOpset {
		return m, nil
	}
	if v < oldestOpset {
		return nil, message.Errorf("upgrade: operator set %d is older than %d; export the model anew", v, oldestOpset)
	}
	shapes, err := shape.Infer(m)
	if err != nil {
		return nil, message.Errorf("upgrade: %w", err)
	}
	u := &upgrader{from: v, shapes: shapes, names: m.Graph.Names()}
	g, err := u.graph(m.Graph)
	if err != nil {
		return nil, message.Errorf("upgrade from operator set %d: %w", v, err)
	}
	out := *m
	out.Graph, out.IRVersion = g, max(m.IRVersion, 8)
	out.Opsets = nil
	for _, o := range m.Opsets {
		c := *o
		if c.Domain == "" || c.Domain == "ai.onnx" {
			c.Version = UpgradedOpset
		}
		out.Opsets = append(out.Opsets, &c)
	}
	return &out, nil
}

type upgrader struct {
	from   int64
	shapes shape.Shapes
	names  map[string]bool
	inits  []*graph.Tensor
	nodes  []*graph.Node
}

func (u *upgrader) graph(old *graph.Graph) (*graph.Graph, error) {
	nodes, inits := u.nodes, u.inits
	u.nodes, u.inits = nil, nil
	for _, n := range old.Nodes {
		n, err := u.inner(n)
		if err != nil {
			return nil, err
		}
		if n.IsONNX() {
			if n, err = u.node(n); err != nil {
				return nil, message.Errorf("%v: %w", n, err)
			}
		}
		u.nodes = append(u.nodes, n)
	}
	g := *old
	g.Nodes, g.Initializers = u.nodes, slices.Concat(old.Initializers, u.inits)
	u.nodes, u.inits = nodes, inits
	return &g, nil
}

// inner upgrades the subgraphs of a node.
func (u *upgrader) inner(n *graph.Node) (*graph.Node, error) {
	c := *n
	c.Attrs = slices.Clone(n.Attrs)
	changed := false
	for i, a := range n.Attrs {
		if a.Graph == nil && len(a.Graphs) == 0 {
			continue
		}
		b := *a
		b.Graphs = slices.Clone(a.Graphs)
		var err error
		if a.Graph != nil {
			if b.Graph, err = u.graph(a.Graph); err != nil {
				return nil, err
			}
		}
		for k, g := range b.Graphs {
			if b.Graphs[k], err = u.graph(g); err != nil {
				return nil, err
			}
		}
		c.Attrs[i], changed = &b, true
	}
	if !changed {
		return n, nil
	}
	return &c, nil
}

// node returns the node in the new form; what it needs before it goes to u.nodes.
func (u *upgrader) node(n *graph.Node) (*graph.Node, error) {
	switch n.Op {
	case "Squeeze", "Unsqueeze", "ReduceSum":
		return u.since(13, n, "axes"), nil
	case "Split":
		return u.since(13, n, "split"), nil
	case "Slice":
		return u.slice(n), nil
	case "TopK":
		return u.topK(n), nil
	case "Softmax", "LogSoftmax", "Hardmax":
		return u.softmax(n), nil
	case "Clip":
		return u.limits(n), nil
	case "Pad":
		return u.pad(n), nil
	case "Dropout":
		if u.from < 12 {
			return without(n, "ratio"), nil
		}
	case "BatchNormalization":
		return u.batchNorm(n)
	case "Upsample":
		return u.upsample(n), nil
	case "Resize":
		return u.resize(n), nil
	case "Scatter":
		c := *n
		c.Op = "ScatterElements"
		return &c, nil
	case "RoiAlign":
		if u.from < 16 {
			return with(n, graph.TextAttr("coordinate_transformation_mode", "output_half_pixel")), nil
		}
	}
	return n, nil
}

// without copies a node and leaves out attributes.
func without(n *graph.Node, names ...string) *graph.Node {
	c := *n
	c.Attrs = slices.DeleteFunc(slices.Clone(n.Attrs),
		func(a *graph.Attribute) bool { return slices.Contains(names, a.Name) })
	return &c
}

// with copies a node and sets attributes.
func with(n *graph.Node, attrs ...*graph.Attribute) *graph.Node {
	c := *n
	for _, a := range attrs {
		c = *without(&c, a.Name)
	}
	c.Attrs = append(c.Attrs, attrs...)
	return &c
}

// constant adds a tensor and returns its name.
func (u *upgrader) constant(t *graph.Tensor) string {
	t.Name = graph.Fresh(u.names, "upgrade_const")
	u.inits = append(u.inits, t)
	return t.Name
}

func (u *upgrader) ints(v []int64) string { return u.constant(graph.NewInts("", v, int64(len(v)))) }

// like is a scalar of the element type of a value.
func (u *upgrader) like(name string, v float32) string {
	t := graph.NewFloats("", []float32{v})
	out := u.constant(t)
	if e := u.shapes.Elem(name); e != graph.Float && e != graph.Undefined {
		cast := graph.Fresh(u.names, "upgrade_cast")
		u.nodes = append(u.nodes, &graph.Node{Name: cast, Op: "Cast", Inputs: []string{out}, Outputs: []string{cast},
			Attrs: []*graph.Attribute{graph.IntAttr("to", int64(e))}})
		return cast
	}
	return out
}

// since moves an attribute to the second input, as operator sets from version on have it.
func (u *upgrader) since(version int64, n *graph.Node, attr string) *graph.Node {
	v := n.Ints(attr)
	if u.from >= version || v == nil {
		return n
	}
	c := without(n, attr)
	c.Inputs = []string{n.Input(0), u.ints(v)}
	return c
}

func (u *upgrader) slice(n *graph.Node) *graph.Node {
	if u.from >= 10 {
		return n
	}
	c := without(n, "starts", "ends", "axes")
	c.Inputs = []string{n.Input(0), u.ints(n.Ints("starts")), u.ints(n.Ints("ends"))}
	if axes := n.Ints("axes"); axes != nil {
		c.Inputs = append(c.Inputs, u.ints(axes))
	}
	return c
}

func (u *upgrader) topK(n *graph.Node) *graph.Node {
	if u.from >= 10 || n.Attr("k") == nil {
		return n
	}
	c := without(n, "k")
	c.Inputs = []string{n.Input(0), u.ints([]int64{n.Int("k", 1)})}
	return c
}

// softmax: before operator set 13 it normalised over all axes from the given one on, 1
// where none was given.
func (u *upgrader) softmax(n *graph.Node) *graph.Node {
	if u.from >= 13 {
		return n
	}
	at := n.Int("axis", 1)
	if d, ok := u.shapes.Dims(n.Input(0)); ok && (at == int64(len(d))-1 || at == -1) {
		return with(n, graph.IntAttr("axis", -1))
	}
	fresh := func(op string, in []string, attrs ...*graph.Attribute) string {
		out := graph.Fresh(u.names, "upgrade_"+op)
		u.nodes = append(u.nodes, &graph.Node{Name: out, Op: op, Inputs: in, Outputs: []string{out}, Attrs: attrs})
		return out
	}
	x := n.Input(0)
	flat := fresh("Flatten", []string{x}, graph.IntAttr("axis", at))
	y := fresh(n.Op, []string{flat}, graph.IntAttr("axis", -1))
	return &graph.Node{Name: n.Name, Op: "Reshape", Inputs: []string{y, fresh("Shape", []string{x})},
		Outputs: n.Outputs}
}

func (u *upgrader) limits(n *graph.Node) *graph.Node {
	if u.from >= 11 {
		return n
	}
	c := without(n, "min", "max")
	c.Inputs = []string{n.Input(0), "", ""}
	for i, name := range []string{"min", "max"} {
		if a := n.Attr(name); a != nil {
			c.Inputs[i+1] = u.like(n.Input(0), a.Float)
		}
	}
	for len(c.Inputs) > 1 && c.Inputs[len(c.Inputs)-1] == "" {
		c.Inputs = c.Inputs[:len(c.Inputs)-1]
	}
	return c
}

func (u *upgrader) pad(n *graph.Node) *graph.Node {
	if u.from >= 11 {
		return n
	}
	c := without(n, "pads", "value")
	c.Inputs = []string{n.Input(0), u.ints(n.Ints("pads"))}
	if a := n.Attr("value"); a != nil {
		c.Inputs = append(c.Inputs, u.like(n.Input(0), a.Float))
	}
	return c
}

// batchNorm takes the inference form only; a model of these operator sets that trains
// has five outputs.
func (u *upgrader) batchNorm(n *graph.Node) (*graph.Node, error) {
	if u.from >= 14 {
		return n, nil
	}
	if len(n.Outputs) > 1 && n.Output(1) != "" || n.Int("spatial", 1) != 1 {
		return n, message.Errorf("%w: a batch normalisation that trains or has statistics for each place",
			graph.ErrUnsupported)
	}
	c := without(n, "spatial")
	c.Outputs = n.Outputs[:1]
	return c, nil
}

// upsample and resize before operator set 11 took coordinates from the corner.
func (u *upgrader) upsample(n *graph.Node) *graph.Node {
	scales := n.Input(1)
	if a := n.Attr("scales"); a != nil {
		scales = u.constant(graph.NewFloats("", a.Floats, int64(len(a.Floats))))
	}
	c := with(n, graph.TextAttr("coordinate_transformation_mode", "asymmetric"),
		graph.TextAttr("nearest_mode", "floor"))
	c = without(c, "scales")
	if c.Text("mode", "nearest") == "bilinear" {
		c = with(c, graph.TextAttr("mode", "linear"))
	}
	c.Op, c.Inputs = "Resize", []string{n.Input(0), "", scales}
	return c
}

func (u *upgrader) resize(n *graph.Node) *graph.Node {
	if u.from >= 11 {
		return n
	}
	c := with(n, graph.TextAttr("coordinate_transformation_mode", "asymmetric"),
		graph.TextAttr("nearest_mode", "floor"))
	c.Inputs = []string{n.Input(0), "", n.Input(1)}
	return c
}
