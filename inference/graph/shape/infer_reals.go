package shape

import (
	"math"

	"hilum/inference/graph"
)

// realValues is the largest tensor of floats whose elements are tracked.
const realValues = 8

// trackReals follows small tensors of 32-bit floats that sizes are computed with on the
// way: exporters of TensorFlow's padding divide a height, round it up and cast it back.
func (s *shaper) trackReals(n *graph.Node) {
	out := n.Output(0)
	if s.Shapes[out] == nil {
		return
	}
	if n.Op == "Cast" && (s.Elem(out) == graph.Int64 || s.Elem(out) == graph.Int32) {
		if v, ok := s.reals[n.Input(0)]; ok {
			s.values[out] = truncated(v)
			s.Shapes[out].Elems = s.values[out]
		}
		return
	}
	if s.Elem(out) != graph.Float {
		return
	}
	if v, ok := s.realElements(n); ok && len(v) <= realValues {
		for i, x := range v {
			v[i] = float64(float32(x))
		}
		s.reals[out] = v
	}
}

func (s *shaper) constantReals(name string, t *graph.Tensor) {
	v, err := t.Floats()
	if err != nil {
		return
	}
	s.reals[name] = make([]float64, len(v))
	for i, x := range v {
		s.reals[name][i] = float64(x)
	}
}

func truncated(v []float64) []graph.Dim {
	out := make([]graph.Dim, len(v))
	for i, x := range v {
		if math.Abs(x) < 1<<31 {
			out[i] = graph.FixedDim(int64(x))
		}
	}
	return out
}

func (s *shaper) realElements(n *graph.Node) ([]float64, bool) {
	switch n.Op {
	case "Cast":
		return s.fromInts(n.Input(0))
	case "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten":
		v, ok := s.reals[n.Input(0)]
		return append([]float64{}, v...), ok
	case "Concat":
		var all []float64
		for _, in := range n.Inputs {
			v, ok := s.reals[in]
			if !ok {
				return nil, false
			}
			all = append(all, v...)
		}
		return all, true
	case "Ceil":
		return s.eachReal(n, math.Ceil)
	case "Floor":
		return s.eachReal(n, math.Floor)
	case "Neg":
		return s.eachReal(n, func(x float64) float64 { return -x })
	case "Sqrt":
		return s.eachReal(n, math.Sqrt)
	case "Clip":
		return s.clipReal(n)
	}
	f := realArithmetic(n.Op)
	a, ok := s.reals[n.Input(0)]
	b, ok2 := s.reals[n.Input(1)]
	if f == nil || !ok || !ok2 || len(n.Inputs) != 2 || len(a) != len(b) && len(a) != 1 && len(b) != 1 {
		return nil, false
	}
	out := make([]float64, max(len(a), len(b)))
	for i := range out {
		out[i] = f(a[i%len(a)], b[i%len(b)])
	}
	return out, true
}

// fromInts are whole numbers of which all are known.
func (s *shaper) fromInts(name string) ([]float64, bool) {
	v, ok := s.values[name]
	if !ok {
		r, ok := s.reals[name]
		return append([]float64{}, r...), ok
	}
	out := make([]float64, len(v))
	for i, d := range v {
		if !d.Known {
			return nil, false
		}
		out[i] = float64(d.Value)
	}
	return out, true
}

func (s *shaper) eachReal(n *graph.Node, f func(float64) float64) ([]float64, bool) {
	v, ok := s.reals[n.Input(0)]
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = f(x)
	}
	return out, ok
}

func (s *shaper) clipReal(n *graph.Node) ([]float64, bool) {
	lo, hi := float64(n.Float("min", -math.MaxFloat32)), float64(n.Float("max", math.MaxFloat32))
	for i, bound := range []*float64{&lo, &hi} {
		if n.Input(i+1) == "" {
			continue
		}
		v := s.reals[n.Input(i+1)]
		if len(v) != 1 {
			return nil, false
		}
		*bound = v[0]
	}
	return s.eachReal(n, func(x float64) float64 { return math.Min(math.Max(x, lo), hi) })
}

func realArithmetic(op string) func(a, b float64) float64 {
	switch op {
	case "Add":
		return func(a, b float64) float64 { return a + b }
	case "Sub":
		return func(a, b float64) float64 { return a - b }
	case "Mul":
		return func(a, b float64) float64 { return a * b }
	case "Div":
		return func(a, b float64) float64 { return a / b }
	case "Pow":
		return math.Pow
	case "Max":
		return math.Max
	case "Min":
		return math.Min
	}
	return nil
}
