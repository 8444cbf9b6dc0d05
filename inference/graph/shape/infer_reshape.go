package shape

import (
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// sliceArgs are the arguments of Slice in either of its two forms.
type sliceArgs struct{ starts, ends, axes, steps []int64 }

func (s *shaper) sliceArgs(n *graph.Node, rank int) (a sliceArgs, ok bool) {
	oks := make([]bool, 4)
	a.starts, oks[0] = s.ints(n, "starts", 1)
	a.ends, oks[1] = s.ints(n, "ends", 2)
	a.axes, oks[2] = s.ints(n, "axes", 3)
	a.steps, oks[3] = s.ints(n, "", 4)
	if slices.Contains(oks, false) || len(a.starts) != len(a.ends) {
		return a, false
	}
	if a.axes == nil {
		for i := range a.starts {
			a.axes = append(a.axes, int64(i))
		}
	}
	if a.steps == nil {
		a.steps = slices.Repeat([]int64{1}, len(a.starts))
	}
	return a, len(a.axes) == len(a.starts) && len(a.steps) == len(a.starts) && len(a.axes) <= rank
}

// SliceRange clamps start and end of a slice to an axis of size n and returns
// how many elements it takes.
func SliceRange(start, end, step, n int64) (from, count int64) {
	if start < 0 {
		start = max(start, -n) + n
	}
	if end < 0 {
		end = max(end, -n-1) + n
	}
	if step > 0 {
		start, end = min(start, n), min(max(end, 0), n)
		return start, max((end-start+step-1)/step, 0)
	}
	start, end = min(start, n-1), min(end, n-1)
	if step == math.MinInt64 {
		step++
	}
	return start, max((start-end-step-1)/-step, 0)
}

func slice(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	a, ok := s.sliceArgs(n, len(x))
	if !ok {
		return errUnknown
	}
	out := slices.Clone(x)
	for i, ax := range a.axes {
		at, err := AxisOf(ax, len(x))
		if err != nil {
			return err
		}
		if a.steps[i] == 0 {
			return message.Errorf("a step of 0")
		}
		whole := a.starts[i] == 0 && a.ends[i] >= math.MaxInt32 && a.steps[i] == 1
		switch {
		case whole:
		case x[at].Known:
			_, count := SliceRange(a.starts[i], a.ends[i], a.steps[i], x[at].Value)
			out[at] = graph.FixedDim(count)
		default:
			out[at] = graph.Dim{}
		}
	}
	s.set(n.Output(0), e, out)
	return nil
}

func reshape(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	want, ok := s.values[n.Input(1)]
	if !ok {
		return errUnknown
	}
	out, rest := slices.Clone(want), -1
	for i, d := range want {
		switch {
		case d.Is(0) && n.Int("allowzero", 0) == 0:
			if i >= len(x) {
				return message.Errorf("reshapes %v to %v", x, want)
			}
			out[i] = x[i]
		case d.Is(-1):
			if rest >= 0 {
				return message.Errorf("two free sizes in %v", want)
			}
			rest = i
		}
	}
	if rest >= 0 {
		if out[rest], err = remaining(x, out, rest); err != nil {
			return err
		}
	}
	s.set(n.Output(0), e, out)
	return nil
}

// remaining works out the axis that a Reshape leaves open. Symbols that stand
// on both sides cancel, as the batch size does.
func remaining(x, out []graph.Dim, open int) (graph.Dim, error) {
	left, err := multiply(x)
	if err != nil {
		return graph.Dim{}, err
	}
	right, err := multiply(slices.Delete(slices.Clone(out), open, open+1))
	if err != nil {
		return graph.Dim{}, err
	}
	if !left.ok || !right.ok || right.factor == 0 {
		return graph.Dim{}, nil
	}
	for _, s := range right.symbols {
		i := slices.Index(left.symbols, s)
		if i < 0 {
			return graph.Dim{}, nil
		}
		left.symbols = slices.Delete(left.symbols, i, i+1)
	}
	switch {
	case left.factor%right.factor == 0:
		left.factor /= right.factor
		return left.dim(), nil
	case len(left.symbols) == 0:
		return graph.Dim{}, message.Errorf("%v does not divide into %v", x, out)
	}
	return graph.Dim{}, nil
}

func flatten(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	at := n.Int("axis", 1)
	if at < 0 {
		at += int64(len(x))
	}
	if at < 0 || at > int64(len(x)) {
		return message.Errorf("flattens %v at axis %d", x, at)
	}
	rows, err := mul(x[:at]...)
	if err != nil {
		return err
	}
	cols, err := mul(x[at:]...)
	if err != nil {
		return err
	}
	s.set(n.Output(0), e, []graph.Dim{rows, cols})
	return nil
}

func transpose(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	perm := graph.PermOf(n, len(x))
	if len(perm) != len(x) {
		return message.Errorf("permutes %v by %v", x, perm)
	}
	out := make([]graph.Dim, len(x))
	for i, p := range perm {
		at, err := AxisOf(p, len(x))
		if err != nil {
			return err
		}
		out[i] = x[at]
	}
	s.set(n.Output(0), e, out)
	return nil
}

func squeeze(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	axes, ok := s.ints(n, "axes", 1)
	if !ok {
		return errUnknown
	}
	out := []graph.Dim{}
	drop := make([]bool, len(x))
	for _, a := range axes {
		at, err := AxisOf(a, len(x))
		if err != nil {
			return err
		}
		drop[at] = true
	}
	for i, d := range x {
		if len(axes) == 0 && !d.Known {
			return errUnknown
		}
		if !drop[i] && !(len(axes) == 0 && d.Is(1)) {
			out = append(out, d)
		}
	}
	s.set(n.Output(0), e, out)
	return nil
}

func unsqueeze(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	axes, ok := s.ints(n, "axes", 1)
	if !ok {
		return errUnknown
	}
	rank := len(x) + len(axes)
	fresh := make([]bool, rank)
	for _, a := range axes {
		at, err := AxisOf(a, rank)
		if err != nil {
			return err
		}
		if fresh[at] {
			return message.Errorf("axis %d given twice", a)
		}
		fresh[at] = true
	}
	out := make([]graph.Dim, 0, rank)
	for _, f := range fresh {
		if f {
			out = append(out, graph.FixedDim(1))
			continue
		}
		out, x = append(out, x[0]), x[1:]
	}
	s.set(n.Output(0), e, out)
	return nil
}

func expand(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	want, ok := s.values[n.Input(1)]
	if !ok {
		return errUnknown
	}
	out, err := broadcastShapes(x, want)
	if err != nil {
		return err
	}
	s.set(n.Output(0), e, out)
	return nil
}

func gather(s *shaper, n *graph.Node) error {
	e, x, idx, err := s.dataAnd(n)
	if err != nil {
		return err
	}
	at, err := AxisOf(n.Int("axis", 0), len(x))
	if err != nil {
		return err
	}
	s.set(n.Output(0), e, slices.Concat(x[:at], idx, x[at+1:]))
	return nil
}

func gatherElements(s *shaper, n *graph.Node) error {
	e, _, err := s.in(n, 0)
	if err != nil {
		return err
	}
	_, idx, err := s.in(n, 1)
	if err != nil {
		return err
	}
	s.set(n.Output(0), e, idx)
	return nil
}

func tile(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	repeats, ok := s.ints(n, "", 1)
	if !ok || len(repeats) != len(x) {
		return errUnknown
	}
	out := make([]graph.Dim, len(x))
	for i, d := range x {
		if repeats[i] == 1 {
			out[i] = d
		} else if d.Known {
			if out[i], err = mul(d, graph.FixedDim(repeats[i])); err != nil {
				return err
			}
		}
	}
	s.set(n.Output(0), e, out)
	return nil
}
