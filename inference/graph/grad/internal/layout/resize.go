package layout

import (
	"math"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// resizing is one axis of a Resize.
type resizing struct {
	axis     int
	rank     int // of the value that is resized
	in, out  int64
	scale    float32
	from, to float64 // region of interest, of tf_crop_and_resize
}

// resizeRule multiplies with the transposed interpolation matrix of each axis: Resize is
// linear and works axis by axis.
func resizeRule(b emit.Emitter, n *graph.Node, dy []string) error {
	axes, err := resized(b, n)
	if err != nil {
		return err
	}
	d := dy[0]
	for _, a := range axes {
		m, err := resizeMatrix(n, a)
		if err != nil {
			return err
		}
		d = a.alongLast(b, d, func(v string) string {
			return b.Op("MatMul", []string{v, b.Floats(n.Input(0), m, a.out, a.in)})
		})
	}
	b.Give(n.Input(0), d)
	return nil
}

// alongLast applies f with one axis brought to the end.
func (a resizing) alongLast(b emit.Emitter, d string, f func(string) string) string {
	if a.axis == a.rank-1 {
		return f(d)
	}
	perm := emit.AllBut(a.rank, -1)
	perm[a.axis], perm[a.rank-1] = int64(a.rank-1), int64(a.axis)
	return b.Transpose(f(b.Transpose(d, perm...)), perm...)
}

// resized lists the axes that change.
func resized(b emit.Emitter, n *graph.Node) ([]resizing, error) {
	x, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return nil, err
	}
	y, err := emit.Dims(b, n.Output(0))
	if err != nil {
		return nil, err
	}
	at := n.Ints("axes")
	if at == nil {
		at = emit.AllBut(len(x), -1)
	}
	scales, roi, err := resizeInputs(b, n, len(at))
	if err != nil {
		return nil, err
	}
	var out []resizing
	for i, a := range at {
		a = emit.AxisOf(a, len(x))
		if scales != nil && scales[i] == 1 || x[a].Same(y[a]) || a == 0 && !x[a].Known { // batches are not resized
			continue
		}
		if !x[a].Known || !y[a].Known {
			return nil, message.Errorf("%w: the resized axis %d has no fixed size", emit.ErrNotDifferentiable, a)
		}
		r := resizing{axis: int(a), rank: len(x), in: x[a].Value, out: y[a].Value, to: 1}
		r.scale = float32(r.out) / float32(r.in)
		if scales != nil {
			r.scale = scales[i]
		}
		if roi != nil {
			r.from, r.to = float64(roi[i]), float64(roi[len(at)+i])
		}
		out = append(out, r)
	}
	return out, nil
}

// resizeInputs are the constant scales, nil where sizes are given, and the region of
// interest, nil where there is none.
func resizeInputs(b emit.Emitter, n *graph.Node, axes int) (scales, roi []float32, err error) {
	floats := func(i, want int) ([]float32, error) {
		t := b.Tensor(n.Input(i))
		if t == nil || t.Len() != int64(want) {
			return nil, nil
		}
		return t.Floats()
	}
	if scales, err = floats(2, axes); err != nil {
		return nil, nil, err
	}
	if scales == nil && n.Input(2) != "" && n.Input(3) == "" {
		return nil, nil, message.Errorf("%w: the scales are not constant", emit.ErrNotDifferentiable)
	}
	if n.Text("coordinate_transformation_mode", "") == "tf_crop_and_resize" {
		if roi, err = floats(1, 2*axes); err == nil && roi == nil {
			err = message.Errorf("%w: the region of interest is not constant", emit.ErrNotDifferentiable)
		}
	}
	return scales, roi, err
}

