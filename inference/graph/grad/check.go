package grad

import (
	"cmp"
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/normal"
	"hilum/internal/message"
)

// usual is the edge of the pictures that Check takes a network to see where its graph
// does not say.
const usual = 224

// Check tells whether the logits can be differentiated by a value of the
// graph: nil, or the error that Build would give. Height and width that a picture
// leaves free are taken as 224. The model is not changed.
func Check(m *graph.Model, logits, by string) error {
	b, err := trial(m, logits, by)
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(b.g.Nodes) {
		if err := b.node(n); err != nil {
			return message.Errorf("%v: %w", n, err)
		}
	}
	return b.reached(logits, by)
}

// Blocked is a node that derivatives do not get through.
type Blocked struct {
	Node, Op string // the node's name, or that of its first output where it has none
	Why      error
}

// Blocking lists all nodes that keep the logits from being differentiated by a value,
// the last first: behind each of them the search goes on as if it were passed. The
// error is what Check says where no single node is to blame.
func Blocking(m *graph.Model, logits, by string) ([]Blocked, error) {
	b, err := trial(m, logits, by)
	if err != nil {
		return nil, err
	}
	var out []Blocked
	for _, n := range slices.Backward(b.g.Nodes) {
		err := b.node(n)
		if err == nil {
			continue
		}
		out = append(out, Blocked{cmp.Or(n.Name, n.Output(0)), n.Op, err})
		b.err = nil
		for in := range n.Uses() {
			if _, known := b.shapes.Dims(in); known && b.Wants(in) {
				b.Give(in, b.emitter().Filled(1, in))
			}
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, b.reached(logits, by)
}

// trial is a builder whose nodes nobody will see.
func trial(m *graph.Model, logits, by string) (*builder, error) {
	c := *m
	g := *m.Graph
	c.Graph = &g
	if in, err := classifier.InputOf(m); err == nil && in.Name == by {
		fixed, err := normal.FixInput(&c, by, 0, in.Channels, cmp.Or(in.Height, usual), cmp.Or(in.Width, usual))
		if err != nil {
			return nil, err
		}
		c = *fixed
	}
	return newBuilder(&c, Request{Seeds: map[string]string{logits: ""}, WRT: []string{by}}, rules())
}

func (b *builder) reached(logits, by string) error {
	if b.total(by) == "" {
		return message.Errorf("%q does not lead to %q", by, logits)
	}
	return nil
}
