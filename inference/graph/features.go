package graph

import "slices"

// Feature is a value that a map can be made at.
type Feature struct {
	Name   string
	Type   *TensorType
	Made   string // operator that makes it
	Tokens bool   // a token sequence [N, T, K] instead of a map [N, K, h, w]
}

// Features lists the values on the way to the logits that saliency can look
// at: for each resolution the last spatial map, and for transformers the
// output of every normalisation, the nearest to the logits first.
func Features(m *Model, h *Head) ([]Feature, error) {
	shapes, err := m.InferShapes()
	if err != nil {
		return nil, err
	}
	var out []Feature
	seen := make(map[string]bool)
	for _, n := range newIndex(m.Graph).ancestors(h.Logits) {
		name := n.Output(0)
		d, ok := shapes.Dims(name)
		if !ok || !n.IsONNX() || !shapes.Elem(name).IsFloat() {
			continue
		}
		f := Feature{Name: name, Type: shapes[name], Made: n.Op, Tokens: len(d) == 3 && n.Op == "LayerNormalization"}
		size := ""
		switch {
		case f.Tokens:
			size = name
		case len(d) == 4 && !slices.ContainsFunc(d[2:], func(x Dim) bool { return x.Is(1) }):
			size = d[2].String() + "x" + d[3].String()
		}
		if size != "" && !seen[size] {
			seen[size] = true
			out = append(out, f)
		}
	}
	return out, nil
}
