package choose

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// adds makes updates that meet add up.
func adds() *graph.Attribute { return graph.TextAttr("reduction", "add") }

// topKRule sends each derivative to where the value stood.
func topKRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	b.Give(x, b.Op("ScatterElements", []string{b.Filled(0, x), b.Extra(n, 1), dy[0]},
		graph.IntAttr("axis", n.Int("axis", -1))))
	return nil
}

func gatherElementsRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	b.Give(x, b.Op("ScatterElements", []string{b.Filled(0, x), n.Input(1), dy[0]},
		graph.IntAttr("axis", n.Int("axis", 0)), adds()))
	return nil
}

// scattering is a ScatterElements or ScatterND: how its places are read and written.
type scattering struct {
	take func(from string) string                   // the elements at the places
	put  func(to, updates, reduction string) string // writes to the places
}

func scatterElementsRule(b emit.Emitter, n *graph.Node, dy []string) error {
	axis := graph.IntAttr("axis", n.Int("axis", 0))
	return scatter(b, n, dy[0], scattering{
		take: func(from string) string { return b.Op("GatherElements", []string{from, n.Input(1)}, axis) },
		put: func(to, updates, reduction string) string {
			return b.Op("ScatterElements", []string{to, n.Input(1), updates}, axis,
				graph.TextAttr("reduction", reduction))
		},
	})
}

func scatterNDRule(b emit.Emitter, n *graph.Node, dy []string) error {
	return scatter(b, n, dy[0], scattering{
		take: func(from string) string { return b.Op("GatherND", []string{from, n.Input(1)}) },
		put: func(to, updates, reduction string) string {
			return b.Op("ScatterND", []string{to, n.Input(1), updates}, graph.TextAttr("reduction", reduction))
		},
	})
}

// scatter differentiates data with updates written to places of it, by reduction.
func scatter(b emit.Emitter, n *graph.Node, d string, s scattering) error {
	data, updates := n.Input(0), n.Input(2)
	switch how := n.Text("reduction", "none"); how {
	case "none":
		if b.Wants(data) {
			b.Give(data, s.put(d, b.Filled(0, updates), "none"))
		}
		if b.Wants(updates) {
			b.Give(updates, s.take(d))
		}
	case "add":
		b.Give(data, d)
		if b.Wants(updates) {
			b.Give(updates, s.take(d))
		}
	case "mul":
		if b.Wants(data) {
			b.Give(data, s.put(d, updates, "mul"))
		}
		if b.Wants(updates) { // the product of all else at the place
			zero := b.Is(updates, 0)
			others := b.Div(s.take(n.Output(0)), b.Where(zero, b.Scalar(updates, 1), updates))
			b.Give(updates, b.Mul(s.take(d), b.Where(zero, s.take(data), others)))
		}
	case "max", "min":
		y := n.Output(0)
		kept := b.Mask(b.Op("Equal", []string{data, y}), data)
		won := b.Mask(b.Op("Equal", []string{updates, s.take(y)}), updates)
		share := b.Div(d, b.Op("Max", []string{s.put(kept, won, "add"), b.Scalar(data, 1)}))
		b.Give(data, b.Mul(share, kept))
		if b.Wants(updates) {
			b.Give(updates, b.Mul(s.take(share), won))
		}
	default:
		return message.Errorf("%w: reduction %q", emit.ErrNotDifferentiable, how)
	}
	return nil
}

// gatherNDRule adds each derivative to the place that it was read from.
func gatherNDRule(b emit.Emitter, n *graph.Node, dy []string) error {
	idx, err := fullIndices(b, n)
	if err != nil {
		return err
	}
	x := n.Input(0)
	b.Give(x, b.Op("ScatterND", []string{b.Filled(0, x), idx, dy[0]}, adds()))
	return nil
}

// fullIndices puts the positions along the batch axes before the indices of a GatherND:
// ScatterND knows no batch axes.
func fullIndices(b emit.Emitter, n *graph.Node) (string, error) {
	idx, batch := n.Input(1), int(n.Int("batch_dims", 0))
	if batch == 0 {
		return idx, nil
	}
	dims, err := emit.Dims(b, idx)
	if err != nil {
		return "", err
	}
	rank := len(dims)
	shape := b.Op("Shape", []string{idx})
	lead := b.Slice(shape, []int64{0}, []int64{int64(rank - 1)}, []int64{0}, []int64{1})
	column := b.Op("Concat", []string{lead, b.Ints(1)}, graph.IntAttr("axis", 0))
	var parts []string
	for k := range batch {
		size := b.Op("Gather", []string{shape, b.Constant(graph.NewInts("", []int64{int64(k)}))},
			graph.IntAttr("axis", 0))
		count := b.Op("Range",
			[]string{b.Constant(graph.NewInts("", []int64{0})), size, b.Constant(graph.NewInts("", []int64{1}))})
		along := slices.Repeat([]int64{1}, rank)
		along[k] = -1
		parts = append(parts, b.Op("Expand", []string{b.Op("Reshape", []string{count, b.Ints(along...)}), column}))
	}
	return b.Op("Concat", append(parts, idx), graph.IntAttr("axis", -1)), nil
}

// cumSumRule sums from the other end.
func cumSumRule(b emit.Emitter, n *graph.Node, dy []string) error {
	b.Give(n.Input(0), b.Op("CumSum", []string{dy[0], n.Input(1)}, graph.IntAttr("exclusive", n.Int("exclusive", 0)),
		graph.IntAttr("reverse", 1-n.Int("reverse", 0))))
	return nil
}

func triluRule(b emit.Emitter, n *graph.Node, dy []string) error {
	in := []string{dy[0]}
	if n.Input(1) != "" {
		in = append(in, n.Input(1))
	}
	b.Give(n.Input(0), b.Op("Trilu", in, graph.IntAttr("upper", n.Int("upper", 1))))
	return nil
}
