package shape

import (
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

type rule func(*shaper, *graph.Node) error

// shapeRule returns the shape rule of an ONNX operator, nil for one that is
// not known.
func shapeRule(op string) rule {
	switch op {
	case "Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu", "Softmax",
		"LogSoftmax", "Softplus", "Softsign", "Exp", "Log", "Sqrt", "Reciprocal", "Neg", "Abs", "Erf", "Identity",
		"Elu", "Selu", "Celu", "Mish", "Sign", "Floor", "Ceil", "Round", "Sin", "Cos", "Not", "BatchNormalization",
		"InstanceNormalization", "GroupNormalization", "LpNormalization", "LRN", "ScatterElements", "ScatterND",
		"Scatter", "CumSum", "ThresholdedRelu", "Hardmax", "Swish", "Shrink", "Tan", "Asin", "Acos", "Atan", "Sinh",
		"Cosh",
		"Asinh", "Acosh", "Atanh", "MeanVarianceNormalization", "Trilu", "BitwiseNot", "ReverseSequence":
		return sameAsFirst
	case "Dropout":
		return dropout
	case "LayerNormalization", "SimplifiedLayerNormalization", "RMSNormalization":
		return layerNorm
	case "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean", "Mod", "And", "Or", "Xor":
		return func(s *shaper, n *graph.Node) error { return s.elementwise(n, s.Elem(n.Input(0)), 0) }
	case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual":
		return func(s *shaper, n *graph.Node) error { return s.elementwise(n, graph.Bool, 0) }
	case "IsNaN", "IsInf":
		return func(s *shaper, n *graph.Node) error { return s.sameWith(n, graph.Bool) }
	case "Where":
		return func(s *shaper, n *graph.Node) error { return s.elementwise(n, s.Elem(n.Input(1)), 0) }
	case "Cast":
		return func(s *shaper, n *graph.Node) error { return s.sameWith(n, graph.DataType(n.Int("to", 0))) }
	case "CastLike":
		return func(s *shaper, n *graph.Node) error { return s.sameWith(n, s.Elem(n.Input(1))) }
	case "QuantizeLinear":
		return quantize
	case "DequantizeLinear":
		return dequantize
	}
	if r := spatialRule(op); r != nil {
		return r
	}
	return layoutRule(op)
}

func sameAsFirst(s *shaper, n *graph.Node) error {
	e, d, err := s.in(n, 0)
	if err != nil {
		return err
	}
	s.set(n.Output(0), e, d)
	return nil
}

func dropout(s *shaper, n *graph.Node) error {
	if err := sameAsFirst(s, n); err != nil {
		return err
	}
	d, _ := s.Dims(n.Input(0))
	s.set(n.Output(1), graph.Bool, d)
	return nil
}

// layerNorm also gives mean and inverse deviation, 1 along the normalised axes.
func layerNorm(s *shaper, n *graph.Node) error {
	e, d, err := s.in(n, 0)
	if err != nil {
		return err
	}
	from, err := AxisOf(n.Int("axis", -1), len(d))
	if err != nil {
		return err
	}
	s.set(n.Output(0), e, d)
	stat := slices.Clone(d)
	for i := from; i < len(stat); i++ {
		stat[i] = graph.FixedDim(1)
	}
	s.set(n.Output(1), graph.Float, stat)
	s.set(n.Output(2), graph.Float, stat)
	return nil
}

func (s *shaper) elementwise(n *graph.Node, elem graph.DataType, first int) error {
	_, out, err := s.in(n, first)
	if err != nil {
		return err
	}
	for i := first + 1; i < len(n.Inputs); i++ {
		_, d, err := s.in(n, i)
		if err != nil {
			return err
		}
		if out, err = broadcastShapes(out, d); err != nil {
			return err
		}
	}
	s.set(n.Output(0), elem, out)
	return nil
}

// sameWith is the first input's shape with elements of another type.
func (s *shaper) sameWith(n *graph.Node, elem graph.DataType) error {
	_, d, err := s.in(n, 0)
	if err != nil {
		return err
	}
	s.set(n.Output(0), elem, d)
	return nil
}

// quantize gives elements of the zero point's type, else of output_dtype, else bytes.
func quantize(s *shaper, n *graph.Node) error {
	elem := graph.DataType(n.Int("output_dtype", int64(graph.Uint8)))
	if n.Input(2) != "" {
		elem = s.Elem(n.Input(2))
	}
	return s.sameWith(n, elem)
}

// dequantize gives elements of the scale's type.
func dequantize(s *shaper, n *graph.Node) error {
	elem := s.Elem(n.Input(1))
	if elem == graph.Undefined {
		elem = graph.Float
	}
	return s.sameWith(n, elem)
}

func spatialRule(op string) rule {
	switch op {
	case "Conv":
		return conv
	case "ConvTranspose":
		return convTranspose
	case "MaxPool", "AveragePool", "LpPool":
		return pool
	case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool":
		return globalPool
	case "Gemm":
		return gemm
	case "MatMul":
		return matMul
	case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
		"ReduceSumSquare", "ReduceLogSumExp", "ReduceLogSum":
		return reduce
	case "ArgMax", "ArgMin":
		return argMax
	case "Resize", "Upsample":
		return resize
	}
	return arrangeRule(op)
}

// Window is the geometry of a convolution or pooling along its spatial axes,
// with every default filled in and auto_pad still symbolic.
type Window struct {
	Kernel, Strides, Dilations, Pads []int64
	AutoPad                          string // "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"
	Ceil                             bool
}

// WindowOf reads the window attributes of a node with spatial rank k. kernel
// is used where the node does not give kernel_shape.
func WindowOf(n *graph.Node, kernel []int64) (Window, error) {
	w := Window{Kernel: n.Ints("kernel_shape"), Strides: n.Ints("strides"), Dilations: n.Ints("dilations"),
		Pads: n.Ints("pads"), AutoPad: n.Text("auto_pad", "NOTSET"), Ceil: n.Int("ceil_mode", 0) != 0}
	if w.Kernel == nil {
		w.Kernel = kernel
	}
	k := len(w.Kernel)
	fill := func(v *[]int64, n int, x int64) {
		if *v == nil {
			*v = slices.Repeat([]int64{x}, n)
		}
	}
	fill(&w.Strides, k, 1)
	fill(&w.Dilations, k, 1)
	fill(&w.Pads, 2*k, 0)
	if len(w.Strides) != k || len(w.Dilations) != k || len(w.Pads) != 2*k {
		return w, message.Errorf("strides %v, dilations %v, pads %v for a kernel %v", w.Strides, w.Dilations, w.Pads,
			w.Kernel)
	}
	for i := range k {
		if w.Kernel[i] <= 0 || w.Strides[i] <= 0 || w.Dilations[i] <= 0 {
			return w, message.Errorf("kernel %v, strides %v, dilations %v", w.Kernel, w.Strides, w.Dilations)
		}
	}
	return w, nil
}

// Along returns output size and padding before and after of axis i for an
// input of size n.
func (w Window) Along(i int, n int64) (out, before, after int64) {
	k := len(w.Kernel)
	span := (w.Kernel[i]-1)*w.Dilations[i] + 1
	switch w.AutoPad {
	case "SAME_UPPER", "SAME_LOWER":
		out = (n + w.Strides[i] - 1) / w.Strides[i]
		total := max((out-1)*w.Strides[i]+span-n, 0)
		before, after = total/2, total-total/2
		if w.AutoPad == "SAME_LOWER" {
			before, after = after, before
		}
		return out, before, after
	case "VALID":
	default:
		before, after = w.Pads[i], w.Pads[k+i]
	}
	room := n + before + after - span
	if room < 0 {
		return 0, before, after
	}
	out = room/w.Strides[i] + 1
	if w.Ceil && room%w.Strides[i] != 0 && out*w.Strides[i] < n+before {
		out++ // the last window must start inside the input or its left padding
	}
	return out, before, after
}

// Upward returns output size and padding before and after of axis i of a transposed
// convolution for an input of size in. output_shape and auto_pad give the padding from
// the size, as the operator's definition has it.
func (w Window) Upward(n *graph.Node, i int, in int64) (out, before, after int64) {
	k := len(w.Kernel)
	extra := int64(0)
	if p := n.Ints("output_padding"); i < len(p) {
		extra = p[i]
	}
	full := (in-1)*w.Strides[i] + extra + (w.Kernel[i]-1)*w.Dilations[i] + 1
	want := n.Ints("output_shape")
	switch {
	case len(want) >= k:
		out = want[len(want)-k+i]
	case w.AutoPad == "SAME_UPPER" || w.AutoPad == "SAME_LOWER":
		out = in * w.Strides[i]
	case w.AutoPad == "VALID":
		return full, 0, 0
	default:
		return full - w.Pads[i] - w.Pads[k+i], w.Pads[i], w.Pads[k+i]
	}
	total := max(full-out, 0)
	before, after = total-total/2, total/2
	if w.AutoPad == "SAME_UPPER" {
		before, after = after, before
	}
	return out, before, after
}

func (w Window) apply(spatial []graph.Dim) []graph.Dim {
	out := make([]graph.Dim, len(spatial))
	for i, d := range spatial {
		if d.Known {
			n, _, _ := w.Along(i, d.Value)
			out[i] = graph.FixedDim(n)
		}
	}
	return out
}

func conv(s *shaper, n *graph.Node) error {
	e, x, wt, err := s.dataAnd(n)
	if err != nil {
		return err
	}
	kernel, ok := known(wt)
	if !ok {
		return errUnknown
	}
	if len(x) < 3 || len(wt) != len(x) {
		return message.Errorf("a kernel of shape %v on %v", wt, x)
	}
	w, err := WindowOf(n, kernel[2:])
	if err != nil {
		return err
	}
	if len(w.Kernel) != len(x)-2 || x[1].Known && x[1].Value != kernel[1]*n.Int("group", 1) {
		return message.Errorf("a kernel of shape %v in %d groups on %v", wt, n.Int("group", 1), x)
	}
	s.set(n.Output(0), e, append([]graph.Dim{x[0], wt[0]}, w.apply(x[2:])...))
	return nil
}

func known(dims []graph.Dim) ([]int64, bool) {
	out := make([]int64, len(dims))
	for i, d := range dims {
		if !d.Known {
			return nil, false
		}
		out[i] = d.Value
	}
	return out, true
}

func convTranspose(s *shaper, n *graph.Node) error {
	e, x, wt, err := s.dataAnd(n)
	if err != nil {
		return err
	}
	kernel, ok := known(wt)
	if !ok || len(x) < 3 || len(wt) != len(x) {
		return errUnknown
	}
	w, err := WindowOf(n, kernel[2:])
	if err != nil {
		return err
	}
	out := []graph.Dim{x[0], graph.FixedDim(kernel[1] * n.Int("group", 1))}
	for i, d := range x[2:] {
		if !d.Known {
			out = append(out, graph.Dim{})
			continue
		}
		size, _, _ := w.Upward(n, i, d.Value)
		out = append(out, graph.FixedDim(size))
	}
	s.set(n.Output(0), e, out)
	return nil
}

func pool(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	w, err := WindowOf(n, nil)
	if err != nil {
		return err
	}
	if len(w.Kernel) != len(x)-2 {
		return message.Errorf("a window %v on %v", w.Kernel, x)
	}
	out := append([]graph.Dim{x[0], x[1]}, w.apply(x[2:])...)
	s.set(n.Output(0), e, out)
	s.set(n.Output(1), graph.Int64, out)
	return nil
}

func globalPool(s *shaper, n *graph.Node) error {
	e, x, err := s.in(n, 0)
	if err != nil {
		return err
	}
	if len(x) < 3 {
		return message.Errorf("pools over %v", x)
	}
	out := slices.Clone(x)
	for i := 2; i < len(out); i++ {
		out[i] = graph.FixedDim(1)
	}
	s.set(n.Output(0), e, out)
	return nil
}
