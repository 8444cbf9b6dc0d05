package mapcheck_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/ort"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/inference/tensor"
)

// peerTolerance is how far figures may lie from Quantus's on the same tensors.
const peerTolerance = 1e-3

// explained is the class of the references.
const explained = 1

func read(t *testing.T, name string) *graph.Model {
	t.Helper()
	m, err := graph.ReadFile("testdata/" + name + ".onnx")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// references gives a stored tensor by its name; see testdata/peers/saliency_verdict.py.
func references(t *testing.T) func(name string) tensor.Tensor {
	t.Helper()
	refs := read(t, "references")
	return func(name string) tensor.Tensor {
		x := refs.Graph.Initializer(name)
		if x == nil {
			t.Fatalf("no reference %q", name)
		}
		v, err := x.Floats()
		if err != nil {
			t.Fatal(err)
		}
		return tensor.Tensor{Shape: x.Dims, Data: v}
	}
}

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
		return e.NewSession(model, inference.SessionOptions{Inputs: in, Outputs: out})
	}
}

// subject is a map of the small network by a method.
func subject(t *testing.T, method saliency.Method) mapcheck.Subject {
	t.Helper()
	open, m := engine(t), read(t, "net")
	e, err := saliency.New(m, open, saliency.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	q := saliency.Query{Method: method, Classes: []int{explained}}
	return mapcheck.Subject{
		Image: references(t)("x"),
		Explain: func(ctx context.Context, image tensor.Tensor) (saliency.Map, error) {
			maps, err := e.Explain(ctx, image, q)
			if err != nil {
				return saliency.Map{}, err
			}
			return maps[0], nil
		},
		Scores: func(ctx context.Context, images tensor.Tensor) ([]float64, error) {
			out, err := e.Scores(ctx, images)
			if err != nil {
				return nil, err
			}
			var column []float64
			for i := explained; i < len(out.Data); i += int(out.Shape[1]) {
				column = append(column, float64(out.Data[i]))
			}
			return column, nil
		},
		Forgotten: func(ctx context.Context, image tensor.Tensor, seed uint64) (saliency.Map, error) {
			q.Seed = seed
			return saliency.Sanity{Model: m, Open: open, Query: q}.Forgotten(ctx, image)
		},
	}
}

// onTrial is the small network's closed-form map as the references have it tested.
func onTrial(t *testing.T) *mapcheck.Trial {
	t.Helper()
	c, err := mapcheck.NewTrial(t.Context(), subject(t, saliency.HiResCAM()), mapcheck.Options{Cells: 8, Steps: 8})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// differs is the largest difference from a reference.
func differs(got []float64, want tensor.Tensor) float64 {
	if len(got) != len(want.Data) {
		return math.Inf(1)
	}
	d := 0.0
	for i, v := range got {
		d = max(d, math.Abs(v-float64(want.Data[i])))
	}
	return d
}

// Oracle: Quantus's PixelFlipping on the same picture, network and map, taking cells away
// and, with pictures exchanged, putting them back; its areas; to 1e-3.
func TestCurvesEqualQuantus(t *testing.T) {
	c, ref := onTrial(t), references(t)
	own := make([]float64, len(c.Values()))
	for i, v := range c.Values() {
		own[i] = float64(v)
	}
	if d := differs(own, ref("map")); d > peerTolerance {
		t.Fatalf("the map differs by %g", d)
	}
	for name, putBack := range map[string]bool{"deletion": false, "insertion": true} {
		curve, mean, err := c.Curve(t.Context(), putBack)
		if err != nil {
			t.Fatal(err)
		}
		if d := differs(curve, ref(name)); d > peerTolerance {
			t.Errorf("%s differs by %g: %v, want %v", name, d, curve, ref(name).Data)
		}
		if d := differs([]float64{mean}, ref(name+"_auc")); d > peerTolerance {
			t.Errorf("the area of %s differs by %g", name, d)
		}
	}
}

// Oracle: Quantus's AvgSensitivity over the same noisy copies, to 1e-3.
func TestSensitivityEqualsQuantus(t *testing.T) {
	c, ref := onTrial(t), references(t)
	got, err := c.Sensitivity(t.Context(), ref("noisy"))
	if err != nil {
		t.Fatal(err)
	}
	if d := differs([]float64{got}, ref("sensitivity")); d > peerTolerance {
		t.Errorf("sensitivity %g, want %v", got, ref("sensitivity").Data)
	}
}

// Oracle: Quantus's similarity of two maps (Spearman), and its pointing game, to 1e-3.
func TestAgreementAndPointingEqualQuantus(t *testing.T) {
	c, ref := onTrial(t), references(t)
	f, err := c.Agreement(t.Context(), ref("other").Data)
	if err != nil {
		t.Fatal(err)
	}
	if d := differs([]float64{f.Value}, ref("spearman")); d > peerTolerance {
		t.Errorf("the rank correlation differs by %g", d)
	}
	b := ref("box").Data
	box := mapcheck.Box{X0: float64(b[0]), Y0: float64(b[1]), X1: float64(b[2]), Y1: float64(b[3])}
	if got, want := c.Points(box), slices.Equal(ref("pointing").Data, []float32{1}); got != want {
		t.Errorf("the map points into the box: %v, Quantus says %v", got, want)
	}
}
