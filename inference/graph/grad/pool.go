package grad

import (
	"fmt"

	"hilum/inference/graph"
)

func poolRule(op string) rule {
	switch op {
	case "MaxPool":
		return maxPoolRule
	case "AveragePool":
		return averagePoolRule
	case "GlobalAveragePool":
		return globalAverageRule
	case "GlobalMaxPool":
		return globalMaxRule
	}
	return nil
}

// scatterOpset is the first operator set whose ScatterElements adds up
// elements that meet, which overlapping windows need.
const scatterOpset = 16

// maxPoolRule sends each derivative to the position that won its window, by
// the indices that MaxPool gives as its second output. They count through the
// whole tensor; windows that overlap add up.
func maxPoolRule(b *builder, n *graph.Node, dy []string) error {
	if b.opset < scatterOpset {
		return fmt.Errorf("%w: operator set %d is older than %d", ErrNotDifferentiable, b.opset, scatterOpset)
	}
	if n.Int("storage_order", 0) != 0 {
		return fmt.Errorf("%w: storage_order 1", ErrNotDifferentiable)
	}
	x, winners := n.Input(0), n.Output(1)
	if winners == "" {
		winners = graph.Fresh(b.names, "grad_winners")
		b.edits = append(b.edits, func() { n.Outputs = []string{n.Output(0), winners} })
	}
	flat := func(v string) string { return b.op("Reshape", []string{v, b.ints(-1)}) }
	d := b.op("ScatterElements", []string{flat(b.filled(0, x)), flat(winners), flat(dy[0])},
		graph.IntAttr("axis", 0), graph.TextAttr("reduction", "add"))
	b.give(x, b.likeShape(d, x))
	return nil
}

// averagePoolRule divides by how many positions each window averages and
// spreads with a transposed convolution of ones, one channel at a time.
func averagePoolRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	in, err := b.static(x, 2)
	if err != nil {
		return err
	}
	win, err := graph.WindowOf(n, nil)
	if err != nil {
		return err
	}
	g := geometry{Window: win, group: 1, in: in}
	for i, size := range in {
		out, before, after := win.Along(i, size)
		g.out, g.before, g.after = append(g.out, out), append(g.before, before), append(g.after, after)
	}
	weights, total := windowWeights(g, n.Int("count_include_pad", 0) != 0), int64(1)
	one := []int64{1, 1}
	for _, k := range g.Kernel {
		total *= k
	}
	ones := make([]float64, total)
	for i := range ones {
		ones[i] = 1
	}
	share := b.mul(dy[0], b.floats(x, weights, append(one, g.out...)...))
	share = b.op("Reshape", []string{share, b.ints(append([]int64{-1, 1}, g.out...)...)})
	d := b.convInput(share, b.floats(x, ones, append(one[:2:2], g.Kernel...)...), g)
	b.give(x, b.likeShape(d, x))
	return nil
}

// windowWeights is one over the number of positions that each window divides
// by: those inside the input, with padding where it is counted.
func windowWeights(g geometry, includePad bool) []float64 {
	w := []float64{1}
	for i := range g.in {
		lo, hi := int64(0), g.in[i]
		if includePad {
			lo, hi = -g.before[i], g.in[i]+g.after[i]
		}
		var next []float64
		for _, prefix := range w {
			for o := range g.out[i] {
				count := 0
				for k := range g.Kernel[i] {
					at := o*g.Strides[i] - g.before[i] + k*g.Dilations[i]
					if at >= lo && at < hi {
						count++
					}
				}
				next = append(next, prefix/float64(max(count, 1)))
			}
		}
		w = next
	}
	return w
}

func spatialAxes(rank int) []int64 {
	var axes []int64
	for i := 2; i < rank; i++ {
		axes = append(axes, int64(i))
	}
	return axes
}

func globalAverageRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	share := b.div(dy[0], b.count(x, spatialAxes(len(dims))))
	b.give(x, b.op("Expand", []string{share, b.shapeOf(x)}))
	return nil
}

// globalMaxRule shares among equal maxima.
func globalMaxRule(b *builder, n *graph.Node, dy []string) error {
	dims, err := b.dims(n.Input(0))
	if err != nil {
		return err
	}
	b.giveExtreme(n, dy[0], n.Output(0), spatialAxes(len(dims)))
	return nil
}

// giveExtreme sends d, of the shape of the kept extreme y, to the positions of
// x that equal it, in equal shares.
func (b *builder) giveExtreme(n *graph.Node, d, y string, axes []int64) {
	x := n.Input(0)
	hit := b.mask(b.op("Equal", []string{x, y}), x)
	b.give(x, b.mul(hit, b.div(d, b.sum(hit, true, axes...))))
}
