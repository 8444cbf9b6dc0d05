package grad

import (
	"math"

	"hilum/inference/graph"
)

// functionRule has the elementary functions of one variable.
func functionRule(op string) rule {
	one := func(b *builder, x string) string { return b.scalar(x, 1) }
	apply := func(f string) rule {
		return plain(func(b *builder, x, y string) string { return b.op(f, []string{x}) })
	}
	// root makes 1/sqrt(k x^2 + c).
	root := func(sign, k, c float64) rule {
		return plain(func(b *builder, x, y string) string {
			r := b.op("Sqrt", []string{b.add(b.scale(b.mul(x, x), x, k), b.scalar(x, c))})
			return b.div(b.scalar(x, sign), r)
		})
	}
	switch op {
	case "Neg":
		return plain(func(b *builder, x, y string) string { return b.scalar(x, -1) })
	case "Abs":
		return apply("Sign")
	case "Exp":
		return plain(func(b *builder, x, y string) string { return y })
	case "Log":
		return guarded(func(b *builder, x, y string) string { return b.op("Reciprocal", []string{x}) })
	case "Sqrt":
		return sqrtRule
	case "Reciprocal":
		return plain(func(b *builder, x, y string) string { return b.op("Neg", []string{b.mul(y, y)}) })
	case "Sin":
		return apply("Cos")
	case "Cos":
		return plain(func(b *builder, x, y string) string { return b.op("Neg", []string{b.op("Sin", []string{x})}) })
	case "Tan":
		return plain(func(b *builder, x, y string) string { return b.add(one(b, x), b.mul(y, y)) })
	case "Asin":
		return root(1, -1, 1)
	case "Acos":
		return root(-1, -1, 1)
	case "Atan":
		return plain(func(b *builder, x, y string) string { return b.div(one(b, x), b.add(one(b, x), b.mul(x, x))) })
	case "Sinh":
		return apply("Cosh")
	case "Cosh":
		return apply("Sinh")
	case "Asinh":
		return root(1, 1, 1)
	case "Acosh":
		return root(1, 1, -1)
	case "Atanh":
		return plain(func(b *builder, x, y string) string { return b.div(one(b, x), b.sub(one(b, x), b.mul(x, x))) })
	case "Erf": // 2/sqrt(pi) exp(-x^2)
		return plain(func(b *builder, x, y string) string {
			return b.scale(b.op("Exp", []string{b.op("Neg", []string{b.mul(x, x)})}), x, 2/math.Sqrt(math.Pi))
		})
	}
	return nil
}

// guarded is plain for slopes that may be infinite: what the objective does not depend
// on stays without a derivative.
func guarded(f func(b *builder, x, y string) string) rule {
	return func(b *builder, n *graph.Node, dy []string) error {
		x := n.Input(0)
		b.give(x, b.unless(b.is(dy[0], 0), b.mul(dy[0], f(b, x, n.Output(0))), x))
		return nil
	}
}

// sqrtRule: 1/(2y). The root of a sum of squares is a norm, which has 0 among its
// subgradients at 0: that is taken. Any other root has no finite derivative at 0, and
// the result says so.
func sqrtRule(b *builder, n *graph.Node, dy []string) error {
	half := func(b *builder, x, y string) string { return b.div(b.scalar(y, .5), y) }
	if !b.squares(n.Input(0), 0) {
		return guarded(half)(b, n, dy)
	}
	y := n.Output(0)
	zero := b.is(y, 0)
	b.give(n.Input(0), b.mul(dy[0], b.unless(zero, half(b, "", b.where(zero, b.scalar(y, 1), y)), y)))
	return nil
}

// squares tells whether a value is made of squares, or higher even powers, by sums and
// rearrangements alone.
func (b *builder) squares(name string, depth int) bool {
	n := b.makers[name]
	if n == nil || !n.IsONNX() || depth > 20 {
		return false
	}
	switch n.Op {
	case "ReduceSumSquare":
		return true
	case "Mul":
		if n.Input(0) == n.Input(1) {
			return true
		}
		return b.tensor(n.Input(1)) != nil && b.squares(n.Input(0), depth+1) || b.tensor(n.Input(0)) != nil && b.squares(n.Input(1), depth+1)
	case "Pow":
		p, err := b.number(n, "", 1, 1)
		return err == nil && p >= 2
	case "Add", "Sum":
		for _, in := range n.Inputs {
			if b.tensor(in) == nil && !b.squares(in, depth+1) {
				return false
			}
		}
		return true
	case "Div":
		return b.tensor(n.Input(1)) != nil && b.squares(n.Input(0), depth+1)
	case "ReduceSum", "ReduceMean", "AveragePool", "GlobalAveragePool", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose",
		"Identity", "Expand", "Slice", "Gather", "Pad", "Cast", "Relu", "Clip":
		return b.squares(n.Input(0), depth+1)
	}
	return false
}
