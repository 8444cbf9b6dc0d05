// Package grad differentiates ONNX graphs: given a graph, where its gradient
// starts and which values are of interest, it appends ordinary ONNX nodes that
// compute the derivatives (reverse mode, one rule an operator). Nothing but a
// stock runtime is needed to run the result.
//
// The core function is [Build]. Rules lie by family in rooms of their own, which know
// of the graph only what internal/emit tells.
package grad

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// ErrNotDifferentiable marks an operator without a rule, or one used in a form
// that its rule does not cover. The error names the node.
var ErrNotDifferentiable = emit.ErrNotDifferentiable

// Request says which derivatives to build.
type Request struct {
	// Seeds maps a value of the graph to the value that holds the derivative
	// of the objective by it, of the same shape and type. A seed "" stands for
	// ones: the objective is the sum of the value's elements.
	Seeds map[string]string
	// WRT are the values to differentiate by: inputs, initializers or inner
	// values.
	WRT []string
}

// Build appends nodes to m's graph that compute the derivative of the
// objective by each value of r.WRT and returns the names of the results, which
// are not yet outputs. All spatial sizes must be known (graph.FixInput sets free
// ones); the batch size may be a symbol. A model of an operator set before 17 is
// brought to that set, see graph.Upgraded. On error the model is as it was.
func Build(m *graph.Model, r Request) (map[string]string, error) { return build(m, r, rules()) }

func build(m *graph.Model, r Request, known emit.Rules) (map[string]string, error) {
	b, err := newBuilder(m, r, known)
	if err != nil {
		return nil, message.Errorf("build gradient: %w", err)
	}
	for _, n := range slices.Backward(slices.Clone(b.g.Nodes)) {
		if err := b.node(n); err != nil {
			return nil, message.Errorf("build gradient: %v: %w", n, err)
		}
	}
	out := make(map[string]string, len(r.WRT))
	for _, w := range r.WRT {
		if out[w] = b.total(w); out[w] == "" {
			return nil, message.Errorf("build gradient: the objective does not depend on %q: only steps lead from it, such as comparisons, rounding or taking the largest", w)
		}
	}
	b.commit()
	return out, nil
}

// Supported tells whether there is a rule for an ONNX operator.
func Supported(op string) bool { return rules()[op] != nil }
