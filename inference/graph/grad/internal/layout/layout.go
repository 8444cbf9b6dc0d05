package layout

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

func reshapeRule(b emit.Emitter, n *graph.Node, dy []string) error {
	b.Give(n.Input(0), b.LikeShape(dy[0], n.Input(0)))
	return nil
}

func expandRule(b emit.Emitter, n *graph.Node, dy []string) error {
	return emit.GiveBroadcast(b, n, 0, func() string { return dy[0] })
}

func transposeRule(b emit.Emitter, n *graph.Node, dy []string) error {
	dims, err := emit.Dims(b, n.Input(0))
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
	b.Give(n.Input(0), b.Transpose(dy[0], back...))
	return nil
}

// concatRule cuts out each operand's part.
func concatRule(b emit.Emitter, n *graph.Node, dy []string) error {
	at := int64(0)
	for i, in := range n.Inputs {
		dims, err := emit.Dims(b, in)
		if err != nil {
			return err
		}
		axis := emit.AxisOf(n.Int("axis", 0), len(dims))
		if !dims[axis].Known {
			return message.Errorf("%w: operand %d has no fixed size along axis %d", emit.ErrNotDifferentiable, i, axis)
		}
		end := at + dims[axis].Value
		if b.Wants(in) {
			b.Give(in, b.Slice(dy[0], []int64{at}, []int64{end}, []int64{axis}, []int64{1}))
		}
		at = end
	}
	return nil
}

// splitRule joins the parts' derivatives, zeros where a part has none.
func splitRule(b emit.Emitter, n *graph.Node, dy []string) error {
	dims, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return err
	}
	parts := slices.Clone(dy)
	for i, o := range n.Outputs {
		if parts[i] == "" {
			parts[i] = b.Filled(0, o)
		}
	}
	b.Give(n.Input(0), b.Op("Concat", parts, graph.IntAttr("axis", emit.AxisOf(n.Int("axis", 0), len(dims)))))
	return nil
}

// tileRule splits each repeated axis into [times, size] and sums over times.
func tileRule(b emit.Emitter, n *graph.Node, dy []string) error {
	times, ok := emit.Values(b, n, "", 1)
	dims, err := emit.Dims(b, n.Input(0))
	if err != nil || !ok || len(times) != len(dims) {
		return message.Errorf("%w: repeats are not constant", emit.ErrNotDifferentiable)
	}
	var shape, axes []int64
	for i, d := range dims {
		size := d.Value
		if !d.Known {
			if size = -1; slices.Contains(shape, -1) {
				return message.Errorf("%w: the shape %v has two free sizes", emit.ErrNotDifferentiable, dims)
			}
		}
		axes = append(axes, int64(len(shape)))
		shape = append(shape, times[i], size)
	}
	d := b.Op("Reshape", []string{dy[0], b.Ints(shape...)})
	b.Give(n.Input(0), b.Sum(d, false, axes...))
	return nil
}
