package linear

import (
	"math"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// attentionRule writes softmax(scale Q K' + mask) V in its steps, for operator Attention
// as exporters of operator set 23 write it: without a cache of earlier keys and values.
func attentionRule(b emit.Emitter, n *graph.Node, dy []string) error {
	for _, i := range []int{4, 5, 6} {
		if n.Input(i) != "" {
			return message.Errorf("%w: with a cache of earlier keys and values", emit.ErrNotDifferentiable)
		}
	}
	return b.Through(dy[0], func() (string, error) { return attend(b, n) })
}

func attend(b emit.Emitter, n *graph.Node) (string, error) {
	dims, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return "", err
	}
	q, k, v := n.Input(0), n.Input(1), n.Input(2)
	flat := len(dims) == 3 // [N, length, heads x width]
	if flat {
		heads, shared := n.Int("q_num_heads", 1), n.Int("kv_num_heads", 1)
		q, k, v = byHeads(b, q, heads), byHeads(b, k, shared), byHeads(b, v, shared)
	}
	if k, v, err = sharedHeads(b, q, k, v); err != nil {
		return "", err
	}
	width, err := emit.Static(b, q, 3)
	if err != nil {
		return "", err
	}
	scale := float64(n.Float("scale", float32(1/math.Sqrt(float64(width[0])))))
	s := b.Op("MatMul", []string{b.Scale(q, q, scale), b.Transpose(k, 0, 1, 3, 2)})
	if s, err = masked(b, n, s); err != nil {
		return "", err
	}
	y := b.Op("MatMul", []string{b.Op("Softmax", []string{s}, graph.IntAttr("axis", -1)), v})
	if flat {
		y = b.Op("Reshape", []string{b.Transpose(y, 0, 2, 1, 3), b.Ints(0, 0, -1)})
	}
	return y, nil
}

// byHeads splits [N, length, heads x width] into [N, heads, length, width].
func byHeads(b emit.Emitter, x string, heads int64) string {
	return b.Transpose(b.Op("Reshape", []string{x, b.Ints(0, 0, heads, -1)}), 0, 2, 1, 3)
}

// sharedHeads repeats keys and values that several heads of the queries share.
func sharedHeads(b emit.Emitter, q, k, v string) (string, string, error) {
	of, err := emit.Static(b, q, 1)
	if err != nil {
		return "", "", err
	}
	shared, err := emit.Static(b, k, 1)
	if err != nil {
		return "", "", err
	}
	if of[0] == shared[0] || shared[0] == 0 {
		return k, v, nil
	}
	var idx []int64
	for i := range of[0] {
		idx = append(idx, i/(of[0]/shared[0]))
	}
	axis := graph.IntAttr("axis", 1)
	return b.Op("Gather", []string{k, b.Ints(idx...)}, axis), b.Op("Gather", []string{v, b.Ints(idx...)}, axis), nil
}

// masked limits the products to a range and takes out what may not be looked at.
func masked(b emit.Emitter, n *graph.Node, s string) (string, error) {
	if c := float64(n.Float("softcap", 0)); c > 0 {
		s = b.Scale(b.Op("Tanh", []string{b.Scale(s, s, 1/c)}), s, c)
	}
	const least = -1e30
	switch mask := n.Input(3); {
	case mask == "":
	case b.Shapes().Elem(mask) == graph.Bool:
		s = b.Where(mask, s, b.Scalar(s, least))
	default:
		s = b.Add(s, mask)
	}
	if n.Int("is_causal", 0) == 0 {
		return s, nil
	}
	size, err := emit.Static(b, s, 2)
	if err != nil {
		return "", err
	}
	later := make([]float64, size[0]*size[1])
	for i := range size[0] {
		for j := i + 1; j < size[1]; j++ {
			later[i*size[1]+j] = least
		}
	}
	return b.Add(s, b.Floats(s, later, size...)), nil
}
