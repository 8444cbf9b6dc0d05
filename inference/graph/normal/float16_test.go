package normal

import (
	"math"
	"math/rand/v2"
	"testing"

	"hilum/inference/graph"
)

// halfModel is an Add of a weight of n values and a small one.
func halfModel(t *testing.T, v []float32) *graph.Model {
	t.Helper()
	m := graph.NewModel("g", 17)
	m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("w", v, int64(len(v))),
		graph.NewFloats("b", []float32{0.1}, 1)}
	m.Graph.Inputs = []*graph.ValueInfo{{Name: "x", Type: &graph.TensorType{Elem: graph.Float}}}
	m.Graph.AddNode("Mul", []string{"x", "w"}, []string{"y"})
	m.Graph.AddNode("Add", []string{"y", "b"}, []string{"z"})
	m.Graph.Outputs = []*graph.ValueInfo{{Name: "z", Type: &graph.TensorType{Elem: graph.Float}}}
	return m
}

// Through a file and back, each weight is within half a unit of the eleven bits
// that a half has, small ones are untouched, and the graph is as it was.
func TestWeightsInHalvesAndBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	v := make([]float32, 1000)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	m := halfModel(t, v)
	whole, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := HalveWeights(m); n != 1 || err != nil {
		t.Fatalf("%d weights, %v", n, err)
	}
	data, err := m.Encode()
	if err != nil || len(data) > len(whole)-1900 {
		t.Fatalf("%d bytes, %d before, %v", len(data), len(whole), err)
	}
	if m, err = graph.Decode(data); err != nil {
		t.Fatal(err)
	}
	if m.Graph.Initializer("w") != nil || m.Graph.Nodes[0].Op != "Cast" {
		t.Error("the weight is not behind a Cast")
	}
	if n, err := WidenWeights(m); n != 1 || err != nil {
		t.Fatalf("%d weights, %v", n, err)
	}
	w, err := m.Graph.Initializer("w").Floats()
	if err != nil || len(m.Graph.Nodes) != 2 {
		t.Fatalf("%d nodes, %v", len(m.Graph.Nodes), err)
	}
	for i := range v {
		if d := math.Abs(float64(w[i] - v[i])); d > math.Abs(float64(v[i]))/2048+1e-7 {
			t.Errorf("%v became %v", v[i], w[i])
		}
	}
	if b, _ := m.Graph.Initializer("b").Floats(); b[0] != 0.1 {
		t.Errorf("the small weight became %v", b[0])
	}
}

// What a half cannot hold, and Casts that are no weight's, stay.
func TestWeightsThatStay(t *testing.T) {
	v := make([]float32, 300)
	v[7] = 1e5
	m := halfModel(t, v)
	if n, err := HalveWeights(m); n != 0 || err != nil {
		t.Errorf("%d weights, %v", n, err)
	}
	v[7] = 1
	m = halfModel(t, v)
	if _, err := HalveWeights(m); err != nil {
		t.Fatal(err)
	}
	half := m.Graph.Initializers[0].Name
	m.Graph.AddNode("Cast", []string{half}, []string{"again"}, graph.IntAttr("to", int64(graph.Double)))
	if n, err := WidenWeights(m); n != 0 || err != nil {
		t.Errorf("%d weights widened that something else reads, %v", n, err)
	}
}
