package linear

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
)

// gemmRule: Y = alpha A' B' + beta C, where ' is an optional transpose.
func gemmRule(b emit.Emitter, n *graph.Node, dy []string) error {
	p, q, d := n.Input(0), n.Input(1), dy[0]
	ta, tb := n.Int("transA", 0) != 0, n.Int("transB", 0) != 0
	product := func(x, y string, tx, ty bool) string {
		return gemm(b, x, y, gemmForm{float64(n.Float("alpha", 1)), tx, ty})
	}
	if b.Wants(p) && !ta { // dA = alpha dY B'^T
		b.Give(p, product(d, q, false, !tb))
	} else if b.Wants(p) { // dA^T
		b.Give(p, product(q, d, tb, true))
	}
	if b.Wants(q) && !tb { // dB = alpha A'^T dY
		b.Give(q, product(p, d, !ta, false))
	} else if b.Wants(q) {
		b.Give(q, product(d, p, true, ta))
	}
	beta := float64(n.Float("beta", 1))
	return emit.GiveBroadcast(b, n, 2, func() string { return b.Scale(d, p, beta) })
}

type gemmForm struct {
	alpha  float64
	ta, tb bool
}

func gemm(b emit.Emitter, x, y string, f gemmForm) string {
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
	return b.Op("Gemm", []string{x, y}, attrs...)
}

// matMulRule: dA = dY B^T and dB = A^T dY, summed over repeated batch axes. A
// matrix B under a stack A becomes one Gemm over the flattened stack.
func matMulRule(b emit.Emitter, n *graph.Node, dy []string) error {
	p, q := n.Input(0), n.Input(1)
	pd, err := emit.Dims(b, p)
	if err != nil {
		return err
	}
	qd, err := emit.Dims(b, q)
	if err != nil {
		return err
	}
	if len(pd) < 2 || len(qd) < 2 {
		return b.Through(dy[0], func() (string, error) { return vectorProduct(b, n, len(pd), len(qd)), nil })
	}
	if b.Wants(p) {
		dp := b.Op("MatMul", []string{dy[0], swapLast(b, q, len(qd))})
		if dp, err = unbatch(b, n, dp, p); err != nil {
			return err
		}
		b.Give(p, dp)
	}
	if !b.Wants(q) {
		return nil
	}
	if k, m := qd[0], qd[1]; len(qd) == 2 && len(pd) > 2 && k.Known && m.Known {
		rows := b.Op("Reshape", []string{p, b.Ints(-1, k.Value)})
		cols := b.Op("Reshape", []string{dy[0], b.Ints(-1, m.Value)})
		b.Give(q, gemm(b, rows, cols, gemmForm{1, true, false}))
		return nil
	}
	dq, err := unbatch(b, n, b.Op("MatMul", []string{swapLast(b, p, len(pd)), dy[0]}), q)
	if err != nil {
		return err
	}
	b.Give(q, dq)
	return nil
}

// vectorProduct writes a product with a vector as one with a matrix of one row or column.
func vectorProduct(b emit.Emitter, n *graph.Node, rankP, rankQ int) string {
	p, q := n.Input(0), n.Input(1)
	var drop []int64
	if rankQ == 1 {
		q, drop = b.Op("Unsqueeze", []string{q, b.Ints(1)}), append(drop, -1)
	}
	if rankP == 1 {
		p, drop = b.Op("Unsqueeze", []string{p, b.Ints(0)}), append(drop, -2)
	}
	return b.Op("Squeeze", []string{b.Op("MatMul", []string{p, q}), b.Ints(drop...)})
}

func swapLast(b emit.Emitter, x string, rank int) string {
	perm := make([]int64, rank)
	for i := range perm {
		perm[i] = int64(i)
	}
	perm[rank-1], perm[rank-2] = perm[rank-2], perm[rank-1]
	return b.Transpose(x, perm...)
}

// unbatch sums the stack axes along which an operand was repeated.
func unbatch(b emit.Emitter, n *graph.Node, d, to string) (string, error) {
	y, err := emit.Dims(b, n.Output(0))
	if err != nil {
		return "", err
	}
	dims, err := emit.Dims(b, to)
	if err != nil {
		return "", err
	}
	return emit.UnbroadcastDims(b, d, slices.Concat(y[:len(y)-2], dims[len(dims)-2:]), to)
}
