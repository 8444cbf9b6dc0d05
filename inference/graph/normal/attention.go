package normal

import (
	"math"

	"hilum/inference/graph"
)

// attention is the runtime's: input [N, T, C], one matrix [C, 3 E] and one bias [3 E] for
// queries, keys and values. Masks, caches and what else a language model has stay fused.
func (u *unfuser) attention(n *graph.Node) bool {
	for i := 3; i < len(n.Inputs); i++ {
		if n.Input(i) != "" {
			return false
		}
	}
	w, ok := u.s.Shapes().Dims(n.Input(1))
	if !ok || len(w) != 2 || !w[1].Known || w[1].Value%3 != 0 || n.Ints("qkv_hidden_sizes") != nil ||
		n.Int("unidirectional", 0) != 0 || n.Int("do_rotary", 0) != 0 || n.Output(1) != "" {
		return false
	}
	all := u.op("MatMul", []string{n.Input(0), n.Input(1)})
	if n.Input(2) != "" {
		all = u.op("Add", []string{all, n.Input(2)})
	}
	width := w[1].Value / 3
	return u.attend(n, u.part(all, 0, width), u.part(all, 1, width), u.part(all, 2, width), width)
}

// multiHead takes queries, keys and values [N, T, E] each, and may add a bias [3 E].
func (u *unfuser) multiHead(n *graph.Node) bool {
	for i := 4; i < len(n.Inputs); i++ {
		if n.Input(i) != "" {
			return false
		}
	}
	d, ok := u.s.Shapes().Dims(n.Input(0))
	if !ok || len(d) != 3 || !d[2].Known || n.Input(1) == "" || n.Input(2) == "" || n.Output(1) != "" ||
		n.Int("unidirectional", 0) != 0 {
		return false
	}
	var x [3]string
	for i := range x {
		in, ok := u.s.Shapes().Dims(n.Input(i))
		if !ok || len(in) != 3 || !in[2].Is(d[2].Value) {
			return false
		}
		if x[i] = n.Input(i); n.Input(3) != "" {
			x[i] = u.op("Add", []string{x[i], u.part(n.Input(3), int64(i), d[2].Value)})
		}
	}
	return u.attend(n, x[0], x[1], x[2], d[2].Value)
}

// part is a third of the last axis.
func (u *unfuser) part(x string, i, width int64) string {
	return u.op("Slice", []string{x, u.ints(i * width), u.ints((i + 1) * width), u.ints(-1)})
}

func (u *unfuser) ints(v ...int64) string {
	t := graph.NewInts(graph.Fresh(u.names, "unfused_ints"), v, int64(len(v)))
	u.g.Initializers = append(u.g.Initializers, t)
	u.s.Constant(t)
	return t.Name
}

// attend writes softmax(scale Q K') V by heads.
func (u *unfuser) attend(n *graph.Node, q, k, v string, width int64) bool {
	heads := n.Int("num_heads", 0)
	if heads <= 0 || width%heads != 0 {
		return false
	}
	scale := float64(n.Float("scale", 0))
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(width/heads))
	}
	split := func(x string, perm ...int64) string {
		return u.op("Transpose", []string{u.op("Reshape", []string{x, u.ints(0, 0, heads, width/heads)})},
			graph.IntsAttr("perm", perm...))
	}
	q = u.op("Mul", []string{split(q, 0, 2, 1, 3), u.number(q, float32(scale))})
	a := u.op("Softmax", []string{u.op("MatMul", []string{q, split(k, 0, 2, 3, 1)})}, graph.IntAttr("axis", -1))
	y := u.op("Transpose", []string{u.op("MatMul", []string{a, split(v, 0, 2, 1, 3)})}, graph.IntsAttr("perm", 0, 2, 1, 3))
	u.as(n.Output(0), "Reshape", []string{y, u.ints(0, 0, width)})
	return true
}
