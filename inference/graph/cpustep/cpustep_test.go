package cpustep_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/cpustep"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/internal/ortrun"
)

// network writes small networks with drawn weights.
type network struct {
	m      *graph.Model
	rng    *rand.Rand
	params []string // weights, scales, shifts
}

func newNetwork(c, h, w int64) *network {
	n := &network{m: graph.NewModel("net", 17), rng: rand.New(rand.NewPCG(3, uint64(h*100+w)))}
	n.m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("batch"),
		graph.FixedDim(c), graph.FixedDim(h), graph.FixedDim(w))}
	return n
}

func (n *network) weight(name string, mean, spread float64, dims ...int64) string {
	size := int64(1)
	for _, d := range dims {
		size *= d
	}
	v := make([]float32, size)
	for i := range v {
		v[i] = float32(mean + spread*(2*n.rng.Float64()-1))
	}
	n.m.Graph.Initializers = append(n.m.Graph.Initializers, graph.NewFloats(name, v, dims...))
	return name
}

func (n *network) param(name string, mean, spread float64, dims ...int64) string {
	n.params = append(n.params, name)
	return n.weight(name, mean, spread, dims...)
}

func (n *network) node(op, out string, in []string, attrs ...*graph.Attribute) string {
	n.m.Graph.AddNode(op, in, []string{out}, attrs...)
	return out
}

// conv adds convolution, normalisation and, where act is set, ReLU.
func (n *network) conv(x, name string, dims []int64, stride, pad int64, act bool) string {
	w := n.param(name+".w", 0, 1/math.Sqrt(float64(dims[1]*dims[2]*dims[3])), dims...)
	y := n.node("Conv", name, []string{x, w}, graph.IntsAttr("strides", stride, stride),
		graph.IntsAttr("pads", pad, pad, pad, pad))
	y = n.node("BatchNormalization", name+".bn",
		[]string{y, n.param(name+".s", 1, .3, dims[0]), n.param(name+".o", 0, .3, dims[0]),
			n.weight(name+".m", 0, .3, dims[0]), n.weight(name+".v", 1, .5, dims[0])})
	if act {
		y = n.node("Relu", name+".relu", []string{y})
	}
	return y
}

func (n *network) head(x string, k int64) *network {
	y := n.node("Flatten", "flat", []string{n.node("GlobalAveragePool", "pool", []string{x})})
	n.node("Gemm", "logits", []string{y, n.param("fc.w", 0, .5, 5, k), n.param("fc.b", 0, .5, 5)},
		graph.IntAttr("transB", 1))
	n.m.Graph.AddOutput(graph.NewValueInfo("logits", graph.Float, graph.SymbolDim("batch"), graph.FixedDim(5)))
	return n
}

// residual has two bottlenecks, the first with stride 2: patches, Winograd,
// strided and plain pointwise convolutions.
func residual(h, w int64) *network {
	n := newNetwork(6, h, w)
	y := n.conv(n.conv("x", "a1", []int64{4, 6, 1, 1}, 1, 0, true), "a2", []int64{4, 4, 3, 3}, 2, 1, true)
	y = n.conv(y, "a3", []int64{8, 4, 1, 1}, 1, 0, false)
	y = n.node("Relu", "a", []string{n.node("Add", "a.add",
		[]string{y, n.conv("x", "ad", []int64{8, 6, 1, 1}, 2, 0, false)})})
	z := n.conv(n.conv(y, "b1", []int64{4, 8, 1, 1}, 1, 0, true), "b2", []int64{4, 4, 3, 3}, 1, 1, true)
	z = n.conv(z, "b3", []int64{8, 4, 1, 1}, 1, 0, false)
	return n.head(n.node("Relu", "b", []string{n.node("Add", "b.add", []string{z, y})}), 8)
}

// dense concatenates, pools by windows, and has a 5x5 kernel, a strided
// pointwise convolution behind trained layers, and biases.
func dense(h, w int64) *network {
	n := newNetwork(4, h, w)
	y := n.node("Concat", "cat", []string{"x", n.conv("x", "c", []int64{3, 4, 3, 3}, 1, 1, true)},
		graph.IntAttr("axis", 1))
	y = n.node("Conv", "k", []string{y, n.param("k.w", 0, .1, 6, 7, 5, 5), n.param("k.b", 0, .3, 6)},
		graph.IntsAttr("pads", 2, 1, 2, 1))
	y = n.node("AveragePool", "avg", []string{n.node("Relu", "kr", []string{y})}, graph.IntsAttr("kernel_shape", 2, 2),
		graph.IntsAttr("strides", 2, 2))
	y = n.node("Conv", "p", []string{y, n.param("p.w", 0, .5, 5, 6, 1, 1), n.param("p.b", 0, .3, 5)},
		graph.IntsAttr("strides", 2, 2))
	return n.head(n.conv(y, "d", []int64{6, 5, 3, 3}, 1, 1, true), 6)
}

