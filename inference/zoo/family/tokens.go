package family

import (
	"math"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// LayerNorm normalises the last axis by the weights under prefix.
func (n *Net) LayerNorm(x, prefix string, eps float32) string {
	c := n.Shape(prefix+".weight", 1)[0]
	return n.Op("LayerNormalization", prefix, []string{x, n.Weight(prefix+".weight", c), n.Weight(prefix+".bias", c)},
		graph.IntAttr("axis", -1), graph.FloatAttr("epsilon", eps))
}

// Dense applies the matrix [out, in] under prefix to the last axis. A matrix may be kept
// as that of a 1 x 1 convolution.
func (n *Net) Dense(x, prefix string) string {
	y := n.Op("MatMul", prefix+".product", []string{x, n.Turned(prefix + ".weight")})
	if !n.Has(prefix + ".bias") {
		return y
	}
	return n.Add(y, n.Weight(prefix+".bias", n.Sizes(prefix + ".weight")[0]), prefix)
}

// Turned adds a matrix [out, in], of [out, in, 1, 1] too, as the [in, out] that MatMul
// reads: written so once, it is trained as any other weight.
func (n *Net) Turned(name string) string {
	s := n.Sizes(name)
	t := n.Tensor(name)
	if t == nil || t.Len() != s[0]*s[1] {
		return n.Weight(name, s[0], s[1]) // says what is wrong
	}
	if n.used[name] || n.err != nil {
		return name
	}
	n.used[name] = true
	v, err := t.Floats()
	if err != nil {
		n.err = err
		return name
	}
	out := make([]float32, len(v))
	for i := range s[0] {
		for j := range s[1] {
			out[j*s[0]+i] = v[i*s[1]+j]
		}
	}
	n.Graph.Initializers = append(n.Graph.Initializers, graph.NewFloats(name, out, s[1], s[0]))
	return name
}

// Activations by the names of transformers' configurations.
const (
	Gelu      = "gelu"
	GeluTanh  = "gelu_pytorch_tanh"
	QuickGelu = "quick_gelu"
)

// Activate applies an activation of tokens by its name.
func (n *Net) Activate(x, name, by string) string {
	switch by {
	case Gelu:
		e := n.Op("Erf", name+".erf", []string{n.Op("Div", name+".scaled", []string{x, n.Number("root", math.Sqrt2)})})
		y := n.Op("Mul", name+".twice", []string{x, n.Add(e, n.Number("one", 1), name+".shifted")})
		return n.Op("Mul", name, []string{y, n.Number("half", .5)})
	case GeluTanh, "gelu_new":
		cube := n.Op("Mul", name+".cube", []string{n.Op("Mul", name+".square", []string{x, x}), x})
		inner := n.Add(x, n.Op("Mul", name+".cubic", []string{cube, n.Number("cubic", .044715)}), name+".inner")
		t := n.Op("Tanh", name+".tanh", []string{n.Op("Mul", name+".scaled",
			[]string{inner, n.Number("slope", math.Sqrt(2/math.Pi))})})
		y := n.Op("Mul", name+".twice", []string{x, n.Add(t, n.Number("one", 1), name+".shifted")})
		return n.Op("Mul", name, []string{y, n.Number("half", .5)})
	case QuickGelu:
		s := n.Op("Sigmoid", name+".sigmoid", []string{n.Op("Mul", name+".scaled", []string{x, n.Number("slope", 1.702)})})
		return n.Op("Mul", name, []string{x, s})
	case "silu", "swish":
		return n.Silu(x, name)
	case "relu":
		return n.Relu(x, name)
	}
	n.Refuse(message.Of("a network with the activation %s", by))
	return x
}

// Mlp is the part of a block that looks at each token alone.
func (n *Net) Mlp(x, prefix, by string) string {
	return n.Dense(n.Activate(n.Dense(x, prefix+".fc1"), prefix+".act", by), prefix+".fc2")
}

// ScaledBy multiplies with weights of the last axis, where there are some.
func (n *Net) ScaledBy(x, name string) string {
	if !n.Has(name) {
		return x
	}
	t := n.Tensor(name)
	w := n.Weight(name, t.Shape...)
	if len(t.Shape) > 1 {
		w = n.Reshape(w, name+".row", -1)
	}
	return n.Op("Mul", name+".scaled", []string{x, w})
}

// headWidths are the widths of heads of attention by the width of tokens, where they are
// not 64 as in nearly all transformers: ViT-H and ViT-G (Zhai et al. 2022), SigLIP's So400m.
func headWidths() map[int64]int64 { return map[int64]int64{1280: 80, 1408: 88, 1664: 104, 1152: 72} }

// heads is the number of heads of attention: the configuration's, else by custom.
func (n *Net) heads(width int64) int64 {
	if h := int64(n.Config.Heads); h > 0 && width%h == 0 {
		return h
	}
	each := int64(64)
	if w, ok := headWidths()[width]; ok {
		each = w
	}
	if width == 0 || width%each != 0 {
		n.Refuse(message.Of("a transformer of %d channels, and how many heads share them is not in its weights; put its config.json beside the file", width))
		return 1
	}
	return width / each
}

// Queries gives queries, keys and values of tokens: of one matrix or of three.
func (n *Net) Queries(x, prefix string, width int64) (q, k, v string) {
	if !n.Has(prefix + ".qkv.weight") {
		return n.Dense(x, prefix+".q"), n.Dense(x, prefix+".k"), n.Dense(x, prefix+".v")
	}
	all := n.Dense(x, prefix+".qkv")
	part := func(name string, i int64) string { return n.Slice(all, prefix+name, -1, i*width, (i+1)*width, 1) }
	return part(".q", 0), part(".k", 1), part(".v", 2)
}

// Attention is softmax(Q K' / sqrt(d)) V by heads, and a matrix (Vaswani et al. 2017).
func (n *Net) Attention(x, prefix string, width int64) string {
	q, k, v := n.Queries(x, prefix, width)
	return n.Dense(n.Attend(q, k, v, prefix, width), prefix+".proj")
}

// Attend weights values by how well keys fit queries.
func (n *Net) Attend(q, k, v, prefix string, width int64) string {
	h := n.heads(width)
	q, k, v = n.ByHeads(q, prefix+".q", h), n.ByHeads(k, prefix+".k", h), n.ByHeads(v, prefix+".v", h)
	q = n.Op("Mul", prefix+".q.scaled", []string{q, n.Number("scale", 1/math.Sqrt(float64(width/h)))})
	a := n.Op("MatMul", prefix+".fit", []string{q, n.Transpose(k, prefix+".k.turned", 0, 1, 3, 2)})
	a = n.Op("Softmax", prefix+".weights", []string{a}, graph.IntAttr("axis", -1))
	y := n.Op("MatMul", prefix+".sum", []string{a, v})
	return n.Reshape(n.Transpose(y, prefix+".tokens", 0, 2, 1, 3), prefix+".joined", 0, 0, width)
}

// Classify applies the last layer, "head" or one that is to be trained, to features
// [N, C].
func (n *Net) Classify(x string, layer string) {
	if !n.Has(layer + ".weight") {
		n.Embedding = x
		return
	}
	n.Linear(x, layer, "logits")
}
