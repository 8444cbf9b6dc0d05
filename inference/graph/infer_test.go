package graph_test

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/internal/ortrun"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
)

// Oracle: ONNX Runtime, which computes every intermediate value of the
// fixtures at batch size 2; inferred sizes must be its sizes and symbols only
// stand on the axes that are free.
func TestInferredShapesAreTheRuntimes(t *testing.T) {
	for _, h := range heads {
		t.Run(h.name, func(t *testing.T) {
			m, ref := readHead(t, h.name), readHead(t, h.name+".ref")
			shapes, err := shape.Infer(m)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range m.Graph.Nodes {
				if n.Op != "Constant" {
					m.Graph.AddOutput(&graph.ValueInfo{Name: n.Outputs[0], Type: shapes[n.Outputs[0]]})
				}
			}
			out := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, map[string]ortrun.Array{"image": *floats(t, ref, "x")})
			for name, a := range out {
				dims, ok := shapes.Dims(name)
				if !ok || len(dims) != len(a.Shape) {
					t.Errorf("%s: inferred %v, is %v", name, dims, a.Shape)
					continue
				}
				for i, d := range dims {
					if d.Known && d.Value != a.Shape[i] || !d.Known && i == 1 {
						t.Errorf("%s: inferred %v, is %v", name, dims, a.Shape)
					}
				}
			}
		})
	}
}