// mobile has an inverted residual with ReLU6, a strided 5x5 depthwise kernel
// with TensorFlow's padding, and a bias on another.
func mobile(h, w int64) *network {
	n := newNetwork(4, h, w)
	n.weight("lo", 0, 0)
	n.weight("hi", 1.2, 0)
	act := func(x, name string) string { return n.node("Clip", name, []string{x, "lo", "hi"}) }
	y := act(n.conv("x", "e", []int64{8, 4, 1, 1}, 1, 0, false), "e6")
	y = n.node("Conv", "dw", []string{y, n.param("dw.w", 0, .4, 8, 1, 3, 3), n.param("dw.b", .3, .3, 8)},
		graph.IntAttr("group", 8), graph.IntsAttr("pads", 1, 1, 1, 1))
	y = n.node("Add", "skip", []string{n.conv(act(y, "dw6"), "p", []int64{4, 8, 1, 1}, 1, 0, false), "x"})
	y = act(n.conv(y, "f", []int64{6, 4, 1, 1}, 1, 0, false), "f6")
	y = n.node("Conv", "s", []string{y, n.param("s.w", 0, .3, 6, 1, 5, 5)}, graph.IntAttr("group", 6),
		graph.IntsAttr("strides", 2, 2), graph.TextAttr("auto_pad", "SAME_UPPER"))
	return n.head(act(y, "s6"), 6)
}

const batch = 3

// plain is the same step by the rules of graph/grad.
func (n *network) plain(t *testing.T, stats bool) (*graph.Model, map[string]string) {
	t.Helper()
	m, err := n.m.Clone()
	if err != nil {
		t.Fatal(err)
	}
	outputs := make(map[string]string)
	if stats {
		running, err := grad.TrainBatchNorm(m, .1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range running {
			outputs["new "+s.Mean], outputs["new "+s.Variance] = s.NewMean, s.NewVariance
		}
	}
	m.Graph.Inputs = append(m.Graph.Inputs, graph.NewValueInfo("seed", graph.Float, graph.SymbolDim("batch"),
		graph.FixedDim(5)))
	g, err := grad.Build(m, grad.Request{Seeds: map[string]string{"logits": "seed"}, WRT: n.params})
	if err != nil {
		t.Fatal(err)
	}
	for p, v := range g {
		outputs[p] = v
	}
	outputs["logits"] = "logits"
	return m, outputs
}

func (n *network) fast(t *testing.T, stats bool, params []string) (*graph.Model, map[string]string) {
	t.Helper()
	s, err := cpustep.Forward(n.m, cpustep.Options{Feature: "x", Logits: "logits", Batch: batch, Params: params,
		BatchStats: stats, Momentum: .1})
	if err != nil {
		t.Fatal(err)
	}
	outputs := make(map[string]string)
	s.Model.Graph.Inputs = append(s.Model.Graph.Inputs, graph.NewValueInfo("seed", graph.Float, graph.FixedDim(batch),
		graph.FixedDim(5)))
	g, err := s.Backward(map[string]string{s.Logits: "seed"})
	if err != nil {
		t.Fatal(err)
	}
	for p, v := range g {
		outputs[p] = v
	}
	for _, st := range s.Stats {
		outputs["new "+st.Mean], outputs["new "+st.Variance] = st.NewMean, st.NewVariance
	}
	outputs["logits"] = s.Logits
	return s.Model, outputs
}

func run(t *testing.T, m *graph.Model, outputs map[string]string,
	feeds map[string]ortrun.Array) map[string]ortrun.Array {
	t.Helper()
	m.Graph.Outputs = nil
	for _, v := range outputs {
		m.Graph.AddOutput(&graph.ValueInfo{Name: v, Type: &graph.TensorType{Elem: graph.Float}})
	}
	m.Graph.Prune()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got := ortrun.Open(t, b).Run(t, feeds)
	named := make(map[string]ortrun.Array)
	for name, v := range outputs {
		named[name] = got[v]
	}
	return named
}

func (n *network) feeds(h, w int64) map[string]ortrun.Array {
	c := n.m.Graph.Inputs[0].Type.Shape[1].Value
	draw := func(size int64) []float32 {
		v := make([]float32, size)
		for i := range v {
			v[i] = float32(2*n.rng.Float64() - 1)
		}
		return v
	}
	return map[string]ortrun.Array{"x": ortrun.F32(draw(batch*c*h*w), batch, c, h, w),
		"seed": ortrun.F32(draw(batch*5), batch, 5)}
}

// Oracle: the plain rules, which have oracles of their own. Every gradient,
// the logits and the running statistics to 5e-5 of the largest element; maps
// are no multiple of Winograd's tile.
func TestFastStepEqualsThePlainRules(t *testing.T) {
	for name, c := range map[string]struct {
		make func(h, w int64) *network
		h, w int64
	}{"residual 7x6": {residual, 7, 6}, "residual 14x14": {residual, 14, 14}, "dense 9x8": {dense, 9, 8},
		"mobile 8x7": {mobile, 8, 7}} {
		for _, stats := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s stats=%v", name, stats), func(t *testing.T) {
				n := c.make(c.h, c.w)
				feeds := n.feeds(c.h, c.w)
				pm, po := n.plain(t, stats)
				fm, fo := n.fast(t, stats, n.params)
				want, got := run(t, pm, po, feeds), run(t, fm, fo, feeds)
				if len(want) != len(got) || len(want) < len(n.params) {
					t.Fatalf("%d results, want %d", len(got), len(want))
				}
				for k, w := range want {
					if !slices.Equal(got[k].Shape, w.Shape) {
						t.Errorf("%s has shape %v, want %v", k, got[k].Shape, w.Shape)
						continue
					}
					if d := relative(got[k].F32, w.F32); !(d <= 5e-5) {
						t.Errorf("%s differs by %g of its largest element", k, d)
					}
				}
			})
		}
	}
}

