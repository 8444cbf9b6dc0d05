package normal_test

import (
	"strings"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/internal/ortrun"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
)

// oldNode is an operator in the form of an old operator set, on x [2, 3, 4, 4].
type oldNode struct {
	op     string
	opset  int64
	inputs []any // tensors besides x
	attrs  []*graph.Attribute
	spare  int // outputs besides the first
}

func (o oldNode) model() *graph.Model {
	m := graph.NewModel("old", o.opset)
	m.IRVersion = 7
	m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3),
		graph.FixedDim(4), graph.FixedDim(4))}
	in, out := []string{"x"}, []string{"y"}
	for _, t := range o.inputs {
		t := t.(*graph.Tensor)
		m.Graph.Initializers = append(m.Graph.Initializers, t)
		in = append(in, t.Name)
	}
	for range o.spare {
		out = append(out, graph.Fresh(map[string]bool{"y": true}, "spare"))
	}
	m.Graph.AddNode(o.op, in, out, o.attrs...)
	m.Graph.AddOutput(&graph.ValueInfo{Name: "y", Type: &graph.TensorType{Elem: graph.Float}})
	return m
}

// Oracle: ONNX Runtime, which runs both forms. Every operator whose form or meaning
// changed between operator sets 7 and 17.
func TestUpgradedComputesTheSame(t *testing.T) {
	axes := func(v ...int64) *graph.Attribute { return graph.IntsAttr("axes", v...) }
	floats := func(name string, v ...float32) *graph.Tensor { return graph.NewFloats(name, v, int64(len(v))) }
	mode := func(v string) *graph.Attribute { return graph.TextAttr("mode", v) }
	for _, o := range []oldNode{
		{op: "Softmax", opset: 11, attrs: []*graph.Attribute{graph.IntAttr("axis", 2)}}, {op: "Softmax", opset: 9},
		{op: "LogSoftmax", opset: 12, attrs: []*graph.Attribute{graph.IntAttr("axis", 3)}},
		{op: "Hardmax", opset: 11, attrs: []*graph.Attribute{graph.IntAttr("axis", -2)}},
		{op: "Unsqueeze", opset: 11, attrs: []*graph.Attribute{axes(0, 3)}},
		{op: "ReduceSum", opset: 12, attrs: []*graph.Attribute{axes(1), graph.IntAttr("keepdims", 0)}},
		{op: "ReduceSum", opset: 9},
		{op: "Split", opset: 11, spare: 1,
			attrs: []*graph.Attribute{graph.IntAttr("axis", 1), graph.IntsAttr("split", 2, 1)}},
		{op: "Slice", opset: 9,
			attrs: []*graph.Attribute{graph.IntsAttr("starts", 1, 0), graph.IntsAttr("ends", 3, -1), axes(1, 3)}},
		{op: "Slice", opset: 7,
			attrs: []*graph.Attribute{graph.IntsAttr("starts", 0, 1), graph.IntsAttr("ends", 9, 3)}},
		{op: "TopK", opset: 9, spare: 1, attrs: []*graph.Attribute{graph.IntAttr("k", 2), graph.IntAttr("axis", 2)}},
		{op: "Clip", opset: 7, attrs: []*graph.Attribute{graph.FloatAttr("max", .4)}},
		{op: "Clip", opset: 10, attrs: []*graph.Attribute{graph.FloatAttr("min", -.2), graph.FloatAttr("max", .4)}},
		{op: "Pad", opset: 10, attrs: []*graph.Attribute{graph.IntsAttr("pads", 0, 0, 1, 2, 0, 0, 0, 1),
			graph.FloatAttr("value", .5)}},
		{op: "Pad", opset: 8, attrs: []*graph.Attribute{mode("edge"), graph.IntsAttr("pads", 0, 0, 1, 2, 0, 0, 0, 1)}},
		{op: "Dropout", opset: 7, attrs: []*graph.Attribute{graph.FloatAttr("ratio", .3)}},
		{op: "Dropout", opset: 10, attrs: []*graph.Attribute{graph.FloatAttr("ratio", .3)}},
		{op: "BatchNormalization", opset: 9,
			inputs: []any{floats("s", 1, 2, .5), floats("b", 0, 1, 2), floats("m", .1, .2, .3), floats("v", 1, 2, 3)}},
		{op: "Upsample", opset: 9, inputs: []any{floats("k", 1, 1, 2, 1.5)},
			attrs: []*graph.Attribute{mode("linear")}},
		{op: "Upsample", opset: 9, inputs: []any{floats("k", 1, 1, 2, 3)}},
		{op: "Upsample", opset: 7,
			attrs: []*graph.Attribute{{Name: "scales", Type: graph.AttrFloats, Floats: []float32{1, 1, 2, 2}}}},
		{op: "Resize", opset: 10, inputs: []any{floats("k", 1, 1, 1.5, .5)}},
		{op: "Resize", opset: 10, inputs: []any{floats("k", 1, 1, 2, .5)}, attrs: []*graph.Attribute{mode("linear")}},
		{op: "Scatter", opset: 9, inputs: []any{graph.NewInts("i", []int64{1, 0}, 1, 1, 1, 2),
			graph.NewFloats("u", []float32{5, 6}, 1, 1, 1, 2)}, attrs: []*graph.Attribute{graph.IntAttr("axis", 3)}},
	} {
		name := o.op + " " + strings.Repeat("I", int(o.opset))
		t.Run(name, func(t *testing.T) {
			m := o.model()
			x := make([]float32, 96)
			for i := range x {
				x[i] = float32(i%17)*.1 - .7
			}
			feeds := map[string]ortrun.Array{"x": ortrun.F32(x, 2, 3, 4, 4)}
			want := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, feeds)["y"]
			before := ortrun.Encode(t, m)
			u, err := normal.Upgraded(m)
			if err != nil {
				t.Fatal(err)
			}
			if u.Opset() != normal.UpgradedOpset || string(before) != string(ortrun.Encode(t, m)) {
				t.Errorf("operator set %d, or the old model was changed", u.Opset())
			}
			if d := ortrun.MaxDiff(t, ortrun.Open(t, ortrun.Encode(t, u)).Run(t, feeds)["y"], want); !(d <= 1e-6) {
				t.Errorf("differs by %g", d)
			}
		})
	}
}

