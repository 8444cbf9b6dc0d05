package grad_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/internal/ortrun"
)

// kink is a chain of operators on a vector or map at a place where one of them has no
// derivative, and the derivative of the sum of its results that is wanted there.
type kink struct {
	name  string
	shape []int64
	x     []float32
	build func(m *graph.Model) // from "x" to "y"
	want  []float32            // nil: not a number somewhere, and said so
}

func chain(m *graph.Model, steps ...[]any) {
	at := "x"
	for i, s := range steps {
		out := "y"
		if i < len(steps)-1 {
			out = graph.Fresh(m.Graph.Names(), "v")
		}
		in := []string{at}
		var attrs []*graph.Attribute
		for _, a := range s[1:] {
			switch v := a.(type) {
			case float64:
				t := graph.NewFloats(graph.Fresh(m.Graph.Names(), "c"), []float32{float32(v)})
				m.Graph.Initializers = append(m.Graph.Initializers, t)
				in = append(in, t.Name)
			case []int64:
				t := graph.NewInts(graph.Fresh(m.Graph.Names(), "i"), v, int64(len(v)))
				m.Graph.Initializers = append(m.Graph.Initializers, t)
				in = append(in, t.Name)
			case string:
				in = append(in, v)
			case *graph.Attribute:
				attrs = append(attrs, v)
			}
		}
		m.Graph.AddNode(s[0].(string), in, []string{out}, attrs...)
		at = out
	}
}

func steps(s ...[]any) func(m *graph.Model) { return func(m *graph.Model) { chain(m, s...) } }

func step(op string, more ...any) []any { return append([]any{op}, more...) }

