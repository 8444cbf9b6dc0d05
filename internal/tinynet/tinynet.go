// Package tinynet makes the smallest network that has a head with class maps, for
// tests with an engine that only pretends. It imports inference/graph.
package tinynet

import "hilum/inference/graph"

// Encode gives an ONNX file: global average pooling of pictures [n, 3, side, side]
// and one linear layer of zeros, to logits [n, classes].
func Encode(classes, side int) ([]byte, error) {
	c, s, batch := int64(classes), graph.FixedDim(int64(side)), graph.SymbolDim("n")
	g := &graph.Graph{
		Name:    "tiny",
		Inputs:  []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, batch, graph.FixedDim(3), s, s)},
		Outputs: []*graph.ValueInfo{graph.NewValueInfo("y", graph.Float, batch, graph.FixedDim(c))},
		Initializers: []*graph.Tensor{graph.NewFloats("w", make([]float32, 3*c), c, 3),
			graph.NewFloats("b", make([]float32, c), c)},
	}
	g.AddNode("GlobalAveragePool", []string{"x"}, []string{"p"})
	g.AddNode("Flatten", []string{"p"}, []string{"f"})
	g.AddNode("Gemm", []string{"f", "w", "b"}, []string{"y"}, graph.IntAttr("transB", 1))
	return (&graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}}).Encode()
}
