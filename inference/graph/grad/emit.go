package grad

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// op appends a node with one output and returns the output's name.
func (b *builder) op(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(b.names, "grad_"+op)
	n := &graph.Node{Name: out, Op: op, Inputs: in, Outputs: []string{out}, Attrs: attrs}
	b.nodes = append(b.nodes, n)
	b.makers[out] = n
	if err := b.sh.Node(n); err != nil && b.err == nil {
		b.err = message.Errorf("%v: %w", n, err)
	}
	return out
}

// extra returns the name of a node's output number i, which it gets where it has none.
func (b *builder) extra(n *graph.Node, i int) string {
	if o := n.Output(i); o != "" {
		return o
	}
	out := graph.Fresh(b.names, "grad_"+n.Op)
	b.edits = append(b.edits, func() {
		for len(n.Outputs) <= i {
			n.Outputs = append(n.Outputs, "")
		}
		n.Outputs[i] = out
	})
	return out
}

func (b *builder) add(x, y string) string { return b.op("Add", []string{x, y}) }
func (b *builder) sub(x, y string) string { return b.op("Sub", []string{x, y}) }
func (b *builder) mul(x, y string) string { return b.op("Mul", []string{x, y}) }
func (b *builder) div(x, y string) string { return b.op("Div", []string{x, y}) }

// constant returns the name of an initializer with that content.
func (b *builder) constant(t *graph.Tensor) string {
	raw, err := t.Data()
	if err != nil { // our own tensors always have data
		raw = nil
	}
	key := fmt.Sprint(t.Type, t.Dims, string(raw))
	if name, ok := b.constants[key]; ok {
		return name
	}
	t.Name = graph.Fresh(b.names, "grad_const")
	b.constants[key] = t.Name
	b.inits = append(b.inits, t)
	b.tensors[t.Name] = t
	b.sh.Constant(t)
	return t.Name
}

// ints returns an int64 vector.
func (b *builder) ints(v ...int64) string {
	return b.constant(graph.NewInts("", v, int64(len(v))))
}

// floats returns a constant of the element type of value like.
func (b *builder) floats(like string, v []float64, dims ...int64) string {
	elem := b.elem(like)
	var raw []byte
	for _, x := range v {
		switch elem {
		case graph.Double:
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(x))
		case graph.Float16:
			raw = binary.LittleEndian.AppendUint16(raw, graph.FloatToHalf(float32(x)))
		case graph.BFloat16:
			raw = binary.LittleEndian.AppendUint16(raw, uint16(math.Float32bits(float32(x))>>16))
		default:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(x)))
		}
	}
	return b.constant(graph.NewRaw("", elem, raw, dims...))
}

// scalar returns a constant of rank 0.
func (b *builder) scalar(like string, v float64) string { return b.floats(like, []float64{v}) }

// scale multiplies by a constant.
func (b *builder) scale(x, like string, k float64) string {
	if k == 1 {
		return x
	}
	return b.mul(x, b.scalar(like, k))
}

// elem is the element type that derivatives by the value have.
func (b *builder) elem(name string) graph.DataType {
	if e := b.shapes.Elem(name); e.IsFloat() {
		return e
	}
	return graph.Float
}

// where is x where cond holds, else y.
func (b *builder) where(cond, x, y string) string { return b.op("Where", []string{cond, x, y}) }

// is tells where x is a number.
func (b *builder) is(x string, v float64) string { return b.op("Equal", []string{x, b.scalar(x, v)}) }

// unless is x with 0 where cond holds.
func (b *builder) unless(cond, x, like string) string { return b.where(cond, b.scalar(like, 0), x) }

// pow raises to a constant.
func (b *builder) pow(x, like string, p float64) string {
	switch p {
	case 1:
		return x
	case 2:
		return b.mul(x, x)
	}
	return b.op("Pow", []string{x, b.scalar(like, p)})
}

