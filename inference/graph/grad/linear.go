package grad

import (
	"slices"

	"hilum/inference/graph"
)

func linearRule(op string) rule {
	switch op {
	case "Gemm":
		return gemmRule
	case "MatMul":
		return matMulRule
	case "Conv":
		return convRule
	case "ConvTranspose":
		return convTransposeRule
	case "Einsum":
		return einsumRule
	case "Attention":
		return attentionRule
	case "GridSample":
		return gridSampleRule
	}
	return nil
}

// gemmRule: Y = alpha A' B' + beta C, where ' is an optional transpose.
func gemmRule(b *builder, n *graph.Node, dy []string) error {
	p, q, d := n.Input(0), n.Input(1), dy[0]
	ta, tb := n.Int("transA", 0) != 0, n.Int("transB", 0) != 0
	product := func(x, y string, tx, ty bool) string {
		return b.gemm(x, y, gemmForm{float64(n.Float("alpha", 1)), tx, ty})
	}
	if b.wants(p) && !ta { // dA = alpha dY B'^T
		b.give(p, product(d, q, false, !tb))
	} else if b.wants(p) { // dA^T
		b.give(p, product(q, d, tb, true))
	}
	if b.wants(q) && !tb { // dB = alpha A'^T dY
		b.give(q, product(p, d, !ta, false))
	} else if b.wants(q) {
		b.give(q, product(d, p, true, ta))
	}
	beta := float64(n.Float("beta", 1))
	return b.giveBroadcast(n, 2, func() string { return b.scale(d, p, beta) })
}

type gemmForm struct {
	alpha  float64
	ta, tb bool
}

func (b *builder) gemm(x, y string, f gemmForm) string {
	var attrs []*graph.Attribute
	if f.alpha != 1 {
		attrs = append(attrs, graph.FloatAttr("alpha", float32(f.alpha)))
	}
	if f.ta {
		attrs = append(attrs, graph.IntAttr("transA", 1))
	}
	if f.tb {
		attrs = append(attrs, graph.IntAttr("transB", 1))
	}
	return b.op("Gemm", []string{x, y}, attrs...)
}

// matMulRule: dA = dY B^T and dB = A^T dY, summed over repeated batch axes. A
// matrix B under a stack A becomes one Gemm over the flattened stack.
func matMulRule(b *builder, n *graph.Node, dy []string) error {
	p, q := n.Input(0), n.Input(1)
	pd, err := b.dims(p)
	if err != nil {
		return err
	}
	qd, err := b.dims(q)
	if err != nil {
		return err
	}
	if len(pd) < 2 || len(qd) < 2 {
		return b.through(dy[0], func() (string, error) { return b.vectorProduct(n, len(pd), len(qd)), nil })
	}
	if b.wants(p) {
		dp := b.op("MatMul", []string{dy[0], b.swapLast(q, len(qd))})
		if dp, err = b.unbatch(n, dp, p, pd); err != nil {
			return err
		}
		b.give(p, dp)
	}
	if !b.wants(q) {
		return nil
	}
	if k, m := qd[0], qd[1]; len(qd) == 2 && len(pd) > 2 && k.Known && m.Known {
		rows := b.op("Reshape", []string{p, b.ints(-1, k.Value)})
		cols := b.op("Reshape", []string{dy[0], b.ints(-1, m.Value)})
		b.give(q, b.gemm(rows, cols, gemmForm{1, true, false}))
		return nil
	}
	dq, err := b.unbatch(n, b.op("MatMul", []string{b.swapLast(p, len(pd)), dy[0]}), q, qd)
	if err != nil {
		return err
	}
	b.give(q, dq)
	return nil
}

// vectorProduct writes a product with a vector as one with a matrix of one row or column.
func (b *builder) vectorProduct(n *graph.Node, rankP, rankQ int) string {
	p, q := n.Input(0), n.Input(1)
	var drop []int64
	if rankQ == 1 {
		q, drop = b.op("Unsqueeze", []string{q, b.ints(1)}), append(drop, -1)
	}
	if rankP == 1 {
		p, drop = b.op("Unsqueeze", []string{p, b.ints(0)}), append(drop, -2)
	}
	return b.op("Squeeze", []string{b.op("MatMul", []string{p, q}), b.ints(drop...)})
}

func (b *builder) swapLast(x string, rank int) string {
	perm := make([]int64, rank)
	for i := range perm {
		perm[i] = int64(i)
	}
	perm[rank-1], perm[rank-2] = perm[rank-2], perm[rank-1]
	return b.transpose(x, perm...)
}

// unbatch sums the stack axes along which an operand was repeated.
func (b *builder) unbatch(n *graph.Node, d, to string, dims []graph.Dim) (string, error) {
	y, err := b.dims(n.Output(0))
	if err != nil {
		return "", err
	}
	from := slices.Concat(y[:len(y)-2], dims[len(dims)-2:])
	return b.unbroadcastDims(d, from, dims, to)
}
