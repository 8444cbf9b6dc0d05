package grad

import (
	"fmt"
	"math"

	"hilum/inference/graph"
)

func arithmeticRule(op string) rule {
	switch op {
	case "Add", "Sum":
		return addRule
	case "Sub":
		return subRule
	case "Mul":
		return mulRule
	case "Div":
		return divRule
	case "Pow":
		return powRule
	case "Max", "Min":
		return extremeRule
	case "Where":
		return whereRule
	case "Cast":
		return castRule
	}
	return functionRule(op)
}

// functionRule has the elementary functions of one variable.
func functionRule(op string) rule {
	switch op {
	case "Neg":
		return plain(func(b *builder, x, y string) string { return b.scalar(x, -1) })
	case "Abs":
		return plain(func(b *builder, x, y string) string { return b.op("Sign", []string{x}) })
	case "Exp":
		return plain(func(b *builder, x, y string) string { return y })
	case "Log":
		return plain(func(b *builder, x, y string) string { return b.op("Reciprocal", []string{x}) })
	case "Sqrt":
		return plain(func(b *builder, x, y string) string { return b.div(b.scalar(x, .5), y) })
	case "Reciprocal":
		return plain(func(b *builder, x, y string) string { return b.op("Neg", []string{b.mul(y, y)}) })
	case "Sin":
		return plain(func(b *builder, x, y string) string { return b.op("Cos", []string{x}) })
	case "Cos":
		return plain(func(b *builder, x, y string) string { return b.op("Neg", []string{b.op("Sin", []string{x})}) })
	case "Erf": // 2/sqrt(pi) exp(-x^2)
		return plain(func(b *builder, x, y string) string {
			return b.scale(b.op("Exp", []string{b.op("Neg", []string{b.mul(x, x)})}), x, 2/math.Sqrt(math.Pi))
		})
	}
	return nil
}

func addRule(b *builder, n *graph.Node, dy []string) error {
	for i := range n.Inputs {
		if err := b.giveBroadcast(n, i, func() string { return dy[0] }); err != nil {
			return err
		}
	}
	return nil
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

// powRule: y = x^p gives dx = dy p x^(p-1), dp = dy y ln x.
func powRule(b *builder, n *graph.Node, dy []string) error {
	x, p := n.Input(0), n.Input(1)
	if b.wants(x) && b.shapes.Elem(p) != b.shapes.Elem(x) {
		p = b.op("Cast", []string{p}, graph.IntAttr("to", int64(b.elem(x))))
	}
	err := b.giveBroadcast(n, 0, func() string {
		less := b.sub(p, b.scalar(x, 1))
		return b.mul(dy[0], b.mul(p, b.op("Pow", []string{x, less})))
	})
	if err != nil {
		return err
	}
	return b.giveBroadcast(n, 1, func() string {
		return b.mul(dy[0], b.mul(n.Output(0), b.op("Log", []string{x})))
	})
}

// extremeRule shares the derivative among equal operands, as PyTorch's
// maximum and minimum do.
func extremeRule(b *builder, n *graph.Node, dy []string) error {
	if len(n.Inputs) == 1 {
		b.give(n.Input(0), dy[0])
		return nil
	}
	if len(n.Inputs) != 2 {
		return fmt.Errorf("%w: %d operands", ErrNotDifferentiable, len(n.Inputs))
	}
	y := n.Output(0)
	is := func(i int) string { return b.mask(b.op("Equal", []string{n.Input(i), y}), y) }
	first, second := is(0), is(1)
	share := b.div(dy[0], b.add(first, second))
	if err := b.giveBroadcast(n, 0, func() string { return b.mul(share, first) }); err != nil {
		return err
	}
	return b.giveBroadcast(n, 1, func() string { return b.mul(share, second) })
}

func whereRule(b *builder, n *graph.Node, dy []string) error {
	zero := b.scalar(n.Output(0), 0)
	if err := b.giveBroadcast(n, 1, func() string { return b.op("Where", []string{n.Input(0), dy[0], zero}) }); err != nil {
		return err
	}
	return b.giveBroadcast(n, 2, func() string { return b.op("Where", []string{n.Input(0), zero, dy[0]}) })
}

// castRule casts back; through an integer type nothing passes.
func castRule(b *builder, n *graph.Node, dy []string) error {
	from, to := b.shapes.Elem(n.Input(0)), graph.DataType(n.Int("to", 0))
	if !from.IsFloat() || !to.IsFloat() {
		return nil
	}
	b.give(n.Input(0), b.op("Cast", []string{dy[0]}, graph.IntAttr("to", int64(from))))
	return nil
}