func relative(got, want []float32) float64 {
	d, top := 0.0, 0.0
	for i, w := range want {
		d = max(d, math.Abs(float64(got[i]-w)))
		top = max(top, math.Abs(float64(w)))
	}
	return d / max(top, 1e-3)
}

// Asking for the head alone must leave out the backward convolutions.
func TestHeadOnlyStepIsShort(t *testing.T) {
	n := residual(7, 6)
	all, _ := n.fast(t, false, n.params)
	m, out := n.fast(t, false, []string{"fc.w", "fc.b"})
	if len(m.Graph.Nodes) >= len(all.Graph.Nodes)*2/3 {
		t.Errorf("%d nodes for the head, %d for everything", len(m.Graph.Nodes), len(all.Graph.Nodes))
	}
	if len(run(t, m, out, n.feeds(7, 6))) != 3 {
		t.Error("want two gradients and the logits")
	}
}

// The loss is appended by the caller and differentiated by the plain rules.
func TestLossInTheGraph(t *testing.T) {
	n := residual(7, 6)
	s, err := cpustep.Forward(n.m, cpustep.Options{Feature: "x", Logits: "logits", Batch: batch, Params: n.params,
		BatchStats: true, Momentum: .1})
	if err != nil {
		t.Fatal(err)
	}
	g := s.Model.Graph
	g.AddNode("Softplus", []string{s.Logits}, []string{"softplus"})
	g.AddNode("ReduceMean", []string{"softplus"}, []string{"loss"}, graph.IntAttr("keepdims", 1))
	d, err := grad.Build(s.Model, grad.Request{Seeds: map[string]string{"loss": ""}, WRT: []string{s.Logits}})
	if err != nil {
		t.Fatal(err)
	}
	grads, err := s.Backward(map[string]string{s.Logits: d[s.Logits]})
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, s.Model, map[string]string{"loss": "loss", "b": grads["fc.b"], "z": s.Logits},
		map[string]ortrun.Array{"x": n.feeds(7, 6)["x"]})
	// d loss / d bias_c = mean over n and classes of sigmoid(z)
	for c, b := range got["b"].F32 {
		sum := 0.0
		for i := range batch {
			sum += 1 / (1 + math.Exp(-float64(got["z"].F32[i*5+c])))
		}
		if want := sum / (batch * 5); math.Abs(float64(b)-want) > 1e-6 {
			t.Errorf("derivative by bias %d is %g, want %g", c, b, want)
		}
	}
}

