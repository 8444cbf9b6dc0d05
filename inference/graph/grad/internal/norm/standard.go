package norm

import (
	"math"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// standard is a value x brought to mean 0 and deviation 1 along axes.
type standard struct {
	axes   []int64
	xh, sd string // (x - mean)/sd, and sd = sqrt(var + eps)
}

func standardise(b emit.Emitter, x string, eps float64, axes ...int64) standard {
	xc := b.Sub(x, b.Reduce("ReduceMean", x, true, axes...))
	variance := b.Reduce("ReduceMean", b.Mul(xc, xc), true, axes...)
	sd := b.Op("Sqrt", []string{b.Add(variance, b.Scalar(x, eps))})
	return standard{axes, b.Div(xc, sd), sd}
}

// back is the derivative by x from that by xh: dx = (g - mean(g) - xh mean(g xh))/sd (Ba
// et al. 2016).
func back(b emit.Emitter, s standard, g string) string {
	mean := func(v string) string { return b.Reduce("ReduceMean", v, true, s.axes...) }
	return b.Div(b.Sub(b.Sub(g, mean(g)), b.Mul(s.xh, mean(b.Mul(g, s.xh)))), s.sd)
}

func epsilon(n *graph.Node) float64 { return float64(n.Float("epsilon", 1e-5)) }

// from lists the axes of a rank from a possibly negative one on.
func from(axis int64, rank int) []int64 {
	var axes []int64
	for a := emit.AxisOf(axis, rank); a < int64(rank); a++ {
		axes = append(axes, a)
	}
	return axes
}

// layerNormRule: y = xh scale + shift over the last axes.
func layerNormRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	s := standardise(b, x, epsilon(n), from(n.Int("axis", -1), len(dims))...)
	if b.Wants(x) {
		b.Give(x, back(b, s, b.Mul(dy[0], n.Input(1))))
	}
	if err := emit.GiveBroadcast(b, n, 1, func() string { return b.Mul(dy[0], s.xh) }); err != nil {
		return err
	}
	return emit.GiveBroadcast(b, n, 2, func() string { return dy[0] })
}

// rmsNormRule: y = x/r scale with r the root of the mean square.
func rmsNormRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	mean := func(v string) string { return b.Reduce("ReduceMean", v, true, from(n.Int("axis", -1), len(dims))...) }
	r := b.Op("Sqrt", []string{b.Add(mean(b.Mul(x, x)), b.Scalar(x, epsilon(n)))})
	xh := b.Div(x, r)
	if b.Wants(x) {
		g := b.Mul(dy[0], n.Input(1))
		b.Give(x, b.Div(b.Sub(g, b.Mul(xh, mean(b.Mul(g, xh)))), r))
	}
	return emit.GiveBroadcast(b, n, 1, func() string { return b.Mul(dy[0], xh) })
}

// instanceNormRule: statistics of each picture and channel.
func instanceNormRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	s := standardise(b, x, epsilon(n), from(2, len(dims))...)
	if b.Wants(x) {
		b.Give(x, back(b, s, b.Mul(dy[0], channel(b, n.Input(1), len(dims)))))
	}
	giveScaleAndShift(b, n, affine{dy[0], s.xh, emit.AllBut(len(dims), 1)})
	return nil
}

// channel lays a vector with an element a channel along axis 1.
func channel(b emit.Emitter, v string, rank int) string {
	return b.Op("Reshape", []string{v, b.Ints(emit.Column(rank, -1)...)})
}

// affine is what scale and shift make of xh: the derivative by it, and the axes along
// which they are repeated.
type affine struct {
	d, xh string
	axes  []int64
}

// giveScaleAndShift gives to inputs 1 and 2 what they multiply and add to, summed.
func giveScaleAndShift(b emit.Emitter, n *graph.Node, a affine) {
	if b.Wants(n.Input(1)) {
		b.Give(n.Input(1), b.Sum(b.Mul(a.d, a.xh), false, a.axes...))
	}
	if b.Wants(n.Input(2)) {
		b.Give(n.Input(2), b.Sum(a.d, false, a.axes...))
	}
}

