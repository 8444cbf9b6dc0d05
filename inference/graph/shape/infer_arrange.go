package shape

import (
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// arrangeRule has the operators that select, scatter and rearrange elements.
func arrangeRule(op string) rule {
	switch op {
	case "Einsum":
		return einsum
	case "TopK":
		return topK
	case "DepthToSpace", "SpaceToDepth":
		return blocks
	case "GatherND":
		return gatherND
	case "GridSample":
		return gridSample
	case "AffineGrid":
		return affineGrid
	case "Pad":
		return pad
	case "OneHot":
		return oneHot
	case "Attention":
		return attention
	case "EyeLike", "RandomNormalLike", "RandomUniformLike", "Bernoulli":
		return func(s *shaper, n *graph.Node) error {
			elem := s.Elem(n.Input(0))
			if to := n.Int("dtype", 0); to != 0 {
				elem = graph.DataType(to)
			}
			return s.sameWith(n, elem)
		}
	}
	return nil
}

// einsum reads each letter's size from the operands.
func einsum(s *shaper, n *graph.Node) error {
	shapes := make([][]graph.Dim, len(n.Inputs))
	ranks := make([]int, len(n.Inputs))
	for i := range n.Inputs {
		_, d, err := s.in(n, i)
		if err != nil {
			return err
		}
		shapes[i], ranks[i] = d, len(d)
	}
	e, err := ParseEinsum(n.Text("equation", ""), ranks)
	if err != nil {
		return err
	}
	sizes := make(map[rune]graph.Dim)
	for i, term := range e.Terms {
		for k, c := range []rune(term) {
			d, ok := sizes[c]
			if x := shapes[i][k]; !ok || d.Is(1) || !d.Known && x.Known && !x.Is(1) {
				sizes[c] = x
			} else if d.Known && x.Known && !x.Is(1) && x.Value != d.Value {
				return message.Errorf("equation %q on %v", n.Text("equation", ""), shapes)
			}
		}
	}
	out := []graph.Dim{}
	for _, c := range e.Out {
		out = append(out, sizes[c])
	}
	s.set(n.Output(0), s.Elem(n.Input(0)), out)
	return nil
}

func topK(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	at, err := AxisOf(n.Int("axis", -1), len(x))
	if err != nil {
		return err
	}
	out := slices.Clone(x)
	out[at] = graph.Dim{}
	if k, ok := s.ints(n, "", 1); ok && len(k) == 1 {
		out[at] = graph.FixedDim(k[0])
	} else if a := n.Attr("k"); a != nil {
		out[at] = graph.FixedDim(a.Int)
	}
	s.set(n.Output(0), e, out)
	s.set(n.Output(1), graph.Int64, out)
	return nil
}

// blocks moves blocks of pixels to channels or back.
func blocks(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	b := n.Int("blocksize", 0)
	if len(x) != 4 || b <= 0 || b > 1<<20 {
		return message.Errorf("blocks of %d on %v", b, x)
	}
	out := slices.Clone(x)
	for i, d := range x[1:] {
		down := (i == 0) == (n.Op == "DepthToSpace")
		by := b
		if i == 0 {
			by = b * b
		}
		switch {
		case !d.Known:
			out[i+1] = graph.Dim{}
		case !down:
			out[i+1] = graph.FixedDim(d.Value * by)
		case d.Value%by != 0:
			return message.Errorf("blocks of %d on %v", b, x)
		default:
			out[i+1] = graph.FixedDim(d.Value / by)
		}
	}
	s.set(n.Output(0), e, out)
	return nil
}

func gatherND(s *shaper, n *graph.Node) error {
	e, x, idx, err := s.dataAnd(n)
	if err != nil {
		return err
	}
	b := int(n.Int("batch_dims", 0))
	if len(idx) == 0 || !idx[len(idx)-1].Known {
		return errUnknown
	}
	from := b + int(idx[len(idx)-1].Value)
	if b < 0 || from < b || from > len(x) {
		return message.Errorf("gathers from %v by %v", x, idx)
	}
	s.set(n.Output(0), e, slices.Concat(idx[:len(idx)-1], x[from:]))
	return nil
}

// gridSample gives [N, C, ...] with the grid's sizes.
func gridSample(s *shaper, n *graph.Node) error {
	e, x, grid, err := s.dataAnd(n)
	if err != nil {
		return err
	}
	if len(x) < 3 || len(grid) != len(x) {
		return message.Errorf("samples %v by a grid of %v", x, grid)
	}
	s.set(n.Output(0), e, slices.Concat(x[:2], grid[1:len(grid)-1]))
	return nil
}

func affineGrid(s *shaper, n *graph.Node) error {
	size, ok := s.values[n.Input(1)]
	if !ok || len(size) < 4 {
		return errUnknown
	}
	s.set(n.Output(0), s.Elem(n.Input(0)),
		slices.Concat(size[:1], size[2:], []graph.Dim{graph.FixedDim(int64(len(size)) - 2)}))
	return nil
}

func oneHot(s *shaper, n *graph.Node) error {
	_, idx, err := s.in(n, 0)
	if err != nil {
		return err
	}
	depth := graph.Dim{}
	if v := s.values[n.Input(1)]; len(v) == 1 {
		depth = v[0]
	}
	at, err := AxisOf(n.Int("axis", -1), len(idx)+1)
	if err != nil {
		return err
	}
	s.set(n.Output(0), s.Elem(n.Input(2)), slices.Insert(slices.Clone(idx), at, depth))
	return nil
}

// attention gives the queries' sizes with the values' width.
func attention(s *shaper, n *graph.Node) error {
	e, q, err := s.in(n, 0)
	if err != nil {
		return err
	}
	_, v, err := s.in(n, 2)
	if err != nil {
		return err
	}
	if len(q) != len(v) || len(q) != 3 && len(q) != 4 {
		return message.Errorf("attends by %v to %v", q, v)
	}
	out := slices.Clone(q)
	last, shared := len(q)-1, n.Int("kv_num_heads", 1)
	switch {
	case len(q) == 4:
		out[last] = v[last]
	case !v[last].Known || shared <= 0:
		out[last] = graph.Dim{}
	default:
		out[last] = graph.FixedDim(v[last].Value / shared * n.Int("q_num_heads", 1))
	}
	s.set(n.Output(0), e, out)
	return nil
}

// FullPads spreads the pads of a Pad over all axes of a value of that rank: before...
// after..., where axes, which may be nil for all, are the padded ones.
func FullPads(pads, axes []int64, rank int) ([]int64, error) {
	if axes == nil {
		if len(pads) != 2*rank {
			return nil, message.Errorf("pads %v on %d axes", pads, rank)
		}
		return pads, nil
	}
	if len(pads) != 2*len(axes) {
		return nil, message.Errorf("pads %v on the axes %v", pads, axes)
	}
	full := make([]int64, 2*rank)
	for i, a := range axes {
		at, err := AxisOf(a, rank)
		if err != nil {
			return nil, err
		}
		full[at], full[rank+at] = pads[i], pads[len(axes)+i]
	}
	return full, nil
}

func pad(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	pads, ok := s.ints(n, "pads", 1)
	axes, ok2 := s.ints(n, "", 3)
	if !ok || !ok2 {
		return errUnknown
	}
	if pads, err = FullPads(pads, axes, len(x)); err != nil {
		return err
	}
	out := make([]graph.Dim, len(x))
	for i, d := range x {
		add := pads[i] + pads[len(x)+i]
		switch {
		case add == 0:
			out[i] = d
		case d.Known:
			out[i] = graph.FixedDim(d.Value + add)
		}
	}
	s.set(n.Output(0), e, out)
	return nil
}
