package normal_test

import (
	"math"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/internal/ortrun"
	"hilum/inference/graph/normal"
)

// fused is one operator of ONNX Runtime's own set on a picture [1, 2, 3, 3].
func fused(op string, attrs []*graph.Attribute, inputs ...*graph.Tensor) *graph.Model {
	g := &graph.Graph{Name: "fused",
		Inputs: []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.FixedDim(2), graph.FixedDim(3),
			graph.FixedDim(4))}}
	in := []string{"x"}
	for _, t := range inputs {
		g.Initializers = append(g.Initializers, t)
		in = append(in, t.Name)
	}
	g.AddNode(op, in, []string{"y"}, attrs...).Domain = "com.microsoft"
	g.Outputs = []*graph.ValueInfo{{Name: "y", Type: &graph.TensorType{Elem: graph.Float}}}
	return &graph.Model{IRVersion: 8, Graph: g,
		Opsets: []*graph.Opset{{Version: 17}, {Domain: "com.microsoft", Version: 1}}}
}

func ramp(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(math.Sin(float64(3*i))) * 1.7
	}
	return out
}

// Oracle: ONNX Runtime's own kernels of the fused operators, to 1e-6.
func TestUnfusedOperatorsComputeTheSame(t *testing.T) {
	ortrun.Need(t)
	vec := func(name string, k int) *graph.Tensor { return graph.NewFloats(name, ramp(k + 5)[5:], int64(k)) }
	for name, m := range map[string]*graph.Model{
		"Gelu":      fused("Gelu", nil),
		"BiasGelu":  fused("BiasGelu", nil, vec("b", 4)),
		"FastGelu":  fused("FastGelu", nil, vec("b", 4)),
		"QuickGelu": fused("QuickGelu", []*graph.Attribute{graph.FloatAttr("alpha", 1.3)}),
		"FusedMatMul": fused("FusedMatMul",
			[]*graph.Attribute{graph.IntAttr("transA", 1), graph.FloatAttr("alpha", .7)},
			graph.NewFloats("w", ramp(24), 2, 3, 4)),
		"SkipLayerNormalization": fused("SkipLayerNormalization", []*graph.Attribute{graph.FloatAttr("epsilon", 1e-5)},
			graph.NewFloats("s", ramp(24), 2, 3, 4), vec("g", 4), vec("b", 4)),
		"Attention": fused("Attention", []*graph.Attribute{graph.IntAttr("num_heads", 2)},
			graph.NewFloats("w", ramp(48), 4, 12), vec("b", 12)),
		"MultiHeadAttention": fused("MultiHeadAttention", []*graph.Attribute{graph.IntAttr("num_heads", 2),
			graph.FloatAttr("scale", .3)}, graph.NewFloats("k", ramp(29)[5:], 2, 3, 4),
			graph.NewFloats("v", ramp(31)[7:], 2, 3, 4), vec("b", 12)),
	} {
		x := ortrun.F32(ramp(24), 2, 3, 4)
		want := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"x": x})["y"]
		if err := normal.Apply(m); err != nil {
			t.Fatal(name, err)
		}
		if left := normal.Foreign(m.Graph); len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
		got := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"x": x})["y"]
		if d := ortrun.MaxDiff(t, got, want); !(d <= 1e-5) {
			t.Errorf("%s differs by %g", name, d)
		}
	}
}

// Axes are followed through what transformers do with them, by hand.
func TestLayouts(t *testing.T) {
	conv := func(g *graph.Graph, in string) string {
		g.Initializers = append(g.Initializers, graph.NewFloats("k", make([]float32, 6*3*4*4), 6, 3, 4, 4))
		g.AddNode("Conv", []string{in, "k"}, []string{"map"}, graph.IntsAttr("strides", 4, 4))
		return "map"
	}
	g := &graph.Graph{Name: "layouts",
		Inputs: []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3),
			graph.FixedDim(16), graph.FixedDim(24))}}
	ints := func(name string, v ...int64) string {
		g.Initializers = append(g.Initializers, graph.NewInts(name, v, int64(len(v))))
		return name
	}
	conv(g, "x") // [n, 6, 4, 6]
	g.AddNode("Transpose", []string{"map"}, []string{"last"}, graph.IntsAttr("perm", 0, 2, 3, 1))
	g.AddNode("Reshape", []string{"last", ints("s1", 0, 24, 6)}, []string{"tokens"})
	g.Initializers = append(g.Initializers, graph.NewFloats("first", make([]float32, 5*6), 1, 5, 6))
	g.AddNode("Concat", []string{"first", "tokens"}, []string{"joined"}, graph.IntAttr("axis", 1))
	g.AddNode("Reshape", []string{"map", ints("s2", 0, 6, -1)}, []string{"kt"})
	g.AddNode("Reshape", []string{"tokens", ints("s3", -1, 4, 6, 6)}, []string{"back"})
	g.AddNode("Reshape", []string{"map", ints("s4", 0, 2, 12, 6)}, []string{"odd"})
	g.AddNode("Slice", []string{"joined", ints("a", 5), ints("e", 29), ints("ax", 1)}, []string{"patches"})
	g.Outputs = []*graph.ValueInfo{{Name: "joined", Type: &graph.TensorType{Elem: graph.Float}}}
	m := &graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}}
	for name, want := range map[string]classifier.Layout{
		"map":     {Channels: 1, Rows: 2, Columns: 3, Places: -1},
		"last":    {Channels: 3, Rows: 1, Columns: 2, Places: -1},
		"back":    {Channels: 3, Rows: 1, Columns: 2, Places: -1},
		"tokens":  {Channels: 2, Rows: -1, Columns: -1, Places: 1, Height: 4, Width: 6},
		"kt":      {Channels: 1, Rows: -1, Columns: -1, Places: 2, Height: 4, Width: 6},
		"joined":  {Channels: 2, Rows: -1, Columns: -1, Places: 1, Height: 4, Width: 6, Before: 5},
		"patches": {Channels: 2, Rows: -1, Columns: -1, Places: 1, Height: 4, Width: 6},
	} {
		if got, err := classifier.LayoutOf(m, name); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	if l, err := classifier.LayoutOf(m, "odd"); err == nil {
		t.Errorf("channels mixed with rows are taken for a map: %+v", l)
	}
}
