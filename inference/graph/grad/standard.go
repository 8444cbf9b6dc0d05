package grad

import (
	"math"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// standardRule has the normalisations by statistics of the value itself.
func standardRule(op string) rule {
	switch op {
	case "LayerNormalization":
		return layerNormRule
	case "RMSNormalization", "SimplifiedLayerNormalization":
		return rmsNormRule
	case "InstanceNormalization":
		return instanceNormRule
	case "GroupNormalization":
		return groupNormRule
	case "MeanVarianceNormalization":
		return meanVarianceRule
	case "LpNormalization":
		return lpNormRule
	case "LRN":
		return responseRule
	}
	return nil
}

// standard is a value x brought to mean 0 and deviation 1 along axes.
type standard struct {
	axes   []int64
	xh, sd string // (x - mean)/sd, and sd = sqrt(var + eps)
}

func (b *builder) standardise(x string, eps float64, axes ...int64) standard {
	xc := b.sub(x, b.reduce("ReduceMean", x, true, axes...))
	variance := b.reduce("ReduceMean", b.mul(xc, xc), true, axes...)
	sd := b.op("Sqrt", []string{b.add(variance, b.scalar(x, eps))})
	return standard{axes, b.div(xc, sd), sd}
}

// back is the derivative by x from that by xh: dx = (g - mean(g) - xh mean(g xh))/sd (Ba
// et al. 2016).
func (b *builder) back(s standard, g string) string {
	mean := func(v string) string { return b.reduce("ReduceMean", v, true, s.axes...) }
	return b.div(b.sub(b.sub(g, mean(g)), b.mul(s.xh, mean(b.mul(g, s.xh)))), s.sd)
}

func epsilon(n *graph.Node) float64 { return float64(n.Float("epsilon", 1e-5)) }

// from lists the axes of a rank from a possibly negative one on.
func from(axis int64, rank int) []int64 {
	var axes []int64
	for a := axisOf(axis, rank); a < int64(rank); a++ {
		axes = append(axes, a)
	}
	return axes
}

// layerNormRule: y = xh scale + shift over the last axes.
func layerNormRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	s := b.standardise(x, epsilon(n), from(n.Int("axis", -1), len(dims))...)
	if b.wants(x) {
		b.give(x, b.back(s, b.mul(dy[0], n.Input(1))))
	}
	if err := b.giveBroadcast(n, 1, func() string { return b.mul(dy[0], s.xh) }); err != nil {
		return err
	}
	return b.giveBroadcast(n, 2, func() string { return dy[0] })
}

// rmsNormRule: y = x/r scale with r the root of the mean square.
func rmsNormRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	mean := func(v string) string { return b.reduce("ReduceMean", v, true, from(n.Int("axis", -1), len(dims))...) }
	r := b.op("Sqrt", []string{b.add(mean(b.mul(x, x)), b.scalar(x, epsilon(n)))})
	xh := b.div(x, r)
	if b.wants(x) {
		g := b.mul(dy[0], n.Input(1))
		b.give(x, b.div(b.sub(g, b.mul(xh, mean(b.mul(g, xh)))), r))
	}
	return b.giveBroadcast(n, 1, func() string { return b.mul(dy[0], xh) })
}

// instanceNormRule: statistics of each picture and channel.
func instanceNormRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	s := b.standardise(x, epsilon(n), from(2, len(dims))...)
	if b.wants(x) {
		b.give(x, b.back(s, b.mul(dy[0], b.channel(n.Input(1), len(dims)))))
	}
	b.giveScaleAndShift(n, dy[0], s.xh, allBut(len(dims), 1))
	return nil
}

// channel lays a vector with an element a channel along axis 1.
func (b *builder) channel(v string, rank int) string {
	return b.op("Reshape", []string{v, b.ints(column(rank, -1)...)})
}

