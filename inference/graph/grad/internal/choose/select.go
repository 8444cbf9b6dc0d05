package choose

import (
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// cut is one axis of a Slice in canonical form.
type cut struct{ axis, from, count, step, size int64 }

func cutsOf(b emit.Emitter, n *graph.Node) ([]cut, error) {
	dims, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return nil, err
	}
	var arg [4][]int64
	for i, name := range []string{"starts", "ends", "axes", ""} {
		var ok bool
		if arg[i], ok = emit.Values(b, n, name, i+1); !ok {
			return nil, message.Errorf("%w: starts, ends, axes or steps are not constant", emit.ErrNotDifferentiable)
		}
	}
	if arg[2] == nil {
		arg[2] = emit.AllBut(len(arg[0]), -1)
	}
	if arg[3] == nil {
		arg[3] = slices.Repeat([]int64{1}, len(arg[0]))
	}
	var cuts []cut
	for i, a := range arg[2] {
		axis := emit.AxisOf(a, len(dims))
		whole := arg[0][i] == 0 && arg[3][i] == 1 && arg[1][i] >= math.MaxInt32
		if whole {
			continue
		}
		if !dims[axis].Known {
			return nil, message.Errorf("%w: axis %d has no fixed size", emit.ErrNotDifferentiable, axis)
		}
		c := cut{axis: axis, step: arg[3][i], size: dims[axis].Value}
		c.from, c.count = shape.SliceRange(arg[0][i], arg[1][i], c.step, c.size)
		cuts = append(cuts, c)
	}
	return cuts, nil
}

// sliceRule puts the derivative back to where it was taken from.
func sliceRule(b emit.Emitter, n *graph.Node, dy []string) error {
	cuts, err := cutsOf(b, n)
	if err != nil {
		return err
	}
	d := dy[0]
	shape, ok := emit.Dims(b, n.Output(0))
	if ok != nil {
		return ok
	}
	shape = slices.Clone(shape)
	pads := make([]int64, 2*len(shape))
	for _, c := range cuts {
		if c.count == 0 {
			return message.Errorf("%w: an empty slice", emit.ErrNotDifferentiable)
		}
		if c.step < 0 { // turn round, then it is a slice forward
			d = b.Slice(d, []int64{-1}, []int64{math.MinInt64}, []int64{c.axis}, []int64{-1})
			c.from, c.step = c.from+(c.count-1)*c.step, -c.step
		}
		if c.step > 1 {
			if d, err = spreadOut(b, d, c, shape); err != nil {
				return err
			}
		}
		pads[c.axis] = c.from
		pads[int64(len(shape))+c.axis] = c.size - c.from - ((c.count-1)*c.step + 1)
	}
	b.Give(n.Input(0), b.Pad(d, pads))
	return nil
}

// spreadOut puts step-1 zeros between elements along one axis, by way of an
// axis of its own. shape is d's and is brought up to date.
func spreadOut(b emit.Emitter, d string, c cut, shape []graph.Dim) (string, error) {
	wide := make([]int64, 0, len(shape)+1)
	narrow := make([]int64, 0, len(shape))
	for i, x := range shape {
		size := x.Value
		if !x.Known {
			if i != 0 {
				return "", message.Errorf("%w: axis %d has no fixed size", emit.ErrNotDifferentiable, i)
			}
			size = 0 // Reshape copies it
		}
		wide, narrow = append(wide, size), append(narrow, size)
		if int64(i) == c.axis {
			wide = append(wide, 1)
			narrow[i] = size * c.step
		}
	}
	d = b.Op("Reshape", []string{d, b.Ints(wide...)})
	pads := make([]int64, 2*len(wide))
	pads[int64(len(wide))+c.axis+1] = c.step - 1
	d = b.Op("Reshape", []string{b.Pad(d, pads), b.Ints(narrow...)})
	end := (c.count-1)*c.step + 1
	shape[c.axis] = graph.FixedDim(end)
	return b.Slice(d, []int64{0}, []int64{end}, []int64{c.axis}, []int64{1}), nil
}

