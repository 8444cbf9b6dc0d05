package shape

import (
	"math"

	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

func gemm(s *shaper, n *graph.Node) error {
	e, a, err := s.in(n, 0)
	if err != nil {
		return err
	}
	_, b, err := s.in(n, 1)
	if err != nil {
		return err
	}
	if len(a) != 2 || len(b) != 2 {
		return message.Errorf("multiplies %v and %v", a, b)
	}
	if n.Int("transA", 0) != 0 {
		a = []graph.Dim{a[1], a[0]}
	}
	if n.Int("transB", 0) != 0 {
		b = []graph.Dim{b[1], b[0]}
	}
	if a[1].Known && b[0].Known && a[1].Value != b[0].Value {
		return message.Errorf("multiplies %v and %v", a, b)
	}
	s.set(n.Output(0), e, []graph.Dim{a[0], b[1]})
	return nil
}

func matMul(s *shaper, n *graph.Node) error {
	e, a, err := s.in(n, 0)
	if err != nil {
		return err
	}
	_, b, err := s.in(n, 1)
	if err != nil {
		return err
	}
	if len(a) == 0 || len(b) == 0 {
		return message.Errorf("multiplies %v and %v", a, b)
	}
	row, col := len(a) == 1, len(b) == 1
	if row {
		a = []graph.Dim{graph.FixedDim(1), a[0]}
	}
	if col {
		b = []graph.Dim{b[0], graph.FixedDim(1)}
	}
	p, q := len(a)-2, len(b)-2
	if a[p+1].Known && b[q].Known && a[p+1].Value != b[q].Value {
		return message.Errorf("multiplies %v and %v", a, b)
	}
	out, err := broadcastShapes(a[:p], b[:q])
	if err != nil {
		return err
	}
	if !row {
		out = append(out, a[p])
	}
	if !col {
		out = append(out, b[q+1])
	}
	s.set(n.Output(0), e, out)
	return nil
}

func reduce(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	axes, ok := s.ints(n, "axes", 1)
	if !ok {
		return errUnknown
	}
	if len(axes) == 0 && n.Int("noop_with_empty_axes", 0) != 0 {
		s.set(n.Output(0), e, x)
		return nil
	}
	out, err := reduced(x, axes, n.Int("keepdims", 1) != 0)
	if err != nil {
		return err
	}
	s.set(n.Output(0), e, out)
	return nil
}

// reduced is the shape left after reducing over axes, all when there are none.
func reduced(x []graph.Dim, axes []int64, keep bool) ([]graph.Dim, error) {
	drop := make([]bool, len(x))
	for _, a := range axes {
		i, err := AxisOf(a, len(x))
		if err != nil {
			return nil, err
		}
		drop[i] = true
	}
	out := []graph.Dim{}
	for i, d := range x {
		switch {
		case len(axes) > 0 && !drop[i]:
			out = append(out, d)
		case keep:
			out = append(out, graph.FixedDim(1))
		}
	}
	return out, nil
}

func argMax(s *shaper, n *graph.Node) error {
	_, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	out, err := reduced(x, []int64{n.Int("axis", 0)}, n.Int("keepdims", 1) != 0)
	if err != nil {
		return err
	}
	s.set(n.Output(0), graph.Int64, out)
	return nil
}

func layoutRule(op string) rule {
	switch op {
	case "Constant":
		return constantRule
	case "ConstantOfShape":
		return constantOfShape
	case "Shape":
		return shapeOf
	case "Size":
		return func(s *shaper, n *graph.Node) error { s.set(n.Output(0), graph.Int64, nil); return nil }
	case "Range":
		return rangeRule
	case "Concat":
		return concat
	case "Split":
		return split
	case "Slice":
		return slice
	case "Pad":
		return pad
	case "Reshape":
		return reshape
	case "Flatten":
		return flatten
	case "Transpose":
		return transpose
	case "Squeeze":
		return squeeze
	case "Unsqueeze":
		return unsqueeze
	case "Expand":
		return expand
	case "Gather":
		return gather
	case "GatherElements":
		return gatherElements
	case "Tile":
		return tile
	}
	return nil
}

func constantRule(s *shaper, n *graph.Node) error {
	t := graph.ConstantValue(n)
	if t == nil {
		return errUnknown
	}
	s.constant(n.Output(0), t)
	return nil
}

func constantOfShape(s *shaper, n *graph.Node) error {
	dims, ok := s.values[n.Input(0)]
	if !ok {
		return errUnknown
	}
	elem := graph.Float
	if a := n.Attr("value"); a != nil && a.Tensor != nil {
		elem = a.Tensor.Type
	}
	s.set(n.Output(0), elem, dims)
	return nil
}

func shapeOf(s *shaper, n *graph.Node) error {
	_, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	s.set(n.Output(0), graph.Int64, []graph.Dim{graph.FixedDim(int64(len(shapePart(n, x))))})
	return nil
}

// rangeRule knows counting from 0 in steps of 1, up to a size or a symbol.
func rangeRule(s *shaper, n *graph.Node) error {
	var v [3]graph.Dim
	for i := range v {
		x := s.values[n.Input(i)]
		if len(x) != 1 {
			return s.rangeOfReals(n)
		}
		v[i] = x[0]
	}
	size := v[1]
	switch {
	case v[0].Known && v[1].Known && v[2].Known && v[2].Value != 0:
		size = graph.FixedDim(steps(float64(v[0].Value), float64(v[1].Value), float64(v[2].Value)))
	case !v[0].Is(0) || !v[2].Is(1):
		return errUnknown
	}
	s.set(n.Output(0), s.Elem(n.Input(0)), []graph.Dim{size})
	return nil
}

// steps is how many numbers lie from start before limit.
func steps(start, limit, delta float64) int64 {
	return int64(math.Max(math.Ceil((limit-start)/delta), 0))
}

func (s *shaper) rangeOfReals(n *graph.Node) error {
	var v [3]float64
	for i := range v {
		x := s.reals[n.Input(i)]
		if len(x) != 1 {
			return errUnknown
		}
		v[i] = x[0]
	}
	size := steps(v[0], v[1], v[2])
	if v[2] == 0 || size > math.MaxInt32 {
		return errUnknown
	}
	s.set(n.Output(0), s.Elem(n.Input(0)), []graph.Dim{graph.FixedDim(size)})
	return nil
}

// shapePart applies the start and end attributes of Shape.
func shapePart(n *graph.Node, x []graph.Dim) []graph.Dim {
	clamp := func(a int64) int {
		if a < 0 {
			a += int64(len(x))
		}
		return int(min(max(a, 0), int64(len(x))))
	}
	from, to := clamp(n.Int("start", 0)), clamp(n.Int("end", int64(len(x))))
	return x[from:max(from, to)]
}

func concat(s *shaper, n *graph.Node) error {
	e, first, err := s.in(n, 0)
	if err != nil {
		return err
	}
	at, err := AxisOf(n.Int("axis", 0), len(first))
	if err != nil {
		return err
	}
	out, sum := slices.Clone(first), graph.Dim{Known: true}
	for i := range n.Inputs {
		_, x, err := s.in(n, i)
		if err != nil {
			return err
		}
		if len(x) != len(first) {
			return message.Errorf("joins %v and %v", first, x)
		}
		for j := range x {
			if j != at && x[j].Known && out[j].Known && x[j].Value != out[j].Value {
				return message.Errorf("joins %v and %v along axis %d", first, x, at)
			}
			if j != at && !out[j].Known && x[j].Known {
				out[j] = x[j]
			}
		}
		sum.Known = sum.Known && x[at].Known
		sum.Value += x[at].Value
	}
	if out[at] = sum; !sum.Known {
		out[at] = graph.Dim{}
	}
	s.set(n.Output(0), e, out)
	return nil
}

func split(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	at, err := AxisOf(n.Int("axis", 0), len(x))
	if err != nil {
		return err
	}
	sizes, ok := s.ints(n, "split", 1)
	if !ok || !x[at].Known {
		return errUnknown
	}
	if sizes == nil {
		sizes = evenSplit(x[at].Value, int64(len(n.Outputs)))
	}
	if len(sizes) != len(n.Outputs) {
		return message.Errorf("splits into %d parts, has %d outputs", len(sizes), len(n.Outputs))
	}
	for i, o := range n.Outputs {
		part := slices.Clone(x)
		part[at] = graph.FixedDim(sizes[i])
		s.set(o, e, part)
	}
	return nil
}

// evenSplit is ONNX's rule for num_outputs: the last part may be smaller.
func evenSplit(n, parts int64) []int64 {
	size := (n + parts - 1) / parts
	out := make([]int64, parts)
	for i := range out {
		out[i] = min(size, max(n-int64(i)*size, 0))
	}
	return out
}
