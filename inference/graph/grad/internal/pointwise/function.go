package pointwise

import (
	"math"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
)

// functions are the rules of elementary functions of one variable.
func functions() emit.Rules {
	one := func(b emit.Emitter, x string) string { return b.Scalar(x, 1) }
	apply := func(f string) emit.Rule {
		return plain(func(b emit.Emitter, x, y string) string { return b.Op(f, []string{x}) })
	}
	// root makes 1/sqrt(k x^2 + c).
	root := func(sign, k, c float64) emit.Rule {
		return plain(func(b emit.Emitter, x, y string) string {
			r := b.Op("Sqrt", []string{b.Add(b.Scale(b.Mul(x, x), x, k), b.Scalar(x, c))})
			return b.Div(b.Scalar(x, sign), r)
		})
	}
	return emit.Rules{
		"Neg":        plain(func(b emit.Emitter, x, y string) string { return b.Scalar(x, -1) }),
		"Abs":        apply("Sign"),
		"Exp":        plain(func(b emit.Emitter, x, y string) string { return y }),
		"Log":        guarded(func(b emit.Emitter, x, y string) string { return b.Op("Reciprocal", []string{x}) }),
		"Sqrt":       sqrtRule,
		"Reciprocal": plain(func(b emit.Emitter, x, y string) string { return b.Op("Neg", []string{b.Mul(y, y)}) }),
		"Sin":        apply("Cos"),
		"Cos": plain(func(b emit.Emitter, x,
			y string) string {
			return b.Op("Neg", []string{b.Op("Sin", []string{x})})
		}),
		"Tan":  plain(func(b emit.Emitter, x, y string) string { return b.Add(one(b, x), b.Mul(y, y)) }),
		"Asin": root(1, -1, 1),
		"Acos": root(-1, -1, 1),
		"Atan": plain(func(b emit.Emitter, x,
			y string) string {
			return b.Div(one(b, x), b.Add(one(b, x), b.Mul(x, x)))
		}),
		"Sinh":  apply("Cosh"),
		"Cosh":  apply("Sinh"),
		"Asinh": root(1, 1, 1),
		"Acosh": root(1, 1, -1),
		"Atanh": plain(func(b emit.Emitter, x,
			y string) string {
			return b.Div(one(b, x), b.Sub(one(b, x), b.Mul(x, x)))
		}),
		// 2/sqrt(pi) exp(-x^2)
		"Erf": plain(func(b emit.Emitter, x, y string) string {
			return b.Scale(b.Op("Exp", []string{b.Op("Neg", []string{b.Mul(x, x)})}), x, 2/math.Sqrt(math.Pi))
		}),
	}
}

// guarded is plain for slopes that may be infinite: what the objective does not depend
// on stays without a derivative.
func guarded(f func(b emit.Emitter, x, y string) string) emit.Rule {
	return func(b emit.Emitter, n *graph.Node, dy []string) error {
		x := n.Input(0)
		b.Give(x, b.Unless(b.Is(dy[0], 0), b.Mul(dy[0], f(b, x, n.Output(0))), x))
		return nil
	}
}

// sqrtRule: 1/(2y). The root of a sum of squares is a norm, which has 0 among its
// subgradients at 0: that is taken. Any other root has no finite derivative at 0, and
// the result says so.
func sqrtRule(b emit.Emitter, n *graph.Node, dy []string) error {
	half := func(b emit.Emitter, x, y string) string { return b.Div(b.Scalar(y, .5), y) }
	if !squares(b, n.Input(0), 0) {
		return guarded(half)(b, n, dy)
	}
	y := n.Output(0)
	zero := b.Is(y, 0)
	b.Give(n.Input(0), b.Mul(dy[0], b.Unless(zero, half(b, "", b.Where(zero, b.Scalar(y, 1), y)), y)))
	return nil
}

// squares tells whether a value is made of squares, or higher even powers, by sums and
// rearrangements alone.
func squares(b emit.Emitter, name string, depth int) bool {
	n := b.Maker(name)
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
		return b.Tensor(n.Input(1)) != nil && squares(b, n.Input(0), depth+1) || b.Tensor(n.Input(0)) != nil &&
			squares(b, n.Input(1), depth+1)
	case "Pow":
		p, err := number(b, n, parameter{"", 1, 1})
		return err == nil && p >= 2
	case "Add", "Sum":
		for _, in := range n.Inputs {
			if b.Tensor(in) == nil && !squares(b, in, depth+1) {
				return false
			}
		}
		return true
	case "Div":
		return b.Tensor(n.Input(1)) != nil && squares(b, n.Input(0), depth+1)
	case "ReduceSum", "ReduceMean", "AveragePool", "GlobalAveragePool", "Reshape", "Squeeze", "Unsqueeze", "Flatten",
		"Transpose",
		"Identity", "Expand", "Slice", "Gather", "Pad", "Cast", "Relu", "Clip":
		return squares(b, n.Input(0), depth+1)
	}
	return false
}
