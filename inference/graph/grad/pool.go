package grad

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
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
	case "LpPool":
		return lpPoolRule
	case "GlobalLpPool":
		return globalLpRule
	}
	return nil
}

// maxPoolRule sends each derivative to the position that won its window, by
// the indices that MaxPool gives as its second output. They count through the
// whole tensor; windows that overlap add up.
func maxPoolRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	var winners string
	if n.Int("storage_order", 0) == 0 {
		winners = b.extra(n, 1)
	} else { // its indices count by columns: pool once more for others
		c := &graph.Node{Name: graph.Fresh(b.names, "grad_MaxPool"), Op: n.Op, Inputs: n.Inputs}
		c.Outputs = []string{c.Name, graph.Fresh(b.names, "grad_winners")}
		for _, a := range n.Attrs {
			if a.Name != "storage_order" {
				c.Attrs = append(c.Attrs, a)
			}
		}
		b.nodes, winners = append(b.nodes, c), c.Outputs[1]
	}
	flat := func(v string) string { return b.op("Reshape", []string{v, b.ints(-1)}) }
	d := b.op("ScatterElements", []string{flat(b.filled(0, x)), flat(winners), flat(dy[0])},
		graph.IntAttr("axis", 0), graph.TextAttr("reduction", "add"))
	b.give(x, b.likeShape(d, x))
	return nil
}

// windows is the geometry of a pooling.
func (b *builder) windows(n *graph.Node) (geometry, error) {
	in, err := b.static(n.Input(0), 2)
	if err != nil {
		return geometry{}, err
	}
	win, err := shape.WindowOf(n, nil)
	if err != nil {
		return geometry{}, err
	}
	g := geometry{Window: win, group: 1, in: in}
	for i, size := range in {
		out, before, after := win.Along(i, size)
		g.out, g.before, g.after = append(g.out, out), append(g.before, before), append(g.after, after)
	}
	return g, nil
}

// averagePoolRule divides by how many positions each window averages and
// spreads with a transposed convolution of ones, one channel at a time.
func averagePoolRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	g, err := b.windows(n)
	if err != nil {
		return err
	}
	weights := windowWeights(g, n.Int("count_include_pad", 0) != 0)
	share := b.mul(dy[0], b.floats(x, weights, append([]int64{1, 1}, g.out...)...))
	b.give(x, b.spreadWindows(share, x, g))
	return nil
}

// spreadWindows gives every position of x the sum over the windows that it lies in, by
// a transposed convolution of ones, one channel at a time.
func (b *builder) spreadWindows(share, x string, g geometry) string {
	total := int64(1)
	for _, k := range g.Kernel {
		total *= k
	}
	one := []int64{1, 1}
	ones := b.floats(x, slices.Repeat([]float64{1}, int(total)), append(one[:2:2], g.Kernel...)...)
	share = b.op("Reshape", []string{share, b.ints(append([]int64{-1, 1}, g.out...)...)})
	return b.likeShape(b.convInput(share, ones, g), x)
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

// lpPoolRule: y = (sum |x|^p)^(1/p) over a window gives dx = sign(x) (|x|/y)^(p-1) dy,
// summed over the windows, 0 for a window of zeros: the norm has that among its
// subgradients there.
func lpPoolRule(b *builder, n *graph.Node, dy []string) error {
	g, err := b.windows(n)
	if err != nil {
		return err
	}
	x, y, p := n.Input(0), n.Output(0), float64(n.Int("p", 2))
	share := b.spreadWindows(b.mul(dy[0], b.powerOrZero(y, 1-p)), x, g)
	b.give(x, b.mul(share, b.signedPower(x, p-1)))
	return nil
}

// globalLpRule is lpPoolRule for one window over everything.
func globalLpRule(b *builder, n *graph.Node, dy []string) error {
	x, y, p := n.Input(0), n.Output(0), float64(n.Int("p", 2))
	b.give(x, b.mul(b.signedPower(x, p-1), b.mul(dy[0], b.powerOrZero(y, 1-p))))
	return nil
}

// powerOrZero is y^p for y > 0, and 0 for 0.
func (b *builder) powerOrZero(y string, p float64) string {
	zero := b.is(y, 0)
	return b.unless(zero, b.pow(b.where(zero, b.scalar(y, 1), y), y, p), y)
}

// signedPower is sign(x) |x|^p for p >= 0.
func (b *builder) signedPower(x string, p float64) string {
	switch p {
	case 0:
		return b.op("Sign", []string{x})
	case 1:
		return x
	}
	return b.mul(b.op("Sign", []string{x}), b.pow(b.op("Abs", []string{x}), x, p))
}

// giveExtreme sends d, of the shape of the kept extreme y, to the positions of
// x that equal it, in equal shares.
func (b *builder) giveExtreme(n *graph.Node, d, y string, axes []int64) {
	x := n.Input(0)
	hit := b.mask(b.op("Equal", []string{x, y}), x)
	b.give(x, b.mul(hit, b.div(d, b.sum(hit, true, axes...))))
}
