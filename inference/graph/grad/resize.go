package grad

import (
	"fmt"
	"math"

	"hilum/inference/graph"
)

// resizeRule multiplies with the transposed interpolation matrix of each
// spatial axis: Resize is linear and works axis by axis.
func resizeRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	in, err := b.static(x, 2)
	if err != nil {
		return err
	}
	out, err := b.static(n.Output(0), 2)
	if err != nil {
		return err
	}
	if len(in) != 2 || n.Int("antialias", 0) != 0 {
		return fmt.Errorf("%w: other than two spatial axes, or antialiased", ErrNotDifferentiable)
	}
	scales, err := b.resizeScales(n, in, out)
	if err != nil {
		return err
	}
	d := dy[0]
	for i := range 2 {
		m, err := resizeMatrix(n, in[i], out[i], scales[i])
		if err != nil {
			return err
		}
		if i == 0 { // [in, out] x [out, w]
			d = b.op("MatMul", []string{b.floats(x, transposed(m, out[i], in[i]), in[i], out[i]), d})
		} else {
			d = b.op("MatMul", []string{d, b.floats(x, m, out[i], in[i])})
		}
	}
	b.give(x, d)
	return nil
}

// resizeScales are the factors that map output to input coordinates: as given,
// else the ratio of the sizes.
func (b *builder) resizeScales(n *graph.Node, in, out []int64) ([]float64, error) {
	s := []float64{float64(out[0]) / float64(in[0]), float64(out[1]) / float64(in[1])}
	t := b.g.Constant(n.Input(2))
	if t == nil || t.Len() != 4 {
		if n.Input(2) != "" && n.Input(3) == "" {
			return nil, fmt.Errorf("%w: the scales are not constant", ErrNotDifferentiable)
		}
		return s, nil
	}
	v, err := t.Floats()
	if err != nil {
		return nil, err
	}
	return []float64{float64(v[2]), float64(v[3])}, nil
}

func transposed(m []float64, rows, cols int64) []float64 {
	t := make([]float64, len(m))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = m[i*cols+j]
		}
	}
	return t
}

// resizeMatrix is the [out, in] matrix of one axis.
func resizeMatrix(n *graph.Node, in, out int64, scale float64) ([]float64, error) {
	m := make([]float64, in*out)
	for o := range out {
		x, err := sourceCoordinate(n, float64(o), resizeAxis{in, out, scale})
		if err != nil {
			return nil, err
		}
		row := m[o*in : (o+1)*in]
		at := func(i float64) *float64 { return &row[int64(min(max(i, 0), float64(in-1)))] }
		switch mode := n.Text("mode", "nearest"); mode {
		case "nearest":
			i, err := nearest(n, x)
			if err != nil {
				return nil, err
			}
			*at(i) = 1
		case "linear":
			low := math.Floor(x)
			*at(low) += 1 - (x - low)
			*at(low + 1) += x - low
		default:
			return nil, fmt.Errorf("%w: interpolation %q", ErrNotDifferentiable, mode)
		}
	}
	return m, nil
}

type resizeAxis struct {
	in, out int64
	scale   float64
}

// sourceCoordinate maps an output position to the input, by ONNX's
// coordinate_transformation_mode.
func sourceCoordinate(n *graph.Node, o float64, a resizeAxis) (float64, error) {
	switch mode := n.Text("coordinate_transformation_mode", "half_pixel"); mode {
	case "half_pixel":
		return (o+.5)/a.scale - .5, nil
	case "pytorch_half_pixel":
		if a.out <= 1 {
			return 0, nil
		}
		return (o+.5)/a.scale - .5, nil
	case "asymmetric":
		return o / a.scale, nil
	case "align_corners":
		if a.out <= 1 {
			return 0, nil
		}
		return o * float64(a.in-1) / float64(a.out-1), nil
	default:
		return 0, fmt.Errorf("%w: coordinates %q", ErrNotDifferentiable, mode)
	}
}

func nearest(n *graph.Node, x float64) (float64, error) {
	switch mode := n.Text("nearest_mode", "round_prefer_floor"); mode {
	case "round_prefer_floor":
		return math.Ceil(x - .5), nil
	case "round_prefer_ceil":
		return math.Floor(x + .5), nil
	case "floor":
		return math.Floor(x), nil
	case "ceil":
		return math.Ceil(x), nil
	default:
		return 0, fmt.Errorf("%w: nearest_mode %q", ErrNotDifferentiable, mode)
	}
}
