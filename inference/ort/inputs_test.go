package ort

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/prep"
	"hilum/inference/saliency"
)

// entry is a classifier behind an input of some kind: front makes of "image" what
// the network wants, [n, 3, 16, 16] of floats.
func entry(in *graph.ValueInfo, front func(n *net) string) *graph.Model {
	n := newNet(21)
	x := "image"
	if front != nil {
		x = front(n)
	}
	n.n = 1000 // the same names, and so the same weights, whatever stands in front
	n.rng = newNet(22).rng
	n.linear("logits", n.pooled(n.features(x)), 6, 3)
	return n.model(in, value("logits", graph.Float, 3))
}

func imagenet(n *net, x string, shape ...int64) string {
	mean, std := n.add(graph.NewFloats("", []float32{.485, .456, .406}, shape...)),
		n.add(graph.NewFloats("", []float32{.229, .224, .225}, shape...))
	return n.op("Div", []string{n.op("Sub", []string{x, mean}), std})
}

func toFloat(n *net, x string) string {
	return n.op("Cast", []string{x}, graph.IntAttr("to", int64(graph.Float)))
}

func turned(n *net, x string) string {
	return n.op("Transpose", []string{x}, graph.IntsAttr("perm", 0, 3, 1, 2))
}

// sized is a value info with fixed sizes all through; -1 and 0 are as exporters
// write a free one.
func sized(elem graph.DataType, dims ...int64) *graph.ValueInfo {
	v := graph.NewValueInfo("image", elem)
	for _, d := range dims {
		v.Type.Shape = append(v.Type.Shape, graph.FixedDim(d))
	}
	return v
}

// Oracle: the same network with an input [n, 3, 16, 16] of floats. It is ONNX
// Runtime's own answer, which TestProbabilitiesAreThoseOfTheOutput holds.
func TestInputsOfEveryKind(t *testing.T) {
	e := openEngine(t)
	logits := func(src inference.Source) []float64 {
		t.Helper()
		r, err := openNet(t, e, src).Score(t.Context(), testImage())
		if err != nil {
			t.Fatal(err)
		}
		var out []float64
		for _, f := range r.Findings {
			out = append(out, f.Logit)
		}
		return out
	}
	bare := func(m *graph.Model) inference.Source {
		return inference.Source{Name: "net.onnx", ONNX: encoded(t, m), Spec: inference.Spec{Classes: labels(3)}}
	}
	want := logits(source(encoded(t, entry(picture(), nil)), 3))
	bytes255 := func(n *net, x string) string {
		return imagenet(n, n.op("Div", []string{toFloat(n, x), n.number(255)}), 3, 1, 1)
	}
	for name, c := range map[string]struct {
		m   *graph.Model
		tol float64
	}{
		"float": {entry(picture(), nil), 0},
		"NHWC": {entry(value("image", graph.Float, 16, 16, 3),
			func(n *net) string { return turned(n, "image") }), 0},
		"float16": {entry(value("image", graph.Float16, 3, 16, 16),
			func(n *net) string { return toFloat(n, "image") }), .02},
		"float16 NHWC": {entry(value("image", graph.Float16, 16, 16, 3),
			func(n *net) string { return toFloat(n, turned(n, "image")) }), .02},
		"double": {entry(value("image", graph.Double, 3, 16, 16),
			func(n *net) string { return toFloat(n, "image") }), 0},
		"bytes": {entry(value("image", graph.Uint8, 3, 16, 16),
			func(n *net) string { return bytes255(n, "image") }), 0},
		"bytes NHWC": {entry(value("image", graph.Uint8, 16, 16, 3),
			func(n *net) string { return bytes255(n, turned(n, "image")) }), 0},
		"int32": {entry(value("image", graph.Int32, 3, 16, 16),
			func(n *net) string { return bytes255(n, "image") }), 0},
		"own 0..1":   {entry(picture(), func(n *net) string { return imagenet(n, "image", 3, 1, 1) }), 0},
		"own 0..255": {entry(picture(), func(n *net) string { return bytes255(n, "image") }), 0},
		"batch -1":   {entry(sized(graph.Float, -1, 3, 16, 16), nil), 0},
		"batch 0":    {entry(sized(graph.Float, 0, 3, 16, 16), nil), 0},
		"batch 1":    {entry(sized(graph.Float, 1, 3, 16, 16), nil), 0},
		"batch 4":    {entry(sized(graph.Float, 4, 3, 16, 16), nil), 0},
		"no batch": {entry(sized(graph.Float, 3, 16, 16),
			func(n *net) string { return n.op("Unsqueeze", []string{"image", n.ints(0)}) }), 0},
		"no batch, HWC": {entry(sized(graph.Float, 16, 16, 3),
			func(n *net) string { return turned(n, n.op("Unsqueeze", []string{"image", n.ints(0)})) }), 0},
	} {
		c.m.Graph.Outputs[0].Type.Shape[0] = graph.Dim{}
		got := logits(bare(c.m))
		for i := range want {
			if !(math.Abs(got[i]-want[i]) <= max(c.tol, 1e-5)*math.Max(1, math.Abs(want[i]))) {
				t.Errorf("%s: logits %v, the plain network's are %v", name, got, want)
				break
			}
		}
	}
}