// giveScaleAndShift gives to inputs 1 and 2 what they multiply and add to, summed.
func (b *builder) giveScaleAndShift(n *graph.Node, d, xh string, axes []int64) {
	if b.wants(n.Input(1)) {
		b.give(n.Input(1), b.sum(b.mul(d, xh), false, axes...))
	}
	if b.wants(n.Input(2)) {
		b.give(n.Input(2), b.sum(d, false, axes...))
	}
}

// groupNormRule: statistics of groups of channels. Until operator set 20 scale and shift
// have an element a group, later one a channel.
func groupNormRule(b *builder, n *graph.Node, dy []string) error {
	x, groups := n.Input(0), n.Int("num_groups", 1)
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	grouped := func(v string) string { return b.op("Reshape", []string{v, b.ints(0, groups, -1)}) }
	s := b.standardise(grouped(x), epsilon(n), 2)
	perGroup := b.opset < 21
	g := dy[0]
	if !perGroup {
		g = b.mul(g, b.channel(n.Input(1), len(dims)))
	}
	g = grouped(g)
	if perGroup {
		g = b.mul(g, b.channel(n.Input(1), 3))
	}
	b.give(x, b.likeShape(b.back(s, g), x))
	if perGroup {
		b.giveScaleAndShift(n, grouped(dy[0]), s.xh, []int64{0, 2})
	} else {
		b.giveScaleAndShift(n, dy[0], b.likeShape(s.xh, x), allBut(len(dims), 1))
	}
	return nil
}

// meanVarianceRule: (x - mean)/(sd + 1e-9), ONNX's own definition.
func meanVarianceRule(b *builder, n *graph.Node, dy []string) error {
	x, axes := n.Input(0), n.Ints("axes")
	if axes == nil {
		axes = []int64{0, 2, 3}
	}
	return b.through(dy[0], func() (string, error) {
		xc := b.sub(x, b.reduce("ReduceMean", x, true, axes...))
		sd := b.op("Sqrt", []string{b.reduce("ReduceMean", b.mul(xc, xc), true, axes...)})
		return b.div(xc, b.add(sd, b.scalar(x, 1e-9))), nil
	})
}

// lpNormRule: x/|x| along an axis, 0 for a vector of zeros.
func lpNormRule(b *builder, n *graph.Node, dy []string) error {
	x, op := n.Input(0), "ReduceL2"
	dims, err := b.dims(x)
	if err != nil {
		return err
	}
	if n.Int("p", 2) == 1 {
		op = "ReduceL1"
	}
	axis := axisOf(n.Int("axis", -1), len(dims))
	return b.through(dy[0], func() (string, error) {
		norm := b.reduce(op, x, true, axis)
		zero := b.is(norm, 0)
		return b.unless(zero, b.div(x, b.where(zero, b.scalar(x, 1), norm)), x), nil
	})
}

// responseRule: x/(bias + alpha/size sum of squares of neighbouring channels)^beta
// (Krizhevsky et al. 2012). The sum is a product with a banded matrix.
func responseRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	c, err := b.static(x, 1)
	if err != nil {
		return err
	}
	size := n.Int("size", 1)
	if size < 1 {
		return message.Errorf("%w: a window of %d channels", ErrNotDifferentiable, size)
	}
	before, after := (size-1)/2, int64(math.Ceil(float64(size-1)/2))
	band := make([]float64, c[0]*c[0])
	for i := range c[0] {
		for j := max(i-before, 0); j <= min(i+after, c[0]-1); j++ {
			band[i*c[0]+j] = 1
		}
	}
	alpha, beta, bias := float64(n.Float("alpha", 1e-4)), float64(n.Float("beta", .75)), float64(n.Float("bias", 1))
	return b.through(dy[0], func() (string, error) {
		sq := b.op("Reshape", []string{b.mul(x, x), b.ints(0, c[0], -1)})
		sum := b.likeShape(b.op("MatMul", []string{b.floats(x, band, c[0], c[0]), sq}), x)
		base := b.add(b.scale(sum, x, alpha/float64(size)), b.scalar(x, bias))
		return b.div(x, b.pow(base, x, beta)), nil
	})
}
