package grad

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

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
	b, err := newBuilder(m, Request{}, rules())
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

func (t *builder) batchStatistics(n *graph.Node, momentum float64) (RunningStat, error) {
	b, x := t.emitter(), n.Input(0)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return RunningStat{}, err
	}
	others := emit.AllBut(len(dims), 1)
	col := func(v string) string { return b.Op("Reshape", []string{v, b.Ints(emit.Column(len(dims), -1)...)}) }
	flat := func(v string) string { return b.Op("Reshape", []string{v, b.Ints(-1)}) }
	mean := b.Reduce("ReduceMean", x, true, others...)
	xc := b.Sub(x, mean)
	variance := b.Reduce("ReduceMean", b.Mul(xc, xc), true, others...)
	sd := b.Op("Sqrt", []string{b.Add(variance, b.Scalar(x, float64(n.Float("epsilon", 1e-5))))})
	y := b.Add(b.Mul(xc, b.Div(col(n.Input(1)), sd)), col(n.Input(2))) // few passes over the map
	t.nodes = append(t.nodes, &graph.Node{Name: n.Name, Op: "Identity", Inputs: []string{y},
		Outputs: []string{n.Output(0)}})
	count := emit.Count(b, x, others)
	unbiased := b.Div(b.Mul(variance, count), b.Sub(count, b.Scalar(x, 1)))
	mix := func(old, batch string) string {
		return b.Add(b.Scale(old, x, 1-momentum), b.Scale(flat(batch), x, momentum))
	}
	return RunningStat{Mean: n.Input(3), Variance: n.Input(4),
		NewMean: mix(n.Input(3), mean), NewVariance: mix(n.Input(4), unbiased)}, nil
}
