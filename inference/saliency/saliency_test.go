package saliency_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/ort"
	"hilum/inference/saliency"
)

// session adapts the project's engine.
type session struct{ s inference.Session }

func (s session) Run(ctx context.Context, in []saliency.Tensor) ([]saliency.Tensor, error) {
	return s.s.Run(ctx, in)
}

func (s session) Close() error { return s.s.Close() }

// engine opens ONNX Runtime for one test.
func engine(t *testing.T) saliency.Open {
	t.Helper()
	e, err := ort.Open(ort.Options{Provider: inference.CPU, Threads: 1})
	if err != nil {
		t.Skip("no ONNX Runtime: set HILUM_ORT_LIB or run make:", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return func(model []byte, in, out []string) (saliency.Session, error) {
		s, err := e.NewSession(model, inference.SessionOptions{Inputs: in, Outputs: out})
		if err != nil {
			return nil, err
		}
		return session{s}, nil
	}
}

func read(t *testing.T, name string) *graph.Model {
	t.Helper()
	m, err := graph.ReadFile("testdata/" + name + ".onnx")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func reference(t *testing.T, refs *graph.Model, name string) saliency.Tensor {
	t.Helper()
	x := refs.Graph.Initializer(name)
	if x == nil {
		t.Fatalf("no reference %q", name)
	}
	v, err := x.Floats()
	if err != nil {
		t.Fatal(err)
	}
	return saliency.Tensor{Shape: x.Dims, Data: v}
}

func explainer(t *testing.T, net, layer string) *saliency.Explainer {
	t.Helper()
	e, err := saliency.New(read(t, net), engine(t), saliency.Options{Layer: layer, Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func maxDiff(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range want {
		d = max(d, math.Abs(float64(got[i]-want[i])))
	}
	return d
}

// Oracle: pytorch-grad-cam on the same networks with its own normalisation
// (testdata/peers/graph_saliency.py), to 1e-4 on a scale of 0 to 1.
func TestMapsEqualPyTorchGradCAM(t *testing.T) {
	refs := read(t, "references")
	layers := map[string]string{"cnn/last": "", "vit/last": "",
		"cnn/pool": read(t, "cnn").Graph.Find("/pool/MaxPool").Outputs[0]}
	for _, r := range refs.Graph.Initializers {
		parts := strings.Split(r.Name, "/")
		if len(parts) != 3 {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			e := explainer(t, parts[0], layers[parts[0]+"/"+parts[2]])
			want, x := reference(t, refs, r.Name), reference(t, refs, parts[0]+"/x")
			method, ok := saliency.Methods().Find(parts[1])
			if !ok {
				t.Fatal("no such method")
			}
			maps, err := e.Explain(t.Context(), x, saliency.Query{Method: method})
			if err != nil {
				t.Fatal(err)
			}
			h, w := int(want.Shape[1]), int(want.Shape[2])
			for c, m := range maps {
				ref := want.Data[c*h*w : (c+1)*h*w]
				d := maxDiff(saliency.Normalise(m, h, w).Values, ref)
				if parts[1] == "eigencam" { // numpy leaves the sign to chance
					for i := range m.Values {
						m.Values[i] = -m.Values[i]
					}
					d = min(d, maxDiff(saliency.Normalise(m, h, w).Values, ref))
				}
				if !(d <= 1e-4) {
					t.Errorf("class %d differs by %g", c, d)
				}
			}
		})
	}
}

// Oracle: PyTorch autograd and a plain loop over patches, to 1e-5.
func TestPictureMethodsEqualPyTorch(t *testing.T) {
	refs, e := read(t, "references"), explainer(t, "cnn", "")
	x := reference(t, refs, "cnn/x")
	for method, q := range map[string]saliency.Query{"gradient": {Method: saliency.Gradient()},
		"occlusion": {Method: saliency.Occlusion(), Patch: 5, Stride: 3}} {
		maps, err := e.Explain(t.Context(), x, q)
		if err != nil {
			t.Fatal(err)
		}
		want := reference(t, refs, "cnn/"+method).Data
		for c, m := range maps {
			if d := maxDiff(m.Values, want[c*len(m.Values):(c+1)*len(m.Values)]); !(d <= 1e-5) {
				t.Errorf("%s, class %d differs by %g", method, c, d)
			}
		}
	}
}

// Oracle: the completeness axiom. The map sums to the logit at the picture
// minus the logit at the baseline; with 200 midpoints to 1e-3.
func TestIntegratedGradientsAreComplete(t *testing.T) {
	refs, e := read(t, "references"), explainer(t, "cnn", "")
	x := reference(t, refs, "cnn/x")
	s, err := engine(t)(bytesOf(t, read(t, "cnn")), []string{"x"}, []string{"logits"})
	if err != nil {
		t.Fatal(err)
	}
	zero := saliency.Tensor{Shape: x.Shape, Data: make([]float32, len(x.Data))}
	z0, err0 := s.Run(t.Context(), []saliency.Tensor{zero})
	z1, err1 := s.Run(t.Context(), []saliency.Tensor{x})
	if err := errors.Join(err0, err1, s.Close()); err != nil {
		t.Fatal(err)
	}
	maps, err := e.Explain(t.Context(), x, saliency.Query{Method: saliency.Integrated(), Steps: 200})
	if err != nil {
		t.Fatal(err)
	}
	for c, m := range maps {
		sum := 0.0
		for _, v := range m.Values {
			sum += float64(v)
		}
		if want := float64(z1[0].Data[c] - z0[0].Data[c]); !(math.Abs(sum-want) <= 1e-3) {
			t.Errorf("class %d sums to %g, the logits differ by %g", c, sum, want)
		}
	}
}

func bytesOf(t *testing.T, m *graph.Model) []byte {
	t.Helper()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// With hardly any noise SmoothGrad is the gradient; the same seed gives the
// same map, another seed another one.
func TestSmoothGrad(t *testing.T) {
	refs, e := read(t, "references"), explainer(t, "cnn", "")
	x := reference(t, refs, "cnn/x")
	run := func(noise float64, seed uint64) []float32 {
		maps, err := e.Explain(t.Context(), x, saliency.Query{Method: saliency.SmoothGrad(), Classes: []int{1},
			Samples: 6, Noise: noise, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return maps[0].Values
	}
	n := len(x.Data)
	if d := maxDiff(run(1e-9, 1), reference(t, refs, "cnn/gradient").Data[n:2*n]); !(d <= 1e-5) {
		t.Errorf("without noise it differs from the gradient by %g", d)
	}
	first := run(.2, 1)
	if !slices.Equal(first, run(.2, 1)) || slices.Equal(first, run(.2, 2)) {
		t.Error("the seed does not decide the noise")
	}
}

// Oracles: scikit-image's structural_similarity (to 1e-5) and scipy's
// spearmanr (to 1e-6) on two maps.
func TestSimilarities(t *testing.T) {
	refs := read(t, "references")
	p, q := reference(t, refs, "cnn/gradcam/last"), reference(t, refs, "cnn/gradcam++/last")
	n := 20 * 16
	a := saliency.Map{H: 20, W: 16, Values: p.Data[:n]}
	b := saliency.Map{H: 20, W: 16, Values: q.Data[:n]}
	if got, want := saliency.SSIM(a, b), float64(reference(t, refs, "ssim").Data[0]); !(math.Abs(got-want) <= 1e-5) {
		t.Errorf("SSIM %g, want %g", got, want)
	}
	if got, want := saliency.RankCorrelation(a.Values, b.Values),
		float64(reference(t, refs, "spearman").Data[0]); !(math.Abs(got-want) <= 1e-6) {
		t.Errorf("rank correlation %g, want %g", got, want)
	}
}

// Grad-CAM must notice that layers forget; Eigen-CAM, which never looks at the
// head, must not notice the first two steps (the head's linear layers).
func TestSanityTellsMethodsApart(t *testing.T) {
	x := reference(t, read(t, "references"), "cnn/x")
	steps := make(map[string][]saliency.SanityStep)
	for _, m := range []saliency.Method{saliency.HiResCAM(), saliency.EigenCAM()} {
		s := saliency.Sanity{Model: read(t, "cnn"), Open: engine(t),
			Query: saliency.Query{Method: m, Classes: []int{0}}}
		var err error
		if steps[m.Name], err = s.Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if len(steps[m.Name]) != 4 {
			t.Fatalf("%d steps, the network has 4 layers", len(steps[m.Name]))
		}
	}
	if e := steps["eigencam"]; e[0].SSIM < 1-1e-9 || e[1].SSIM < 1-1e-9 || e[3].SSIM > .9 {
		t.Errorf("Eigen-CAM %+v", e)
	}
	if h := steps["hirescam"]; h[1].SSIM > .9 {
		t.Errorf("HiResCAM %+v", h)
	}
}

func TestFixedScaleKeepsClassesComparable(t *testing.T) {
	maps := saliency.Fixed([]saliency.Map{{H: 1, W: 2, Values: []float32{1, -4}},
		{Class: 1, H: 1, W: 2, Values: []float32{2, 0}}}, 1, 2)
	if !slices.Equal(maps[0].Values, []float32{.25, -1}) || !slices.Equal(maps[1].Values, []float32{.5, 0}) {
		t.Errorf("%v", maps)
	}
}

func TestRefusals(t *testing.T) {
	x := reference(t, read(t, "references"), "cnn/x")
	e := explainer(t, "cnn", "")
	for name, q := range map[string]saliency.Query{"method": {Method: saliency.Method{Name: "magic"}},
		"class": {Method: saliency.GradCAM(), Classes: []int{3}}} {
		if _, err := e.Explain(t.Context(), x, q); err == nil {
			t.Errorf("%s: explained", name)
		}
	}
	if _, err := e.Explain(t.Context(), saliency.Tensor{Shape: []int64{20, 16}, Data: x.Data},
		saliency.Query{}); err == nil {
		t.Error("a picture without batch and channel was explained")
	}
	if _, err := saliency.New(read(t, "cnn"), engine(t), saliency.Options{Layer: "logits"}); err == nil {
		t.Error("the logits were taken for a feature map")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Explain(ctx, x, saliency.Query{Method: saliency.ScoreCAM()}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