// tensor returns the constant behind a value, nil where it is none.
func (b *builder) tensor(name string) *graph.Tensor {
	if t := b.tensors[name]; t != nil || name == "" {
		return t
	}
	switch n := b.makers[name]; {
	case n == nil || !n.IsONNX():
		return nil
	case n.Op == "Identity":
		return b.tensor(n.Input(0))
	case n.Op == "Constant":
		return b.g.Constant(name)
	}
	return nil
}

// mask turns a boolean value into 0 and 1 of the element type of like.
func (b *builder) mask(cond, like string) string {
	return b.op("Cast", []string{cond}, graph.IntAttr("to", int64(b.elem(like))))
}

// positive is 1 where x > 0, else 0.
func (b *builder) positive(x string) string {
	return b.mask(b.op("Greater", []string{x, b.scalar(x, 0)}), x)
}

// between is 1 where lo < x < hi, else 0.
func (b *builder) between(x string, lo, hi float64) string {
	above := b.op("Greater", []string{x, b.scalar(x, lo)})
	below := b.op("Less", []string{x, b.scalar(x, hi)})
	return b.mask(b.op("And", []string{above, below}), x)
}

// dims returns the shape of a value of the forward graph.
func (b *builder) dims(name string) ([]graph.Dim, error) {
	d, ok := b.shapes.Dims(name)
	if !ok {
		return nil, message.Errorf("%w: %s", ErrNotDifferentiable, b.shapeless(name))
	}
	return d, nil
}

// static returns sizes from axis from on, which must all be known.
func (b *builder) static(name string, from int) ([]int64, error) {
	d, err := b.dims(name)
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

// shapeOf returns the shape of a value as a vector to reshape or expand to: a
// constant where it is known.
func (b *builder) shapeOf(name string) string {
	if s, ok := b.shapes.Static(name); ok {
		return b.ints(s...)
	}
	return b.op("Shape", []string{name})
}

// likeShape reshapes a derivative to the shape of value name. One unknown size
// is left to Reshape itself.
func (b *builder) likeShape(d, name string) string {
	dims, ok := b.shapes.Dims(name)
	if !ok {
		return b.op("Reshape", []string{d, b.shapeOf(name)})
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
		return b.op("Reshape", []string{d, b.shapeOf(name)})
	}
	return b.op("Reshape", []string{d, b.ints(to...)})
}

// filled returns a value of the shape of name with every element v.
func (b *builder) filled(v float64, name string) string {
	return b.op("Expand", []string{b.scalar(name, v), b.shapeOf(name)})
}

// reduce writes a reduction in the form that the operator set wants.
func (b *builder) reduce(op, x string, keep bool, axes ...int64) string {
	k := graph.IntAttr("keepdims", 0)
	if keep {
		k.Int = 1
	}
	since := int64(18)
	if op == "ReduceSum" {
		since = 13
	}
	if b.opset >= since {
		return b.op(op, []string{x, b.ints(axes...)}, k)
	}
	return b.op(op, []string{x}, k, graph.IntsAttr("axes", axes...))
}

func (b *builder) sum(x string, keep bool, axes ...int64) string {
	return b.reduce("ReduceSum", x, keep, axes...)
}

func (b *builder) transpose(x string, perm ...int64) string {
	return b.op("Transpose", []string{x}, graph.IntsAttr("perm", perm...))
}

// slice takes [from, to) with a step along axes.
func (b *builder) slice(x string, from, to, axes, steps []int64) string {
	return b.op("Slice", []string{x, b.ints(from...), b.ints(to...), b.ints(axes...), b.ints(steps...)})
}

// pad adds zeros, or crops where a pad is negative; pads are before... after...
func (b *builder) pad(x string, pads []int64) string {
	if !slices.ContainsFunc(pads, func(p int64) bool { return p != 0 }) {
		return x
	}
	return b.op("Pad", []string{x, b.ints(pads...)})
}

// unbroadcast sums a derivative of the shape of value from over the axes along
// which value to was repeated.
func (b *builder) unbroadcast(d, from, to string) (string, error) {
	f, err := b.dims(from)
	if err != nil {
		return "", err
	}
	t, err := b.dims(to)
	if err != nil {
		return "", err
	}
	return b.unbroadcastDims(d, f, t, to)
}

func (b *builder) unbroadcastDims(d string, f, t []graph.Dim, to string) (string, error) {
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
		d = b.unbroadcastOpen(d, to, lead)
	}
	if len(axes) > 0 {
		d = b.sum(d, true, axes...)
	}
	if lead > 0 {
		d = b.likeShape(d, to)
	}
	return d, nil
}