// Inputs that are no single picture, and one channel without statistics, are
// refused in a sentence.
func TestInputsThatAreRefused(t *testing.T) {
	e := openEngine(t)
	grey := func() *graph.Model {
		n := newNet(23)
		x := n.op("Conv", []string{"image", n.draw(1, 6, 1, 3, 3)})
		n.linear("logits", n.pooled(x), 6, 3)
		return n.model(value("image", graph.Float, 1, 16, 16), value("logits", graph.Float, 3))
	}
	two := entry(picture(), nil)
	two.Graph.Inputs = append(two.Graph.Inputs, value("age", graph.Float, 1))
	for name, c := range map[string]struct {
		m    *graph.Model
		want string
	}{
		"one channel": {grey(), "--normalise"},
		"two inputs":  {two, `2 inputs ("image", "age")`},
		"int8": {entry(value("image", graph.Int8, 3, 16, 16),
			func(n *net) string { return toFloat(n, "image") }), "bytes (uint8)"},
		"table": {entry(value("image", graph.Float, 20), nil), "no picture"},
	} {
		_, err := inference.OpenModel(e,
			inference.Source{Name: "net.onnx", ONNX: encoded(t, c.m), Spec: inference.Spec{Classes: labels(3)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	src := inference.Source{Name: "net.onnx", ONNX: encoded(t, grey()), Spec: inference.Spec{Classes: labels(3)}}
	var err error
	if src.Stated.Normalise, err = prep.ParseNormalisation("0.5,0.25"); err != nil {
		t.Fatal(err)
	}
	if p := openNet(t, e, src).Spec.Prep; p.Channels != 1 || p.Mean[0] != .5 || p.Std[0] != .25 || p.Width != 16 {
		t.Errorf("preprocessing %+v", p)
	}
}

// withFunction appends a local function Mean(x) = Flatten(GlobalAveragePool(x)) to
// an encoded model: ModelProto.functions = 25, opset_import = 8.
func withFunction(t *testing.T, m *graph.Model) []byte {
	t.Helper()
	str := func(b []byte, num protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
	}
	msg := func(b []byte, num protowire.Number, inner []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), inner)
	}
	node := func(op, in, out string) []byte { return str(str(str(nil, 1, in), 2, out), 4, op) }
	opset := func(domain string, version uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(str(nil, 1, domain), 2, protowire.VarintType), version)
	}
	f := str(str(str(nil, 1, "Mean"), 4, "x"), 5, "y")
	f = msg(msg(f, 7, node("GlobalAveragePool", "x", "p")), 7, node("Flatten", "p", "y"))
	f = str(msg(f, 9, opset("", 17)), 10, "local")
	return msg(msg(encoded(t, m), 8, opset("local", 1)), 25, f)
}

// Files that tools arrange in other ways score and explain as the plain one does.
func TestArrangements(t *testing.T) {
	e := openEngine(t)
	plain := source(encoded(t, entry(picture(), nil)), 3)
	want, wantMaps := scoreAndGradient(t, e, plain)
	ir3 := entry(picture(), nil)
	ir3.IRVersion = 3
	for _, w := range ir3.Graph.Initializers {
		v := graph.NewValueInfo(w.Name, w.Type)
		for _, d := range w.Dims {
			v.Type.Shape = append(v.Type.Shape, graph.FixedDim(d))
		}
		ir3.Graph.Inputs = append(ir3.Graph.Inputs, v)
	}
	unsorted := entry(picture(), nil)
	nodes := unsorted.Graph.Nodes
	for i, j := 0, len(nodes)-1; i < j; i, j = i+1, j-1 {
		nodes[i], nodes[j] = nodes[j], nodes[i]
	}
	function := entry(picture(), nil)
	for i, n := range function.Graph.Nodes {
		if n.Op == "GlobalAveragePool" {
			n.Op, n.Domain, n.Outputs = "Mean", "local", function.Graph.Nodes[i+1].Outputs
			function.Graph.Nodes = append(function.Graph.Nodes[:i+1], function.Graph.Nodes[i+2:]...)
			break
		}
	}
	stale := entry(picture(), nil)
	stale.Graph.ValueInfos = append(stale.Graph.ValueInfos, value(stale.Graph.Nodes[1].Output(0), graph.Float, 6, 7, 7))
	for name, onnx := range map[string][]byte{"weights as inputs": encoded(t, ir3), "unsorted": encoded(t, unsorted),
		"function": withFunction(t, function), "wrong shapes declared": encoded(t, stale)} {
		got, maps := scoreAndGradient(t, e, source(onnx, 3))
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-5 || math.Abs(maps[i].Largest()-wantMaps[i].Largest()) > 1e-5 {
				t.Errorf("%s: logit %v, largest derivative %v; want %v, %v", name, got[i], maps[i].Largest(), want[i],
					wantMaps[i].Largest())
			}
		}
	}
}

