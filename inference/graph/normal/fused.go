package normal

import (
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
)

// unfuse writes what ONNX Runtime's optimiser fused in ONNX's own operators, so
// that heads are found and gradients built as in any other file. The runtime
// fuses it again. What it does not know stays.
func unfuse(m *graph.Model) {
	if !slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool { return n.Domain == graph.MicrosoftDomain }) {
		return
	}
	u := &unfuser{g: m.Graph, names: m.Graph.Names(), s: shape.Begin(m)}
	for _, n := range u.g.Nodes {
		from := len(u.nodes)
		if n.Domain != graph.MicrosoftDomain || !u.unfold(n) {
			u.nodes = append(u.nodes[:from], n)
		}
		for _, made := range u.nodes[from:] {
			_ = u.s.Node(made) // shapes are a help here, no check
		}
	}
	u.g.Nodes = u.nodes
}

// Foreign lists the operators of other sets than ONNX's, each once, sorted.
func Foreign(g *graph.Graph) []string {
	var out []string
	for _, n := range g.Nodes {
		if name := n.Domain + "." + n.Op; !n.IsONNX() && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

type unfuser struct {
	g     *graph.Graph
	names map[string]bool
	s     *shape.Shaper
	nodes []*graph.Node
}

// op adds a node with one output of a free name.
func (u *unfuser) op(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(u.names, "unfused_"+op)
	u.as(out, op, in, attrs...)
	return out
}

func (u *unfuser) as(out, op string, in []string, attrs ...*graph.Attribute) {
	u.nodes = append(u.nodes, &graph.Node{Op: op, Inputs: in, Outputs: []string{out}, Attrs: attrs})
}

func (u *unfuser) number(like string, v float32) string {
	t := graph.NewFloats(graph.Fresh(u.names, "unfused_number"), []float32{v})
	u.g.Initializers = append(u.g.Initializers, t)
	u.s.Constant(t)
	if e := u.s.Shapes().Elem(like); e.IsFloat() && e != graph.Float {
		return u.op("Cast", []string{t.Name}, graph.IntAttr("to", int64(e)))
	}
	return t.Name
}

func (u *unfuser) unfold(n *graph.Node) bool {
	out := n.Output(0)
	switch n.Op {
	case "FusedConv":
		return u.conv(n)
	case "FusedGemm":
		return u.gemm(n)
	case "FusedMatMul", "TransposeMatMul":
		return u.matMul(n)
	case "Gelu":
		u.gelu(n.Input(0), out)
	case "BiasGelu":
		u.gelu(u.op("Add", []string{n.Input(0), n.Input(1)}), out)
	case "FastGelu":
		x := n.Input(0)
		if n.Input(1) != "" {
			x = u.op("Add", []string{x, n.Input(1)})
		}
		u.fastGelu(x, out)
	case "QuickGelu":
		x := n.Input(0)
		s := u.op("Sigmoid", []string{u.op("Mul", []string{x, u.number(x, n.Float("alpha", 1.702))})})
		u.as(out, "Mul", []string{x, s})
	case "SkipLayerNormalization":
		return u.skipNorm(n)
	case "Attention":
		return u.attention(n)
	case "MultiHeadAttention":
		return u.multiHead(n)
	default:
		return false
	}
	return true
}

// conv is Conv, plus a fourth input, through an activation.
func (u *unfuser) conv(n *graph.Node) bool {
	params := []float32(nil)
	if a := n.Attr("activation_params"); a != nil {
		params = a.Floats
	}
	x := u.op("Conv", n.Inputs[:min(3, len(n.Inputs))], graph.AttrsWithout(n, "activation", "activation_params")...)
	if n.Input(3) != "" {
		x = u.op("Add", []string{x, n.Input(3)})
	}
	return u.activation(n.Text("activation", ""), params, x, n.Output(0))
}

func (u *unfuser) gemm(n *graph.Node) bool {
	var params []float32
	for _, name := range []string{"activation_alpha", "activation_beta", "activation_gamma"} {
		if a := n.Attr(name); a != nil {
			params = append(params, a.Float)
		}
	}
	x := u.op("Gemm", n.Inputs, graph.AttrsWithout(n, "activation", "activation_alpha", "activation_beta",
		"activation_gamma")...)
	return u.activation(n.Text("activation", ""), params, x, n.Output(0))
}

// activation applies a fused activation with its parameters.
func (u *unfuser) activation(op string, params []float32, x, out string) bool {
	param := func(i int, otherwise float32) float32 {
		if i < len(params) {
			return params[i]
		}
		return otherwise
	}
	switch op {
	case "":
		u.as(out, "Identity", []string{x})
	case "Relu", "Sigmoid", "Tanh", "Softplus", "Softsign":
		u.as(out, op, []string{x})
	case "LeakyRelu":
		u.as(out, op, []string{x}, graph.FloatAttr("alpha", param(0, .01)))
	case "Elu":
		u.as(out, op, []string{x}, graph.FloatAttr("alpha", param(0, 1)))
	case "HardSigmoid":
		u.as(out, op, []string{x}, graph.FloatAttr("alpha", param(0, .2)), graph.FloatAttr("beta", param(1, .5)))
	case "Clip":
		u.as(out, op, []string{x, u.number(x, param(0, -math.MaxFloat32)), u.number(x, param(1, math.MaxFloat32))})
	default:
		return false
	}
	return true
}

// matMul is alpha times a product of which either side may be transposed.
func (u *unfuser) matMul(n *graph.Node) bool {
	if n.Int("transBatchA", 0) != 0 || n.Int("transBatchB", 0) != 0 {
		return false
	}
	in := slices.Clone(n.Inputs)
	for i, flag := range []string{"transA", "transB"} {
		if n.Int(flag, 0) == 0 {
			continue
		}
		d, ok := u.s.Shapes().Dims(n.Input(i))
		if !ok || len(d) < 2 {
			return false
		}
		perm := make([]int64, len(d))
		for k := range perm {
			perm[k] = int64(k)
		}
		k := len(perm)
		perm[k-2], perm[k-1] = perm[k-1], perm[k-2]
		in[i] = u.op("Transpose", []string{in[i]}, graph.IntsAttr("perm", perm...))
	}
	if alpha := n.Float("alpha", 1); alpha != 1 {
		u.as(n.Output(0), "Mul", []string{u.op("MatMul", in), u.number(n.Input(0), alpha)})
	} else {
		u.as(n.Output(0), "MatMul", in)
	}
	return true
}

// gelu is x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016).
func (u *unfuser) gelu(x, out string) {
	e := u.op("Erf", []string{u.op("Div", []string{x, u.number(x, math.Sqrt2)})})
	y := u.op("Mul", []string{x, u.op("Add", []string{e, u.number(x, 1)})})
	u.as(out, "Mul", []string{y, u.number(x, .5)})
}

// fastGelu is x (1 + tanh(sqrt(2/pi) (x + .044715 x^3))) / 2.
func (u *unfuser) fastGelu(x, out string) {
	cube := u.op("Mul", []string{u.op("Mul", []string{x, x}), x})
	inner := u.op("Add", []string{x, u.op("Mul", []string{cube, u.number(x, .044715)})})
	t := u.op("Tanh", []string{u.op("Mul", []string{inner, u.number(x, float32(math.Sqrt(2/math.Pi)))})})
	y := u.op("Mul", []string{x, u.op("Add", []string{t, u.number(x, 1)})})
	u.as(out, "Mul", []string{y, u.number(x, .5)})
}

// skipNorm adds two or three values and normalises the sum, which is its fourth
// output.
func (u *unfuser) skipNorm(n *graph.Node) bool {
	if n.Output(1) != "" || n.Output(2) != "" {
		return false
	}
	sum := n.Output(3)
	if sum == "" {
		sum = graph.Fresh(u.names, "unfused_sum")
	}
	x := n.Input(0)
	if n.Input(4) != "" {
		x = u.op("Add", []string{x, n.Input(4)})
	}
	u.as(sum, "Add", []string{x, n.Input(1)})
	in := []string{sum, n.Input(2)}
	if n.Input(3) != "" {
		in = append(in, n.Input(3))
	}
	u.as(n.Output(0), "LayerNormalization", in, graph.IntAttr("axis", -1),
		graph.FloatAttr("epsilon", n.Float("epsilon", 1e-12)))
	return true
}
