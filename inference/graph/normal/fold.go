package normal

import (
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// FoldBatchNorm merges each BatchNormalization in inference form into the Conv
// before it, where that Conv feeds nothing else and all weights are constant:
// W' = W g/sqrt(v+eps), b' = (b-mu) g/sqrt(v+eps) + beta, computed in float64.
// It returns how many were folded.
func FoldBatchNorm(m *graph.Model) (int, error) {
	f := &folder{g: m.Graph, ix: graph.NewIndex(m.Graph), users: m.Graph.Consumers(), names: m.Graph.Names()}
	for _, o := range m.Graph.Outputs {
		f.users[o.Name] = append(f.users[o.Name], nil)
	}
	gone := make(map[*graph.Node]bool)
	for _, bn := range m.Graph.Nodes {
		done, err := f.fold(bn)
		if err != nil {
			return 0, message.Errorf("fold batch normalisation: %v: %w", bn, err)
		}
		if done {
			gone[bn] = true
		}
	}
	m.Graph.Nodes = slices.DeleteFunc(m.Graph.Nodes, func(n *graph.Node) bool { return gone[n] })
	m.Graph.Prune()
	return len(gone), nil
}

type folder struct {
	g     *graph.Graph
	ix    *graph.Index
	users map[string][]*graph.Node
	names map[string]bool
}

func (f *folder) fold(bn *graph.Node) (bool, error) {
	if bn.Op != "BatchNormalization" || !bn.IsONNX() || bn.Int("training_mode", 0) != 0 {
		return false, nil
	}
	conv := f.ix.Makers[bn.Input(0)]
	if conv == nil || conv.Op != "Conv" || !conv.IsONNX() || len(f.users[conv.Output(0)]) != 1 {
		return false, nil
	}
	w := f.floats(conv.Input(1))
	var p [4][]float32
	for i := range p {
		if p[i] = f.floats(bn.Input(i + 1)); p[i] == nil || w == nil {
			return false, nil
		}
	}
	bias := make([]float32, len(p[0]))
	if conv.Input(2) != "" {
		if bias = f.floats(conv.Input(2)); bias == nil {
			return false, nil
		}
	}
	dims := f.ix.Constant(conv.Input(1)).Dims
	c := len(p[0])
	if len(dims) == 0 || int64(c) != dims[0] || len(bias) != c || len(p[1]) != c || len(p[2]) != c || len(p[3]) != c {
		return false, message.Errorf("%d scales for a kernel of shape %v", c, dims)
	}
	scaleRows(w, bias, p, float64(bn.Float("epsilon", 1e-5)))
	f.replace(conv, bn, graph.NewFloats("", w, dims...), graph.NewFloats("", bias, int64(c)))
	return true, nil
}

func (f *folder) floats(name string) []float32 {
	t := f.ix.Constant(name)
	if t == nil || t.Type != graph.Float {
		return nil
	}
	v, err := t.Floats()
	if err != nil {
		return nil
	}
	return v
}

// scaleRows applies scale, shift, mean and variance p to kernel and bias.
func scaleRows(w, bias []float32, p [4][]float32, eps float64) {
	row := len(w) / max(len(bias), 1)
	for i := range bias {
		k := float64(p[0][i]) / math.Sqrt(float64(p[3][i])+eps)
		for j := i * row; j < (i+1)*row; j++ {
			w[j] = float32(float64(w[j]) * k)
		}
		bias[i] = float32((float64(bias[i])-float64(p[2][i]))*k + float64(p[1][i]))
	}
}

func (f *folder) replace(conv, bn *graph.Node, w, b *graph.Tensor) {
	w.Name = graph.Fresh(f.names, conv.Input(1)+"_folded")
	b.Name = graph.Fresh(f.names, w.Name+"_bias")
	f.g.Initializers = append(f.g.Initializers, w, b)
	conv.Inputs = []string{conv.Input(0), w.Name, b.Name}
	conv.Outputs = []string{bn.Output(0)}
	f.ix.Makers[bn.Output(0)] = conv
}
