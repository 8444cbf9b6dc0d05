package zoo

import (
	"fmt"
	"math"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// ints adds whole numbers as a constant.
func (n *Net) ints(v ...int64) string {
	var words []string
	for _, x := range v {
		words = append(words, fmt.Sprint(x))
	}
	name := "shape_" + strings.Join(words, "_")
	if n.g.Initializer(name) != nil {
		return name
	}
	return n.constant(graph.NewInts(name, v, int64(len(v))))
}

// number adds a scalar.
func (n *Net) number(name string, v float64) string {
	name = fmt.Sprintf("%s_%g", name, v)
	if n.g.Initializer(name) != nil {
		return name
	}
	return n.constant(graph.NewFloats(name, []float32{float32(v)}))
}

// reshape lays a value out anew; 0 keeps a size, -1 is what is left.
func (n *Net) reshape(x, name string, to ...int64) string {
	return n.op("Reshape", name, []string{x, n.ints(to...)})
}

func (n *Net) transpose(x, name string, perm ...int64) string {
	return n.op("Transpose", name, []string{x}, graph.IntsAttr("perm", perm...))
}

// slice takes from .. to of an axis, every so many.
func (n *Net) slice(x, name string, axis, from, to, step int64) string {
	return n.op("Slice", name, []string{x, n.ints(from), n.ints(to), n.ints(axis), n.ints(step)})
}

// layerNorm normalises the last axis by the weights under prefix.
func (n *Net) layerNorm(x, prefix string, eps float32) string {
	c := n.shape(prefix+".weight", 1)[0]
	return n.op("LayerNormalization", prefix, []string{x, n.weight(prefix+".weight", c), n.weight(prefix+".bias", c)},
		graph.IntAttr("axis", -1), graph.FloatAttr("epsilon", eps))
}

// dense applies the matrix [out, in] under prefix to the last axis. A matrix may be kept
// as that of a 1 x 1 convolution.
func (n *Net) dense(x, prefix string) string {
	y := n.op("MatMul", prefix+".product", []string{x, n.turned(prefix + ".weight")})
	if !n.has(prefix + ".bias") {
		return y
	}
	return n.add2(y, n.weight(prefix+".bias", n.sizes(prefix + ".weight")[0]), prefix)
}

// sizes are the first two sizes of a tensor, zeros where it is missing.
func (n *Net) sizes(name string) [2]int64 {
	t := n.tensors[name]
	if t == nil || len(t.Shape) < 2 {
		return [2]int64{}
	}
	return [2]int64{t.Shape[0], t.Shape[1]}
}

// turned adds a matrix [out, in], of [out, in, 1, 1] too, as the [in, out] that MatMul
// reads: written so once, it is trained as any other weight.
func (n *Net) turned(name string) string {
	s := n.sizes(name)
	t := n.tensors[name]
	if t == nil || t.Len() != s[0]*s[1] {
		return n.weight(name, s[0], s[1]) // says what is wrong
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
	n.g.Initializers = append(n.g.Initializers, graph.NewFloats(name, out, s[1], s[0]))
	return name
}

// activations by the names of transformers' configurations.
const (
	gelu      = "gelu"
	geluTanh  = "gelu_pytorch_tanh"
	quickGelu = "quick_gelu"
)

// activate applies an activation of tokens by its name.
func (n *Net) activate(x, name, by string) string {
	switch by {
	case gelu:
		e := n.op("Erf", name+".erf", []string{n.op("Div", name+".scaled", []string{x, n.number("root", math.Sqrt2)})})
		y := n.op("Mul", name+".twice", []string{x, n.add2(e, n.number("one", 1), name+".shifted")})
		return n.op("Mul", name, []string{y, n.number("half", .5)})
	case geluTanh, "gelu_new":
		cube := n.op("Mul", name+".cube", []string{n.op("Mul", name+".square", []string{x, x}), x})
		inner := n.add2(x, n.op("Mul", name+".cubic", []string{cube, n.number("cubic", .044715)}), name+".inner")
		t := n.op("Tanh", name+".tanh", []string{n.op("Mul", name+".scaled",
			[]string{inner, n.number("slope", math.Sqrt(2/math.Pi))})})
		y := n.op("Mul", name+".twice", []string{x, n.add2(t, n.number("one", 1), name+".shifted")})
		return n.op("Mul", name, []string{y, n.number("half", .5)})
	case quickGelu:
		s := n.op("Sigmoid", name+".sigmoid", []string{n.op("Mul", name+".scaled", []string{x, n.number("slope", 1.702)})})
		return n.op("Mul", name, []string{x, s})
	case "silu", "swish":
		return n.silu(x, name)
	case "relu":
		return n.relu(x, name)
	}
	n.unknown = message.Of("a network with the activation %s", by)
	return x
}

// mlp is the part of a block that looks at each token alone.
func (n *Net) mlp(x, prefix, by string) string {
	return n.dense(n.activate(n.dense(x, prefix+".fc1"), prefix+".act", by), prefix+".fc2")
}

// scaledBy multiplies with weights of the last axis, where there are some.
func (n *Net) scaledBy(x, name string) string {
	if !n.has(name) {
		return x
	}
	t := n.tensors[name]
	w := n.weight(name, t.Shape...)
	if len(t.Shape) > 1 {
		w = n.reshape(w, name+".row", -1)
	}
	return n.op("Mul", name+".scaled", []string{x, w})
}

// headWidths are the widths of heads of attention by the width of tokens, where they are
// not 64 as in nearly all transformers: ViT-H and ViT-G (Zhai et al. 2022), SigLIP's So400m.
func headWidths() map[int64]int64 { return map[int64]int64{1280: 80, 1408: 88, 1664: 104, 1152: 72} }

// heads is the number of heads of attention: the configuration's, else by custom.
func (n *Net) heads(width int64) int64 {
	if h := int64(n.config.Heads); h > 0 && width%h == 0 {
		return h
	}
	each := int64(64)
	if w, ok := headWidths()[width]; ok {
		each = w
	}
	if width == 0 || width%each != 0 {
		n.unknown = message.Of("a transformer of %d channels, and how many heads share them is not in its weights; put its config.json beside the file", width)
		return 1
	}
	return width / each
}

// byHeads splits tokens [N, T, C] into [N, heads, T, C / heads].
func (n *Net) byHeads(x, name string, heads int64) string {
	return n.transpose(n.reshape(x, name+".split", 0, 0, heads, -1), name+".heads", 0, 2, 1, 3)
}

// queries gives queries, keys and values of tokens: of one matrix or of three.
func (n *Net) queries(x, prefix string, width int64) (q, k, v string) {
	if !n.has(prefix + ".qkv.weight") {
		return n.dense(x, prefix+".q"), n.dense(x, prefix+".k"), n.dense(x, prefix+".v")
	}
	all := n.dense(x, prefix+".qkv")
	part := func(name string, i int64) string { return n.slice(all, prefix+name, -1, i*width, (i+1)*width, 1) }
	return part(".q", 0), part(".k", 1), part(".v", 2)
}

// attention is softmax(Q K' / sqrt(d)) V by heads, and a matrix (Vaswani et al. 2017).
func (n *Net) attention(x, prefix string, width int64) string {
	q, k, v := n.queries(x, prefix, width)
	return n.dense(n.attend(q, k, v, prefix, width), prefix+".proj")
}

// attend weights values by how well keys fit queries.
func (n *Net) attend(q, k, v, prefix string, width int64) string {
	h := n.heads(width)
	q, k, v = n.byHeads(q, prefix+".q", h), n.byHeads(k, prefix+".k", h), n.byHeads(v, prefix+".v", h)
	q = n.op("Mul", prefix+".q.scaled", []string{q, n.number("scale", 1/math.Sqrt(float64(width/h)))})
	a := n.op("MatMul", prefix+".fit", []string{q, n.transpose(k, prefix+".k.turned", 0, 1, 3, 2)})
	a = n.op("Softmax", prefix+".weights", []string{a}, graph.IntAttr("axis", -1))
	y := n.op("MatMul", prefix+".sum", []string{a, v})
	return n.reshape(n.transpose(y, prefix+".tokens", 0, 2, 1, 3), prefix+".joined", 0, 0, width)
}

// forEach repeats a constant [1, T, C] for each picture of a batch x.
func (n *Net) forEach(constant, name, x string, tokens, width int64) string {
	batch := n.slice(n.op("Shape", name+".batch", []string{x}), name+".pictures", 0, 0, 1, 1)
	to := n.op("Concat", name+".shape", []string{batch, n.ints(tokens, width)}, graph.IntAttr("axis", 0))
	return n.op("Expand", name+".each", []string{constant, to})
}

// meanOf is the mean over an axis of tokens.
func (n *Net) meanOf(x, name string, axes ...int64) string {
	return n.op("ReduceMean", name, []string{x}, graph.IntsAttr("axes", axes...), graph.IntAttr("keepdims", 0))
}

// ignore takes tensors under a prefix for such that the output does not depend on.
func (n *Net) ignore(prefix string) {
	for name := range n.tensors {
		if name == prefix || strings.HasPrefix(name, prefix+".") {
			n.used[name] = true
		}
	}
}

// classify applies the last layer, "head" or one that is to be trained, to features
// [N, C].
func (n *Net) classify(x string, layer string) {
	if !n.has(layer + ".weight") {
		n.embedding = x
		return
	}
	n.linear(x, layer, "logits")
}
