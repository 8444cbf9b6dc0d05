package shape

import (
	"math"

	"hilum/inference/graph"
)

// resize reads sizes (input 3) or scales (input 2, or 1 for Upsample) of all axes, or
// of those that the attribute axes names.
func resize(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	axes := n.Ints("axes")
	if axes == nil {
		for i := range x {
			axes = append(axes, int64(i))
		}
	}
	at := make([]int, len(axes))
	for i, a := range axes {
		if at[i], err = AxisOf(a, len(x)); err != nil {
			return err
		}
	}
	out := append([]graph.Dim{}, x...)
	if sizes, ok := s.values[n.Input(3)]; ok && len(sizes) == len(at) {
		for i, d := range keepRatio(n, x, at, sizes) {
			out[at[i]] = d
		}
		s.set(n.Output(0), e, out)
		return nil
	}
	scales := s.scales(n)
	if len(scales) != len(at) {
		return errUnknown
	}
	for i, k := range scales {
		d := x[at[i]]
		switch {
		case k == 1:
		case d.Known: // in single precision, as runtimes do
			out[at[i]] = graph.FixedDim(int64(math.Floor(float64(float32(d.Value) * k))))
		default:
			out[at[i]] = graph.Dim{}
		}
	}
	s.set(n.Output(0), e, out)
	return nil
}

// scales are the constant factors of a Resize or Upsample, nil where they are not
// constant.
func (s *shaper) scales(n *graph.Node) []float32 {
	from := n.Input(2)
	if n.Op == "Upsample" {
		if a := n.Attr("scales"); a != nil {
			return a.Floats
		}
		from = n.Input(1)
	}
	t := s.ix.Constant(from)
	if t == nil {
		return nil
	}
	v, err := t.Floats()
	if err != nil {
		return nil
	}
	return v
}

// keepRatio are the sizes that Resize makes of those asked for, by its attribute
// keep_aspect_ratio_policy.
func keepRatio(n *graph.Node, x []graph.Dim, at []int, sizes []graph.Dim) []graph.Dim {
	policy := n.Text("keep_aspect_ratio_policy", "stretch")
	if policy == "stretch" {
		return sizes
	}
	scale := math.Inf(1)
	if policy == "not_smaller" {
		scale = 0
	}
	out := make([]graph.Dim, len(sizes))
	for i, d := range sizes {
		in := x[at[i]]
		if !d.Known || !in.Known || in.Value == 0 {
			return out
		}
		k := float64(d.Value) / float64(in.Value)
		if policy == "not_smaller" {
			scale = max(scale, k)
		} else {
			scale = min(scale, k)
		}
	}
	for i := range sizes {
		out[i] = graph.FixedDim(int64(math.Floor(scale*float64(x[at[i]].Value) + .5)))
	}
	return out
}
