package classifier

import (
	"hilum/inference/graph"
	"hilum/inference/graph/shape"
)

// Writer adds nodes to a model whose names are free. The nodes come last, so
// they may read every value.
type Writer struct {
	m     *graph.Model
	names map[string]bool
	shape shape.Shapes
}

// NewWriter begins to write into a model.
func NewWriter(m *graph.Model) *Writer {
	return &Writer{m: m, names: m.Graph.Names(), shape: shape.Known(m)}
}

// Op adds a node with one output and returns that.
func (w *Writer) Op(op string, in ...string) string { return w.node(op, in) }

func (w *Writer) node(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(w.names, "scores_"+op)
	w.m.Graph.AddNode(op, in, []string{out}, attrs...)
	return out
}

func (w *Writer) ints(v ...int64) string {
	t := graph.NewInts(graph.Fresh(w.names, "scores_shape"), v, int64(len(v)))
	w.m.Graph.Initializers = append(w.m.Graph.Initializers, t)
	return t.Name
}

func (w *Writer) number(v float32) string {
	t := graph.NewFloats(graph.Fresh(w.names, "scores_number"), []float32{v})
	w.m.Graph.Initializers = append(w.m.Graph.Initializers, t)
	return t.Name
}

// Scores gives a value as 32-bit floats of shape [N, classes]; one that is so
// already is left as it is.
func (w *Writer) Scores(value string, classes int) string {
	if e := w.shape.Elem(value); e != graph.Float && e != graph.Undefined {
		value = w.node("Cast", []string{value}, graph.IntAttr("to", int64(graph.Float)))
	} else if d, ok := w.shape.Dims(value); ok && len(d) == 2 {
		return value
	}
	if d, ok := w.shape.Dims(value); ok && len(d) == 2 {
		return value
	}
	return w.node("Reshape", []string{value, w.ints(-1, int64(classes))})
}

// ShapeOf makes the shape of a value an output of 32-bit floats, behind a 1 that
// keeps that of a scalar from being empty, and gives the output's name.
func (w *Writer) ShapeOf(value string) string {
	shape := w.node("Concat", []string{w.ints(1), w.Op("Shape", value)}, graph.IntAttr("axis", 0))
	out := w.node("Cast", []string{shape}, graph.IntAttr("to", int64(graph.Float)))
	v := graph.NewValueInfo(out, graph.Float)
	v.Type.HasShape = false
	w.m.Graph.AddOutput(v)
	return out
}

// Value describes a value as an output of the graph.
func (w *Writer) Value(name string, classes int) *graph.ValueInfo {
	if v := w.m.Graph.Output(name); v != nil {
		return v
	}
	return graph.NewValueInfo(name, graph.Float, w.batch(), graph.FixedDim(int64(classes)))
}

func (w *Writer) batch() graph.Dim {
	for _, v := range w.m.Graph.Feeds() {
		if v.Type != nil && len(v.Type.Shape) == 4 {
			return v.Type.Shape[0]
		}
	}
	return graph.SymbolDim("batch")
}

// Pick takes one element of an axis.
func (w *Writer) Pick(value string, axis, element int) string {
	return w.node("Gather", []string{value, w.index(element)}, graph.IntAttr("axis", int64(axis)))
}

func (w *Writer) index(i int) string {
	t := graph.NewInts(graph.Fresh(w.names, "scores_index"), []int64{int64(i)})
	w.m.Graph.Initializers = append(w.m.Graph.Initializers, t)
	return t.Name
}

// LogOdds is log p - log (1 - p) of probabilities held within lo and hi.
func (w *Writer) LogOdds(p string, lo, hi float32) string {
	p = w.node("Max", []string{w.node("Min", []string{p, w.number(hi)}), w.number(lo)})
	return w.node("Sub", []string{w.node("Log", []string{p}),
		w.node("Log", []string{w.node("Sub", []string{w.number(1), p})})})
}