func scoreAndGradient(t *testing.T, e *Engine, src inference.Source) (logits []float64, maps []inference.Heatmap) {
	t.Helper()
	m := openNet(t, e, src)
	r, err := m.Score(t.Context(), testImage())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		logits = append(logits, f.Logit)
	}
	if maps, err = m.MapsBy(t.Context(), testImage(), saliency.Gradient(), nil); err != nil {
		t.Fatal(err)
	}
	return logits, maps
}

// A network without any map of places scores, and gradients and occlusion explain
// it; what needs a map says why it cannot.
func TestNetworksWithoutMaps(t *testing.T) {
	e := openEngine(t)
	n := newNet(24)
	hidden := n.op("MatMul", []string{n.op("Flatten", []string{"image"}), n.draw(.02, 3*netSide*netSide, 5)})
	h := n.op("Tanh", []string{hidden})
	n.linear("logits", h, 5, 3)
	m := openNet(t, e, source(encoded(t, n.model(picture(), value("logits", graph.Float, 3))), 3))
	if _, err := m.Score(t.Context(), testImage()); err != nil {
		t.Fatal(err)
	}
	for _, method := range []saliency.Method{saliency.Gradient(), saliency.Occlusion()} {
		if maps, err := m.MapsBy(t.Context(), testImage(), method, nil); err != nil || maps[0].Width != netSide ||
			!maps[0].Dead().IsZero() {
			t.Errorf("%s: %v", method.Name, err)
		}
	}
	if _, err := m.MapsBy(t.Context(), testImage(), saliency.GradCAM(), nil); err == nil ||
		!strings.Contains(err.Error(), "no map of features") {
		t.Errorf("Grad-CAM of a network without maps: %v", err)
	}
}

