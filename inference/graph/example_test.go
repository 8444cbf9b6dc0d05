package graph_test

import (
	"fmt"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/shape"
)

// small is a convolution, global average pooling and a linear layer.
func small() *graph.Model {
	m := graph.NewModel("small", 17)
	m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("image", graph.Float, graph.SymbolDim("n"),
		graph.FixedDim(1), graph.FixedDim(8), graph.FixedDim(8))}
	m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("k", make([]float32, 2*9), 2, 1, 3, 3),
		graph.NewFloats("w", make([]float32, 6), 3, 2)}
	m.Graph.AddNode("Conv", []string{"image", "k"}, []string{"map"}, graph.IntsAttr("pads", 1, 1, 1, 1))
	m.Graph.AddNode("GlobalAveragePool", []string{"map"}, []string{"pooled"})
	m.Graph.AddNode("Flatten", []string{"pooled"}, []string{"features"})
	m.Graph.AddNode("Gemm", []string{"features", "w"}, []string{"logits"}, graph.IntAttr("transB", 1))
	m.Graph.AddOutput(graph.NewValueInfo("logits", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3)))
	return m
}

// A model is built in memory, written as ONNX and read again.
func Example() {
	file, err := small().Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := graph.Decode(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range m.Graph.Nodes {
		fmt.Println(n.Op, n.Outputs[0])
	}
	// Output:
	// Conv map
	// GlobalAveragePool pooled
	// Flatten features
	// Gemm logits
}

// Shapes follow from the inputs and the weights; symbols such as the batch stay.
func Example_shapes() {
	s, err := shape.Infer(small())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s["map"], s["features"])
	// Output:
	// float[n,2,8,8] float[n,2]
}

// The head of a classifier is found, so that its class maps are closed form.
func Example_head() {
	head, err := classifier.FindHead(small())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(head.Feature, head.Embedding, head.Logits, head.Linear)
	// Output:
	// map features logits true
}

// A part of a model computes some of its values from others.
func Example_extract() {
	part, err := extract.Between(small(), []string{"map"}, []string{"logits"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range part.Graph.Nodes {
		fmt.Println(n.Op, n.Inputs)
	}
	// Output:
	// GlobalAveragePool [map]
	// Flatten [pooled]
	// Gemm [features w]
}