// Exporters of TensorFlow's padding and of positions compute sizes in floats, count from
// one, and repeat by a one-hot vector. By hand: a height of 7 halved and rounded up is 4,
// (4 - 1) 2 + 3 - 7 = 2 more rows; 1 .. ceil(7 / 2) are 4 numbers, 0, 1.5, 3 three below 4;
// axis 1 of [n, 1, 7] twice is [n, 2, 7].
func TestSizesComputedInFloats(t *testing.T) {
	g := &graph.Graph{Name: "sizes", Inputs: []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float,
		graph.SymbolDim("n"), graph.FixedDim(1), graph.FixedDim(7))}}
	number := func(name string, v float32) string {
		g.Initializers = append(g.Initializers, graph.NewRaw(name, graph.Float,
			binary.LittleEndian.AppendUint32(nil, math.Float32bits(v))))
		return name
	}
	ints := func(name string, v ...int64) string {
		g.Initializers = append(g.Initializers, graph.NewInts(name, v, int64(len(v))))
		return name
	}
	scalar := func(name string, v int64) string {
		g.Initializers = append(g.Initializers, graph.NewInts(name, []int64{v}))
		return name
	}
	add := func(op, out string, in ...string) string {
		g.AddNode(op, in, []string{out})
		return out
	}
	cast := func(out, in string, to graph.DataType) string {
		g.AddNode("Cast", []string{in}, []string{out}, graph.IntAttr("to", int64(to)))
		return out
	}
	add("Shape", "shape", "x")
	add("Gather", "height", "shape", scalar("two", 2))
	half := add("Ceil", "half", add("Div", "ratio", cast("high", "height", graph.Float), number("2", 2)))
	need := add("Add", "need", add("Mul", "steps", add("Sub", "less", half, number("1", 1)), "2"), number("3", 3))
	more := cast("more", add("Clip", "kept", add("Sub", "missing", need, "high"), number("0", 0)), graph.Int64)
	g.AddNode("Concat", []string{ints("none", 0, 0, 0, 0, 0), add("Unsqueeze", "rows", more, ints("front", 0))},
		[]string{"pads"}, graph.IntAttr("axis", 0))
	add("Pad", "padded", "x", "pads")
	add("Range", "counted", scalar("from", 1), cast("to", add("Add", "past", half, "1"), graph.Int64), scalar("by", 1))
	add("Range", "spaced", "0", number("4", 4), number("1.5", 1.5))
	g.AddNode("OneHot", []string{ints("at", 1), scalar("depth", 3), ints("onoff", 1, 2)}, []string{"hot"})
	add("Tile", "twice", "x", add("Reshape", "times", "hot", ints("flat", -1)))
	shapes, err := shape.Infer(&graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.SymbolDim("n")
	for name, want := range map[string][]graph.Dim{
		"padded":  {n, graph.FixedDim(1), graph.FixedDim(9)},
		"counted": {graph.FixedDim(4)},
		"spaced":  {graph.FixedDim(3)},
		"twice":   {n, graph.FixedDim(2), graph.FixedDim(7)},
	} {
		if got, ok := shapes.Dims(name); !ok || !slices.EqualFunc(got, want, graph.Dim.Same) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// The exporters compute shapes in the graph; the batch symbol must come
// through them.
func TestBatchSymbolSurvives(t *testing.T) {
	for _, h := range heads {
		m := readHead(t, h.name)
		shapes, err := shape.Infer(m)
		if err != nil {
			t.Fatal(err)
		}
		out, ok := shapes.Dims(m.Graph.Outputs[0].Name)
		if !ok || len(out) != 2 || !out[0].Same(graph.SymbolDim("batch")) || !out[1].Is(5) {
			t.Errorf("%s: %v, want [batch 5]", h.name, out)
		}
	}
}

func TestContradictingShapesNameTheNode(t *testing.T) {
	m := readHead(t, "adaptive")
	m.Graph.Inputs[0].Type.Shape[1] = graph.FixedDim(4)
	if _, err := shape.Infer(m); err == nil || !strings.Contains(err.Error(), "Conv") {
		t.Errorf("%v: want an error that names the Conv", err)
	}
}

func TestExtractBetweenValues(t *testing.T) {
	m, ref := readHead(t, "dense"), readHead(t, "dense.ref")
	head, err := classifier.FindHead(m)
	if err != nil {
		t.Fatal(err)
	}
	trunk, err := extract.Between(m, []string{"image"}, []string{head.Feature})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := extract.Between(m, []string{head.Feature}, []string{head.Logits})
	if err != nil {
		t.Fatal(err)
	}
	if len(trunk.Graph.Nodes)+len(rest.Graph.Nodes) != len(m.Graph.Nodes) || len(rest.Graph.Initializers) != 2 {
		t.Errorf("%d and %d of %d nodes, %d weights in the head", len(trunk.Graph.Nodes), len(rest.Graph.Nodes),
			len(m.Graph.Nodes), len(rest.Graph.Initializers))
	}
	a := ortrun.Open(t, ortrun.Encode(t, trunk)).Run(t, map[string]ortrun.Array{"image": *floats(t, ref, "x")})
	z := ortrun.Open(t, ortrun.Encode(t, rest)).Run(t, a)
	if d := ortrun.MaxDiff(t, z[head.Logits], *floats(t, ref, "logits")); !(d <= 2e-6) {
		t.Errorf("logits of the two halves differ by %g", d)
	}
	if _, err := extract.Between(m, nil, []string{"nothing"}); err == nil {
		t.Error("extracted a value that is not there")
	}
}

func TestWeightsToInputsAndBack(t *testing.T) {
	m, ref := readHead(t, "adaptive"), readHead(t, "adaptive.ref")
	names := []string{"fc.weight", "fc.bias"}
	w, err := m.Graph.WeightsToInputs(names)
	if err != nil {
		t.Fatal(err)
	}
	feeds := map[string]ortrun.Array{"image": *floats(t, ref, "x")}
	for _, x := range w {
		v, err := x.Floats()
		if err != nil {
			t.Fatal(err)
		}
		feeds[x.Name] = ortrun.F32(v, x.Dims...)
	}
	out := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, feeds)
	if d := ortrun.MaxDiff(t, out["scores"], *floats(t, ref, "logits")); !(d <= 2e-6) {
		t.Errorf("logits differ by %g", d)
	}
	if err := m.Graph.InputsToWeights(w); err != nil {
		t.Fatal(err)
	}
	if len(m.Graph.Feeds()) != 1 || m.Graph.Initializer("fc.bias") == nil {
		t.Error("the weights did not come back")
	}
	if _, err := m.Graph.WeightsToInputs([]string{"absent"}); err == nil {
		t.Error("an absent weight became an input")
	}
}

// Folding must not change the logits (1e-5) and must take out every
// normalisation that follows a convolution; the dense head's does not.
func TestFoldBatchNorm(t *testing.T) {
	m := graph.NewModel("bn", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(1),
		graph.FixedDim(2), graph.FixedDim(2))}
	g.Initializers = []*graph.Tensor{
		graph.NewFloats("w", []float32{2, -3}, 2, 1, 1, 1), graph.NewFloats("scale", []float32{1.5, .5}, 2),
		graph.NewFloats("shift", []float32{.1, -.2}, 2), graph.NewFloats("mean", []float32{.3, .7}, 2),
		graph.NewFloats("var", []float32{4, .25}, 2)}
	g.AddNode("Conv", []string{"x", "w"}, []string{"c"})
	g.AddNode("BatchNormalization", []string{"c", "scale", "shift", "mean", "var"}, []string{"y"})
	g.AddOutput(graph.NewValueInfo("y", graph.Float, graph.SymbolDim("n"), graph.FixedDim(2), graph.FixedDim(2),
		graph.FixedDim(2)))
	feeds := map[string]ortrun.Array{"x": ortrun.F32([]float32{1, -2, 3, .5}, 1, 1, 2, 2)}
	before := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, feeds)["y"]
	n, err := normal.FoldBatchNorm(m)
	if err != nil || n != 1 || len(g.Nodes) != 1 || len(g.Initializers) != 2 {
		t.Fatalf("folded %d, %d nodes and %d weights left, %v", n, len(g.Nodes), len(g.Initializers), err)
	}
	after := ortrun.Open(t, ortrun.Encode(t, m)).Run(t, feeds)["y"]
	if d := ortrun.MaxDiff(t, after, before); !(d <= 1e-5) {
		t.Errorf("differs by %g", d)
	}
	dense := readHead(t, "dense")
	if n, err := normal.FoldBatchNorm(dense); n != 0 || err != nil {
		t.Errorf("folded %d behind a Concat, %v", n, err)
	}
}

