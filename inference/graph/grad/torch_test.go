package grad_test

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/internal/ortrun"
)

func read(t testing.TB, name string) *graph.Model {
	t.Helper()
	m, err := graph.ReadFile(filepath.Join("testdata", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func reference(t testing.TB, refs *graph.Model, name string) ortrun.Array {
	t.Helper()
	x := refs.Graph.Initializer(name)
	if x == nil {
		t.Fatalf("no reference %q", name)
	}
	v, err := x.Floats()
	if err != nil {
		t.Fatal(err)
	}
	return ortrun.F32(v, x.Dims...)
}

// Oracle: PyTorch autograd on the networks that testdata/peers/graph_grads.py
// exported with both of PyTorch's exporters, batch size a symbol; to 2e-5 of
// the largest element of each gradient.
func TestGradientsEqualPyTorch(t *testing.T) {
	files, err := filepath.Glob("testdata/*.onnx")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	refs := read(t, "references")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".onnx")
		if name == "references" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			m := read(t, name)
			seed := *m.Graph.Outputs[0]
			seed.Name = "seed"
			m.Graph.Inputs = append(m.Graph.Inputs, &seed)
			var wrt []string
			for _, r := range refs.Graph.Initializers {
				if v, ok := strings.CutPrefix(r.Name, name+"/grad/"); ok {
					wrt = append(wrt, v)
				}
			}
			grads, err := grad.Build(m, grad.Request{Seeds: map[string]string{m.Graph.Outputs[0].Name: "seed"},
				WRT: wrt})
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range wrt {
				m.Graph.AddOutput(&graph.ValueInfo{Name: grads[w], Type: &graph.TensorType{Elem: graph.Float}})
			}
			got := ortrun.Open(t, encode(t, m)).Run(t, map[string]ortrun.Array{
				"x": reference(t, refs, name+"/x"), "seed": reference(t, refs, name+"/seed")})
			for _, w := range wrt {
				if d := relative(t, got[grads[w]], reference(t, refs, name+"/grad/"+w)); !(d <= 2e-5) {
					t.Errorf("gradient by %s differs by %g of its largest element", w, d)
				}
			}
		})
	}
}

func relative(t testing.TB, got, want ortrun.Array) float64 {
	t.Helper()
	if len(got.F32) != len(want.F32) {
		t.Fatalf("shape %v, want %v", got.Shape, want.Shape)
	}
	d, top := 0.0, 0.0
	for i, w := range want.F32 {
		d = max(d, math.Abs(float64(got.F32[i]-w)))
		top = max(top, math.Abs(float64(w)))
	}
	return d / max(top, 1e-6)
}

// Oracle: the same block in PyTorch's training mode, momentum 0.1: gradients
// through the batch statistics to 2e-5, running statistics to 1e-6.
func TestTrainBatchNorm(t *testing.T) {
	m, refs := read(t, "dense"), read(t, "references")
	stats, err := grad.TrainBatchNorm(m, .1)
	if err != nil {
		t.Fatal(err)
	}
	if len(stats) != 2 {
		t.Fatalf("%d normalisations, the block has 2", len(stats))
	}
	seed := *m.Graph.Outputs[0]
	seed.Name = "seed"
	m.Graph.Inputs = append(m.Graph.Inputs, &seed)
	wrt := []string{"x", "n.weight", "n.bias", "m.weight", "m.bias", "c.weight", "fc.weight", "fc.bias"}
	grads, err := grad.Build(m, grad.Request{Seeds: map[string]string{"y": "seed"}, WRT: wrt})
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{}
	for _, w := range wrt {
		outputs[grads[w]] = "grad/" + w
	}
	for _, s := range stats {
		outputs[s.NewMean], outputs[s.NewVariance] = "stat/"+s.Mean, "stat/"+s.Variance
	}
	for o := range outputs {
		m.Graph.AddOutput(&graph.ValueInfo{Name: o, Type: &graph.TensorType{Elem: graph.Float}})
	}
	got := ortrun.Open(t, encode(t, m)).Run(t, map[string]ortrun.Array{
		"x": reference(t, refs, "dense/x"), "seed": reference(t, refs, "dense_train/seed")})
	for o, name := range outputs {
		if d := relative(t, got[o], reference(t, refs, "dense_train/"+name)); !(d <= 2e-5) {
			t.Errorf("%s differs by %g of its largest element", name, d)
		}
	}
}

func TestRefusalsNameTheNode(t *testing.T) {
	build := func(op string, attrs ...*graph.Attribute) *graph.Model {
		m := graph.NewModel("g", 17)
		m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.FixedDim(2), graph.FixedDim(3))}
		m.Graph.AddNode(op, []string{"x"}, []string{"y"}, attrs...)
		m.Graph.AddOutput(graph.NewValueInfo("y", graph.Float, graph.FixedDim(2), graph.FixedDim(3)))
		return m
	}
	for name, m := range map[string]*graph.Model{
		"NonMaxSuppressed": build("NonMaxSuppressed"),
		"Dropout":          build("Dropout"),
	} {
		if name == "Dropout" {
			m.Graph.Nodes[0].Domain = "com.example"
		}
		before := len(m.Graph.Nodes) + len(m.Graph.Initializers)
		_, err := grad.Build(m, grad.Request{Seeds: map[string]string{"y": ""}, WRT: []string{"x"}})
		if !errors.Is(err, grad.ErrNotDifferentiable) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: want a refusal that names %s", err, name)
		}
		if len(m.Graph.Nodes)+len(m.Graph.Initializers) != before {
			t.Errorf("%s: the refused graph was changed", name)
		}
	}
	m := build("Relu")
	for _, r := range []grad.Request{
		{Seeds: map[string]string{"y": ""}, WRT: []string{"absent"}},
		{Seeds: map[string]string{"absent": ""}, WRT: []string{"x"}},
		{Seeds: map[string]string{"x": ""}, WRT: []string{"y"}},
	} {
		if g, err := grad.Build(m, r); err == nil {
			t.Errorf("%+v: built %v", r, g)
		}
	}
}

func TestCheckLeavesTheModelAlone(t *testing.T) {
	m := read(t, "vgg")
	before := encode(t, m)
	if err := grad.Check(m, "y", "x"); err != nil {
		t.Error(err)
	}
	if err := grad.Check(m, "x", "y"); err == nil {
		t.Error("the input depends on the output")
	}
	if !bytes.Equal(before, encode(t, m)) {
		t.Error("the model was changed")
	}
}

// Oracle: PyTorch's named_parameters of the block (testdata/peers/graph_grads.py);
// batch normalisation behind the Concat is not folded by the exporter.
func TestTrainable(t *testing.T) {
	got, err := grad.Trainable(read(t, "dense"), "x", "y")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if want := []string{"c.weight", "fc.bias", "fc.weight", "m.bias", "m.weight", "n.bias",
		"n.weight"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