func kinks() []kink {
	three := []int64{1, 3}
	window := []*graph.Attribute{graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2)}
	return []kink{
		{"root of a dead square", three, []float32{0, -1, 2}, steps(step("Relu"), step("Pow", 2.), step("Sqrt")),
			[]float32{0, 0, 1}},
		{"root of a power", three, []float32{0, -1, 4}, steps(step("Relu"), step("Pow", .5)), []float32{0, 0, .25}},
		{"bare root", three, []float32{0, -1, 4}, steps(step("Relu"), step("Sqrt")), nil},
		{"bare root that nothing hangs on", three, []float32{0, 0, 4},
			steps(step("Sqrt"), step("Slice", []int64{2}, []int64{3}, []int64{1})), []float32{0, 0, .25}},
		{"cube", three, []float32{0, -2, 1}, steps(step("Pow", 3.)), []float32{0, 12, 3}},
		{"first power", three, []float32{0, -2, 1}, steps(step("Pow", 1.)), []float32{1, 1, 1}},
		{"power 0", three, []float32{0, -2, 1}, steps(step("Pow", 0.)), []float32{0, 0, 0}},
		{"size", three, []float32{0, 0, 0}, steps(step("ReduceL2", []int64{1})), []float32{0, 0, 0}},
		{"sum of sizes", three, []float32{0, -2, 1}, steps(step("ReduceL1", []int64{1})), []float32{0, -1, 1}},
		{"unit vector", three, []float32{0, 0, 0}, steps(step("LpNormalization", graph.IntAttr("axis", 1))),
			[]float32{0, 0, 0}},
		{"product with a zero", three, []float32{0, 3, 2}, steps(step("ReduceProd", []int64{1})), []float32{6, 0, 0}},
		{"product with two zeros", three, []float32{0, 0, 2}, steps(step("ReduceProd", []int64{1})),
			[]float32{0, 0, 0}},
		{"equal largest", three, []float32{2, 1, 2}, steps(step("ReduceMax", []int64{1})), []float32{.5, 0, .5}},
		{"larger of equals", three, []float32{2, 1, 3}, steps(step("Max", 2.)), []float32{.5, 0, 1}},
		{"three equals", three, []float32{0, 0, 0}, steps(step("Max", "x", "x")), []float32{1, 1, 1}},
		{"absolute value", three, []float32{0, -2, 1}, steps(step("Abs")), []float32{0, -1, 1}},
		{"distance", three, []float32{1, 1, 1},
			steps(step("Sub", 1.), step("Mul", 2.), step("ReduceSumSquare", []int64{1}), step("Sqrt")),
			[]float32{0, 0, 0}},
		{"window of zeros", []int64{1, 1, 2, 4}, []float32{0, 0, 3, 0, 0, 0, 4, 0},
			steps(step("LpPool", window[0], window[1])), []float32{0, 0, .6, 0, 0, 0, .8, 0}},
		{"window of zeros, cubes", []int64{1, 1, 2, 2}, []float32{0, 0, 0, 0},
			steps(step("LpPool", window[0], graph.IntAttr("p", 3))), []float32{0, 0, 0, 0}},
		{"window of zeros, by parts", []int64{1, 1, 2, 2}, []float32{-1, 0, 0, -2},
			steps(step("Relu"), step("Pow", 2.), step("AveragePool", window[0]), step("Mul", 4.), step("Sqrt")),
			[]float32{0, 0, 0, 0}},
		{"map of zeros", []int64{1, 1, 2, 2}, []float32{0, 0, 0, 0}, steps(step("GlobalLpPool")),
			[]float32{0, 0, 0, 0}},
		{"no spread", []int64{1, 1, 2, 2}, []float32{1, 1, 1, 1},
			steps(step("MeanVarianceNormalization", graph.IntsAttr("axes", 2, 3))), []float32{0, 0, 0, 0}},
		{"entropy", three, []float32{0, .5, 1}, steps(step("Clip", 1e-7), step("Log"), step("Mul", "x")),
			[]float32{float32(math.Log(1e-7)), float32(math.Log(.5)) + 1, 1}},
		{"sigmoid far out", three, []float32{-200, 0, 200}, steps(step("Sigmoid")), []float32{0, .25, 0}},
		{"softplus far out", three, []float32{-200, 0, 200}, steps(step("Softplus")), []float32{0, .5, 1}},
		{"Celu far out", three, []float32{-200, 0, 200}, steps(step("Celu")), []float32{0, 1, 1}},
		{"Mish far out", three, []float32{-200, 0, 200}, steps(step("Mish")), []float32{0, .6, 1}},
	}
}

// Oracles: the derivative where it exists, and at a kink what PyTorch takes; for norms 0,
// one of their subgradients, where PyTorch has it for norms but not for roots. Nothing is
// not a number but the slope of a bare root at zero, which is infinite.
func TestKinks(t *testing.T) {
	for _, k := range kinks() {
		t.Run(k.name, func(t *testing.T) {
			m := graph.NewModel("kink", 18)
			dims := make([]graph.Dim, len(k.shape))
			for i, d := range k.shape {
				dims[i] = graph.FixedDim(d)
			}
			m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, dims...)}
			k.build(m)
			m.Graph.AddOutput(&graph.ValueInfo{Name: "y", Type: &graph.TensorType{Elem: graph.Float}})
			g, err := grad.Build(m, grad.Request{Seeds: map[string]string{"y": ""}, WRT: []string{"x"}})
			if err != nil {
				t.Fatal(err)
			}
			m.Graph.AddOutput(&graph.ValueInfo{Name: g["x"], Type: &graph.TensorType{Elem: graph.Float}})
			got := ortrun.Open(t, encode(t, m)).Run(t,
				map[string]ortrun.Array{"x": ortrun.F32(k.x, k.shape...)})[g["x"]].F32
			bad := slices.ContainsFunc(got, func(v float32) bool { return v != v })
			if k.want == nil {
				if !bad {
					t.Errorf("%v: want what is not a number", got)
				}
				return
			}
			for i, w := range k.want {
				if d := math.Abs(float64(got[i] - w)); !(d <= 1e-5) {
					t.Fatalf("%v, want %v", got, k.want)
				}
			}
		})
	}
}

