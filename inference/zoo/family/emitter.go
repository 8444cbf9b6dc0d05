package family

import (
	"fmt"
	"slices"
	"strings"

	"hilum/inference/graph"
)

// Emitter writes the nodes of a graph, each under a name that is still free. Values are
// known by their names: a method takes those that it reads and returns the one that it wrote.
type Emitter struct {
	Graph *graph.Graph
	names map[string]bool
}

// Constant adds an initializer of our own.
func (e *Emitter) Constant(t *graph.Tensor) string {
	t.Name = graph.Fresh(e.names, t.Name)
	e.Graph.Initializers = append(e.Graph.Initializers, t)
	return t.Name
}

// Op adds a node whose output bears the given name.
func (e *Emitter) Op(op, name string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(e.names, name)
	e.Graph.AddNode(op, in, []string{out}, attrs...)
	return out
}

// ints adds whole numbers as a constant.
func (e *Emitter) ints(v ...int64) string {
	var words []string
	for _, x := range v {
		words = append(words, fmt.Sprint(x))
	}
	name := "shape_" + strings.Join(words, "_")
	if e.Graph.Initializer(name) != nil {
		return name
	}
	return e.Constant(graph.NewInts(name, v, int64(len(v))))
}

// Number adds a scalar.
func (e *Emitter) Number(name string, v float64) string {
	name = fmt.Sprintf("%s_%g", name, v)
	if e.Graph.Initializer(name) != nil {
		return name
	}
	return e.Constant(graph.NewFloats(name, []float32{float32(v)}))
}

// limit adds a scalar under that very name.
func (e *Emitter) limit(name string, v float32) string {
	if e.Graph.Initializer(name) != nil {
		return name
	}
	return e.Constant(graph.NewFloats(name, []float32{v}))
}

// Reshape lays a value out anew; 0 keeps a size, -1 is what is left.
func (e *Emitter) Reshape(x, name string, to ...int64) string {
	return e.Op("Reshape", name, []string{x, e.ints(to...)})
}

// Transpose orders the axes as perm has them.
func (e *Emitter) Transpose(x, name string, perm ...int64) string {
	return e.Op("Transpose", name, []string{x}, graph.IntsAttr("perm", perm...))
}

// Slice takes from .. to of an axis, every so many.
func (e *Emitter) Slice(x, name string, axis, from, to, step int64) string {
	return e.Op("Slice", name, []string{x, e.ints(from), e.ints(to), e.ints(axis), e.ints(step)})
}

// Relu is max(x, 0).
func (e *Emitter) Relu(x, name string) string { return e.Op("Relu", name, []string{x}) }

// Relu6 is Clip to 0..6.
func (e *Emitter) Relu6(x, name string) string {
	lo := e.limit("relu6_min", 0)
	return e.Op("Clip", name, []string{x, lo, e.limit("relu6_max", 6)})
}

// Silu is x sigmoid(x).
func (e *Emitter) Silu(x, name string) string {
	return e.Op("Mul", name, []string{x, e.Op("Sigmoid", name+".sigmoid", []string{x})})
}

// HardSwish is x relu6(x + 3)/6.
func (e *Emitter) HardSwish(x, name string) string { return e.Op("HardSwish", name, []string{x}) }

// HardSigmoid is relu6(x + 3)/6, PyTorch's.
func (e *Emitter) HardSigmoid(x, name string) string {
	return e.Op("HardSigmoid", name, []string{x}, graph.FloatAttr("alpha", 1./6), graph.FloatAttr("beta", .5))
}

// Sigmoid is 1/(1 + exp(-x)).
func (e *Emitter) Sigmoid(x, name string) string { return e.Op("Sigmoid", name, []string{x}) }

// MaxPool is the largest of each kernel x kernel places of a map [N, C, h, w]; of w it takes
// stride and padding.
func (e *Emitter) MaxPool(x, name string, kernel int64, w Window) string {
	return e.Op("MaxPool", name, []string{x}, graph.IntsAttr("kernel_shape", kernel, kernel),
		graph.IntsAttr("strides", w.Stride, w.Stride), graph.IntsAttr("pads", w.Pad, w.Pad, w.Pad, w.Pad))
}

// Add is x + y; they are broadcast as ONNX does.
func (e *Emitter) Add(x, y, name string) string { return e.Op("Add", name, []string{x, y}) }

// GlobalPool is the mean over the places of a map: [N, C, h, w] to [N, C, 1, 1].
func (e *Emitter) GlobalPool(x, name string) string {
	return e.Op("GlobalAveragePool", name, []string{x})
}

// Flatten lays all but the first axis in a row.
func (e *Emitter) Flatten(x, name string) string {
	return e.Op("Flatten", name, []string{x}, graph.IntAttr("axis", 1))
}

// Concat joins maps along their channels.
func (e *Emitter) Concat(parts []string, name string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return e.Op("Concat", name, slices.Clone(parts), graph.IntAttr("axis", 1))
}

// ByHeads splits tokens [N, T, C] into [N, heads, T, C / heads].
func (e *Emitter) ByHeads(x, name string, heads int64) string {
	return e.Transpose(e.Reshape(x, name+".split", 0, 0, heads, -1), name+".heads", 0, 2, 1, 3)
}

// ForEach repeats a constant [1, T, C] for each picture of a batch x.
func (e *Emitter) ForEach(constant, name, x string, tokens, width int64) string {
	batch := e.Slice(e.Op("Shape", name+".batch", []string{x}), name+".pictures", 0, 0, 1, 1)
	to := e.Op("Concat", name+".shape", []string{batch, e.ints(tokens, width)}, graph.IntAttr("axis", 0))
	return e.Op("Expand", name+".each", []string{constant, to})
}

// MeanOf is the mean over an axis of tokens.
func (e *Emitter) MeanOf(x, name string, axes ...int64) string {
	return e.Op("ReduceMean", name, []string{x}, graph.IntsAttr("axes", axes...), graph.IntAttr("keepdims", 0))
}
