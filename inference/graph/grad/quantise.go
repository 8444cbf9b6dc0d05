package grad

import (
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

func quantiseRule(op string) rule {
	switch op {
	case "QuantizeLinear":
		return quantizeRule
	case "DequantizeLinear":
		return dequantizeRule
	}
	return nil
}

// quantizeRule passes through the rounding as if it were none (Bengio et al. 2013, the
// straight-through estimator), 0 where the value was cut off at the type's limits.
func quantizeRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	lo, hi, ok := limits(b.shapes.Elem(n.Output(0)))
	if !ok {
		return message.Errorf("%w: quantised to %v", ErrNotDifferentiable, b.shapes.Elem(n.Output(0)))
	}
	scale, zero, err := b.quantisation(n, x)
	if err != nil {
		return err
	}
	whole := b.op("Round", []string{b.div(x, scale)})
	if zero != "" {
		whole = b.add(whole, zero)
	}
	inside := b.op("And", []string{b.op("GreaterOrEqual", []string{whole, b.scalar(x, lo)}), b.op("LessOrEqual", []string{whole, b.scalar(x, hi)})})
	b.give(x, b.mul(b.div(dy[0], scale), b.mask(inside, x)))
	return nil
}

// dequantizeRule: y = (q - zero) scale.
func dequantizeRule(b *builder, n *graph.Node, dy []string) error {
	scale, _, err := b.quantisation(n, n.Output(0))
	if err != nil {
		return err
	}
	b.give(n.Input(0), b.mul(dy[0], scale))
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
func (b *builder) quantisation(n *graph.Node, like string) (scale, zero string, err error) {
	place := func(v string) (string, error) { return b.alongAxis(n, v, like) }
	if scale, err = place(n.Input(1)); err != nil || n.Input(2) == "" {
		return scale, "", err
	}
	zero, err = place(b.op("Cast", []string{n.Input(2)}, graph.IntAttr("to", int64(b.elem(like)))))
	return scale, zero, err
}

func (b *builder) alongAxis(n *graph.Node, v, like string) (string, error) {
	d, err := b.dims(v)
	if err != nil {
		return "", err
	}
	x, err := b.dims(like)
	if err != nil {
		return "", err
	}
	axis := axisOf(n.Int("axis", 1), len(x))
	switch {
	case len(d) == 0:
		return v, nil
	case len(d) == 1 && d[0].Is(1) && n.Int("block_size", 0) == 0:
		return b.op("Squeeze", []string{v, b.ints(0)}), nil
	case len(d) == 1 && axis >= 0 && axis < int64(len(x)) && n.Int("block_size", 0) == 0:
		shape := slices.Repeat([]int64{1}, len(x))
		shape[axis] = -1
		return b.op("Reshape", []string{v, b.ints(shape...)}), nil
	}
	size := n.Int("block_size", 0)
	if size <= 0 || len(d) != len(x) || !x[axis].Known || !d[axis].Known {
		return "", message.Errorf("%w: scales of shape %v for %v", ErrNotDifferentiable, d, x)
	}
	var idx []int64
	for i := range x[axis].Value {
		idx = append(idx, i/size)
	}
	return b.op("Gather", []string{v, b.ints(idx...)}, graph.IntAttr("axis", axis)), nil
}
