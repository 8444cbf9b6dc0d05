package norm

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// batchNormRule covers the inference form: y = (x - mu) s / sqrt(v + eps) + o
// with fixed mu and v. The training form is written out by TrainBatchNorm.
func batchNormRule(b emit.Emitter, n *graph.Node, dy []string) error {
	if n.Int("training_mode", 0) != 0 || len(n.Outputs) > 1 && n.Output(1) != "" {
		return message.Errorf("%w: the training form; write it out with TrainBatchNorm", emit.ErrNotDifferentiable)
	}
	if b.Wants(n.Input(3)) || b.Wants(n.Input(4)) {
		return message.Errorf("%w: by the running statistics", emit.ErrNotDifferentiable)
	}
	x, scale, mean, variance := n.Input(0), n.Input(1), n.Input(3), n.Input(4)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	sd := b.Op("Sqrt", []string{b.Add(variance, b.Scalar(x, float64(n.Float("epsilon", 1e-5))))})
	col := func(v string) string { return b.Op("Reshape", []string{v, b.Ints(emit.Column(len(dims), -1)...)}) }
	others := emit.AllBut(len(dims), 1)
	if b.Wants(x) {
		b.Give(x, b.Mul(dy[0], col(b.Div(scale, sd))))
	}
	if b.Wants(scale) {
		xh := b.Div(b.Sub(x, col(mean)), col(sd))
		b.Give(scale, b.Sum(b.Mul(dy[0], xh), false, others...))
	}
	if b.Wants(n.Input(2)) {
		b.Give(n.Input(2), b.Sum(dy[0], false, others...))
	}
	return nil
}