func TestUpgradedRefusesWhatItCannotSay(t *testing.T) {
	if _, err := normal.Upgraded((oldNode{op: "Add", opset: 6,
		inputs: []any{graph.NewFloats("b", []float32{1}, 1)}}).model()); err == nil {
		t.Error("operator set 6 was read")
	}
	m := oldNode{op: "Relu", opset: 17}.model()
	if u, err := normal.Upgraded(m); err != nil || u != m {
		t.Errorf("a model of operator set 17 was changed: %v", err)
	}
}

func TestFixInput(t *testing.T) {
	m := graph.NewModel("free", 17)
	h, w := graph.SymbolDim("h"), graph.SymbolDim("w")
	m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3),
		h, w)}
	m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("k", make([]float32, 27), 1, 3, 3, 3)}
	m.Graph.AddNode("Conv", []string{"x", "k"}, []string{"y"})
	m.Graph.AddNode("Custom", []string{"y"}, []string{"z"}).Domain = "other"
	m.Graph.AddOutput(graph.NewValueInfo("z", graph.Float, graph.SymbolDim("n"), graph.FixedDim(1), h, w))
	fixed, err := normal.FixInput(m, "x", 0, 3, 10, 12)
	if err != nil {
		t.Fatal(err)
	}
	s, err := shape.Infer(fixed)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"x": "[n 3 10 12]", "y": "[n 1 8 10]", "z": "[n 1 10 12]"} {
		if d, _ := s.Dims(name); strings.Trim(strings.Join(texts(d), " "), " ") != strings.Trim(want, "[]") {
			t.Errorf("%s is %v, want %s", name, d, want)
		}
	}
	if d := m.Graph.Inputs[0].Type.Shape[2]; d.Known {
		t.Error("the model was changed")
	}
	for _, sizes := range [][]int64{{0, 1, 10, 10}, {0, 3, 10}} {
		if _, err := normal.FixInput(m, "x", sizes...); err == nil {
			t.Errorf("fixed to %v", sizes)
		}
	}
}

func texts(dims []graph.Dim) []string {
	var out []string
	for _, d := range dims {
		out = append(out, d.String())
	}
	return out
}
