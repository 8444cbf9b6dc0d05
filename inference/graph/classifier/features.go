package classifier

import "hilum/inference/graph"

// Feature is a value that a map can be made at.
type Feature struct {
	Name   string
	Type   *graph.TensorType
	Made   string // operator that makes it
	Tokens bool   // a token sequence instead of a map
	Layout Layout
}

// Grid gives the rows and columns of the value's places, false where they are free.
func (f Feature) Grid() (rows, columns int64, ok bool) {
	if f.Layout.Places > 0 {
		return f.Layout.Height, f.Layout.Width, true
	}
	r, c := f.Type.Shape[f.Layout.Rows], f.Type.Shape[f.Layout.Columns]
	return r.Value, c.Value, r.Known && c.Known
}

// Features lists the values on the way to the logits that saliency can look
// at: for each resolution the last spatial map, and for transformers the
// output of every normalisation, the nearest to the logits first.
func Features(m *graph.Model, h *Head) ([]Feature, error) {
	ix := newFinder(m.Graph)
	ix.see(m)
	var out []Feature
	seen := make(map[string]bool)
	for _, n := range ix.ancestors(h.Logits) {
		name := n.Output(0)
		d, ok := ix.shapes.Dims(name)
		if !ok || !n.IsONNX() || !ix.shapes.Elem(name).IsFloat() {
			continue
		}
		l, err := ix.layouts.layout(name)
		if err != nil {
			continue
		}
		f := Feature{Name: name, Type: ix.shapes[name], Made: n.Op, Layout: l, Tokens: l.Places > 0 &&
			ix.normalised(n) != ""}
		size := ""
		switch {
		case f.Tokens:
			size = name
		case l.Places < 0 && !d[l.Rows].Is(1) && !d[l.Columns].Is(1):
			size = d[l.Rows].String() + "x" + d[l.Columns].String()
		}
		if size != "" && !seen[size] {
			seen[size] = true
			out = append(out, f)
		}
	}
	return out, nil
}
