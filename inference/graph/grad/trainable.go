package grad

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/extract"
	"hilum/internal/message"
)

// Trainable lists the parameters that training changes between two values of a
// model: kernels, matrices, biases, and the scales and shifts of
// normalisations, in the order in which they are first used. Running
// statistics and constants of activations are not among them.
func Trainable(m *graph.Model, from, to string) ([]string, error) {
	part, err := extract.Between(m, []string{from}, []string{to})
	if err != nil {
		return nil, message.Errorf("list parameters: %w", err)
	}
	var names []string
	for _, n := range part.Graph.Nodes {
		for _, i := range parameterInputs(n) {
			t := part.Graph.Initializer(n.Input(i))
			if t != nil && t.Type.IsFloat() && len(t.Dims) > 0 && !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	return names, nil
}

// parameterInputs are the inputs of an operator that hold parameters when they
// are constant.
func parameterInputs(n *graph.Node) []int {
	switch n.Op {
	case "Conv", "ConvTranspose", "BatchNormalization", "LayerNormalization", "InstanceNormalization",
		"GroupNormalization",
		"RMSNormalization":
		return []int{1, 2}
	case "Gemm":
		return []int{0, 1, 2}
	case "MatMul", "Add":
		return []int{0, 1}
	case "PRelu":
		return []int{1}
	}
	return nil
}
