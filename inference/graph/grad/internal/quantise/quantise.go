package quantise

import (
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// quantizeRule passes through the rounding as if it were none (Bengio et al. 2013, the
// straight-through estimator), 0 where the value was cut off at the type's limits.
func quantizeRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	lo, hi, ok := limits(b.Shapes().Elem(n.Output(0)))
	if !ok {
		return message.Errorf("%w: quantised to %v", emit.ErrNotDifferentiable, b.Shapes().Elem(n.Output(0)))
	}
	scale, zero, err := quantisation(b, n, x)
	if err != nil {
		return err
	}
	whole := b.Op("Round", []string{b.Div(x, scale)})
	if zero != "" {
		whole = b.Add(whole, zero)
	}
	inside := b.Op("And", []string{b.Op("GreaterOrEqual", []string{whole, b.Scalar(x, lo)}),
		b.Op("LessOrEqual", []string{whole, b.Scalar(x, hi)})})
	b.Give(x, b.Mul(b.Div(dy[0], scale), b.Mask(inside, x)))
	return nil
}

// dequantizeRule: y = (q - zero) scale.
func dequantizeRule(b emit.Emitter, n *graph.Node, dy []string) error {
	scale, _, err := quantisation(b, n, n.Output(0))
	if err != nil {
		return err
	}
	b.Give(n.Input(0), b.Mul(dy[0], scale))
	return nil
}

// limits are the least and the largest number of a type of few bits.
func limits(t graph.DataType) (lo, hi float64, ok bool) {
	switch t {
	case graph.Uint8, graph.Uint16, graph.Uint4, graph.Uint2:
		return 0, math.Exp2(float64(t.Bits())) - 1, true
	case graph.Int8, graph.Int16, graph.Int4, graph.Int2:
		return -math.Exp2(float64(t.Bits() - 1)), math.Exp2(float64(t.Bits()-1)) - 1, true
	}
	return 0, 0, false
}

// quantisation gives scale and zero point of a quantising node, in floating point and in
// a shape that goes with the value like: one for all, one a slice along an axis, or one a
// block of it.
func quantisation(b emit.Emitter, n *graph.Node, like string) (scale, zero string, err error) {
	place := func(v string) (string, error) { return alongAxis(b, n, v, like) }
	if scale, err = place(n.Input(1)); err != nil || n.Input(2) == "" {
		return scale, "", err
	}
	zero, err = place(b.Op("Cast", []string{n.Input(2)}, graph.IntAttr("to", int64(b.Elem(like)))))
	return scale, zero, err
}

func alongAxis(b emit.Emitter, n *graph.Node, v, like string) (string, error) {
	d, err := emit.Dims(b, v)
	if err != nil {
		return "", err
	}
	x, err := emit.Dims(b, like)
	if err != nil {
		return "", err
	}
	axis := emit.AxisOf(n.Int("axis", 1), len(x))
	switch {
	case len(d) == 0:
		return v, nil
	case len(d) == 1 && d[0].Is(1) && n.Int("block_size", 0) == 0:
		return b.Op("Squeeze", []string{v, b.Ints(0)}), nil
	case len(d) == 1 && axis >= 0 && axis < int64(len(x)) && n.Int("block_size", 0) == 0:
		shape := slices.Repeat([]int64{1}, len(x))
		shape[axis] = -1
		return b.Op("Reshape", []string{v, b.Ints(shape...)}), nil
	}
	size := n.Int("block_size", 0)
	if size <= 0 || len(d) != len(x) || !x[axis].Known || !d[axis].Known {
		return "", message.Errorf("%w: scales of shape %v for %v", emit.ErrNotDifferentiable, d, x)
	}
	var idx []int64
	for i := range x[axis].Value {
		idx = append(idx, i/size)
	}
	return b.Op("Gather", []string{v, b.Ints(idx...)}, graph.IntAttr("axis", axis)), nil
}
