package grad

import (
	"math"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// slope returns the derivative of an elementwise function at x, y = f(x), as a
// value to multiply with.
type slope func(b *builder, n *graph.Node, x, y string) (string, error)

// elementwise makes a rule of dx = dy * slope.
func elementwise(f slope) rule {
	return func(b *builder, n *graph.Node, dy []string) error {
		s, err := f(b, n, n.Input(0), n.Output(0))
		if err != nil {
			return err
		}
		b.give(n.Input(0), b.mul(dy[0], s))
		return nil
	}
}

// plain wraps slopes that cannot fail.
func plain(f func(b *builder, x, y string) string) rule {
	return elementwise(func(b *builder, _ *graph.Node, x, y string) (string, error) { return f(b, x, y), nil })
}

func activationRule(op string) rule {
	switch op {
	case "Relu": // PyTorch takes 0 at 0
		return plain(func(b *builder, x, y string) string { return b.positive(y) })
	case "LeakyRelu":
		return elementwise(leakyRelu)
	case "PRelu":
		return pRelu
	case "Elu":
		return elementwise(elu)
	case "Selu":
		return elementwise(selu)
	case "Clip":
		return clipRule
	case "Celu":
		return elementwise(celu)
	case "ThresholdedRelu":
		return elementwise(func(b *builder, n *graph.Node, x, _ string) (string, error) {
			return b.mask(b.op("Greater", []string{x, b.scalar(x, float64(n.Float("alpha", 1)))}), x), nil
		})
	case "Shrink":
		return elementwise(func(b *builder, n *graph.Node, x, _ string) (string, error) {
			return b.mask(b.op("Greater", []string{b.op("Abs", []string{x}), b.scalar(x, float64(n.Float("lambd", .5)))}), x), nil
		})
	case "Swish":
		return elementwise(swish)
	case "Sigmoid":
		return plain(func(b *builder, x, y string) string { return b.mul(y, b.sub(b.scalar(y, 1), y)) })
	case "HardSigmoid":
		return elementwise(hardSigmoid)
	case "HardSwish":
		return plain(hardSwish)
	case "Tanh":
		return plain(func(b *builder, x, y string) string { return b.sub(b.scalar(y, 1), b.mul(y, y)) })
	case "Gelu":
		return elementwise(gelu)
	case "Mish":
		return plain(mish)
	case "Softplus":
		return plain(func(b *builder, x, y string) string { return b.op("Sigmoid", []string{x}) })
	case "Softsign":
		return plain(func(b *builder, x, y string) string {
			d := b.add(b.scalar(x, 1), b.op("Abs", []string{x}))
			return b.op("Reciprocal", []string{b.mul(d, d)})
		})
	case "Softmax":
		return softmax
	case "LogSoftmax":
		return logSoftmax
	case "Identity":
		return func(b *builder, n *graph.Node, dy []string) error { b.give(n.Input(0), dy[0]); return nil }
	case "Dropout":
		return dropout
	}
	return nil
}

// leakyRelu: alpha + (1 - alpha) [x > 0].
func leakyRelu(b *builder, n *graph.Node, x, _ string) (string, error) {
	alpha := float64(n.Float("alpha", .01))
	return b.add(b.scale(b.positive(x), x, 1-alpha), b.scalar(x, alpha)), nil
}

// pRelu: x s for x < 0, with the slope s broadcast to x.
func pRelu(b *builder, n *graph.Node, dy []string) error {
	x, s := n.Input(0), n.Input(1)
	pos := b.positive(x)
	neg := b.sub(b.scalar(x, 1), pos)
	b.give(x, b.mul(dy[0], b.add(pos, b.mul(neg, s))))
	return b.giveBroadcast(n, 1, func() string { return b.mul(dy[0], b.mul(neg, x)) })
}

// elu: 1 for x > 0, else y + alpha.
func elu(b *builder, n *graph.Node, x, y string) (string, error) {
	pos := b.positive(x)
	neg := b.sub(b.scalar(x, 1), pos)
	return b.add(pos, b.mul(neg, b.add(y, b.scalar(x, float64(n.Float("alpha", 1)))))), nil
}

// selu: gamma for x > 0, else y + gamma alpha.
func selu(b *builder, n *graph.Node, x, y string) (string, error) {
	alpha, gamma := float64(n.Float("alpha", 1.67326319)), float64(n.Float("gamma", 1.05070102))
	pos := b.positive(x)
	neg := b.sub(b.scalar(x, 1), pos)
	return b.add(b.scale(pos, x, gamma), b.mul(neg, b.add(y, b.scalar(x, alpha*gamma)))), nil
}

// clipRule: 1 strictly inside the limits, as PyTorch's hardtanh (ReLU6) has it. Limits
// that are to be differentiated by get what lies beyond them.
func clipRule(b *builder, n *graph.Node, dy []string) error {
	x := n.Input(0)
	beyond := []string{"", "", ""}
	for i, op := range []string{"", "Greater", "Less"} {
		if i > 0 && n.Input(i) != "" {
			beyond[i] = b.op("Not", []string{b.op(op, []string{x, n.Input(i)})})
		}
	}
	d := dy[0]
	for _, out := range beyond[1:] {
		if out != "" {
			d = b.unless(out, d, x)
		}
	}
	b.give(x, d)
	for i := 1; i < 3; i++ {
		if b.wants(n.Input(i)) {
			if err := b.giveBroadcast(n, i, func() string { return b.where(beyond[i], dy[0], b.scalar(x, 0)) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// celu: 1 for x > 0, else exp(x/alpha), which is kept from overflowing where it is not used.
func celu(b *builder, n *graph.Node, x, _ string) (string, error) {
	alpha := float64(n.Float("alpha", 1))
	low := b.op("Min", []string{x, b.scalar(x, 0)})
	return b.op("Exp", []string{b.scale(low, x, 1/alpha)}), nil
}

// swish x s(a x): s + a x s (1 - s).
func swish(b *builder, n *graph.Node, x, _ string) (string, error) {
	a := float64(n.Float("alpha", 1))
	s := b.op("Sigmoid", []string{b.scale(x, x, a)})
	return b.mul(s, b.add(b.scalar(x, 1), b.mul(b.scale(x, x, a), b.sub(b.scalar(x, 1), s)))), nil
}

// hardSigmoid: alpha where 0 < alpha x + beta < 1.
func hardSigmoid(b *builder, n *graph.Node, x, y string) (string, error) {
	return b.scale(b.between(y, 0, 1), x, float64(n.Float("alpha", .2))), nil
}

// hardSwish x h(x), h(x) = clip(x/6 + 1/2, 0, 1): h(x) + x/6 for -3 < x < 3.
func hardSwish(b *builder, x, _ string) string {
	h := b.op("HardSigmoid", []string{x}, graph.FloatAttr("alpha", 1./6), graph.FloatAttr("beta", .5))
	return b.add(h, b.mul(b.between(x, -3, 3), b.scale(x, x, 1./6)))
}

// gelu x Phi(x): Phi(x) + x phi(x); the tanh form by the chain rule.
func gelu(b *builder, n *graph.Node, x, _ string) (string, error) {
	one := b.scalar(x, 1)
	switch a := n.Text("approximate", "none"); a {
	case "none":
		cdf := b.scale(b.add(one, b.op("Erf", []string{b.scale(x, x, math.Sqrt2/2)})), x, .5)
		pdf := b.scale(b.op("Exp", []string{b.scale(b.mul(x, x), x, -.5)}), x, 1/math.Sqrt(2*math.Pi))
		return b.add(cdf, b.mul(x, pdf)), nil
	case "tanh":
		// t = tanh(c (x + k x^3)): (1 + t)/2 + x (1 - t^2) c (1 + 3 k x^2)/2
		const k = .044715
		c := math.Sqrt(2 / math.Pi)
		sq := b.mul(x, x)
		t := b.op("Tanh", []string{b.mul(x, b.add(b.scalar(x, c), b.scale(sq, x, c*k)))})
		inner := b.add(b.scalar(x, c), b.scale(sq, x, 3*c*k))
		rest := b.mul(b.mul(x, b.sub(one, b.mul(t, t))), inner)
		return b.scale(b.add(b.add(one, t), rest), x, .5), nil
	default:
		return "", message.Errorf("%w: approximate=%q", ErrNotDifferentiable, a)
	}
}

// mish x tanh(s), s = softplus(x): tanh(s) + x sigmoid(x) (1 - tanh(s)^2).
func mish(b *builder, x, _ string) string {
	t := b.op("Tanh", []string{b.op("Softplus", []string{x})})
	u := b.sub(b.scalar(x, 1), b.mul(t, t))
	return b.add(t, b.mul(b.mul(x, b.op("Sigmoid", []string{x})), u))
}

// softmaxAxis returns the axis that a softmax normalises.
func softmaxAxis(b *builder, n *graph.Node) (int64, error) {
	d, err := b.dims(n.Input(0))
	if err != nil {
		return 0, err
	}
	return axisOf(n.Int("axis", -1), len(d)), nil
}

// softmax: y (dy - sum(dy y)).
func softmax(b *builder, n *graph.Node, dy []string) error {
	at, err := softmaxAxis(b, n)
	if err != nil {
		return err
	}
	y := n.Output(0)
	b.give(n.Input(0), b.mul(y, b.sub(dy[0], b.sum(b.mul(dy[0], y), true, at))))
	return nil
}

// logSoftmax: dy - exp(y) sum(dy).
func logSoftmax(b *builder, n *graph.Node, dy []string) error {
	at, err := softmaxAxis(b, n)
	if err != nil {
		return err
	}
	p := b.op("Exp", []string{n.Output(0)})
	b.give(n.Input(0), b.sub(dy[0], b.mul(p, b.sum(dy[0], true, at))))
	return nil
}

// dropout passes on at inference; in training its mask output says where.
func dropout(b *builder, n *graph.Node, dy []string) error {
	mode := []int64{0}
	if n.Input(2) != "" {
		var ok bool
		if mode, ok = b.values(n, "", 2); !ok || len(mode) != 1 {
			return message.Errorf("%w: training_mode is not a constant", ErrNotDifferentiable)
		}
	}
	if mode[0] == 0 {
		b.give(n.Input(0), dy[0])
		return nil
	}
	ratio, err := b.number(n, "ratio", 1, .5)
	if err != nil {
		return err
	}
	mask := b.extra(n, 1)
	b.give(n.Input(0), b.scale(b.mul(dy[0], b.mask(mask, n.Input(0))), n.Input(0), 1/(1-ratio)))
	return nil
}
