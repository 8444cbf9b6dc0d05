package pointwise

import (
	"math"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// slope returns the derivative of an elementwise function at x, y = f(x), as a
// value to multiply with.
type slope func(b emit.Emitter, n *graph.Node, x, y string) (string, error)

// elementwise makes a rule of dx = dy * slope.
func elementwise(f slope) emit.Rule {
	return func(b emit.Emitter, n *graph.Node, dy []string) error {
		s, err := f(b, n, n.Input(0), n.Output(0))
		if err != nil {
			return err
		}
		b.Give(n.Input(0), b.Mul(dy[0], s))
		return nil
	}
}

// plain wraps slopes that cannot fail.
func plain(f func(b emit.Emitter, x, y string) string) emit.Rule {
	return elementwise(func(b emit.Emitter, _ *graph.Node, x, y string) (string, error) { return f(b, x, y), nil })
}

// activations are the rules of activations.
func activations() emit.Rules {
	return emit.Rules{
		"Relu":      plain(func(b emit.Emitter, x, y string) string { return b.Positive(y) }), // PyTorch takes 0 at 0
		"LeakyRelu": elementwise(leakyRelu),
		"PRelu":     pRelu,
		"Elu":       elementwise(elu),
		"Selu":      elementwise(selu),
		"Clip":      clipRule,
		"Celu":      elementwise(celu),
		"ThresholdedRelu": elementwise(func(b emit.Emitter, n *graph.Node, x, _ string) (string, error) {
			return b.Mask(b.Op("Greater", []string{x, b.Scalar(x, float64(n.Float("alpha", 1)))}), x), nil
		}),
		"Shrink": elementwise(func(b emit.Emitter, n *graph.Node, x, _ string) (string, error) {
			return b.Mask(b.Op("Greater",
				[]string{b.Op("Abs", []string{x}), b.Scalar(x, float64(n.Float("lambd", .5)))}), x), nil
		}),
		"Swish":       elementwise(swish),
		"Sigmoid":     plain(func(b emit.Emitter, x, y string) string { return b.Mul(y, b.Sub(b.Scalar(y, 1), y)) }),
		"HardSigmoid": elementwise(hardSigmoid),
		"HardSwish":   plain(hardSwish),
		"Tanh":        plain(func(b emit.Emitter, x, y string) string { return b.Sub(b.Scalar(y, 1), b.Mul(y, y)) }),
		"Gelu":        elementwise(gelu),
		"Mish":        plain(mish),
		"Softplus":    plain(func(b emit.Emitter, x, y string) string { return b.Op("Sigmoid", []string{x}) }),
		"Softsign": plain(func(b emit.Emitter, x, y string) string {
			d := b.Add(b.Scalar(x, 1), b.Op("Abs", []string{x}))
			return b.Op("Reciprocal", []string{b.Mul(d, d)})
		}),
		"Softmax":    softmax,
		"LogSoftmax": logSoftmax,
		"Identity":   func(b emit.Emitter, n *graph.Node, dy []string) error { b.Give(n.Input(0), dy[0]); return nil },
		"Dropout":    dropout,
	}
}

// leakyRelu: alpha + (1 - alpha) [x > 0].
func leakyRelu(b emit.Emitter, n *graph.Node, x, _ string) (string, error) {
	alpha := float64(n.Float("alpha", .01))
	return b.Add(b.Scale(b.Positive(x), x, 1-alpha), b.Scalar(x, alpha)), nil
}

// pRelu: x s for x < 0, with the slope s broadcast to x.
func pRelu(b emit.Emitter, n *graph.Node, dy []string) error {
	x, s := n.Input(0), n.Input(1)
	pos := b.Positive(x)
	neg := b.Sub(b.Scalar(x, 1), pos)
	b.Give(x, b.Mul(dy[0], b.Add(pos, b.Mul(neg, s))))
	return emit.GiveBroadcast(b, n, 1, func() string { return b.Mul(dy[0], b.Mul(neg, x)) })
}

// elu: 1 for x > 0, else y + alpha.
func elu(b emit.Emitter, n *graph.Node, x, y string) (string, error) {
	pos := b.Positive(x)
	neg := b.Sub(b.Scalar(x, 1), pos)
	return b.Add(pos, b.Mul(neg, b.Add(y, b.Scalar(x, float64(n.Float("alpha", 1)))))), nil
}

// selu: gamma for x > 0, else y + gamma alpha.
func selu(b emit.Emitter, n *graph.Node, x, y string) (string, error) {
	alpha, gamma := float64(n.Float("alpha", 1.67326319)), float64(n.Float("gamma", 1.05070102))
	pos := b.Positive(x)
	neg := b.Sub(b.Scalar(x, 1), pos)
	return b.Add(b.Scale(pos, x, gamma), b.Mul(neg, b.Add(y, b.Scalar(x, alpha*gamma)))), nil
}

// clipRule: 1 strictly inside the limits, as PyTorch's hardtanh (ReLU6) has it. Limits
// that are to be differentiated by get what lies beyond them.
func clipRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x := n.Input(0)
	beyond := []string{"", "", ""}
	for i, op := range []string{"", "Greater", "Less"} {
		if i > 0 && n.Input(i) != "" {
			beyond[i] = b.Op("Not", []string{b.Op(op, []string{x, n.Input(i)})})
		}
	}
	d := dy[0]
	for _, out := range beyond[1:] {
		if out != "" {
			d = b.Unless(out, d, x)
		}
	}
	b.Give(x, d)
	for i := 1; i < 3; i++ {
		if b.Wants(n.Input(i)) {
			if err := emit.GiveBroadcast(b, n, i,
				func() string { return b.Where(beyond[i], dy[0], b.Scalar(x, 0)) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// celu: 1 for x > 0, else exp(x/alpha), which is kept from overflowing where it is not used.
func celu(b emit.Emitter, n *graph.Node, x, _ string) (string, error) {
	alpha := float64(n.Float("alpha", 1))
	low := b.Op("Min", []string{x, b.Scalar(x, 0)})
	return b.Op("Exp", []string{b.Scale(low, x, 1/alpha)}), nil
}

// swish x s(a x): s + a x s (1 - s).
func swish(b emit.Emitter, n *graph.Node, x, _ string) (string, error) {
	a := float64(n.Float("alpha", 1))
	s := b.Op("Sigmoid", []string{b.Scale(x, x, a)})
	return b.Mul(s, b.Add(b.Scalar(x, 1), b.Mul(b.Scale(x, x, a), b.Sub(b.Scalar(x, 1), s)))), nil
}

// hardSigmoid: alpha where 0 < alpha x + beta < 1.
func hardSigmoid(b emit.Emitter, n *graph.Node, x, y string) (string, error) {
	return b.Scale(b.Between(y, 0, 1), x, float64(n.Float("alpha", .2))), nil
}

// hardSwish x h(x), h(x) = clip(x/6 + 1/2, 0, 1): h(x) + x/6 for -3 < x < 3.
func hardSwish(b emit.Emitter, x, _ string) string {
	h := b.Op("HardSigmoid", []string{x}, graph.FloatAttr("alpha", 1./6), graph.FloatAttr("beta", .5))
	return b.Add(h, b.Mul(b.Between(x, -3, 3), b.Scale(x, x, 1./6)))
}

// gelu x Phi(x): Phi(x) + x phi(x); the tanh form by the chain rule.
func gelu(b emit.Emitter, n *graph.Node, x, _ string) (string, error) {
	one := b.Scalar(x, 1)
	switch a := n.Text("approximate", "none"); a {
	case "none":
		cdf := b.Scale(b.Add(one, b.Op("Erf", []string{b.Scale(x, x, math.Sqrt2/2)})), x, .5)
		pdf := b.Scale(b.Op("Exp", []string{b.Scale(b.Mul(x, x), x, -.5)}), x, 1/math.Sqrt(2*math.Pi))
		return b.Add(cdf, b.Mul(x, pdf)), nil
	case "tanh":
		// t = tanh(c (x + k x^3)): (1 + t)/2 + x (1 - t^2) c (1 + 3 k x^2)/2
		const k = .044715
		c := math.Sqrt(2 / math.Pi)
		sq := b.Mul(x, x)
		t := b.Op("Tanh", []string{b.Mul(x, b.Add(b.Scalar(x, c), b.Scale(sq, x, c*k)))})
		inner := b.Add(b.Scalar(x, c), b.Scale(sq, x, 3*c*k))
		rest := b.Mul(b.Mul(x, b.Sub(one, b.Mul(t, t))), inner)
		return b.Scale(b.Add(b.Add(one, t), rest), x, .5), nil
	default:
		return "", message.Errorf("%w: approximate=%q", emit.ErrNotDifferentiable, a)
	}
}

// mish x tanh(s), s = softplus(x): tanh(s) + x sigmoid(x) (1 - tanh(s)^2).
func mish(b emit.Emitter, x, _ string) string {
	t := b.Op("Tanh", []string{b.Op("Softplus", []string{x})})
	u := b.Sub(b.Scalar(x, 1), b.Mul(t, t))
	return b.Add(t, b.Mul(b.Mul(x, b.Op("Sigmoid", []string{x})), u))
}

// softmaxAxis returns the axis that a softmax normalises.
func softmaxAxis(b emit.Emitter, n *graph.Node) (int64, error) {
	d, err := emit.Dims(b, n.Input(0))
	if err != nil {
		return 0, err
	}
	return emit.AxisOf(n.Int("axis", -1), len(d)), nil
}

// softmax: y (dy - sum(dy y)).
func softmax(b emit.Emitter, n *graph.Node, dy []string) error {
	at, err := softmaxAxis(b, n)
	if err != nil {
		return err
	}
	y := n.Output(0)
	b.Give(n.Input(0), b.Mul(y, b.Sub(dy[0], b.Sum(b.Mul(dy[0], y), true, at))))
	return nil
}

// logSoftmax: dy - exp(y) sum(dy).
func logSoftmax(b emit.Emitter, n *graph.Node, dy []string) error {
	at, err := softmaxAxis(b, n)
	if err != nil {
		return err
	}
	p := b.Op("Exp", []string{n.Output(0)})
	b.Give(n.Input(0), b.Sub(dy[0], b.Mul(p, b.Sum(dy[0], true, at))))
	return nil
}

// dropout passes on at inference; in training its mask output says where.
func dropout(b emit.Emitter, n *graph.Node, dy []string) error {
	mode := []int64{0}
	if n.Input(2) != "" {
		var ok bool
		if mode, ok = emit.Values(b, n, "", 2); !ok || len(mode) != 1 {
			return message.Errorf("%w: training_mode is not a constant", emit.ErrNotDifferentiable)
		}
	}
	if mode[0] == 0 {
		b.Give(n.Input(0), dy[0])
		return nil
	}
	ratio, err := number(b, n, parameter{"ratio", 1, .5})
	if err != nil {
		return err
	}
	mask := b.Extra(n, 1)
	b.Give(n.Input(0), b.Scale(b.Mul(dy[0], b.Mask(mask, n.Input(0))), n.Input(0), 1/(1-ratio)))
	return nil
}

// parameter says where a node holds a number: in an attribute or a constant input.
type parameter struct {
	attr  string
	input int
	def   float64
}

// number returns a node's scalar constant; the parameter's default where it is left out.
func number(b emit.Emitter, n *graph.Node, p parameter) (float64, error) {
	if a := n.Attr(p.attr); a != nil {
		return float64(a.Float), nil
	}
	if n.Input(p.input) == "" {
		return p.def, nil
	}
	t := b.Tensor(n.Input(p.input))
	if t == nil || t.Len() != 1 {
		return 0, message.Errorf("%w: %s is not a constant", emit.ErrNotDifferentiable, p.attr)
	}
	v, err := t.Floats()
	if err != nil {
		return 0, err
	}
	return float64(v[0]), nil
}
