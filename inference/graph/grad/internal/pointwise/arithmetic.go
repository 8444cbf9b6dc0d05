package pointwise

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
)

// arithmetic are the rules of sums, products and choices of elements.
func arithmetic() emit.Rules {
	return emit.Rules{
		"Add":      addRule,
		"Sum":      addRule,
		"Mean":     meanRule,
		"Sub":      subRule,
		"Mul":      mulRule,
		"Div":      divRule,
		"Pow":      powRule,
		"Mod":      modRule,
		"Max":      extremeRule,
		"Min":      extremeRule,
		"Where":    whereRule,
		"Cast":     castRule,
		"CastLike": castRule,
	}
}

func addRule(b emit.Emitter, n *graph.Node, dy []string) error {
	for i := range n.Inputs {
		if err := emit.GiveBroadcast(b, n, i, func() string { return dy[0] }); err != nil {
			return err
		}
	}
	return nil
}

func meanRule(b emit.Emitter, n *graph.Node, dy []string) error {
	share := b.Scale(dy[0], n.Output(0), 1/float64(len(n.Inputs)))
	return addRule(b, n, []string{share})
}

func subRule(b emit.Emitter, n *graph.Node, dy []string) error {
	if err := emit.GiveBroadcast(b, n, 0, func() string { return dy[0] }); err != nil {
		return err
	}
	return emit.GiveBroadcast(b, n, 1, func() string { return b.Op("Neg", []string{dy[0]}) })
}

func mulRule(b emit.Emitter, n *graph.Node, dy []string) error {
	for i := range 2 {
		if err := emit.GiveBroadcast(b, n, i, func() string { return b.Mul(dy[0], n.Input(1-i)) }); err != nil {
			return err
		}
	}
	return nil
}

// divRule: y = p/q gives dp = dy/q, dq = -dy y/q.
func divRule(b emit.Emitter, n *graph.Node, dy []string) error {
	q := n.Input(1)
	if err := emit.GiveBroadcast(b, n, 0, func() string { return b.Div(dy[0], q) }); err != nil {
		return err
	}
	return emit.GiveBroadcast(b, n, 1,
		func() string { return b.Op("Neg", []string{b.Div(b.Mul(dy[0], n.Output(0)), q)}) })
}

// powRule: y = x^p gives dx = dy p x^(p-1), dp = dy y ln x. At x = 0 the first is 1 for
// p = 1 and else taken as 0, where a root has no finite derivative too: the roots of
// exported networks are those of norms and generalised means, which have 0 among their
// subgradients there.
func powRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x, p := n.Input(0), n.Input(1)
	if b.Shapes().Elem(p) != b.Shapes().Elem(x) {
		p = b.Op("Cast", []string{p}, graph.IntAttr("to", int64(b.Elem(x))))
	}
	zero := b.Is(x, 0)
	safe := b.Where(zero, b.Scalar(x, 1), x)
	err := emit.GiveBroadcast(b, n, 0, func() string {
		one := b.Mask(b.Is(p, 1), x)
		slope := b.Mul(p, b.Op("Pow", []string{safe, b.Sub(p, b.Scalar(x, 1))}))
		return b.Mul(dy[0], b.Where(zero, one, slope))
	})
	if err != nil {
		return err
	}
	return emit.GiveBroadcast(b, n, 1, func() string {
		return b.Mul(dy[0], b.Mul(n.Output(0), b.Op("Log", []string{safe})))
	})
}

// modRule: x - q trunc(x/q), the remainder of C.
func modRule(b emit.Emitter, n *graph.Node, dy []string) error {
	if err := emit.GiveBroadcast(b, n, 0, func() string { return dy[0] }); err != nil {
		return err
	}
	return emit.GiveBroadcast(b, n, 1, func() string {
		whole := b.Op("Round", []string{b.Div(b.Sub(n.Input(0), n.Output(0)), n.Input(1))})
		return b.Op("Neg", []string{b.Mul(dy[0], whole)})
	})
}

// extremeRule shares the derivative among equal operands, as PyTorch's
// maximum and minimum do.
func extremeRule(b emit.Emitter, n *graph.Node, dy []string) error {
	if len(n.Inputs) == 1 {
		b.Give(n.Input(0), dy[0])
		return nil
	}
	y := n.Output(0)
	var hits []string
	for _, in := range n.Inputs {
		hits = append(hits, b.Mask(b.Op("Equal", []string{in, y}), y))
	}
	share := b.Div(dy[0], b.Op("Sum", hits))
	for i, hit := range hits {
		if err := emit.GiveBroadcast(b, n, i, func() string { return b.Mul(share, hit) }); err != nil {
			return err
		}
	}
	return nil
}

func whereRule(b emit.Emitter, n *graph.Node, dy []string) error {
	zero := b.Scalar(n.Output(0), 0)
	if err := emit.GiveBroadcast(b, n, 1, func() string { return b.Where(n.Input(0), dy[0], zero) }); err != nil {
		return err
	}
	return emit.GiveBroadcast(b, n, 2, func() string { return b.Where(n.Input(0), zero, dy[0]) })
}

// castRule casts back; through cutting off to whole numbers nothing passes. Whole
// numbers that are active stand for quantised values: their derivatives are floats.
func castRule(b emit.Emitter, n *graph.Node, dy []string) error {
	from, to := b.Shapes().Elem(n.Input(0)), b.Shapes().Elem(n.Output(0))
	switch {
	case !from.IsFloat() && to.IsFloat() && to != graph.Float:
		from = graph.Float
	case !from.IsFloat():
		b.Give(n.Input(0), dy[0])
		return nil
	case !to.IsFloat():
		return nil
	}
	b.Give(n.Input(0), b.Op("Cast", []string{dy[0]}, graph.IntAttr("to", int64(from))))
	return nil
}
