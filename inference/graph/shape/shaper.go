package shape

import (
	"errors"

	"hilum/inference/graph"
)

// Shaper goes on with shape inference for nodes that are not in the graph yet.
type Shaper struct{ s *shaper }

// NewShaper infers the shapes of a model and keeps what the next nodes need.
func NewShaper(m *graph.Model) (*Shaper, error) {
	s, err := inferShapes(m, true)
	if err != nil {
		return nil, err
	}
	return &Shaper{s}, nil
}

// Begin knows the inputs and the weights of a model; the nodes are to be told.
func Begin(m *graph.Model) *Shaper { return &Shaper{newShaper(m)} }

// Shapes are the shapes known so far; later nodes add to them.
func (p *Shaper) Shapes() Shapes { return p.s.Shapes }

// Constant adds a tensor.
func (p *Shaper) Constant(t *graph.Tensor) {
	p.s.ix.Weights[t.Name] = t
	p.s.constant(t.Name, t)
}

// Node adds the outputs of a node whose inputs are known.
func (p *Shaper) Node(n *graph.Node) error {
	for _, o := range n.Outputs {
		p.s.ix.Makers[o] = n
	}
	if err := p.s.node(n); err != nil && !errors.Is(err, errUnknown) {
		return err
	}
	return nil
}
