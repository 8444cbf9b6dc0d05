package grad_test

import (
	"fmt"

	"hilum/inference/graph"
	"hilum/inference/graph/grad"
)

// A graph gets nodes that compute the derivative of a value; the seed is an input.
func ExampleBuild() {
	m := graph.NewModel("square", 17)
	v := func(name string) *graph.ValueInfo { return graph.NewValueInfo(name, graph.Float, graph.FixedDim(3)) }
	m.Graph.Inputs = []*graph.ValueInfo{v("x"), v("seed")}
	m.Graph.AddNode("Mul", []string{"x", "x"}, []string{"y"})
	m.Graph.AddOutput(v("y"))
	by, err := grad.Build(m, grad.Request{Seeds: map[string]string{"y": "seed"}, WRT: []string{"x"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range m.Graph.Nodes {
		fmt.Println(n.Op, n.Inputs)
	}
	fmt.Println("dy/dx is", by["x"])
	// Output:
	// Mul [x x]
	// Mul [seed x]
	// Mul [seed x]
	// Add [grad_Mul grad_Mul_1]
	// dy/dx is grad_Add
}
