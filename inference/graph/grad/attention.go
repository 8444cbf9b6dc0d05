package grad

import (
	"math"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// attentionRule writes softmax(scale Q K' + mask) V in its steps, for operator Attention
// as exporters of operator set 23 write it: without a cache of earlier keys and values.
func attentionRule(b *builder, n *graph.Node, dy []string) error {
	for _, i := range []int{4, 5, 6} {
		if n.Input(i) != "" {
			return message.Errorf("%w: with a cache of earlier keys and values", ErrNotDifferentiable)
		}
	}
	return b.through(dy[0], func() (string, error) { return b.attention(n) })
}

func (b *builder) attention(n *graph.Node) (string, error) {
	dims, err := b.dims(n.Input(0))
	if err != nil {
		return "", err
	}
	q, k, v := n.Input(0), n.Input(1), n.Input(2)
	flat := len(dims) == 3 // [N, length, heads x width]
	if flat {
		heads, shared := n.Int("q_num_heads", 1), n.Int("kv_num_heads", 1)
		q, k, v = b.heads(q, heads), b.heads(k, shared), b.heads(v, shared)
	}
	if k, v, err = b.sharedHeads(q, k, v); err != nil {
		return "", err
	}
	width, err := b.static(q, 3)
	if err != nil {
		return "", err
	}
	scale := float64(n.Float("scale", float32(1/math.Sqrt(float64(width[0])))))
	s := b.op("MatMul", []string{b.scale(q, q, scale), b.transpose(k, 0, 1, 3, 2)})
	if s, err = b.masked(n, s); err != nil {
		return "", err
	}
	y := b.op("MatMul", []string{b.op("Softmax", []string{s}, graph.IntAttr("axis", -1)), v})
	if flat {
		y = b.op("Reshape", []string{b.transpose(y, 0, 2, 1, 3), b.ints(0, 0, -1)})
	}
	return y, nil
}

// heads splits [N, length, heads x width] into [N, heads, length, width].
func (b *builder) heads(x string, heads int64) string {
	return b.transpose(b.op("Reshape", []string{x, b.ints(0, 0, heads, -1)}), 0, 2, 1, 3)
}

// sharedHeads repeats keys and values that several heads of the queries share.
func (b *builder) sharedHeads(q, k, v string) (string, string, error) {
	of, err := b.static(q, 1)
	if err != nil {
		return "", "", err
	}
	shared, err := b.static(k, 1)
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
	return b.op("Gather", []string{k, b.ints(idx...)}, axis), b.op("Gather", []string{v, b.ints(idx...)}, axis), nil
}

// masked limits the products to a range and takes out what may not be looked at.
func (b *builder) masked(n *graph.Node, s string) (string, error) {
	if c := float64(n.Float("softcap", 0)); c > 0 {
		s = b.scale(b.op("Tanh", []string{b.scale(s, s, 1/c)}), s, c)
	}
	const least = -1e30
	switch mask := n.Input(3); {
	case mask == "":
	case b.shapes.Elem(mask) == graph.Bool:
		s = b.where(mask, s, b.scalar(s, least))
	default:
		s = b.add(s, mask)
	}
	if n.Int("is_causal", 0) == 0 {
		return s, nil
	}
	size, err := b.static(s, 2)
	if err != nil {
		return "", err
	}
	later := make([]float64, size[0]*size[1])
	for i := range size[0] {
		for j := i + 1; j < size[1]; j++ {
			later[i*size[1]+j] = least
		}
	}
	return b.add(s, b.floats(s, later, size...)), nil
}
