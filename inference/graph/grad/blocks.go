package grad

import (
	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

func blockRule(op string) rule {
	switch op {
	case "DepthToSpace":
		return depthToSpaceRule
	case "SpaceToDepth":
		return func(b *builder, n *graph.Node, dy []string) error {
			b.give(n.Input(0), b.op("DepthToSpace", []string{dy[0]}, graph.IntAttr("blocksize", n.Int("blocksize", 1))))
			return nil
		}
	case "Pad":
		return padRule
	}
	return nil
}

// depthToSpaceRule: SpaceToDepth undoes it, up to the order of the channels in mode CRD,
// where the place in the block counts before the channel.
func depthToSpaceRule(b *builder, n *graph.Node, dy []string) error {
	x, size := n.Input(0), n.Int("blocksize", 1)
	d := b.op("SpaceToDepth", []string{dy[0]}, graph.IntAttr("blocksize", size))
	if n.Text("mode", "DCR") != "CRD" {
		b.give(x, d)
		return nil
	}
	dims, err := b.static(x, 1)
	if err != nil {
		return err
	}
	c := dims[0] / (size * size)
	d = b.op("Reshape", []string{d, b.ints(0, size*size, c, dims[1], dims[2])})
	b.give(x, b.likeShape(b.transpose(d, 0, 2, 1, 3, 4), x))
	return nil
}

// padRule takes the padding off again; negative pads were a crop. Padding with the
// picture itself reads some positions more than once.
func padRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	pads, ok := b.values(n, "pads", 1)
	axes, ok2 := b.values(n, "", 3)
	if !ok || !ok2 {
		return message.Errorf("%w: pads or axes are not constant", ErrNotDifferentiable)
	}
	if pads, err = shape.FullPads(pads, axes, len(dims)); err != nil {
		return err
	}
	if mode := n.Text("mode", "constant"); mode != "constant" {
		return b.through(dy[0], func() (string, error) { return b.padByIndex(x, mode, pads) })
	}
	back := make([]int64, len(pads))
	for i, p := range pads {
		back[i] = -p
	}
	b.give(x, b.pad(dy[0], back))
	return nil
}

// padByIndex pads by edge, reflect or wrap as a Gather along each padded axis.
func (b *builder) padByIndex(x, mode string, pads []int64) (string, error) {
	dims, err := b.dims(x)
	if err != nil {
		return "", err
	}
	for axis, d := range dims {
		before, after := pads[axis], pads[len(dims)+axis]
		if before == 0 && after == 0 {
			continue
		}
		if !d.Known || d.Value == 0 {
			return "", message.Errorf("%w: the padded axis %d has no fixed size", ErrNotDifferentiable, axis)
		}
		var idx []int64
		for i := -before; i < d.Value+after; i++ {
			at, ok := folded(mode, i, d.Value)
			if !ok {
				return "", message.Errorf("%w: padding by mode %q", ErrNotDifferentiable, mode)
			}
			idx = append(idx, at)
		}
		x = b.op("Gather", []string{x, b.ints(idx...)}, graph.IntAttr("axis", int64(axis)))
	}
	return x, nil
}

// folded is the position inside an axis of size n that padding reads for position i.
func folded(mode string, i, n int64) (int64, bool) {
	switch mode {
	case "edge":
		return min(max(i, 0), n-1), true
	case "wrap":
		return ((i % n) + n) % n, true
	case "reflect":
		if n == 1 {
			return 0, true
		}
		period := 2 * (n - 1)
		i = ((i % period) + period) % period
		return min(i, period-i), true
	}
	return 0, false
}
