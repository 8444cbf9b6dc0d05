package cpustep

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// batchNorm normalises rows. With the batch's statistics it goes through
// LayerNormalization over the last axis, the fastest kernel that gives them;
// scale and shift, and the gradient's affine part, through
// BatchNormalization with computed parameters.
func (s *Step) batchNorm(n *graph.Node, x value) error {
	var p [4]string
	for i := range p {
		p[i] = n.Input(i + 1)
		t, err := s.weight(p[i])
		if err != nil {
			return err
		}
		if t.Len() != x.c {
			return message.Errorf("%w: %d parameters for %d channels", ErrUnsupported, t.Len(), x.c)
		}
	}
	if x.pooled || n.Int("training_mode", 0) != 0 {
		return message.Errorf("%w: in this form", ErrUnsupported)
	}
	eps := float64(n.Float("epsilon", 1e-5))
	if s.o.BatchStats {
		s.batchNormStats(n, x, normParams{p, eps})
		return nil
	}
	s.batchNormFrozen(n, x, normParams{p, eps})
	return nil
}

type normParams struct {
	p   [4]string // scale, shift, mean, variance
	eps float64
}

// affine is (z - mean)/sqrt(variance + eps) * scale + shift by rows.
func (s *Step) affine(z string, x value, p normParams) string {
	m := x.pixels() * s.o.Batch
	y := s.op("BatchNormalization", append([]string{s.reshape(z, 1, x.c, m)}, p.p[:]...),
		graph.FloatAttr("epsilon", float32(p.eps)))
	return s.reshape(y, x.c, m)
}

func (s *Step) column(v string, c int64) string { return s.reshape(v, c, 1) }

func (s *Step) filled(v float64, n int64) string {
	return s.floats(slices.Repeat([]float64{v}, int(n)), n)
}

func (s *Step) batchNormStats(n *graph.Node, x value, p normParams) {
	m := x.pixels() * s.o.Batch
	ln := &graph.Node{Op: "LayerNormalization", Inputs: []string{x.name, s.filled(1, m)}, Attrs: []*graph.Attribute{
		graph.IntAttr("axis", -1), graph.FloatAttr("epsilon", float32(p.eps))}}
	for _, part := range []string{"fast_normal", "fast_mean", "fast_inverse"} {
		ln.Outputs = append(ln.Outputs, graph.Fresh(s.names, part))
	}
	ln.Name = ln.Outputs[0]
	s.g.Nodes = append(s.g.Nodes, ln)
	xh, inv := ln.Outputs[0], s.reshape(ln.Outputs[2], x.c)
	// variance + eps = 1 when the input is normalised already
	unit := normParams{[4]string{p.p[0], p.p[1], s.filled(0, x.c), s.filled(1-p.eps, x.c)}, p.eps}
	y := s.affine(xh, x, unit)
	s.running(p, runningParts{mean: s.reshape(ln.Outputs[1], x.c), inverse: inv, count: float64(m)})
	s.keep(n.Output(0), value{name: y, c: x.c, h: x.h, w: x.w, leaf: s.frozen(x, p)}, func(dy string) {
		shift, scale := s.rowSum(dy, 0), s.rowSum(s.mul(dy, xh), 0)
		s.giveNorm(p, scale, shift)
		if x.leaf {
			return
		}
		// dx = k dy - k/M (sum(dy xh) xh + sum(dy)), k = scale/deviation
		k := s.mul(p.p[0], inv)
		km := s.mul(k, s.scalar(-1/float64(m)))
		rest := s.affine(xh, x, normParams{[4]string{s.mul(km, scale), s.mul(km, shift), unit.p[2], unit.p[3]}, p.eps})
		s.give(x, s.op("Add", []string{s.mul(dy, s.column(k, x.c)), rest}))
	})
}

func (s *Step) frozen(x value, p normParams) bool {
	return x.leaf && !s.want[p.p[0]] && !s.want[p.p[1]]
}

func (s *Step) giveNorm(p normParams, scale, shift string) {
	if s.want[p.p[0]] {
		s.giveParam(p.p[0], scale)
	}
	if s.want[p.p[1]] {
		s.giveParam(p.p[1], shift)
	}
}

type runningParts struct {
	mean, inverse string // of the batch; inverse deviation
	count         float64
}

// running mixes the batch's statistics into the running ones, the variance
// with n - 1 as PyTorch does: 1/inverse^2 - eps is the variance with n.
func (s *Step) running(p normParams, r runningParts) {
	variance := s.op("Sub", []string{s.op("Reciprocal", []string{s.mul(r.inverse, r.inverse)}), s.scalar(p.eps)})
	mix := func(old, batch string, k float64) string {
		return s.op("Add", []string{s.mul(old, s.scalar(1-s.o.Momentum)), s.mul(batch, s.scalar(s.o.Momentum*k))})
	}
	s.Stats = append(s.Stats, grad.RunningStat{Mean: p.p[2], Variance: p.p[3],
		NewMean: mix(p.p[2], r.mean, 1), NewVariance: mix(p.p[3], variance, r.count/(r.count-1))})
}

