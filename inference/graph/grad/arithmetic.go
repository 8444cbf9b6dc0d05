package grad

import (
	"hilum/inference/graph"
)

func arithmeticRule(op string) rule {
	switch op {
	case "Add", "Sum":
		return addRule
	case "Mean":
		return meanRule
	case "Sub":
		return subRule
	case "Mul":
		return mulRule
	case "Div":
		return divRule
	case "Pow":
		return powRule
	case "Mod":
		return modRule
	case "Max", "Min":
		return extremeRule
	case "Where":
		return whereRule
	case "Cast", "CastLike":
		return castRule
	}
	return functionRule(op)
}

func addRule(b *builder, n *graph.Node, dy []string) error {
	for i := range n.Inputs {
		if err := b.giveBroadcast(n, i, func() string { return dy[0] }); err != nil {
			return err
		}
	}
	return nil
}

func meanRule(b *builder, n *graph.Node, dy []string) error {
	share := b.scale(dy[0], n.Output(0), 1/float64(len(n.Inputs)))
	return addRule(b, n, []string{share})
}

func subRule(b *builder, n *graph.Node, dy []string) error {
	if err := b.giveBroadcast(n, 0, func() string { return dy[0] }); err != nil {
		return err
	}
	return b.giveBroadcast(n, 1, func() string { return b.op("Neg", []string{dy[0]}) })
}

func mulRule(b *builder, n *graph.Node, dy []string) error {
	for i := range 2 {
		if err := b.giveBroadcast(n, i, func() string { return b.mul(dy[0], n.Input(1-i)) }); err != nil {
			return err
		}
	}
	return nil
}

// divRule: y = p/q gives dp = dy/q, dq = -dy y/q.
func divRule(b *builder, n *graph.Node, dy []string) error {
	q := n.Input(1)
	if err := b.giveBroadcast(n, 0, func() string { return b.div(dy[0], q) }); err != nil {
		return err
	}
	return b.giveBroadcast(n, 1, func() string { return b.op("Neg", []string{b.div(b.mul(dy[0], n.Output(0)), q)}) })
}

// powRule: y = x^p gives dx = dy p x^(p-1), dp = dy y ln x. At x = 0 the first is 1 for
// p = 1 and else taken as 0, where a root has no finite derivative too: the roots of
// exported networks are those of norms and generalised means, which have 0 among their
// subgradients there.
func powRule(b *builder, n *graph.Node, dy []string) error {
	x, p := n.Input(0), n.Input(1)
	if b.shapes.Elem(p) != b.shapes.Elem(x) {
		p = b.op("Cast", []string{p}, graph.IntAttr("to", int64(b.elem(x))))
	}
	zero := b.is(x, 0)
	safe := b.where(zero, b.scalar(x, 1), x)
	err := b.giveBroadcast(n, 0, func() string {
		one := b.mask(b.is(p, 1), x)
		slope := b.mul(p, b.op("Pow", []string{safe, b.sub(p, b.scalar(x, 1))}))
		return b.mul(dy[0], b.where(zero, one, slope))
	})
	if err != nil {
		return err
	}
	return b.giveBroadcast(n, 1, func() string {
		return b.mul(dy[0], b.mul(n.Output(0), b.op("Log", []string{safe})))
	})
}

// modRule: x - q trunc(x/q), the remainder of C.
func modRule(b *builder, n *graph.Node, dy []string) error {
	if err := b.giveBroadcast(n, 0, func() string { return dy[0] }); err != nil {
		return err
	}
	return b.giveBroadcast(n, 1, func() string {
		whole := b.op("Round", []string{b.div(b.sub(n.Input(0), n.Output(0)), n.Input(1))})
		return b.op("Neg", []string{b.mul(dy[0], whole)})
	})
}

// extremeRule shares the derivative among equal operands, as PyTorch's
// maximum and minimum do.
func extremeRule(b *builder, n *graph.Node, dy []string) error {
	if len(n.Inputs) == 1 {
		b.give(n.Input(0), dy[0])
		return nil
	}
	y := n.Output(0)
	var hits []string
	for _, in := range n.Inputs {
		hits = append(hits, b.mask(b.op("Equal", []string{in, y}), y))
	}
	share := b.div(dy[0], b.op("Sum", hits))
	for i, hit := range hits {
		if err := b.giveBroadcast(n, i, func() string { return b.mul(share, hit) }); err != nil {
			return err
		}
	}
	return nil
}

func whereRule(b *builder, n *graph.Node, dy []string) error {
	zero := b.scalar(n.Output(0), 0)
	if err := b.giveBroadcast(n, 1, func() string { return b.where(n.Input(0), dy[0], zero) }); err != nil {
		return err
	}
	return b.giveBroadcast(n, 2, func() string { return b.where(n.Input(0), zero, dy[0]) })
}

// castRule casts back; through cutting off to whole numbers nothing passes. Whole
// numbers that are active stand for quantised values: their derivatives are floats.
func castRule(b *builder, n *graph.Node, dy []string) error {
	from, to := b.shapes.Elem(n.Input(0)), b.shapes.Elem(n.Output(0))
	switch {
	case !from.IsFloat() && to.IsFloat() && to != graph.Float:
		from = graph.Float
	case !from.IsFloat():
		b.give(n.Input(0), dy[0])
		return nil
	case !to.IsFloat():
		return nil
	}
	b.give(n.Input(0), b.op("Cast", []string{dy[0]}, graph.IntAttr("to", int64(from))))
	return nil
}