// One network whose features lie in four ways: its closed-form maps, and Grad-CAM
// where tokens stand before those of the patches, are those of [N, K, h, w].
func TestLayoutsOfFeatures(t *testing.T) {
	e := openEngine(t)
	build := func(read func(n *net, x string) string) inference.Source {
		n := newNet(25)
		x := n.op("Conv", []string{"image", n.draw(.4, 6, 3, 4, 2)},
			graph.IntsAttr("strides", 4, 2)) // 4 rows, 8 columns
		n.n = 100
		weight, bias := n.draw(1, 3, 6), n.draw(1, 3)
		n.as("logits", "Gemm", []string{read(n, x), weight, bias}, graph.IntAttr("transB", 1))
		return source(encoded(t, n.model(sized(graph.Float, 1, 3, netSide, netSide), value("logits", graph.Float, 3))),
			3)
	}
	last := func(n *net, x string) string {
		return n.op("Transpose", []string{x}, graph.IntsAttr("perm", 0, 2, 3, 1))
	}
	tokens := func(n *net, x string) string {
		return n.op("Transpose", []string{n.op("Reshape", []string{x, n.ints(0, 6, -1)})},
			graph.IntsAttr("perm", 0, 2, 1))
	}
	mean := func(n *net, x string, axes ...int64) string {
		return n.op("ReduceMean", []string{x}, graph.IntsAttr("axes", axes...), graph.IntAttr("keepdims", 0))
	}
	prefixed := func(n *net, x string) string {
		first := n.add(graph.NewFloats("", make([]float32, 2*6), 1, 2, 6))
		all := n.as("joined", "Concat", []string{first, tokens(n, x)}, graph.IntAttr("axis", 1))
		return mean(n, n.op("Slice", []string{all, n.ints(2), n.ints(34), n.ints(1)}), 1)
	}
	want := mapsOf(t, e, build(func(n *net, x string) string { return n.pooled(x) }), "")
	if want[0].Width != 8 || want[0].Height != 4 {
		t.Fatalf("a map of %d x %d, not 8 x 4", want[0].Width, want[0].Height)
	}
	for name, c := range map[string]struct {
		read  func(n *net, x string) string
		layer string
	}{
		"[N, h, w, K]": {func(n *net, x string) string { return mean(n, last(n, x), 1, 2) }, ""},
		"[N, T, K]":    {func(n *net, x string) string { return mean(n, tokens(n, x), 1) }, ""},
		"[N, K, T]": {func(n *net,
			x string) string {
			return mean(n, n.op("Reshape", []string{x, n.ints(0, 6, -1)}), 2)
		}, ""},
		"prefix left out":     {prefixed, ""},
		"prefix at the layer": {prefixed, "joined"},
	} {
		got := mapsOf(t, e, build(c.read), c.layer)
		for k := range want {
			if got[k].Width != 8 || got[k].Height != 4 {
				t.Fatalf("%s: a map of %d x %d", name, got[k].Width, got[k].Height)
			}
			for i, v := range want[k].Values {
				if math.Abs(float64(got[k].Values[i]-v)) > 1e-6 {
					t.Fatalf("%s, class %d: %v at %d, want %v", name, k, got[k].Values[i], i, v)
				}
			}
		}
	}
}

// mapsOf are the maps that come with the score, or Grad-CAM at a layer.
func mapsOf(t *testing.T, e *Engine, src inference.Source, layer string) []inference.Heatmap {
	t.Helper()
	m := openNet(t, e, src)
	if layer == "" {
		r, err := m.Score(t.Context(), testImage())
		if err != nil {
			t.Fatal(err)
		}
		if r.Maps == nil {
			t.Fatal("no maps in closed form: ", m.Head.Why)
		}
		return r.Maps
	}
	x, err := m.NewExplainer(e, src, layer)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	maps, err := x.Explain(t.Context(), testImage(), saliency.GradCAM(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return maps
}

// A value that is no map of the picture's places is refused by name.
func TestLayersThatAreNoMaps(t *testing.T) {
	e := openEngine(t)
	n := newNet(26)
	x := n.features("image")
	n.as("odd", "Reshape", []string{x, n.ints(0, 2, 12, 16)})
	flat := n.op("Flatten", []string{"odd"})
	n.linear("logits", flat, 384, 3)
	src := source(encoded(t, n.model(picture(), value("logits", graph.Float, 3))), 3)
	m := openNet(t, e, src)
	if _, err := m.NewExplainer(e, src, "odd"); err == nil || !strings.Contains(err.Error(), "no map of places") {
		t.Errorf("a reshaped value as a map: %v", err)
	}
}
