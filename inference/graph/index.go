package graph

// Index answers who makes a value and what its constant is.
type Index struct {
	Graph   *Graph
	Makers  map[string]*Node
	Weights map[string]*Tensor
}

// NewIndex looks through the nodes and weights of a graph.
func NewIndex(g *Graph) *Index {
	ix := &Index{Graph: g, Makers: g.Producers(), Weights: make(map[string]*Tensor, len(g.Initializers))}
	for _, t := range g.Initializers {
		ix.Weights[t.Name] = t
	}
	return ix
}

// MaxChain bounds walks through one-input nodes in graphs with a circle.
const MaxChain = 1000

// Constant returns the tensor behind a value made by an initializer or a
// Constant node, seen through Identity.
func (ix *Index) Constant(name string) *Tensor {
	for range MaxChain {
		if t := ix.Weights[name]; t != nil {
			return t
		}
		n := ix.Makers[name]
		switch {
		case n == nil:
			return nil
		case n.Op == "Identity" && n.IsONNX():
			name = n.Input(0)
		case n.Op == "Constant" && n.IsONNX():
			return ConstantValue(n)
		default:
			return nil
		}
	}
	return nil
}

// ConstantValue is the tensor that a Constant node gives, nil where it gives none.
func ConstantValue(n *Node) *Tensor {
	for _, a := range n.Attrs {
		switch a.Name {
		case "value":
			return a.Tensor
		case "value_int":
			return NewInts("", []int64{a.Int})
		case "value_ints":
			return NewInts("", a.Ints, int64(len(a.Ints)))
		case "value_float":
			return NewFloats("", []float32{a.Float})
		case "value_floats":
			return NewFloats("", a.Floats, int64(len(a.Floats)))
		}
	}
	return nil
}

// Ints returns the elements of a constant integer value, nil when the value is
// not constant.
func (ix *Index) Ints(name string) []int64 {
	t := ix.Constant(name)
	if t == nil {
		return nil
	}
	v, err := t.Ints()
	if err != nil {
		return nil
	}
	return v
}

// PermOf returns a Transpose's permutation; the default reverses the axes.
func PermOf(n *Node, rank int) []int64 {
	if p := n.Ints("perm"); p != nil {
		return p
	}
	p := make([]int64, rank)
	for i := range p {
		p[i] = int64(rank - 1 - i)
	}
	return p
}

// DropsNothing is false for a Dropout that is switched to training.
func (ix *Index) DropsNothing(n *Node) bool {
	if n.Op != "Dropout" || n.Input(2) == "" {
		return true
	}
	mode := ix.Ints(n.Input(2))
	return len(mode) == 1 && mode[0] == 0
}
