// Package shape works out element types and shapes of the values of a graph. Its core type
// is [Shapes]; [Infer] holds a file to what it declares, [Known] makes do with what can be
// known. There is a rule for each operator (infer_rules.go and the files beside it). It
// imports only inference/graph.
package shape

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// Shapes holds what inference found out about every value of a graph. A value
// of which nothing is known has no entry; one whose shape is not known has
// HasShape false.
type Shapes map[string]*graph.TensorType

// Dims returns the shape of a value and whether its rank is known.
func (s Shapes) Dims(name string) ([]graph.Dim, bool) {
	t := s[name]
	if t == nil || !t.HasShape {
		return nil, false
	}
	return t.Shape, true
}

// Elem returns the element type of a value, Undefined when not known.
func (s Shapes) Elem(name string) graph.DataType {
	if t := s[name]; t != nil {
		return t.Elem
	}
	return graph.Undefined
}

// Static returns the sizes of a value when all of them are known.
func (s Shapes) Static(name string) ([]int64, bool) {
	dims, ok := s.Dims(name)
	if !ok {
		return nil, false
	}
	out := make([]int64, len(dims))
	for i, d := range dims {
		if !d.Known {
			return nil, false
		}
		out[i] = d.Value
	}
	return out, true
}

// Ints returns the elements of an integer value that inference could work out.
func (s Shapes) Ints(name string) ([]int64, bool) {
	t := s[name]
	if t == nil || t.Elems == nil {
		return nil, false
	}
	return known(t.Elems)
}

// errUnknown is what a shape rule returns when its inputs say too little.
var errUnknown = message.New("not known")

// inference carries the state of one Infer. values holds the elements of
// small integer tensors that describe shapes, as far as they are known.
type shaper struct {
	Shapes
	g      *graph.Graph
	ix     *graph.Index
	values map[string][]graph.Dim
	reals  map[string][]float64 // elements of small tensors of 32-bit floats, all known
	opset  int64
}

// Infer works out element types and shapes of the values of the main
// graph from its inputs and initializers. Symbols such as the batch size are
// kept. Operators it does not know leave their outputs as the file declares
// them; shapes that contradict each other are an error that names the node.
func Infer(m *graph.Model) (Shapes, error) {
	s, err := inferShapes(m, true)
	if err != nil {
		return nil, err
	}
	return s.Shapes, nil
}

// Known is Infer for those who can do without: what contradicts
// itself is left as the file declares it.
func Known(m *graph.Model) Shapes {
	s, _ := inferShapes(m, false)
	return s.Shapes
}

func inferShapes(m *graph.Model, strict bool) (*shaper, error) {
	s := newShaper(m)
	declared := make(map[string]*graph.TensorType)
	for _, list := range [][]*graph.ValueInfo{m.Graph.ValueInfos, m.Graph.Outputs} {
		for _, v := range list {
			declared[v.Name] = v.Type
		}
	}
	for _, n := range m.Graph.Nodes {
		if err := s.node(n); err != nil && strict && !errors.Is(err, errUnknown) {
			return nil, message.Errorf("infer shapes: %v: %w", n, err)
		}
		for _, out := range n.Outputs {
			s.fallBack(out, declared[out])
		}
	}
	return s, nil
}

// newShaper knows the inputs and the weights.
func newShaper(m *graph.Model) *shaper {
	s := &shaper{Shapes: make(Shapes), g: m.Graph, ix: graph.NewIndex(m.Graph), values: make(map[string][]graph.Dim),
		reals: make(map[string][]float64),
		opset: m.Opset()}
	for _, v := range m.Graph.Inputs {
		if v.Type != nil {
			s.Shapes[v.Name] = v.Type
		}
	}
	for _, t := range m.Graph.Initializers {
		s.constant(t.Name, t)
	}
	return s
}

// fallBack takes the declared type of a value that inference says less about.
func (s *shaper) fallBack(name string, t *graph.TensorType) {
	if name == "" || t == nil {
		return
	}
	mine := s.Shapes[name]
	switch {
	case mine == nil:
		s.Shapes[name] = t
	case !mine.HasShape && t.HasShape:
		s.Shapes[name] = &graph.TensorType{Elem: mine.Elem, HasShape: true, Shape: t.Shape}
	case mine.HasShape && t.HasShape && len(mine.Shape) == len(t.Shape):
		for i, d := range mine.Shape {
			if !d.Known && d.Param == "" && t.Shape[i].Known {
				c := *mine
				c.Shape = slices.Clone(mine.Shape)
				c.Shape[i] = graph.FixedDim(t.Shape[i].Value)
				mine, s.Shapes[name] = &c, &c
			}
		}
	}
}

func (s *shaper) node(n *graph.Node) error {
	if !n.IsONNX() {
		return errUnknown
	}
	rule := shapeRule(n.Op)
	if rule == nil {
		return errUnknown
	}
	if err := rule(s, n); err != nil {
		return err
	}
	s.track(n)
	s.trackReals(n)
	return nil
}

// shapeValues is the largest integer tensor whose elements are tracked.
const shapeValues = 64

