package grad

import (
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

func scatterRule(op string) rule {
	switch op {
	case "GatherElements":
		return gatherElementsRule
	case "ScatterElements":
		return scatterElementsRule
	case "GatherND":
		return gatherNDRule
	case "ScatterND":
		return scatterNDRule
	case "CumSum":
		return cumSumRule
	case "Trilu":
		return triluRule
	}
	return nil
}

// adds makes updates that meet add up.
func adds() *graph.Attribute { return graph.TextAttr("reduction", "add") }

// topKRule sends each derivative to where the value stood.
func topKRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	b.give(x, b.op("ScatterElements", []string{b.filled(0, x), b.extra(n, 1), dy[0]}, graph.IntAttr("axis", n.Int("axis", -1))))
	return nil
}

func gatherElementsRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	b.give(x, b.op("ScatterElements", []string{b.filled(0, x), n.Input(1), dy[0]}, graph.IntAttr("axis", n.Int("axis", 0)), adds()))
	return nil
}

// scattering is a ScatterElements or ScatterND: how its places are read and written.
type scattering struct {
	take func(from string) string                   // the elements at the places
	put  func(to, updates, reduction string) string // writes to the places
}

func scatterElementsRule(b *builder, n *graph.Node, dy []string) error {
	axis := graph.IntAttr("axis", n.Int("axis", 0))
	return b.scatter(n, dy[0], scattering{
		take: func(from string) string { return b.op("GatherElements", []string{from, n.Input(1)}, axis) },
		put: func(to, updates, reduction string) string {
			return b.op("ScatterElements", []string{to, n.Input(1), updates}, axis, graph.TextAttr("reduction", reduction))
		},
	})
}

func scatterNDRule(b *builder, n *graph.Node, dy []string) error {
	return b.scatter(n, dy[0], scattering{
		take: func(from string) string { return b.op("GatherND", []string{from, n.Input(1)}) },
		put: func(to, updates, reduction string) string {
			return b.op("ScatterND", []string{to, n.Input(1), updates}, graph.TextAttr("reduction", reduction))
		},
	})
}

// scatter differentiates data with updates written to places of it, by reduction.
func (b *builder) scatter(n *graph.Node, d string, s scattering) error {
	data, updates := n.Input(0), n.Input(2)
	switch how := n.Text("reduction", "none"); how {
	case "none":
		if b.wants(data) {
			b.give(data, s.put(d, b.filled(0, updates), "none"))
		}
		if b.wants(updates) {
			b.give(updates, s.take(d))
		}
	case "add":
		b.give(data, d)
		if b.wants(updates) {
			b.give(updates, s.take(d))
		}
	case "mul":
		if b.wants(data) {
			b.give(data, s.put(d, updates, "mul"))
		}
		if b.wants(updates) { // the product of all else at the place
			zero := b.is(updates, 0)
			others := b.div(s.take(n.Output(0)), b.where(zero, b.scalar(updates, 1), updates))
			b.give(updates, b.mul(s.take(d), b.where(zero, s.take(data), others)))
		}
	case "max", "min":
		y := n.Output(0)
		kept := b.mask(b.op("Equal", []string{data, y}), data)
		won := b.mask(b.op("Equal", []string{updates, s.take(y)}), updates)
		share := b.div(d, b.op("Max", []string{s.put(kept, won, "add"), b.scalar(data, 1)}))
		b.give(data, b.mul(share, kept))
		if b.wants(updates) {
			b.give(updates, b.mul(s.take(share), won))
		}
	default:
		return message.Errorf("%w: reduction %q", ErrNotDifferentiable, how)
	}
	return nil
}

// gatherNDRule adds each derivative to the place that it was read from.
func gatherNDRule(b *builder, n *graph.Node, dy []string) error {
	idx, err := b.fullIndices(n)
	if err != nil {
		return err
	}
	x := n.Input(0)
	b.give(x, b.op("ScatterND", []string{b.filled(0, x), idx, dy[0]}, adds()))
	return nil
}

// fullIndices puts the positions along the batch axes before the indices of a GatherND:
// ScatterND knows no batch axes.
func (b *builder) fullIndices(n *graph.Node) (string, error) {
	idx, batch := n.Input(1), int(n.Int("batch_dims", 0))
	if batch == 0 {
		return idx, nil
	}
	dims, err := b.dims(idx)
	if err != nil {
		return "", err
	}
	rank := len(dims)
	shape := b.op("Shape", []string{idx})
	lead := b.slice(shape, []int64{0}, []int64{int64(rank - 1)}, []int64{0}, []int64{1})
	column := b.op("Concat", []string{lead, b.ints(1)}, graph.IntAttr("axis", 0))
	var parts []string
	for k := range batch {
		size := b.op("Gather", []string{shape, b.constant(graph.NewInts("", []int64{int64(k)}))}, graph.IntAttr("axis", 0))
		count := b.op("Range", []string{b.constant(graph.NewInts("", []int64{0})), size, b.constant(graph.NewInts("", []int64{1}))})
		along := slices.Repeat([]int64{1}, rank)
		along[k] = -1
		parts = append(parts, b.op("Expand", []string{b.op("Reshape", []string{count, b.ints(along...)}), column}))
	}
	return b.op("Concat", append(parts, idx), graph.IntAttr("axis", -1)), nil
}

// cumSumRule sums from the other end.
func cumSumRule(b *builder, n *graph.Node, dy []string) error {
	b.give(n.Input(0), b.op("CumSum", []string{dy[0], n.Input(1)}, graph.IntAttr("exclusive", n.Int("exclusive", 0)),
		graph.IntAttr("reverse", 1-n.Int("reverse", 0))))
	return nil
}

func triluRule(b *builder, n *graph.Node, dy []string) error {
	in := []string{dy[0]}
	if n.Input(1) != "" {
		in = append(in, n.Input(1))
	}
	b.give(n.Input(0), b.op("Trilu", in, graph.IntAttr("upper", n.Int("upper", 1))))
	return nil
}
