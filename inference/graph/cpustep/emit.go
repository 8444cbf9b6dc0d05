package cpustep

import (
	"fmt"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// writer adds nodes and constants to the graph of a step.
type writer struct {
	g     *graph.Graph
	names map[string]bool   // all that are taken
	cache map[string]string // constants by content
}

func (w *writer) op(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(w.names, "fast_"+op)
	w.g.AddNode(op, in, []string{out}, attrs...)
	return out
}

// constant returns an initializer with that content, one for equal contents.
func (w *writer) constant(t *graph.Tensor) string {
	raw, err := t.Data()
	if err != nil { // our own tensors always have data
		raw = nil
	}
	key := fmt.Sprint(t.Type, t.Dims, string(raw))
	if name, ok := w.cache[key]; ok {
		return name
	}
	t.Name = graph.Fresh(w.names, "fast_const")
	w.cache[key] = t.Name
	w.g.Initializers = append(w.g.Initializers, t)
	return t.Name
}

func (w *writer) ints(v ...int64) string { return w.constant(graph.NewInts("", v, int64(len(v)))) }

// table is an integer matrix.
func (w *writer) table(v []int64, dims ...int64) string {
	return w.constant(graph.NewInts("", v, dims...))
}

func (w *writer) floats(v []float64, dims ...int64) string {
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	return w.constant(graph.NewFloats("", f, dims...))
}

func (w *writer) scalar(v float64) string { return w.floats([]float64{v}) }

func (w *writer) reshape(x string, shape ...int64) string {
	return w.op("Reshape", []string{x, w.ints(shape...)})
}

func (w *writer) mul(x, y string) string { return w.op("Mul", []string{x, y}) }

func (w *writer) rowSum(x string, keep int64) string {
	return w.op("ReduceSum", []string{x, w.ints(1)}, graph.IntAttr("keepdims", keep))
}

// gemm multiplies two matrices, transposed where asked; more inputs add a bias.
func (w *writer) gemm(ta, tb bool, in ...string) string {
	var attrs []*graph.Attribute
	if ta {
		attrs = append(attrs, graph.IntAttr("transA", 1))
	}
	if tb {
		attrs = append(attrs, graph.IntAttr("transB", 1))
	}
	return w.op("Gemm", in, attrs...)
}

// rows gathers along the middle axis of [c, pixels, n].
func (w *writer) rows(x string, index string) string {
	return w.op("Gather", []string{x, index}, graph.IntAttr("axis", 1))
}

// cube views [c, pixels n] as [c, pixels, n].
func (s *Step) cube(x string, c, pixels int64) string { return s.reshape(x, c, pixels, s.o.Batch) }

// padded is cube with one zero pixel at the end.
func (s *Step) padded(x string, c, pixels int64) string {
	return s.op("Pad", []string{s.cube(x, c, pixels), s.ints(0, 0, 0, 0, 1, 0)})
}

// weight makes a parameter or constant of the network an initializer of the
// step and returns its name and whether it is differentiated.
func (s *Step) weight(name string) (*graph.Tensor, error) {
	t := s.from.Graph.Constant(name)
	if t == nil || t.Type != graph.Float {
		return nil, message.Errorf("%w: %q is no constant of type float", ErrUnsupported, name)
	}
	if s.g.Initializer(name) == nil {
		c := *t
		c.Name = name
		s.names[name] = true
		s.g.Initializers = append(s.g.Initializers, &c)
	}
	return t, nil
}

// giveParam records the derivative by a parameter, adding where it is shared.
func (s *Step) giveParam(name, d string) {
	if have, ok := s.grads[name]; ok {
		d = s.op("Add", []string{have, d})
	}
	s.grads[name] = d
}