// constant records a tensor and, where it can describe a shape, its elements.
func (s *shaper) constant(name string, t *graph.Tensor) {
	dims := make([]graph.Dim, len(t.Dims))
	for i, d := range t.Dims {
		dims[i] = graph.FixedDim(d)
	}
	s.Shapes[name] = &graph.TensorType{Elem: t.Type, HasShape: true, Shape: dims}
	if t.Type == graph.Float && t.Len() <= realValues {
		s.constantReals(name, t)
	}
	if t.Len() > shapeValues || t.Type != graph.Int64 && t.Type != graph.Int32 {
		return
	}
	v, err := t.Ints()
	if err != nil {
		return
	}
	values := make([]graph.Dim, len(v))
	for i, x := range v {
		values[i] = graph.FixedDim(x)
	}
	s.values[name] = values
	s.Shapes[name].Elems = values
}

func (s *shaper) set(name string, elem graph.DataType, dims []graph.Dim) {
	if name != "" {
		s.Shapes[name] = &graph.TensorType{Elem: elem, HasShape: true, Shape: dims}
	}
}

// in returns type and shape of a node's i-th input.
func (s *shaper) in(n *graph.Node, i int) (graph.DataType, []graph.Dim, error) {
	dims, ok := s.Dims(n.Input(i))
	if !ok {
		return graph.Undefined, nil, errUnknown
	}
	return s.Elem(n.Input(i)), dims, nil
}

// dataAnd returns type and shape of a node's first input and the shape of its
// second, such as indices.
func (s *shaper) dataAnd(n *graph.Node) (e graph.DataType, data, other []graph.Dim, err error) {
	if e, data, err = s.in(n, 0); err == nil {
		_, other, err = s.in(n, 1)
	}
	return e, data, other, err
}

// ints returns a node's integers: from the attribute or from the i-th input.
// ok is false when they are given but not constant.
func (s *shaper) ints(n *graph.Node, attr string, i int) (v []int64, ok bool) {
	if a := n.Ints(attr); a != nil {
		return a, true
	}
	if n.Input(i) == "" {
		return nil, true
	}
	values, ok := s.values[n.Input(i)]
	if !ok {
		return nil, false
	}
	for _, d := range values {
		if !d.Known {
			return nil, false
		}
		v = append(v, d.Value)
	}
	return v, true
}

// AxisOf counts a possibly negative axis of a value of that rank from the front.
func AxisOf(a int64, rank int) (int, error) {
	if a < 0 {
		a += int64(rank)
	}
	if a < 0 || a >= int64(rank) {
		return 0, message.Errorf("axis %d of a value of rank %d", a, rank)
	}
	return int(a), nil
}

// Broadcast returns the shape of an elementwise operation on a and b by
// ONNX's multidirectional broadcasting.
func broadcastShapes(a, b []graph.Dim) ([]graph.Dim, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := make([]graph.Dim, len(a))
	for i, d := range a {
		j := i - (len(a) - len(b))
		if j < 0 {
			out[i] = d
			continue
		}
		o := b[j]
		switch {
		case o.Is(1) || d.Same(o):
			out[i] = d
		case d.Is(1) || o.Known && !d.Known:
			out[i] = o
		case d.Known && o.Known:
			return nil, message.Errorf("shapes %v and %v do not broadcast", a, b)
		case d.Known:
			out[i] = d
		default:
			out[i] = graph.Dim{}
		}
	}
	return out, nil
}

// product is a number of elements: a factor times symbols, as in 2*batch.
// ok is false when a dimension is not known at all.
type product struct {
	factor  int64
	symbols []string
	ok      bool
}

// multiply collects dimensions into a product; it refuses what overflows.
func multiply(dims []graph.Dim) (product, error) {
	p := product{factor: 1, ok: true}
	for _, d := range dims {
		f, symbol := d.Value, ""
		if !d.Known {
			if f, symbol = splitSymbol(d.Param); symbol == "" {
				p.ok = false
				continue
			}
			p.symbols = append(p.symbols, symbol)
		}
		if f < 0 || f > 0 && p.factor > math.MaxInt64/f {
			return p, message.Errorf("impossible sizes %v", dims)
		}
		p.factor *= f
	}
	return p, nil
}

// splitSymbol takes 2*batch apart.
func splitSymbol(s string) (int64, string) {
	if head, tail, found := strings.Cut(s, "*"); found {
		if f, err := strconv.ParseInt(head, 10, 64); err == nil && f > 0 {
			return f, tail
		}
	}
	return 1, s
}

// dim is the product as one dimension: unknown with two symbols or more.
func (p product) dim() graph.Dim {
	switch {
	case !p.ok || len(p.symbols) > 1:
		return graph.Dim{}
	case len(p.symbols) == 0:
		return graph.FixedDim(p.factor)
	case p.factor == 1:
		return graph.SymbolDim(p.symbols[0])
	case p.factor == 0:
		return graph.FixedDim(0)
	}
	return graph.SymbolDim(fmt.Sprintf("%d*%s", p.factor, p.symbols[0]))
}

// mul multiplies dimensions.
func mul(dims ...graph.Dim) (graph.Dim, error) {
	p, err := multiply(dims)
	return p.dim(), err
}