func TestDump(t *testing.T) {
	var b strings.Builder
	if err := shape.Dump(readHead(t, "adaptive"), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"input image float[batch,3,height,width]", "scores float[batch,5] = Gemm(",
		"weight fc.bias float[5]", "opset ai.onnx 17", "transB=1"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestPruneKeepsWhatSubgraphsUse(t *testing.T) {
	body := &graph.Graph{Name: "then"}
	body.AddNode("Neg", []string{"outer"}, []string{"neg"})
	body.AddOutput(graph.NewValueInfo("neg", graph.Float))
	m := graph.NewModel("if", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float), graph.NewValueInfo("c", graph.Bool)}
	g.AddNode("Abs", []string{"x"}, []string{"outer"})
	g.AddNode("Exp", []string{"x"}, []string{"unused"})
	branch := func(name string) *graph.Attribute {
		return &graph.Attribute{Name: name, Type: graph.AttrGraph, Graph: body}
	}
	g.AddNode("If", []string{"c"}, []string{"y"}, branch("then_branch"), branch("else_branch"))
	g.AddOutput(graph.NewValueInfo("y", graph.Float))
	g.Prune()
	ops := g.OpCounts()
	if ops["Abs"] != 1 || ops["Exp"] != 0 || ops["Neg"] != 2 {
		t.Errorf("operators left: %v", ops)
	}
	b := ortrun.Encode(t, m)
	back, err := graph.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if again := ortrun.Encode(t, back); !slices.Equal(again, b) {
		t.Error("the subgraphs did not come back")
	}
}
