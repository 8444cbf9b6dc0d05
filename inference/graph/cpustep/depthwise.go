package cpustep

import "hilum/inference/graph"

// maxSpread is the largest number of elements of a depthwise kernel spread
// over its map, 32 MB.
const maxSpread = 8 << 20

// depthwise spreads each channel's kernel to the matrix [output pixels, input
// pixels] that it is, by one product with a constant table, and multiplies
// channel by channel. On small maps that is far quicker than a stencil, and
// its gradients are two products of the same kind.
func (s *Step) depthwise(l layer) (string, func(string)) {
	c, in, out, k := l.x.c, l.x.pixels(), l.pixels(), l.taps()
	table := make([]float64, k*out*in)
	for at, p := range l.patchTable() {
		if p < in {
			table[int64(at)*in+p] = 1
		}
	}
	spread := s.floats(table, k, out*in)
	w := s.reshape(s.gemm(false, false, s.reshape(l.w, c, k), spread), c, out, in)
	x := s.cube(l.x.name, c, in)
	y := s.reshape(s.op("MatMul", []string{w, x}), c, -1)
	if l.b != "" {
		y = s.op("Add", []string{y, s.reshape(l.b, c, 1)})
	}
	turned := func(z string) string { return s.op("Transpose", []string{z}, graph.IntsAttr("perm", 0, 2, 1)) }
	return y, func(dy string) {
		d := s.cube(dy, c, out)
		if s.want[l.w] {
			dw := s.reshape(s.op("MatMul", []string{d, turned(x)}), c, -1)
			s.giveParam(l.w, s.reshape(s.gemm(false, true, dw, spread), c, 1, l.kh, l.kw))
		}
		if !l.x.leaf {
			s.give(l.x, s.reshape(s.op("MatMul", []string{turned(w), d}), c, -1))
		}
	}
}