// resizeMatrix is the [out, in] matrix of one axis.
func resizeMatrix(n *graph.Node, a resizing) ([]float64, error) {
	m := make([]float64, a.in*a.out)
	for o := range a.out {
		x, err := sourceCoordinate(n, float32(o), a)
		if err != nil {
			return nil, err
		}
		if a.crops(n) && (x < 0 || x > float64(a.in-1)) { // the extrapolation value stands here
			continue
		}
		if err := fillRow(n, m[o*a.in:(o+1)*a.in], x, a); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (a resizing) crops(n *graph.Node) bool {
	return n.Text("coordinate_transformation_mode", "") == "tf_crop_and_resize"
}

// fillRow sets the weights with which the position x of the input is made.
func fillRow(n *graph.Node, row []float64, x float64, a resizing) error {
	mode := n.Text("mode", "nearest")
	at := func(i float64) *float64 { return &row[int64(min(max(i, 0), float64(a.in-1)))] }
	switch {
	case mode == "nearest":
		i, err := nearest(n, x)
		if err != nil {
			return err
		}
		*at(i) = 1
	case mode != "linear" && mode != "cubic":
		return message.Errorf("%w: interpolation %q", emit.ErrNotDifferentiable, mode)
	default:
		scale := 1.0 // of the kernel, widened by the factor of a reduction where asked for, as Pillow does
		if n.Int("antialias", 0) != 0 {
			scale = min(float64(a.scale), 1)
		}
		kernel, outside, sum := kernelOf(n, mode), n.Int("exclude_outside", 0) == 0, 0.0
		for k := math.Floor(x - kernel.reach/scale); k <= math.Ceil(x+kernel.reach/scale); k++ {
			if w := kernel.f((x - k) * scale); outside || k >= 0 && k < float64(a.in) {
				*at(k) += w
				sum += w
			}
		}
		for i := range row {
			row[i] /= sum
		}
	}
	return nil
}

// interpolator is a kernel and how far it reaches.
type interpolator struct {
	f     func(t float64) float64
	reach float64
}

// kernelOf is the triangle, or Keys' cubic with the node's coefficient (Keys 1981).
func kernelOf(n *graph.Node, mode string) interpolator {
	if mode == "linear" {
		return interpolator{func(t float64) float64 { return max(1-math.Abs(t), 0) }, 1}
	}
	a := float64(n.Float("cubic_coeff_a", -.75))
	return interpolator{func(t float64) float64 {
		t = math.Abs(t)
		switch {
		case t <= 1:
			return ((a+2)*t-(a+3))*t*t + 1
		case t < 2:
			return ((a*t-5*a)*t+8*a)*t - 4*a
		}
		return 0
	}, 2}
}

// sourceCoordinate maps an output position to the input, by ONNX's
// coordinate_transformation_mode, in single precision as runtimes do: which of two
// positions is the nearest may hang on it.
func sourceCoordinate(n *graph.Node, o float32, a resizing) (float64, error) {
	in, out := float32(a.in), float32(a.out)
	x := float32(0)
	switch mode := n.Text("coordinate_transformation_mode", "half_pixel"); mode {
	case "half_pixel":
		x = (o+.5)/a.scale - .5
	case "pytorch_half_pixel":
		if a.out > 1 {
			x = (o+.5)/a.scale - .5
		}
	case "half_pixel_symmetric":
		adjust := out / (a.scale * in)
		x = in/2*(1-adjust) + (o+.5)/a.scale - .5
	case "asymmetric":
		x = o / a.scale
	case "tf_half_pixel_for_nn":
		x = (o + .5) / a.scale
	case "align_corners":
		if a.out > 1 {
			x = o * (in - 1) / (out - 1)
		}
	case "tf_crop_and_resize":
		if a.out > 1 {
			return a.from*float64(a.in-1) + float64(o)*(a.to-a.from)*float64(a.in-1)/float64(a.out-1), nil
		}
		return .5 * (a.from + a.to) * float64(a.in-1), nil
	default:
		return 0, message.Errorf("%w: coordinates %q", emit.ErrNotDifferentiable, mode)
	}
	return float64(x), nil
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
		return 0, message.Errorf("%w: nearest_mode %q", emit.ErrNotDifferentiable, mode)
	}
}