// gatherRule adds each derivative to the row it was read from: for constant
// indices as a product with the 0-1 matrix that says which row that was.
func gatherRule(b emit.Emitter, n *graph.Node, dy []string) error {
	dims, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return err
	}
	axis := emit.AxisOf(n.Int("axis", 0), len(dims))
	idx, ok := emit.Values(b, n, "", 1)
	if !ok || !dims[axis].Known {
		return scatterRows(b, n, dy[0], axis)
	}
	size, count := dims[axis].Value, int64(len(idx))
	pick := make([]float64, count*size) // [count, size]: one 1 a row
	for i, at := range idx {
		if at = emit.AxisOf(at, int(size)); at < 0 || at >= size {
			return message.Errorf("%w: index %d of %d", emit.ErrNotDifferentiable, at, size)
		}
		pick[int64(i)*size+at] = 1
	}
	// dy as [.., count, ..] with the gathered axis last, times [count, size]
	d, err := gathered{dims, axis, count}.last(b, dy[0])
	if err != nil {
		return err
	}
	d = b.Op("MatMul", []string{d, b.Floats(n.Input(0), pick, count, size)})
	back := make([]int64, len(dims)) // the gathered axis back from the end
	for i := range back {
		switch k := int64(i); {
		case k < axis:
			back[i] = k
		case k == axis:
			back[i] = int64(len(dims)) - 1
		default:
			back[i] = k - 1
		}
	}
	b.Give(n.Input(0), b.Transpose(d, back...))
	return nil
}

// scatterRows is gatherRule for indices that are computed: rows go to the front
// and are added up by ScatterND.
func scatterRows(b emit.Emitter, n *graph.Node, dy string, axis int64) error {
	x, idx := n.Input(0), n.Input(1)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	count, err := emit.Dims(b, idx)
	if err != nil {
		return err
	}
	rank := int64(len(count))
	front := append([]int64{axis}, emit.AllBut(len(dims), axis)...)
	back := make([]int64, len(dims))
	for i, p := range front {
		back[p] = int64(i)
	}
	var rows, others []int64 // dy's axes: those of the indices, and the rest in x's order
	for i := range int64(len(dims)) + rank - 1 {
		if i >= axis && i < axis+rank {
			rows = append(rows, i)
		} else {
			others = append(others, i)
		}
	}
	zeros := b.Transpose(b.Filled(0, x), front...)
	shape := b.Op("Slice", []string{b.Op("Shape", []string{zeros}), b.Ints(1), b.Ints(math.MaxInt32), b.Ints(0)})
	d := b.Op("Reshape", []string{b.Transpose(dy, append(rows, others...)...),
		b.Op("Concat", []string{b.Ints(-1), shape}, graph.IntAttr("axis", 0))})
	d = b.Op("ScatterND", []string{zeros, b.Op("Reshape", []string{idx, b.Ints(-1, 1)}), d},
		graph.TextAttr("reduction", "add"))
	b.Give(x, b.Transpose(d, back...))
	return nil
}

// gathered is a value of which count rows along an axis are gathered.
type gathered struct {
	dims        []graph.Dim
	axis, count int64
}

// last reshapes a gathered derivative to count elements along the axis, whatever
// rank the indices had, and moves that axis to the end.
func (g gathered) last(b emit.Emitter, d string) (string, error) {
	shape, perm := make([]int64, len(g.dims)), emit.AllBut(len(g.dims), g.axis)
	for i, x := range g.dims {
		switch {
		case int64(i) == g.axis:
			shape[i] = g.count
		case x.Known:
			shape[i] = x.Value
		case slices.Contains(shape[:i], -1):
			return "", message.Errorf("%w: the shape %v has two free sizes", emit.ErrNotDifferentiable, g.dims)
		default:
			shape[i] = -1
		}
	}
	d = b.Op("Reshape", []string{d, b.Ints(shape...)})
	return b.Transpose(d, append(perm, g.axis)...), nil
}
