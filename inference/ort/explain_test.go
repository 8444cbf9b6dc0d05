package ort_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/ort"
	"hilum/inference/saliency"
)

// The gradient graph and the closed form are two ways to the same map: Grad-CAM
// of a head of global average pooling and one linear layer. Here the closed form
// keeps its sign, so the two agree where they are positive.
func TestGradientsEqualTheClosedForm(t *testing.T) {
	m, x := explainPeer(t, nil)
	im, err := dicomio.Decode(context.Background(), "testdata/peer/00000001_001.png")
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Score(context.Background(), im)
	if err != nil {
		t.Fatal(err)
	}
	maps, err := x.Explain(context.Background(), im, saliency.GradCAM(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(maps) != len(r.Maps) {
		t.Fatalf("%d maps for %d classes", len(maps), len(r.Maps))
	}
	for i := range maps {
		if maps[i].Class != r.Maps[i].Class {
			t.Errorf("map %d is of %s, want %s", i, maps[i].Class, r.Maps[i].Class)
		}
		compareShapes(t, &maps[i], &r.Maps[i])
	}
	if _, err := x.Explain(context.Background(), im, saliency.GradCAM(), []string{"Gout"}); err == nil ||
		!strings.Contains(err.Error(), "Gout") {
		t.Errorf("an unknown class: %v", err)
	}
}

// compareShapes holds two maps against each other up to scale (their displays).
func compareShapes(t *testing.T, got, want *inference.Heatmap) {
	t.Helper()
	a, b := got.MinMax(), want.MinMax()
	for i := range a {
		if d := math.Abs(float64(a[i] - b[i])); d > 1e-4 {
			t.Fatalf("%s at %d: %v by gradients, %v in closed form", got.Class, i, a[i], b[i])
		}
	}
}

// explainPeer opens the stored network, changed if wanted, and an explainer.
func explainPeer(t *testing.T, change func(*graph.Model)) (*inference.Model, *inference.Explainer) {
	t.Helper()
	if _, err := ort.Find(""); err != nil {
		t.Skip("ONNX Runtime is not here (make engine): ", err)
	}
	e, err := ort.Open(ort.Options{Provider: inference.CPU})
	if err != nil {
		t.Fatal(err)
	}
	src, err := inference.ReadSource(filepath.Join("testdata", "peer", "model.onnx"), "")
	if err != nil {
		t.Fatal(err)
	}
	src.Spec.Classes = inference.ChestXray14()
	src.Stated.Meaning = inference.Logits // one head ends in Tanh, whose meaning has to be said
	if change != nil {
		g, err := graph.Decode(src.ONNX)
		if err != nil {
			t.Fatal(err)
		}
		change(g)
		if src.ONNX, err = g.Encode(); err != nil {
			t.Fatal(err)
		}
	}
	m, err := inference.OpenModel(e, src)
	if err != nil {
		t.Fatal(err)
	}
	x, err := m.NewExplainer(e, src, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, err := range []error{x.Close(), m.Close(), e.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return m, x
}

// A head that is not pooling and one linear layer is scored without maps, and
// has them by gradients when they are wanted.
func TestOtherHeadsHaveMapsByGradients(t *testing.T) {
	m, _ := explainPeer(t, func(g *graph.Model) {
		out := g.Graph.Outputs[0].Name
		if err := g.Graph.Rename(out, "before"); err != nil {
			t.Fatal(err)
		}
		g.Graph.AddNode("Tanh", []string{"before"}, []string{out})
		g.Graph.Outputs[0].Name = out
	})
	if m.HasMaps() {
		t.Fatal("the head analysis sees through Tanh now: choose another head for this test")
	}
	im, err := dicomio.Decode(context.Background(), "testdata/peer/00000001_001.png")
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Score(context.Background(), im)
	if err != nil {
		t.Fatal(err)
	}
	if r.Maps != nil {
		t.Error("maps without a closed form")
	}
	maps, err := m.Maps(context.Background(), im, r)
	if err != nil || len(maps) != 14 || maps[0].Width < 2 {
		t.Errorf("%d maps, %v", len(maps), err)
	}
}
