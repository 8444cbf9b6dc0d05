package emit

import (
	"math"

	"hilum/inference/graph"
)

// unbroadcast sums a derivative of the shape of value from over the axes along
// which value to was repeated.
func unbroadcast(b Emitter, d, from, to string) (string, error) {
	f, err := Dims(b, from)
	if err != nil {
		return "", err
	}
	return UnbroadcastDims(b, d, f, to)
}

// UnbroadcastDims is Unbroadcast for a derivative of the shape f.
func UnbroadcastDims(b Emitter, d string, f []graph.Dim, to string) (string, error) {
	t, err := Dims(b, to)
	if err != nil {
		return "", err
	}
	lead := len(f) - len(t)
	var axes []int64
	open := false // whether an axis is repeated shows only when the graph runs
	for i, x := range f {
		switch {
		case i < lead || t[i-lead].Is(1) && !x.Is(1):
			axes = append(axes, int64(i))
		case !t[i-lead].Same(x) && !t[i-lead].Known:
			open = true
		}
	}
	if open {
		d = unbroadcastOpen(b, d, to, lead)
	}
	if len(axes) > 0 {
		d = b.Sum(d, true, axes...)
	}
	if lead > 0 {
		d = b.LikeShape(d, to)
	}
	return d, nil
}

// unbroadcastOpen sums over the axes from lead on along which the value is of size 1 and
// the derivative is not, as found when the graph runs.
func unbroadcastOpen(b Emitter, d, to string, lead int) string {
	one := b.Ints(1)
	from := b.Op("Shape", []string{d})
	if lead > 0 {
		from = b.Slice(from, []int64{int64(lead)}, []int64{math.MaxInt32}, []int64{0}, []int64{1})
	}
	single := b.Op("Equal", []string{b.Op("Shape", []string{to}), one})
	repeated := b.Op("And", []string{single, b.Op("Not", []string{b.Op("Equal", []string{from, one})})})
	axes := b.Op("Squeeze", []string{b.Op("NonZero", []string{repeated}), b.Ints(0)})
	if lead > 0 {
		axes = b.Op("Add", []string{axes, b.Ints(int64(lead))})
	}
	return b.Op("ReduceSum", []string{d, axes}, graph.IntAttr("keepdims", 1), graph.IntAttr("noop_with_empty_axes", 1))
}

// GiveBroadcast gives a contribution that has the shape of the node's output.
func GiveBroadcast(b Emitter, n *graph.Node, i int, d func() string) error {
	to := n.Input(i)
	if !b.Wants(to) {
		return nil
	}
	u, err := unbroadcast(b, d(), n.Output(0), to)
	if err != nil {
		return err
	}
	b.Give(to, u)
	return nil
}
