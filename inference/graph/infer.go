package graph

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"hilum/internal/message"
)

// Shapes holds what inference found out about every value of a graph. A value
// of which nothing is known has no entry; one whose shape is not known has
// HasShape false.
type Shapes map[string]*TensorType

// Dims returns the shape of a value and whether its rank is known.
func (s Shapes) Dims(name string) ([]Dim, bool) {
	t := s[name]
	if t == nil || !t.HasShape {
		return nil, false
	}
	return t.Shape, true
}

// Elem returns the element type of a value, Undefined when not known.
func (s Shapes) Elem(name string) DataType {
	if t := s[name]; t != nil {
		return t.Elem
	}
	return Undefined
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
	if t == nil || t.elems == nil {
		return nil, false
	}
	return known(t.elems)
}

// Same tells whether two dimensions are certainly equal.
func (d Dim) Same(o Dim) bool {
	if d.Known || o.Known {
		return d.Known && o.Known && d.Value == o.Value
	}
	return d.Param != "" && d.Param == o.Param
}

// Is tells whether the dimension is known to be n.
func (d Dim) Is(n int64) bool { return d.Known && d.Value == n }

// errUnknown is what a shape rule returns when its inputs say too little.
var errUnknown = message.New("not known")

// inference carries the state of one InferShapes. values holds the elements of
// small integer tensors that describe shapes, as far as they are known.
type shaper struct {
	Shapes
	g      *Graph
	ix     *index
	values map[string][]Dim
	opset  int64
}

// InferShapes works out element types and shapes of the values of the main
// graph from its inputs and initializers. Symbols such as the batch size are
// kept. Operators it does not know leave their outputs as the file declares
// them; shapes that contradict each other are an error that names the node.
func (m *Model) InferShapes() (Shapes, error) {
	s, err := m.inferShapes(true)
	if err != nil {
		return nil, err
	}
	return s.Shapes, nil
}

// KnownShapes is InferShapes for those who can do without: what contradicts
// itself is left as the file declares it.
func (m *Model) KnownShapes() Shapes {
	s, _ := m.inferShapes(false)
	return s.Shapes
}

func (m *Model) inferShapes(strict bool) (*shaper, error) {
	s := m.newShaper()
	declared := make(map[string]*TensorType)
	for _, list := range [][]*ValueInfo{m.Graph.ValueInfos, m.Graph.Outputs} {
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
func (m *Model) newShaper() *shaper {
	s := &shaper{Shapes: make(Shapes), g: m.Graph, ix: newIndex(m.Graph), values: make(map[string][]Dim), opset: m.Opset()}
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
func (s *shaper) fallBack(name string, t *TensorType) {
	if name == "" || t == nil {
		return
	}
	mine := s.Shapes[name]
	switch {
	case mine == nil:
		s.Shapes[name] = t
	case !mine.HasShape && t.HasShape:
		s.Shapes[name] = &TensorType{Elem: mine.Elem, HasShape: true, Shape: t.Shape}
	case mine.HasShape && t.HasShape && len(mine.Shape) == len(t.Shape):
		for i, d := range mine.Shape {
			if !d.Known && d.Param == "" && t.Shape[i].Known {
				c := *mine
				c.Shape = slices.Clone(mine.Shape)
				c.Shape[i] = FixedDim(t.Shape[i].Value)
				mine, s.Shapes[name] = &c, &c
			}
		}
	}
}

func (s *shaper) node(n *Node) error {
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
	return nil
}

// shapeValues is the largest integer tensor whose elements are tracked.
const shapeValues = 64

// constant records a tensor and, where it can describe a shape, its elements.
func (s *shaper) constant(name string, t *Tensor) {
	dims := make([]Dim, len(t.Dims))
	for i, d := range t.Dims {
		dims[i] = FixedDim(d)
	}
	s.Shapes[name] = &TensorType{Elem: t.Type, HasShape: true, Shape: dims}
	if t.Len() > shapeValues || t.Type != Int64 && t.Type != Int32 {
		return
	}
	v, err := t.Ints()
	if err != nil {
		return
	}
	values := make([]Dim, len(v))
	for i, x := range v {
		values[i] = FixedDim(x)
	}
	s.values[name] = values
	s.Shapes[name].elems = values
}

func (s *shaper) set(name string, elem DataType, dims []Dim) {
	if name != "" {
		s.Shapes[name] = &TensorType{Elem: elem, HasShape: true, Shape: dims}
	}
}

// in returns type and shape of a node's i-th input.
func (s *shaper) in(n *Node, i int) (DataType, []Dim, error) {
	dims, ok := s.Dims(n.Input(i))
	if !ok {
		return Undefined, nil, errUnknown
	}
	return s.Elem(n.Input(i)), dims, nil
}

// dataAnd returns type and shape of a node's first input and the shape of its
// second, such as indices.
func (s *shaper) dataAnd(n *Node) (e DataType, data, other []Dim, err error) {
	if e, data, err = s.in(n, 0); err == nil {
		_, other, err = s.in(n, 1)
	}
	return e, data, other, err
}

// ints returns a node's integers: from the attribute or from the i-th input.
// ok is false when they are given but not constant.
func (s *shaper) ints(n *Node, attr string, i int) (v []int64, ok bool) {
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

// axis counts a possibly negative axis of a value of that rank from the front.
func axis(a int64, rank int) (int, error) {
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
func Broadcast(a, b []Dim) ([]Dim, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := make([]Dim, len(a))
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
			out[i] = Dim{}
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
func multiply(dims []Dim) (product, error) {
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
func (p product) dim() Dim {
	switch {
	case !p.ok || len(p.symbols) > 1:
		return Dim{}
	case len(p.symbols) == 0:
		return FixedDim(p.factor)
	case p.factor == 1:
		return SymbolDim(p.symbols[0])
	case p.factor == 0:
		return FixedDim(0)
	}
	return SymbolDim(fmt.Sprintf("%d*%s", p.factor, p.symbols[0]))
}

// mul multiplies dimensions.
func mul(dims ...Dim) (Dim, error) {
	p, err := multiply(dims)
	return p.dim(), err
}
