package choose

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// padRule takes the padding off again; negative pads were a crop. Padding with the
// picture itself reads some positions more than once.
func padRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	pads, ok := emit.Values(b, n, "pads", 1)
	axes, ok2 := emit.Values(b, n, "", 3)
	if !ok || !ok2 {
		return message.Errorf("%w: pads or axes are not constant", emit.ErrNotDifferentiable)
	}
	if pads, err = shape.FullPads(pads, axes, len(dims)); err != nil {
		return err
	}
	if mode := n.Text("mode", "constant"); mode != "constant" {
		return b.Through(dy[0], func() (string, error) { return padByIndex(b, x, mode, pads) })
	}
	back := make([]int64, len(pads))
	for i, p := range pads {
		back[i] = -p
	}
	b.Give(x, b.Pad(dy[0], back))
	return nil
}

// padByIndex pads by edge, reflect or wrap as a Gather along each padded axis.
func padByIndex(b emit.Emitter, x, mode string, pads []int64) (string, error) {
	dims, err := emit.Dims(b, x)
	if err != nil {
		return "", err
	}
	for axis, d := range dims {
		before, after := pads[axis], pads[len(dims)+axis]
		if before == 0 && after == 0 {
			continue
		}
		if !d.Known || d.Value == 0 {
			return "", message.Errorf("%w: the padded axis %d has no fixed size", emit.ErrNotDifferentiable, axis)
		}
		var idx []int64
		for i := -before; i < d.Value+after; i++ {
			at, ok := folded(mode, i, d.Value)
			if !ok {
				return "", message.Errorf("%w: padding by mode %q", emit.ErrNotDifferentiable, mode)
			}
			idx = append(idx, at)
		}
		x = b.Op("Gather", []string{x, b.Ints(idx...)}, graph.IntAttr("axis", int64(axis)))
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