// unbroadcastOpen sums over the axes from lead on along which the value is of size 1 and
// the derivative is not, as found when the graph runs.
func (b *builder) unbroadcastOpen(d, to string, lead int) string {
	one := b.ints(1)
	from := b.op("Shape", []string{d})
	if lead > 0 {
		from = b.slice(from, []int64{int64(lead)}, []int64{math.MaxInt32}, []int64{0}, []int64{1})
	}
	single := b.op("Equal", []string{b.op("Shape", []string{to}), one})
	repeated := b.op("And", []string{single, b.op("Not", []string{b.op("Equal", []string{from, one})})})
	axes := b.op("Squeeze", []string{b.op("NonZero", []string{repeated}), b.ints(0)})
	if lead > 0 {
		axes = b.op("Add", []string{axes, b.ints(int64(lead))})
	}
	return b.op("ReduceSum", []string{d, axes}, graph.IntAttr("keepdims", 1), graph.IntAttr("noop_with_empty_axes", 1))
}

// giveBroadcast gives a contribution that has the shape of the node's output.
func (b *builder) giveBroadcast(n *graph.Node, i int, d func() string) error {
	to := n.Input(i)
	if !b.wants(to) {
		return nil
	}
	u, err := b.unbroadcast(d(), n.Output(0), to)
	if err != nil {
		return err
	}
	b.give(to, u)
	return nil
}

// values returns a node's integers, from the attribute or from a constant
// input; ok is false when they are not constant.
func (b *builder) values(n *graph.Node, attr string, i int) (v []int64, ok bool) {
	if a := n.Ints(attr); a != nil {
		return a, true
	}
	if n.Input(i) == "" {
		return nil, true
	}
	if v, ok := b.shapes.Ints(n.Input(i)); ok {
		return v, true
	}
	t := b.tensor(n.Input(i))
	if t == nil {
		return nil, false
	}
	v, err := t.Ints()
	return v, err == nil
}

// number returns a node's scalar constant, from the attribute or from an
// input; def where it is left out.
func (b *builder) number(n *graph.Node, attr string, i int, def float64) (float64, error) {
	if a := n.Attr(attr); a != nil {
		return float64(a.Float), nil
	}
	if n.Input(i) == "" {
		return def, nil
	}
	t := b.tensor(n.Input(i))
	if t == nil || t.Len() != 1 {
		return 0, message.Errorf("%w: %s is not a constant", ErrNotDifferentiable, attr)
	}
	v, err := t.Floats()
	if err != nil {
		return 0, err
	}
	return float64(v[0]), nil
}

// axisOf counts a possibly negative axis from the front.
func axisOf(a int64, rank int) int64 {
	if a < 0 {
		return a + int64(rank)
	}
	return a
}

// column is the shape that lays a per-channel vector along axis 1.
func column(rank int, size int64) []int64 {
	s := slices.Repeat([]int64{1}, rank)
	s[1] = size
	return s
}

// allBut returns the axes of a rank except one.
func allBut(rank int, skip int64) []int64 {
	var axes []int64
	for i := range int64(rank) {
		if i != skip {
			axes = append(axes, i)
		}
	}
	return axes
}
