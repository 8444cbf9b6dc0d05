package grad

import (
	"hilum/inference/graph"
)

// spread marks every value that depends on an active one.
func (b *builder) spread() {
	for _, n := range b.g.Nodes {
		b.mark(n)
	}
}

// mark makes a node's outputs active where an input is. Counts, indices and truth
// values do not change with small changes of what they are made of; whole numbers of
// few bits stand for quantised values, through which derivatives pass.
func (b *builder) mark(n *graph.Node) {
	if !b.reads(n) || !passes(n.Op) {
		return
	}
	for _, o := range n.Outputs {
		e := b.shapes.Elem(o)
		if o != "" && (e == graph.Undefined || e.IsFloat() || e.Bits() <= 16 && e != graph.Bool || n.Op == "Cast" &&
			b.fewBits(n.Input(0))) {
			b.active[o] = true
		}
	}
}

// reads tells whether a node, or what is nested in it, reads an active value.
func (b *builder) reads(n *graph.Node) bool {
	for in := range n.Uses() {
		if b.Wants(in) {
			return true
		}
	}
	return false
}

// fewBits tells whether a value is of whole numbers that stand for quantised ones.
func (b *builder) fewBits(name string) bool {
	e := b.shapes.Elem(name)
	return e != graph.Undefined && e != graph.Bool && !e.IsFloat() && e.Bits() <= 16
}

// passes is false for operators whose result does not change with small
// changes of their input: shapes, comparisons, roundings.
func passes(op string) bool {
	switch op {
	case "Shape", "Size", "ArgMax", "ArgMin", "Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual", "Not",
		"And", "Or", "Xor",
		"Sign", "Floor", "Ceil", "Round", "IsNaN", "IsInf", "ConstantOfShape", "NonZero", "Hardmax", "EyeLike",
		"OneHot",
		"RandomNormalLike", "RandomUniformLike", "Bernoulli", "NonMaxSuppression", "Range":
		return false
	}
	return true
}
