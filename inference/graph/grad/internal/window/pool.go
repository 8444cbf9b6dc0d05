package window

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/shape"
)

// maxPoolRule sends each derivative to the position that won its window, by
// the indices that MaxPool gives as its second output. They count through the
// whole tensor; windows that overlap add up.
func maxPoolRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	var winners string
	if n.Int("storage_order", 0) == 0 {
		winners = b.Extra(n, 1)
	} else { // its indices count by columns: pool once more for others
		winners = b.Again(n, "storage_order")
	}
	flat := func(v string) string { return b.Op("Reshape", []string{v, b.Ints(-1)}) }
	d := b.Op("ScatterElements", []string{flat(b.Filled(0, x)), flat(winners), flat(dy[0])},
		graph.IntAttr("axis", 0), graph.TextAttr("reduction", "add"))
	b.Give(x, b.LikeShape(d, x))
	return nil
}

// windows is the geometry of a pooling.
func windows(b emit.Emitter, n *graph.Node) (geometry, error) {
	in, err := emit.Static(b, n.Input(0), 2)
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
func averagePoolRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	g, err := windows(b, n)
	if err != nil {
		return err
	}
	weights := windowWeights(g, n.Int("count_include_pad", 0) != 0)
	share := b.Mul(dy[0], b.Floats(x, weights, append([]int64{1, 1}, g.out...)...))
	b.Give(x, g.spread(b, share, x))
	return nil
}

// spread gives every position of x the sum over the windows that it lies in, by
// a transposed convolution of ones, one channel at a time.
func (g geometry) spread(b emit.Emitter, share, x string) string {
	total := int64(1)
	for _, k := range g.Kernel {
		total *= k
	}
	one := []int64{1, 1}
	ones := b.Floats(x, slices.Repeat([]float64{1}, int(total)), append(one[:2:2], g.Kernel...)...)
	share = b.Op("Reshape", []string{share, b.Ints(append([]int64{-1, 1}, g.out...)...)})
	return b.LikeShape(g.byInput(b, share, ones), x)
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

func globalAverageRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	share := b.Div(dy[0], emit.Count(b, x, spatialAxes(len(dims))))
	b.Give(x, b.Op("Expand", []string{share, b.ShapeOf(x)}))
	return nil
}

// globalMaxRule shares among equal maxima.
func globalMaxRule(b emit.Emitter, n *graph.Node, dy []string) error {
	dims, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return err
	}
	giveExtreme(b, n, kept{dy[0], n.Output(0), spatialAxes(len(dims))})
	return nil
}

// lpPoolRule: y = (sum |x|^p)^(1/p) over a window gives dx = sign(x) (|x|/y)^(p-1) dy,
// summed over the windows, 0 for a window of zeros: the norm has that among its
// subgradients there.
func lpPoolRule(b emit.Emitter, n *graph.Node, dy []string) error {
	g, err := windows(b, n)
	if err != nil {
		return err
	}
	x, y, p := n.Input(0), n.Output(0), float64(n.Int("p", 2))
	share := g.spread(b, b.Mul(dy[0], powerOrZero(b, y, 1-p)), x)
	b.Give(x, b.Mul(share, signedPower(b, x, p-1)))
	return nil
}

// globalLpRule is lpPoolRule for one window over everything.
func globalLpRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x, y, p := n.Input(0), n.Output(0), float64(n.Int("p", 2))
	b.Give(x, b.Mul(signedPower(b, x, p-1), b.Mul(dy[0], powerOrZero(b, y, 1-p))))
	return nil
}

// powerOrZero is y^p for y > 0, and 0 for 0.
func powerOrZero(b emit.Emitter, y string, p float64) string {
	zero := b.Is(y, 0)
	return b.Unless(zero, b.Pow(b.Where(zero, b.Scalar(y, 1), y), y, p), y)
}

// signedPower is sign(x) |x|^p for p >= 0.
func signedPower(b emit.Emitter, x string, p float64) string {
	switch p {
	case 0:
		return b.Op("Sign", []string{x})
	case 1:
		return x
	}
	return b.Mul(b.Op("Sign", []string{x}), b.Pow(b.Op("Abs", []string{x}), x, p))
}

// kept is a result with the axes that it was reduced over, of size 1, and the derivative by it.
type kept struct {
	d, y string
	axes []int64
}

// giveExtreme sends the derivative by an extreme to the positions of the node's input
// that equal it, in equal shares.
func giveExtreme(b emit.Emitter, n *graph.Node, k kept) {
	x := n.Input(0)
	hit := b.Mask(b.Op("Equal", []string{x, k.y}), x)
	b.Give(x, b.Mul(hit, b.Div(k.d, b.Sum(hit, true, k.axes...))))
}
