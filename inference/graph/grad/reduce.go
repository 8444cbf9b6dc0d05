package grad

import (
	"fmt"

	"hilum/inference/graph"
)

func reduceRule(op string) rule {
	switch op {
	case "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare":
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
	if axes == nil {
		b.give(x, dy[0])
		return nil
	}
	d, y := b.kept(n, dy[0], axes), b.kept(n, n.Output(0), axes)
	switch n.Op {
	case "ReduceSum":
		b.give(x, b.op("Expand", []string{d, b.shapeOf(x)}))
	case "ReduceMean":
		b.give(x, b.op("Expand", []string{b.div(d, b.count(x, axes)), b.shapeOf(x)}))
	case "ReduceMax", "ReduceMin":
		b.giveExtreme(n, d, y, axes)
	case "ReduceL2": // dx = x/|x| dy
		b.give(x, b.mul(x, b.div(d, y)))
	case "ReduceSumSquare":
		b.give(x, b.mul(b.scale(x, x, 2), d))
	}
	return nil
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
		return nil, fmt.Errorf("%w: the axes are not constant", ErrNotDifferentiable)
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
	if b.opset >= 13 {
		return b.op("Unsqueeze", []string{v, b.ints(axes...)})
	}
	return b.op("Unsqueeze", []string{v}, graph.IntsAttr("axes", axes...))
}
