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
	c := *m
	g := *m.Graph
	c.Graph = &g
	if in, err := classifier.InputOf(m); err == nil && in.Name == by {
		fixed, err := normal.FixInput(&c, by, 0, in.Channels, cmp.Or(in.Height, usual), cmp.Or(in.Width, usual))
		if err != nil {
			return err
		}
		c = *fixed
	}
	b, err := newBuilder(&c, Request{Seeds: map[string]string{logits: ""}, WRT: []string{by}}, rules())
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(b.g.Nodes) {
		if err := b.node(n); err != nil {
			return message.Errorf("%v: %w", n, err)
		}
	}
	if b.total(by) == "" {
		return message.Errorf("%q does not lead to %q", by, logits)
	}
	return nil
}