// The straight-through estimator: y = (clamp(round(x/s) + z) - z) s has the derivative 1
// where nothing was cut off, else 0 (Bengio et al. 2013).
func TestQuantisedValuesPassStraightThrough(t *testing.T) {
	for name, c := range map[string]struct {
		scale []float32
		zero  *graph.Tensor
		axis  int64
		want  []float32
	}{
		"for all": {[]float32{.1}, graph.NewRaw("z", graph.Int8, []byte{3}), 1, []float32{1, 1, 1, 0, 0, 1}},
		"a channel": {[]float32{.1, 1, 10}, graph.NewRaw("z", graph.Uint8, []byte{10, 0, 5}, 3), 1,
			[]float32{1, 1, 1, 0, 0, 1}},
		"a row": {[]float32{1, 10}, graph.NewRaw("z", graph.Int8, []byte{0, 0}, 2), 0,
			[]float32{1, 1, 1, 1, 1, 1}},
		"of nothing": {[]float32{.1}, nil, 1, []float32{0, 1, 1, 1, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			m := graph.NewModel("q", 19)
			m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.FixedDim(2),
				graph.FixedDim(3))}
			dims := []int64{int64(len(c.scale))}
			if len(c.scale) == 1 {
				dims = nil
			}
			in := []string{"x", "s"}
			m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("s", c.scale, dims...)}
			if c.zero != nil {
				in, m.Graph.Initializers = append(in, "z"), append(m.Graph.Initializers, c.zero)
			}
			m.Graph.AddNode("QuantizeLinear", in, []string{"q"}, graph.IntAttr("axis", c.axis))
			in = append([]string{"q"}, in[1:]...)
			m.Graph.AddNode("DequantizeLinear", in, []string{"y"}, graph.IntAttr("axis", c.axis))
			m.Graph.AddOutput(&graph.ValueInfo{Name: "y", Type: &graph.TensorType{Elem: graph.Float}})
			g, err := grad.Build(m, grad.Request{Seeds: map[string]string{"y": ""}, WRT: []string{"x"}})
			if err != nil {
				t.Fatal(err)
			}
			m.Graph.AddOutput(&graph.ValueInfo{Name: g["x"], Type: &graph.TensorType{Elem: graph.Float}})
			x := []float32{-.5, 2, 5, 100, 300, -40}
			if name == "for all" || name == "of nothing" {
				x[5] = 12
			}
			if name == "of nothing" { // bytes
				x = []float32{-.5, 2, 5, 25, 300, -40}
			}
			got := ortrun.Open(t, encode(t, m)).Run(t, map[string]ortrun.Array{"x": ortrun.F32(x, 2, 3)})[g["x"]].F32
			if !slices.EqualFunc(got, c.want, func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-5 }) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// Models that compute in bytes, with branches, or after a runtime's optimiser are refused
// with the reason and what to do.
func TestRefusalsSayWhatToDo(t *testing.T) {
	for op, says := range map[string]string{"QLinearConv": "quantised", "If": "fixed sizes", "ConvInteger": "8-bit",
		"com.microsoft/FusedConv": "before it was optimised", "LSTM": "no rule for LSTM"} {
		m := graph.NewModel("g", 17)
		m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.FixedDim(2), graph.FixedDim(3))}
		n := m.Graph.AddNode(op, []string{"x"}, []string{"y"})
		if op == "com.microsoft/FusedConv" {
			n.Op, n.Domain = "FusedConv", "com.microsoft"
		}
		m.Graph.AddOutput(graph.NewValueInfo("y", graph.Float, graph.FixedDim(2), graph.FixedDim(3)))
		_, err := grad.Build(m, grad.Request{Seeds: map[string]string{"y": ""}, WRT: []string{"x"}})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", op, err)
		}
	}
}