func TestRefusesWhatHasNoFastForm(t *testing.T) {
	n := newNetwork(4, 6, 6)
	y := n.node("Conv", "grouped", []string{"x", n.param("w", 0, 1, 4, 2, 3, 3)}, graph.IntAttr("group", 2))
	n.head(y, 4)
	_, err := cpustep.Forward(n.m, cpustep.Options{Feature: "x", Logits: "logits", Batch: batch, Params: n.params})
	if !errors.Is(err, cpustep.ErrUnsupported) || !strings.Contains(err.Error(), "grouped") {
		t.Errorf("%v: want a refusal that names the node", err)
	}
}

// The front of a network trained by the plain rules, its end by the fast ones:
// the derivative by the feature joins them. Oracle: the plain rules throughout.
func TestFastEndOfAWholeNetwork(t *testing.T) {
	n := residual(7, 6)
	feeds := n.feeds(7, 6)
	pm, po := n.plain(t, false)
	want := run(t, pm, po, feeds)
	var front, end []string
	for _, p := range n.params {
		if strings.HasPrefix(p, "a") {
			front = append(front, p)
		} else {
			end = append(end, p)
		}
	}
	s, err := cpustep.Forward(n.m, cpustep.Options{Feature: "a", Logits: "logits", Batch: batch, Params: end,
		FeatureGrad: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Model.Graph.Inputs = append(s.Model.Graph.Inputs, graph.NewValueInfo("seed", graph.Float, graph.FixedDim(batch),
		graph.FixedDim(5)))
	g, err := s.Backward(map[string]string{s.Logits: "seed"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range g {
		s.Model.Graph.AddOutput(&graph.ValueInfo{Name: v, Type: &graph.TensorType{Elem: graph.Float}})
	}
	m, err := extract.Between(n.m, []string{"x"}, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.Inputs = append(m.Graph.Inputs, graph.NewValueInfo("seed", graph.Float, graph.FixedDim(batch),
		graph.FixedDim(5)))
	m.Graph.Inputs[0].Type.Shape[0] = graph.FixedDim(batch)
	joined, err := m.Splice(s.Model, map[string]string{"a": "a", "seed": "seed"})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := grad.Build(m, grad.Request{Seeds: map[string]string{"a": joined[g["a"]]}, WRT: front})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range end {
		outputs[p] = joined[g[p]]
	}
	got := run(t, m, outputs, feeds)
	for _, p := range n.params {
		if d := relative(got[p].F32, want[p].F32); !(d <= 5e-5) {
			t.Errorf("%s differs by %g of its largest element", p, d)
		}
	}
}

// TestWriteStep writes the step that testdata/peers/graph_step.py times:
// ResNet-50's layer4 and head, batch and file from the environment.
func TestWriteStep(t *testing.T) {
	path := os.Getenv("HILUM_STEP_OUT")
	if path == "" {
		t.Skip("HILUM_STEP_OUT is not set: nothing to write")
	}
	n := newNetwork(1024, 14, 14)
	y, c := "x", int64(1024)
	for b := range 3 {
		p, stride := fmt.Sprintf("%d.", b), int64(1)
		if b == 0 {
			stride = 2
		}
		z := n.conv(n.conv(y, p+"conv1", []int64{512, c, 1, 1}, 1, 0, true), p+"conv2", []int64{512, 512, 3, 3},
			stride, 1, true)
		z = n.conv(z, p+"conv3", []int64{2048, 512, 1, 1}, 1, 0, false)
		if b == 0 {
			y = n.conv(y, p+"downsample", []int64{2048, c, 1, 1}, 2, 0, false)
		}
		y, c = n.node("Relu", p+"out", []string{n.node("Add", p+"add", []string{z, y})}), 2048
	}
	n.head(y, 2048)
	s, err := cpustep.Forward(n.m, cpustep.Options{Feature: "x", Logits: "logits", Batch: 16, Params: n.params,
		BatchStats: true, Momentum: .1})
	if err != nil {
		t.Fatal(err)
	}
	s.Model.Graph.Inputs = append(s.Model.Graph.Inputs,
		graph.NewValueInfo("seed", graph.Float, graph.FixedDim(16), graph.FixedDim(5)))
	g, err := s.Backward(map[string]string{s.Logits: "seed"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.params {
		s.Model.Graph.AddOutput(&graph.ValueInfo{Name: g[p], Type: &graph.TensorType{Elem: graph.Float}})
	}
	if _, err := s.Model.Graph.WeightsToInputs(n.params); err != nil {
		t.Fatal(err)
	}
	s.Model.Graph.Prune()
	if err := s.Model.WriteFile(path); err != nil {
		t.Fatal(err)
	}
}
