package shape

import (
	"slices"

	"hilum/inference/graph"
)

// track follows the elements of small integer tensors through the operators
// with which exporters compute shapes, so that a Reshape to
// Concat(Shape(x)[0:2], -1) has a known result. Elements may be symbols.
func (s *shaper) track(n *graph.Node) {
	out := n.Output(0)
	v, ok := s.elements(n)
	if ok && len(v) <= shapeValues && s.Shapes[out] != nil {
		s.values[out] = v
		s.Shapes[out].Elems = v
	}
}

func (s *shaper) elements(n *graph.Node) ([]graph.Dim, bool) {
	switch n.Op {
	case "Shape":
		x, ok := s.Dims(n.Input(0))
		if !ok {
			return nil, false
		}
		return shapePart(n, x), true
	case "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten":
		v, ok := s.values[n.Input(0)]
		return v, ok
	case "Cast":
		v, ok := s.values[n.Input(0)]
		to := graph.DataType(n.Int("to", 0))
		return v, ok && (to == graph.Int64 || to == graph.Int32)
	case "Concat":
		return s.concatValues(n)
	case "Gather":
		return s.gatherValues(n)
	case "Transpose":
		return s.transposeValues(n)
	case "Slice":
		return s.sliceValues(n)
	case "Add", "Sub", "Mul", "Div", "Mod", "Max", "Min":
		return s.arithmetic(n)
	case "ReduceProd":
		v, ok := s.values[n.Input(0)]
		if !ok {
			return nil, false
		}
		p, err := mul(v...)
		return []graph.Dim{p}, err == nil
	case "ConstantOfShape":
		return s.filled(n)
	case "Equal", "Where":
		return s.choose(n)
	case "OneHot":
		return s.oneHotValues(n)
	}
	return nil, false
}

func (s *shaper) concatValues(n *graph.Node) ([]graph.Dim, bool) {
	var all []graph.Dim
	for _, in := range n.Inputs {
		v, ok := s.values[in]
		if !ok {
			return nil, false
		}
		all = append(all, v...)
	}
	return all, true
}

func (s *shaper) gatherValues(n *graph.Node) ([]graph.Dim, bool) {
	v, ok := s.values[n.Input(0)]
	idx, ok2 := s.values[n.Input(1)]
	if !ok || !ok2 {
		return nil, false
	}
	out := make([]graph.Dim, 0, len(idx))
	for _, i := range idx {
		at, err := AxisOf(i.Value, len(v))
		if err != nil || !i.Known {
			return nil, false
		}
		out = append(out, v[at])
	}
	return out, true
}

// sliceValues handles vectors, and the first axis of matrices: PyTorch's
// exporter turns the order of padding pairs round with one.
func (s *shaper) sliceValues(n *graph.Node) ([]graph.Dim, bool) {
	v, ok := s.values[n.Input(0)]
	size, ok2 := s.Static(n.Input(0))
	if !ok || !ok2 || len(size) == 0 || size[0] == 0 {
		return nil, false
	}
	a, ok := s.sliceArgs(n, 1)
	if !ok || len(a.starts) != 1 || a.steps[0] == 0 || a.axes[0] != 0 && a.axes[0] != -int64(len(size)) {
		return nil, false
	}
	from, count := SliceRange(a.starts[0], a.ends[0], a.steps[0], size[0])
	row := int64(len(v)) / size[0]
	out := make([]graph.Dim, 0, len(v))
	for i := range count {
		at := from + i*a.steps[0]
		if at < 0 || at >= size[0] {
			return nil, false
		}
		out = append(out, v[at*row:(at+1)*row]...)
	}
	return out, true
}

// transposeValues handles matrices.
func (s *shaper) transposeValues(n *graph.Node) ([]graph.Dim, bool) {
	v, ok := s.values[n.Input(0)]
	size, ok2 := s.Static(n.Input(0))
	if !ok || !ok2 || len(size) != 2 || !slices.Equal(graph.PermOf(n, 2), []int64{1, 0}) {
		return nil, false
	}
	out := make([]graph.Dim, 0, len(v))
	for j := range size[1] {
		for i := range size[0] {
			out = append(out, v[i*size[1]+j])
		}
	}
	return out, true
}

func (s *shaper) arithmetic(n *graph.Node) ([]graph.Dim, bool) {
	a, ok := s.values[n.Input(0)]
	b, ok2 := s.values[n.Input(1)]
	if !ok || !ok2 {
		return nil, false
	}
	if len(a) == 1 {
		a = slices.Repeat(a, len(b))
	}
	if len(b) == 1 {
		b = slices.Repeat(b, len(a))
	}
	if len(a) != len(b) {
		return nil, false
	}
	out := make([]graph.Dim, len(a))
	for i := range a {
		out[i] = combine(n.Op, a[i], b[i])
	}
	return out, true
}