func (s *Step) batchNormFrozen(n *graph.Node, x value, p normParams) {
	y := s.affine(x.name, x, p)
	s.keep(n.Output(0), value{name: y, c: x.c, h: x.h, w: x.w, leaf: s.frozen(x, p)}, func(dy string) {
		inv := s.op("Reciprocal", []string{s.op("Sqrt", []string{s.op("Add", []string{p.p[3], s.scalar(p.eps)})})})
		if s.want[p.p[0]] || s.want[p.p[1]] {
			shift := s.rowSum(dy, 0)
			product := s.op("Sub", []string{s.rowSum(s.mul(dy, x.name), 0), s.mul(p.p[2], shift)})
			s.giveNorm(p, s.mul(product, inv), shift)
		}
		if !x.leaf {
			s.give(x, s.mul(dy, s.column(s.mul(p.p[0], inv), x.c)))
		}
	})
}

// relu passes the derivative where the output is not 0; a cast through bool is
// the cheapest mask.
func (s *Step) relu(n *graph.Node, x value) error {
	y := s.op("Relu", []string{x.name})
	v := x
	v.name = y
	s.keep(n.Output(0), v, func(dy string) {
		on := s.op("Cast", []string{y}, graph.IntAttr("to", int64(graph.Bool)))
		s.give(x, s.mul(dy, s.op("Cast", []string{on}, graph.IntAttr("to", int64(graph.Float)))))
	})
	return nil
}

// clip has constant limits; strictly inside them the derivative passes.
func (s *Step) clip(n *graph.Node, x value) error {
	var limits [2]string
	for i := range limits {
		limits[i] = n.Input(i + 1)
		if limits[i] == "" {
			return message.Errorf("%w: with one limit", ErrUnsupported)
		}
		if _, err := s.weight(limits[i]); err != nil {
			return err
		}
	}
	y := s.op("Clip", []string{x.name, limits[0], limits[1]})
	v := x
	v.name = y
	s.keep(n.Output(0), v, func(dy string) {
		in := s.op("And", []string{s.op("Greater", []string{y, limits[0]}), s.op("Less", []string{y, limits[1]})})
		s.give(x, s.mul(dy, s.op("Cast", []string{in}, graph.IntAttr("to", int64(graph.Float)))))
	})
	return nil
}

func (s *Step) sum(n *graph.Node, x value) error {
	y, ok := s.vals[n.Input(1)]
	if !ok || x.c != y.c || x.h != y.h || x.w != y.w || x.pooled != y.pooled {
		return message.Errorf("%w: operands of unequal shape", ErrUnsupported)
	}
	v := x
	v.name, v.leaf = s.op("Add", []string{x.name, y.name}), x.leaf && y.leaf
	s.keep(n.Output(0), v, func(dy string) { s.give(x, dy); s.give(y, dy) })
	return nil
}

// concat joins channels, which are rows.
func (s *Step) concat(n *graph.Node) error {
	var parts []value
	var names []string
	v := value{leaf: true}
	for _, in := range n.Inputs {
		x, ok := s.vals[in]
		if !ok || x.pooled || len(parts) > 0 && (x.h != v.h || x.w != v.w) {
			return message.Errorf("%w: operands of unequal shape", ErrUnsupported)
		}
		parts, names = append(parts, x), append(names, x.name)
		v.c, v.h, v.w, v.leaf = v.c+x.c, x.h, x.w, v.leaf && x.leaf
	}
	if axis := n.Int("axis", 0); axis != 1 && axis != -3 {
		return message.Errorf("%w: along axis %d", ErrUnsupported, axis)
	}
	v.name = s.op("Concat", names, graph.IntAttr("axis", 0))
	s.keep(n.Output(0), v, func(dy string) {
		at := int64(0)
		for _, x := range parts {
			if !x.leaf {
				s.give(x, s.op("Slice", []string{dy, s.ints(at), s.ints(at + x.c), s.ints(0)}))
			}
			at += x.c
		}
	})
	return nil
}

