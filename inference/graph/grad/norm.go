package grad

import (
	"hilum/inference/graph"
	"hilum/internal/message"
)

func normRule(op string) rule {
	switch op {
	case "BatchNormalization":
		return batchNormRule
	}
	return standardRule(op)
}

// batchNormRule covers the inference form: y = (x - mu) s / sqrt(v + eps) + o
// with fixed mu and v. The training form is written out by TrainBatchNorm.
func batchNormRule(b *builder, n *graph.Node, dy []string) error {
	if n.Int("training_mode", 0) != 0 || len(n.Outputs) > 1 && n.Output(1) != "" {
		return message.Errorf("%w: the training form; write it out with TrainBatchNorm", ErrNotDifferentiable)
	}
	if b.wants(n.Input(3)) || b.wants(n.Input(4)) {
		return message.Errorf("%w: by the running statistics", ErrNotDifferentiable)
	}
	x, scale, mean, variance := n.Input(0), n.Input(1), n.Input(3), n.Input(4)
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	sd := b.op("Sqrt", []string{b.add(variance, b.scalar(x, float64(n.Float("epsilon", 1e-5))))})
	col := func(v string) string { return b.op("Reshape", []string{v, b.ints(column(len(dims), -1)...)}) }
	others := allBut(len(dims), 1)
	if b.wants(x) {
		b.give(x, b.mul(dy[0], col(b.div(scale, sd))))
	}
	if b.wants(scale) {
		xh := b.div(b.sub(x, col(mean)), col(sd))
		b.give(scale, b.sum(b.mul(dy[0], xh), false, others...))
	}
	if b.wants(n.Input(2)) {
		b.give(n.Input(2), b.sum(dy[0], false, others...))
	}
	return nil
}

// RunningStat names the values with which one batch normalisation's running
// statistics go on after a training step: the new mean and variance.
type RunningStat struct {
	Mean, Variance       string // the initializers or inputs that hold the old ones
	NewMean, NewVariance string // values of the graph, not yet outputs
}

// TrainBatchNorm rewrites every BatchNormalization of m for training: it
// normalises by the statistics of the batch, in primitive operators (providers
// refuse the operator's own training form), and computes the new running
// statistics: (1 - momentum) old + momentum batch, the variance with n - 1, as
// PyTorch does. ONNX's attribute momentum is 1 - PyTorch's.
func TrainBatchNorm(m *graph.Model, momentum float64) ([]RunningStat, error) {
	b, err := newBuilder(m, Request{})
	if err != nil {
		return nil, message.Errorf("train batch normalisation: %w", err)
	}
	var stats []RunningStat
	old := b.g.Nodes
	rewritten := make([]*graph.Node, 0, len(old))
	for _, n := range old {
		if n.Op != "BatchNormalization" || !n.IsONNX() {
			rewritten = append(rewritten, n)
			continue
		}
		s, err := b.batchStatistics(n, momentum)
		if err != nil {
			return nil, message.Errorf("train batch normalisation: %v: %w", n, err)
		}
		stats = append(stats, s)
		rewritten = append(rewritten, b.nodes...)
		b.nodes = nil
	}
	b.g.Nodes = rewritten
	b.commit()
	return stats, nil
}

func (b *builder) batchStatistics(n *graph.Node, momentum float64) (RunningStat, error) {
	x := n.Input(0)
	dims, err := b.dims(x)
	if err != nil {
		return RunningStat{}, err
	}
	others := allBut(len(dims), 1)
	col := func(v string) string { return b.op("Reshape", []string{v, b.ints(column(len(dims), -1)...)}) }
	flat := func(v string) string { return b.op("Reshape", []string{v, b.ints(-1)}) }
	mean := b.reduce("ReduceMean", x, true, others...)
	xc := b.sub(x, mean)
	variance := b.reduce("ReduceMean", b.mul(xc, xc), true, others...)
	sd := b.op("Sqrt", []string{b.add(variance, b.scalar(x, float64(n.Float("epsilon", 1e-5))))})
	y := b.add(b.mul(xc, b.div(col(n.Input(1)), sd)), col(n.Input(2))) // few passes over the map
	b.nodes = append(b.nodes, &graph.Node{Name: n.Name, Op: "Identity", Inputs: []string{y}, Outputs: []string{n.Output(0)}})
	count := b.count(x, others)
	unbiased := b.div(b.mul(variance, count), b.sub(count, b.scalar(x, 1)))
	mix := func(old, batch string) string {
		return b.add(b.scale(old, x, 1-momentum), b.scale(flat(batch), x, momentum))
	}
	return RunningStat{Mean: n.Input(3), Variance: n.Input(4),
		NewMean: mix(n.Input(3), mean), NewVariance: mix(n.Input(4), unbiased)}, nil
}

// count is how many elements a reduction over axes takes together, as a
// scalar of x's type.
func (b *builder) count(x string, axes []int64) string {
	dims, _ := b.shapes.Dims(x)
	n, fixed := int64(1), len(dims) > 0
	for _, a := range axes {
		if fixed = fixed && dims[a].Known; fixed {
			n *= dims[a].Value
		}
	}
	if fixed {
		return b.scalar(x, float64(n))
	}
	sizes := b.op("Gather", []string{b.op("Shape", []string{x}), b.ints(axes...)}, graph.IntAttr("axis", 0))
	product := b.op("ReduceProd", []string{sizes}, graph.IntAttr("keepdims", 0))
	return b.op("Cast", []string{product}, graph.IntAttr("to", int64(b.elem(x))))
}
