package emit

import (
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// Reduce writes a reduction in the form that the operator set wants.
func (b Emitter) Reduce(op, x string, keep bool, axes ...int64) string {
	k := graph.IntAttr("keepdims", 0)
	if keep {
		k.Int = 1
	}
	since := int64(18)
	if op == "ReduceSum" {
		since = 13
	}
	if b.Opset() >= since {
		return b.Op(op, []string{x, b.Ints(axes...)}, k)
	}
	return b.Op(op, []string{x}, k, graph.IntsAttr("axes", axes...))
}

// Sum adds up along axes.
func (b Emitter) Sum(x string, keep bool, axes ...int64) string {
	return b.Reduce("ReduceSum", x, keep, axes...)
}

// Transpose puts the axes into another order.
func (b Emitter) Transpose(x string, perm ...int64) string {
	return b.Op("Transpose", []string{x}, graph.IntsAttr("perm", perm...))
}

// Slice takes [from, to) with a step along axes.
func (b Emitter) Slice(x string, from, to, axes, steps []int64) string {
	return b.Op("Slice", []string{x, b.Ints(from...), b.Ints(to...), b.Ints(axes...), b.Ints(steps...)})
}

// Pad adds zeros, or crops where a pad is negative; pads are before... after...
func (b Emitter) Pad(x string, pads []int64) string {
	if !slices.ContainsFunc(pads, func(p int64) bool { return p != 0 }) {
		return x
	}
	return b.Op("Pad", []string{x, b.Ints(pads...)})
}

// ShapeOf returns the shape of a value as a vector to reshape or expand to: a
// constant where it is known.
func (b Emitter) ShapeOf(name string) string {
	if s, ok := b.Shapes().Static(name); ok {
		return b.Ints(s...)
	}
	return b.Op("Shape", []string{name})
}

// LikeShape reshapes a derivative to the shape of value name. One unknown size
// is left to Reshape itself.
func (b Emitter) LikeShape(d, name string) string {
	dims, ok := b.Shapes().Dims(name)
	if !ok {
		return b.Op("Reshape", []string{d, b.ShapeOf(name)})
	}
	to, free := make([]int64, len(dims)), 0
	for i, x := range dims {
		to[i] = x.Value
		if !x.Known {
			to[i] = -1
			free++
		}
		if x.Is(0) {
			free = 2
		}
	}
	if free > 1 {
		return b.Op("Reshape", []string{d, b.ShapeOf(name)})
	}
	return b.Op("Reshape", []string{d, b.Ints(to...)})
}

// Filled returns a value of the shape of name with every element v.
func (b Emitter) Filled(v float64, name string) string {
	return b.Op("Expand", []string{b.Scalar(name, v), b.ShapeOf(name)})
}

// Dims returns the shape of a value of the forward graph.
func Dims(b Emitter, name string) ([]graph.Dim, error) {
	d, ok := b.Shapes().Dims(name)
	if !ok {
		return nil, message.Errorf("%w: %s", ErrNotDifferentiable, b.Shapeless(name))
	}
	return d, nil
}

// Static returns sizes from axis from on, which must all be known.
func Static(b Emitter, name string, from int) ([]int64, error) {
	d, err := Dims(b, name)
	if err != nil {
		return nil, err
	}
	var out []int64
	for i := from; i < len(d); i++ {
		if !d[i].Known {
			return nil, message.Errorf("%w: the shape %v of %q must be fixed", ErrNotDifferentiable, d, name)
		}
		out = append(out, d[i].Value)
	}
	return out, nil
}

// Values returns a node's integers, from the attribute or from a constant
// input; ok is false when they are not constant.
func Values(b Emitter, n *graph.Node, attr string, i int) (v []int64, ok bool) {
	if a := n.Ints(attr); a != nil {
		return a, true
	}
	if n.Input(i) == "" {
		return nil, true
	}
	if v, ok := b.Shapes().Ints(n.Input(i)); ok {
		return v, true
	}
	t := b.Tensor(n.Input(i))
	if t == nil {
		return nil, false
	}
	v, err := t.Ints()
	return v, err == nil
}

// AxisOf counts a possibly negative axis from the front.
func AxisOf(a int64, rank int) int64 {
	if a < 0 {
		return a + int64(rank)
	}
	return a
}

// Column is the shape that lays a per-channel vector along axis 1.
func Column(rank int, size int64) []int64 {
	s := slices.Repeat([]int64{1}, rank)
	s[1] = size
	return s
}

// AllBut returns the axes of a rank except one.
func AllBut(rank int, skip int64) []int64 {
	var axes []int64
	for i := range int64(rank) {
		if i != skip {
			axes = append(axes, i)
		}
	}
	return axes
}

// Count is how many elements a reduction over axes takes together, as a
// scalar of x's type.
func Count(b Emitter, x string, axes []int64) string {
	dims, _ := b.Shapes().Dims(x)
	n, fixed := int64(1), len(dims) > 0
	for _, a := range axes {
		if fixed = fixed && dims[a].Known; fixed {
			n *= dims[a].Value
		}
	}
	if fixed {
		return b.Scalar(x, float64(n))
	}
	sizes := b.Op("Gather", []string{b.Op("Shape", []string{x}), b.Ints(axes...)}, graph.IntAttr("axis", 0))
	product := b.Op("ReduceProd", []string{sizes}, graph.IntAttr("keepdims", 0))
	return b.Op("Cast", []string{product}, graph.IntAttr("to", int64(b.Elem(x))))
}
