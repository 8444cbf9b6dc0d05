package grad

import (
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

func layoutRule(op string) rule {
	switch op {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		return func(b *builder, n *graph.Node, dy []string) error {
			b.give(n.Input(0), b.likeShape(dy[0], n.Input(0)))
			return nil
		}
	case "Transpose":
		return transposeRule
	case "Expand":
		return func(b *builder, n *graph.Node, dy []string) error {
			return b.giveBroadcast(n, 0, func() string { return dy[0] })
		}
	case "Concat":
		return concatRule
	case "Split":
		return splitRule
	case "Tile":
		return tileRule
	case "Resize":
		return resizeRule
	}
	return nil
}

func transposeRule(b *builder, n *graph.Node, dy []string) error {
	dims, err := b.dims(n.Input(0))
	if err != nil {
		return err
	}
	perm := n.Ints("perm")
	if perm == nil {
		for i := range dims {
			perm = append(perm, int64(len(dims)-1-i))
		}
	}
	back := make([]int64, len(perm))
	for i, p := range perm {
		back[p] = int64(i)
	}
	b.give(n.Input(0), b.transpose(dy[0], back...))
	return nil
}

// concatRule cuts out each operand's part.
func concatRule(b *builder, n *graph.Node, dy []string) error {
	at := int64(0)
	for i, in := range n.Inputs {
		dims, err := b.dims(in)
		if err != nil {
			return err
		}
		axis := axisOf(n.Int("axis", 0), len(dims))
		if !dims[axis].Known {
			return message.Errorf("%w: operand %d has no fixed size along axis %d", ErrNotDifferentiable, i, axis)
		}
		end := at + dims[axis].Value
		if b.wants(in) {
			b.give(in, b.slice(dy[0], []int64{at}, []int64{end}, []int64{axis}, []int64{1}))
		}
		at = end
	}
	return nil
}

// splitRule joins the parts' derivatives, zeros where a part has none.
func splitRule(b *builder, n *graph.Node, dy []string) error {
	dims, err := b.dims(n.Input(0))
	if err != nil {
		return err
	}
	parts := slices.Clone(dy)
	for i, o := range n.Outputs {
		if parts[i] == "" {
			parts[i] = b.filled(0, o)
		}
	}
	b.give(n.Input(0), b.op("Concat", parts, graph.IntAttr("axis", axisOf(n.Int("axis", 0), len(dims)))))
	return nil
}

// tileRule splits each repeated axis into [times, size] and sums over times.
func tileRule(b *builder, n *graph.Node, dy []string) error {
	times, ok := b.values(n, "", 1)
	dims, err := b.dims(n.Input(0))
	if err != nil || !ok || len(times) != len(dims) {
		return message.Errorf("%w: repeats are not constant", ErrNotDifferentiable)
	}
	var shape, axes []int64
	for i, d := range dims {
		size := d.Value
		if !d.Known {
			if size = -1; slices.Contains(shape, -1) {
				return message.Errorf("%w: the shape %v has two free sizes", ErrNotDifferentiable, dims)
			}
		}
		axes = append(axes, int64(len(shape)))
		shape = append(shape, times[i], size)
	}
	d := b.op("Reshape", []string{dy[0], b.ints(shape...)})
	b.give(n.Input(0), b.sum(d, false, axes...))
	return nil
}
