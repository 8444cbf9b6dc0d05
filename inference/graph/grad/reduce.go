package grad

import (
	"hilum/inference/graph"
	"hilum/internal/message"
)

func reduceRule(op string) rule {
	switch op {
	case "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceProd",
		"ReduceLogSum", "ReduceLogSumExp":
		return reductionRule
	}
	return nil
}

func reductionRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	axes, err := b.reducedAxes(n)
	if err != nil {
		return err
	}
	if axes == nil && b.same(n) {
		b.give(x, dy[0])
		return nil
	}
	d, y := dy[0], n.Output(0)
	if axes != nil {
		d, y = b.kept(n, d, axes), b.kept(n, y, axes)
	}
	switch n.Op {
	case "ReduceSum":
		b.give(x, b.op("Expand", []string{d, b.shapeOf(x)}))
	case "ReduceMean":
		b.give(x, b.op("Expand", []string{b.div(d, b.count(x, axes)), b.shapeOf(x)}))
	case "ReduceMax", "ReduceMin":
		b.giveExtreme(n, d, y, axes)
	case "ReduceL1":
		b.give(x, b.mul(b.op("Sign", []string{x}), d))
	case "ReduceL2": // dx = x/|x| dy; 0 for the norm of zeros
		b.give(x, b.mul(x, b.mul(d, b.powerOrZero(y, -1))))
	case "ReduceSumSquare":
		b.give(x, b.mul(b.scale(x, x, 2), d))
	case "ReduceLogSum": // y = ln s
		b.give(x, b.op("Expand", []string{b.div(d, b.op("Exp", []string{y})), b.shapeOf(x)}))
	case "ReduceLogSumExp": // the softmax
		b.give(x, b.mul(d, b.op("Exp", []string{b.sub(x, y)})))
	case "ReduceProd":
		b.give(x, b.mul(d, b.others(x, axes)))
	}
	return nil
}

// same tells whether a reduction over no axes leaves its input as it is.
func (b *builder) same(n *graph.Node) bool {
	switch n.Op {
	case "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceLogSumExp":
		return true
	}
	return false
}

// others is for each element the product of the others along axes. With one zero among
// them it is the product of the rest at its place and 0 elsewhere.
func (b *builder) others(x string, axes []int64) string {
	zero := b.is(x, 0)
	rest := b.where(zero, b.scalar(x, 1), x)
	zeros := b.mask(zero, x)
	all := b.reduce("ReduceProd", rest, true, axes...)
	alone := b.is(b.sub(b.sum(zeros, true, axes...), zeros), 0) // no zero but perhaps itself
	return b.where(alone, b.div(all, rest), b.scalar(x, 0))
}

// reducedAxes returns the axes of a reduction counted from the front; nil for
// one that reduces nothing.
func (b *builder) reducedAxes(n *graph.Node) ([]int64, error) {
	dims, err := b.dims(n.Input(0))
	if err != nil {
		return nil, err
	}
	axes, ok := b.values(n, "axes", 1)
	if !ok {
		return nil, message.Errorf("%w: the axes are not constant", ErrNotDifferentiable)
	}
	if len(axes) == 0 {
		if n.Int("noop_with_empty_axes", 0) != 0 || len(dims) == 0 {
			return nil, nil
		}
		return allBut(len(dims), -1), nil
	}
	out := make([]int64, len(axes))
	for i, a := range axes {
		out[i] = axisOf(a, len(dims))
	}
	return out, nil
}

// kept gives back the reduced axes, of size 1, where the node dropped them.
func (b *builder) kept(n *graph.Node, v string, axes []int64) string {
	if n.Int("keepdims", 1) != 0 {
		return v
	}
	return b.op("Unsqueeze", []string{v, b.ints(axes...)})
}