// combine computes one element; what involves a symbol is unknown, except the
// neutral cases.
func combine(op string, a, b graph.Dim) graph.Dim {
	switch {
	case op == "Mul" && a.Is(1), op == "Add" && a.Is(0):
		return b
	case (op == "Mul" || op == "Div") && b.Is(1), (op == "Add" || op == "Sub") && b.Is(0):
		return a
	case !a.Known || !b.Known:
		return withSymbols(op, a, b)
	}
	switch op {
	case "Max":
		return graph.FixedDim(max(a.Value, b.Value))
	case "Min":
		return graph.FixedDim(min(a.Value, b.Value))
	case "Add":
		return graph.FixedDim(a.Value + b.Value)
	case "Sub":
		return graph.FixedDim(a.Value - b.Value)
	case "Mul":
		return graph.FixedDim(a.Value * b.Value)
	}
	switch {
	case b.Value == 0, op == "Mod" && (a.Value < 0 || b.Value < 0): // Mod's sign follows an attribute
		return graph.Dim{}
	case op == "Mod":
		return graph.FixedDim(a.Value % b.Value)
	}
	return graph.FixedDim(a.Value / b.Value)
}

// withSymbols computes what is known of an element where one of two is a symbol.
func withSymbols(op string, a, b graph.Dim) graph.Dim {
	switch {
	case op == "Div" && !a.Known && !b.Known:
		return quotient(a, b)
	case op == "Mul" && a.Known != b.Known:
		if p, err := mul(a, b); err == nil {
			return p
		}
	}
	return graph.Dim{}
}

// quotient is that of a multiple of a symbol by a multiple of the same.
func quotient(a, b graph.Dim) graph.Dim {
	m, x := splitSymbol(a.Param)
	k, y := splitSymbol(b.Param)
	if x == "" || x != y || m%k != 0 {
		return graph.Dim{}
	}
	return graph.FixedDim(m / k)
}

func (s *shaper) filled(n *graph.Node) ([]graph.Dim, bool) {
	size, ok := s.values[n.Input(0)]
	a := n.Attr("value")
	if !ok || len(size) != 1 || !size[0].Known || size[0].Value > shapeValues || size[0].Value < 0 || a == nil ||
		a.Tensor == nil {
		return nil, false
	}
	v, err := a.Tensor.Ints()
	if err != nil || len(v) != 1 {
		return nil, false
	}
	return slices.Repeat([]graph.Dim{graph.FixedDim(v[0])}, int(size[0].Value)), true
}

// oneHotValues handles a single place: exporters repeat an axis by it.
func (s *shaper) oneHotValues(n *graph.Node) ([]graph.Dim, bool) {
	at, depth, v := s.values[n.Input(0)], s.values[n.Input(1)], s.values[n.Input(2)]
	if len(at) != 1 || len(depth) != 1 || len(v) != 2 || !at[0].Known || !depth[0].Known ||
		depth[0].Value < 0 || depth[0].Value > shapeValues {
		return nil, false
	}
	out := slices.Repeat([]graph.Dim{v[0]}, int(depth[0].Value))
	i := at[0].Value
	if i < 0 {
		i += depth[0].Value
	}
	if i >= 0 && i < depth[0].Value {
		out[i] = v[1]
	}
	return out, true
}

// choose handles Where(Equal(shape, -1), ones, shape), which TorchScript's
// exporter writes for expand. A symbol is never equal to -1.
func (s *shaper) choose(n *graph.Node) ([]graph.Dim, bool) {
	var v [3][]graph.Dim
	for i := range n.Inputs {
		var ok bool
		if v[i], ok = s.values[n.Input(i)]; !ok || len(v[i]) != len(v[0]) {
			return nil, false
		}
	}
	out := make([]graph.Dim, len(v[0]))
	for i, d := range v[0] {
		switch {
		case n.Op == "Equal":
			o := v[1][i]
			if !d.Known && !o.Is(-1) || !o.Known {
				return nil, false
			}
			out[i] = graph.FixedDim(0)
			if d.Same(o) {
				out[i] = graph.FixedDim(1)
			}
		case d.Is(0):
			out[i] = v[2][i]
		default:
			out[i] = v[1][i]
		}
	}
	return out, true
}
