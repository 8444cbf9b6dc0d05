package window

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

func reductionRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	axes, err := reducedAxes(b, n)
	if err != nil {
		return err
	}
	if axes == nil && same(n) {
		b.Give(x, dy[0])
		return nil
	}
	d, y := dy[0], n.Output(0)
	if axes != nil {
		d, y = keep(b, n, d, axes), keep(b, n, y, axes)
	}
	switch n.Op {
	case "ReduceSum":
		b.Give(x, b.Op("Expand", []string{d, b.ShapeOf(x)}))
	case "ReduceMean":
		b.Give(x, b.Op("Expand", []string{b.Div(d, emit.Count(b, x, axes)), b.ShapeOf(x)}))
	case "ReduceMax", "ReduceMin":
		giveExtreme(b, n, kept{d, y, axes})
	case "ReduceL1":
		b.Give(x, b.Mul(b.Op("Sign", []string{x}), d))
	case "ReduceL2": // dx = x/|x| dy; 0 for the norm of zeros
		b.Give(x, b.Mul(x, b.Mul(d, powerOrZero(b, y, -1))))
	case "ReduceSumSquare":
		b.Give(x, b.Mul(b.Scale(x, x, 2), d))
	case "ReduceLogSum": // y = ln s
		b.Give(x, b.Op("Expand", []string{b.Div(d, b.Op("Exp", []string{y})), b.ShapeOf(x)}))
	case "ReduceLogSumExp": // the softmax
		b.Give(x, b.Mul(d, b.Op("Exp", []string{b.Sub(x, y)})))
	case "ReduceProd":
		b.Give(x, b.Mul(d, others(b, x, axes)))
	}
	return nil
}

// same tells whether a reduction over no axes leaves its input as it is.
func same(n *graph.Node) bool {
	switch n.Op {
	case "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceLogSumExp":
		return true
	}
	return false
}

// others is for each element the product of the others along axes. With one zero among
// them it is the product of the rest at its place and 0 elsewhere.
func others(b emit.Emitter, x string, axes []int64) string {
	zero := b.Is(x, 0)
	rest := b.Where(zero, b.Scalar(x, 1), x)
	zeros := b.Mask(zero, x)
	all := b.Reduce("ReduceProd", rest, true, axes...)
	alone := b.Is(b.Sub(b.Sum(zeros, true, axes...), zeros), 0) // no zero but perhaps itself
	return b.Where(alone, b.Div(all, rest), b.Scalar(x, 0))
}

// reducedAxes returns the axes of a reduction counted from the front; nil for
// one that reduces nothing.
func reducedAxes(b emit.Emitter, n *graph.Node) ([]int64, error) {
	dims, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return nil, err
	}
	axes, ok := emit.Values(b, n, "axes", 1)
	if !ok {
		return nil, message.Errorf("%w: the axes are not constant", emit.ErrNotDifferentiable)
	}
	if len(axes) == 0 {
		if n.Int("noop_with_empty_axes", 0) != 0 || len(dims) == 0 {
			return nil, nil
		}
		return emit.AllBut(len(dims), -1), nil
	}
	out := make([]int64, len(axes))
	for i, a := range axes {
		out[i] = emit.AxisOf(a, len(dims))
	}
	return out, nil
}

// keep gives back the reduced axes, of size 1, where the node dropped them.
func keep(b emit.Emitter, n *graph.Node, v string, axes []int64) string {
	if n.Int("keepdims", 1) != 0 {
		return v
	}
	return b.Op("Unsqueeze", []string{v, b.Ints(axes...)})
}
