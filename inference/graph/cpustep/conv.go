package cpustep

import (
	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// layer is a convolution with its geometry resolved.
type layer struct {
	w, b        string // weight; bias or ""
	x           value
	out, kh, kw int64
	oh, ow      int64
	win         shape.Window
	top, left   int64 // padding
}

func (l layer) pixels() int64 { return l.oh * l.ow }
func (l layer) taps() int64   { return l.kh * l.kw }

func (s *Step) conv(n *graph.Node, x value) error {
	w, err := s.weight(n.Input(1))
	if err != nil {
		return err
	}
	group := n.Int("group", 1)
	depthwise := group > 1 && group == x.c && len(w.Dims) == 4 && w.Dims[0] == x.c && w.Dims[1] == 1
	if len(w.Dims) != 4 || group != 1 && !depthwise || x.pooled {
		return message.Errorf("%w: a kernel of shape %v in %d groups", ErrUnsupported, w.Dims, group)
	}
	win, err := shape.WindowOf(n, w.Dims[2:])
	if err != nil {
		return err
	}
	l := layer{w: n.Input(1), b: n.Input(2), x: x, out: w.Dims[0], kh: w.Dims[2], kw: w.Dims[3], win: win}
	if l.b != "" {
		if _, err := s.weight(l.b); err != nil {
			return err
		}
	}
	l.oh, l.top, _ = win.Along(0, x.h)
	l.ow, l.left, _ = win.Along(1, x.w)
	var y string
	var back func(dy string)
	if depthwise && l.out*l.pixels()*x.pixels() > maxSpread {
		return message.Errorf("%w: depthwise on so large a map", ErrUnsupported)
	}
	switch {
	case depthwise:
		y, back = s.depthwise(l)
	case l.taps() == 1 && l.top == 0 && l.left == 0:
		y, back = s.pointwise(l)
	case l.winograd():
		y, back = s.winograd(l)
	default:
		y, back = s.patches(l)
	}
	leaf := x.leaf && !s.want[l.w] && !s.want[l.b]
	s.keep(n.Output(0), value{name: y, c: l.out, h: l.oh, w: l.ow, leaf: leaf}, func(dy string) {
		if s.want[l.b] {
			s.giveParam(l.b, s.rowSum(dy, 0))
		}
		back(dy)
	})
	return nil
}

// product is W X, plus the bias.
func (s *Step) product(l layer, w, x string) string {
	if l.b == "" {
		return s.gemm(false, false, w, x)
	}
	return s.gemm(false, false, w, x, s.reshape(l.b, l.out, 1))
}

// pointwise is a 1x1 convolution: one product, after picking the pixels that
// a stride leaves.
func (s *Step) pointwise(l layer) (string, func(string)) {
	w, xs := s.reshape(l.w, l.out, l.x.c), l.x.name
	strided := l.pixels() != l.x.pixels()
	var from []int64 // the output pixel that reads each input pixel
	if strided {
		var pick []int64
		pick, from = l.strideTables()
		xs = s.reshape(s.rows(s.cube(xs, l.x.c, l.x.pixels()), s.ints(pick...)), l.x.c, -1)
	}
	return s.product(l, w, xs), func(dy string) {
		if s.want[l.w] {
			s.giveParam(l.w, s.reshape(s.gemm(false, true, dy, xs), l.out, l.x.c, 1, 1))
		}
		if l.x.leaf {
			return
		}
		dx := s.gemm(true, false, w, dy)
		if strided {
			dx = s.reshape(s.rows(s.padded(dx, l.x.c, l.pixels()), s.ints(from...)), l.x.c, -1)
		}
		s.give(l.x, dx)
	}
}

// strideTables lists the input pixel of each output pixel and the reverse, the
// added zero pixel where there is none.
func (l layer) strideTables() (pick, from []int64) {
	from = make([]int64, l.x.pixels())
	for i := range from {
		from[i] = l.pixels()
	}
	for i := range l.oh {
		for j := range l.ow {
			p := i*l.win.Strides[0]*l.x.w + j*l.win.Strides[1]
			from[p] = int64(len(pick))
			pick = append(pick, p)
		}
	}
	return pick, from
}

// patchTable is [taps, output pixels]: the input pixel that each tap of each
// output pixel reads, the added zero pixel outside.
func (l layer) patchTable() []int64 {
	t := make([]int64, 0, l.taps()*l.pixels())
	for u := range l.kh {
		for v := range l.kw {
			for i := range l.oh {
				for j := range l.ow {
					r := i*l.win.Strides[0] + u*l.win.Dilations[0] - l.top
					c := j*l.win.Strides[1] + v*l.win.Dilations[1] - l.left
					p := l.x.pixels()
					if r >= 0 && r < l.x.h && c >= 0 && c < l.x.w {
						p = r*l.x.w + c
					}
					t = append(t, p)
				}
			}
		}
	}
	return t
}

// patches gathers all patches into [C taps, M] and multiplies once. Back to the
// input go one product a tap, and then every input pixel sums the few terms
// that read it.
func (s *Step) patches(l layer) (string, func(string)) {
	k, table := l.taps(), l.patchTable()
	w := s.reshape(l.w, l.out, l.x.c*k)
	cols := s.rows(s.padded(l.x.name, l.x.c, l.x.pixels()), s.table(table, k, l.pixels()))
	cols = s.reshape(cols, l.x.c*k, -1)
	return s.product(l, w, cols), func(dy string) {
		if s.want[l.w] {
			s.giveParam(l.w, s.reshape(s.gemm(false, true, dy, cols), l.out, l.x.c, l.kh, l.kw))
		}
		if l.x.leaf {
			return
		}
		wt := s.op("Transpose", []string{s.reshape(l.w, l.out, l.x.c, k)},
			graph.IntsAttr("perm", 2, 0, 1)) // [k, out, c]
		dt := s.op("MatMul", []string{s.op("Transpose", []string{dy}, graph.IntsAttr("perm", 1, 0)), wt}) // [k, M, c]
		dt = s.op("Pad", []string{s.reshape(dt, k*l.pixels(), s.o.Batch*l.x.c), s.ints(0, 0, 1, 0)})
		readers, depth := l.readers(table)
		terms := s.op("Gather", []string{dt, s.table(readers, depth, l.x.pixels())}, graph.IntAttr("axis", 0))
		dx := s.op("ReduceSum", []string{terms, s.ints(0)}, graph.IntAttr("keepdims", 0))
		s.give(l.x, s.op("Transpose", []string{s.reshape(dx, -1, l.x.c)}, graph.IntsAttr("perm", 1, 0)))
	}
}

// readers turns a patch table round: [depth, input pixels], the entries that
// read each input pixel, filled up with the added zero row.
func (l layer) readers(table []int64) ([]int64, int64) {
	lists := make([][]int64, l.x.pixels()+1)
	depth := 1
	for at, p := range table {
		lists[p] = append(lists[p], int64(at))
		if p < l.x.pixels() {
			depth = max(depth, len(lists[p]))
		}
	}
	out := make([]int64, 0, depth*len(lists))
	for d := range depth {
		for _, list := range lists[:l.x.pixels()] {
			if d < len(list) {
				out = append(out, list[d])
			} else {
				out = append(out, int64(len(table)))
			}
		}
	}
	return out, int64(depth)
}