// groupNormRule: statistics of groups of channels. Until operator set 20 scale and shift
// have an element a group, later one a channel.
func groupNormRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x, groups := n.Input(0), n.Int("num_groups", 1)
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	grouped := func(v string) string { return b.Op("Reshape", []string{v, b.Ints(0, groups, -1)}) }
	s := standardise(b, grouped(x), epsilon(n), 2)
	perGroup := b.Opset() < 21
	g := dy[0]
	if !perGroup {
		g = b.Mul(g, channel(b, n.Input(1), len(dims)))
	}
	g = grouped(g)
	if perGroup {
		g = b.Mul(g, channel(b, n.Input(1), 3))
	}
	b.Give(x, b.LikeShape(back(b, s, g), x))
	if perGroup {
		giveScaleAndShift(b, n, affine{grouped(dy[0]), s.xh, []int64{0, 2}})
	} else {
		giveScaleAndShift(b, n, affine{dy[0], b.LikeShape(s.xh, x), emit.AllBut(len(dims), 1)})
	}
	return nil
}

// meanVarianceRule: (x - mean)/(sd + 1e-9), ONNX's own definition.
func meanVarianceRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x, axes := n.Input(0), n.Ints("axes")
	if axes == nil {
		axes = []int64{0, 2, 3}
	}
	return b.Through(dy[0], func() (string, error) {
		xc := b.Sub(x, b.Reduce("ReduceMean", x, true, axes...))
		sd := b.Op("Sqrt", []string{b.Reduce("ReduceMean", b.Mul(xc, xc), true, axes...)})
		return b.Div(xc, b.Add(sd, b.Scalar(x, 1e-9))), nil
	})
}

// lpNormRule: x/|x| along an axis, 0 for a vector of zeros.
func lpNormRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x, op := n.Input(0), "ReduceL2"
	dims, err := emit.Dims(b, x)
	if err != nil {
		return err
	}
	if n.Int("p", 2) == 1 {
		op = "ReduceL1"
	}
	axis := emit.AxisOf(n.Int("axis", -1), len(dims))
	return b.Through(dy[0], func() (string, error) {
		norm := b.Reduce(op, x, true, axis)
		zero := b.Is(norm, 0)
		return b.Unless(zero, b.Div(x, b.Where(zero, b.Scalar(x, 1), norm)), x), nil
	})
}

// responseRule: x/(bias + alpha/size sum of squares of neighbouring channels)^beta
// (Krizhevsky et al. 2012). The sum is a product with a banded matrix.
func responseRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	c, err := emit.Static(b, x, 1)
	if err != nil {
		return err
	}
	size := n.Int("size", 1)
	if size < 1 {
		return message.Errorf("%w: a window of %d channels", emit.ErrNotDifferentiable, size)
	}
	before, after := (size-1)/2, int64(math.Ceil(float64(size-1)/2))
	band := make([]float64, c[0]*c[0])
	for i := range c[0] {
		for j := max(i-before, 0); j <= min(i+after, c[0]-1); j++ {
			band[i*c[0]+j] = 1
		}
	}
	alpha, beta, bias := float64(n.Float("alpha", 1e-4)), float64(n.Float("beta", .75)), float64(n.Float("bias", 1))
	return b.Through(dy[0], func() (string, error) {
		sq := b.Op("Reshape", []string{b.Mul(x, x), b.Ints(0, c[0], -1)})
		sum := b.LikeShape(b.Op("MatMul", []string{b.Floats(x, band, c[0], c[0]), sq}), x)
		base := b.Add(b.Scale(sum, x, alpha/float64(size)), b.Scalar(x, bias))
		return b.Div(x, b.Pow(base, x, beta)), nil
	})
}
