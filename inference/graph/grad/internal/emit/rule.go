// Package emit is what the rules of derivatives write graphs with: a rule is a
// [Rule], and it sees the graph that is differentiated as a [Builder].
//
// The core type is [Emitter].
package emit

import (
	"maps"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// ErrNotDifferentiable marks an operator without a rule, or one used in a form
// that its rule does not cover.
var ErrNotDifferentiable = message.New("not differentiable")

// Rule appends the derivative of one node: dy holds the derivative by each
// output, "" where there is none.
type Rule func(b Emitter, n *graph.Node, dy []string) error

// Rules are the rules of ONNX operators, by operator.
type Rules map[string]Rule

// Join puts the rules of rooms together.
func Join(rooms ...Rules) Rules {
	all := make(Rules)
	for _, r := range rooms {
		maps.Copy(all, r)
	}
	return all
}

// Builder is what a rule needs of the graph that is differentiated.
type Builder interface {
	// Op appends a node with one output and returns the output's name.
	Op(op string, in []string, attrs ...*graph.Attribute) string
	// Again appends a node that does the same as n, without an attribute, and
	// has a second output, which it returns.
	Again(n *graph.Node, without string) string
	// Extra returns the name of a node's output number i, which it gets where it has none.
	Extra(n *graph.Node, i int) string
	// Constant returns the name of an initializer with that content.
	Constant(t *graph.Tensor) string
	// Through differentiates an operator by way of others: write appends nodes that
	// compute its first output anew from its inputs, and their rules do the rest. Where
	// nothing else reads the new value, pruning removes what is not needed of it.
	Through(dy string, write func() (string, error)) error

	// Wants tells whether a derivative by the value is needed.
	Wants(name string) bool
	// Give adds a contribution to the derivative by a value, if it is needed.
	Give(name, d string)

	// Tensor returns the constant behind a value, nil where it is none.
	Tensor(name string) *graph.Tensor
	// Maker is the node that a value comes from, nil for inputs and constants.
	Maker(name string) *graph.Node
	// Shapes are those of all values, also of the appended ones.
	Shapes() shape.Shapes
	// Shapeless says why the shape of a value is not known.
	Shapeless(name string) message.Message
	// Opset is the version of ONNX's operator set.
	Opset() int64
}

// Emitter writes arithmetic with a builder.
type Emitter struct{ Builder }