// averagePool multiplies the pixels with a constant matrix; back with its
// transpose.
func (s *Step) averagePool(n *graph.Node, x value) error {
	win, err := shape.WindowOf(n, nil)
	if err != nil {
		return err
	}
	if len(win.Kernel) != 2 || x.pooled || win.Ceil ||
		slices.ContainsFunc(win.Pads, func(p int64) bool { return p != 0 }) || win.AutoPad != "NOTSET" {
		return message.Errorf("%w: padded or rounded up", ErrUnsupported)
	}
	l := layer{x: x, kh: win.Kernel[0], kw: win.Kernel[1], win: win}
	l.oh, _, _ = win.Along(0, x.h)
	l.ow, _, _ = win.Along(1, x.w)
	m := make([]float64, l.pixels()*x.pixels())
	for at, p := range l.patchTable() {
		m[int64(at)%l.pixels()*x.pixels()+p] += 1 / float64(l.taps())
	}
	spread := func(k []float64, z string, from, to int64) string {
		return s.reshape(s.op("MatMul", []string{s.floats(k, to, from), s.cube(z, x.c, from)}), x.c, -1)
	}
	y := spread(m, x.name, x.pixels(), l.pixels())
	s.keep(n.Output(0), value{name: y, c: x.c, h: l.oh, w: l.ow, leaf: x.leaf}, func(dy string) {
		s.give(x, spread(transposeOf(m, l.pixels(), x.pixels()), dy, l.pixels(), x.pixels()))
	})
	return nil
}

// globalPool is the mean over the pixels: [C, N].
func (s *Step) globalPool(n *graph.Node, x value) error {
	if dims, ok := s.shapes.Static(n.Output(0)); !ok || x.pooled || s.o.Batch*x.c != product(dims) ||
		dims[0] != s.o.Batch {
		return message.Errorf("%w: other than the mean over height and width", ErrUnsupported)
	}
	share := s.scalar(1 / float64(x.pixels()))
	s.head.pooled = x
	mean := s.mul(s.rowSum(s.cube(x.name, x.c, x.pixels()), 0), share)
	s.keep(n.Output(0), value{name: mean, c: x.c, h: 1, w: 1, leaf: x.leaf, pooled: true}, func(dy string) {
		one := s.reshape(s.mul(dy, share), x.c, 1, s.o.Batch)
		s.give(x, s.reshape(s.op("Expand", []string{one, s.ints(x.c, x.pixels(), s.o.Batch)}), x.c, -1))
	})
	return nil
}

func product(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}

// linear is the fully connected layer that gives the logits.
func (s *Step) linear(n *graph.Node, x value) error {
	w, b := n.Input(1), n.Input(2)
	if !x.pooled || n.Int("transA", 0) != 0 || n.Float("alpha", 1) != 1 || n.Float("beta", 1) != 1 ||
		n.Output(0) != s.o.Logits {
		return message.Errorf("%w: other than the last layer on pooled features", ErrUnsupported)
	}
	if _, err := s.weight(w); err != nil {
		return err
	}
	in := []string{x.name, w}
	if b != "" {
		if _, err := s.weight(b); err != nil {
			return err
		}
		in = append(in, b)
	}
	tb := n.Int("transB", 0) != 0
	z := s.gemm(true, tb, in...)
	s.g.AddNode("Identity", []string{z}, []string{s.o.Logits})
	s.Logits = s.o.Logits
	s.head.weight, s.head.classesFirst = w, tb
	s.keep(n.Output(0), value{name: s.Logits}, func(dz string) {
		if s.want[w] && tb { // [classes, channels]
			s.giveParam(w, s.gemm(true, true, dz, x.name))
		} else if s.want[w] {
			s.giveParam(w, s.gemm(false, false, x.name, dz))
		}
		if s.want[b] {
			s.giveParam(b, s.op("ReduceSum", []string{dz, s.ints(0)}, graph.IntAttr("keepdims", 0)))
		}
		if !x.leaf {
			s.give(x, s.gemm(tb, true, w, dz))
		}
	})
	return nil
}

// lastLayer is the linear layer that gives the logits and the map that is pooled
// for it.
type lastLayer struct {
	pooled       value
	weight       string
	classesFirst bool // the weight is [classes, channels]
}

// Maps appends the class maps of the last layer, W A, and returns the value that
// holds them, [N, classes, H W]. A loss may read them; Backward goes on from there.
func (s *Step) Maps() (string, error) {
	h := s.head
	if h.pooled.name == "" || h.weight == "" {
		return "", message.Errorf("fast step: %w: class maps of a network that pools none", ErrUnsupported)
	}
	a := h.pooled
	flat := s.gemm(!h.classesFirst, false, h.weight, a.name)
	maps := s.op("Transpose", []string{s.reshape(flat, -1, a.pixels(), s.o.Batch)}, graph.IntsAttr("perm", 2, 0, 1))
	s.tapeOf = append(s.tapeOf, maps)
	s.tape = append(s.tape, func(dm string) {
		d := s.op("Transpose", []string{dm}, graph.IntsAttr("perm", 1, 2, 0)) // [classes, H W, N]
		d = s.op("Reshape", []string{d, s.ints(0, -1)})
		switch {
		case s.want[h.weight] && h.classesFirst:
			s.giveParam(h.weight, s.gemm(false, true, d, a.name))
		case s.want[h.weight]:
			s.giveParam(h.weight, s.gemm(false, true, a.name, d))
		}
		if !a.leaf {
			s.give(a, s.gemm(h.classesFirst, false, h.weight, d))
		}
	})
	return maps, nil
}
