package grad

import (
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// einsumRule: the derivative by an operand is an einsum of the result's and the other
// operands. Letters of the operand that stand nowhere else were summed over: all their
// places get the same. A letter that stands twice in it was a diagonal.
func einsumRule(b *builder, n *graph.Node, dy []string) error {
	ranks := make([]int, len(n.Inputs))
	for i, in := range n.Inputs {
		d, err := b.dims(in)
		if err != nil {
			return err
		}
		ranks[i] = len(d)
	}
	e, err := shape.ParseEinsum(n.Text("equation", ""), ranks)
	if err != nil {
		return err
	}
	for i, in := range n.Inputs {
		if !b.wants(in) {
			continue
		}
		d, err := b.einsumOperand(n, e, i, dy[0])
		if err != nil {
			return err
		}
		b.give(in, d)
	}
	return nil
}

func (b *builder) einsumOperand(n *graph.Node, e shape.Equation, i int, dy string) (string, error) {
	x := n.Input(i)
	dims, err := b.dims(x)
	if err != nil {
		return "", err
	}
	in, terms := []string{dy}, []string{e.Out}
	for k, t := range e.Terms {
		if k != i {
			in, terms = append(in, n.Input(k)), append(terms, t)
		}
	}
	there := strings.Join(terms, "")
	var letters, result string // of the operand: each once; and those that the others have
	for _, c := range e.Terms[i] {
		if !strings.ContainsRune(letters, c) {
			letters += string(c)
			if strings.ContainsRune(there, c) {
				result += string(c)
			}
		}
	}
	d := b.op("Einsum", in, graph.TextAttr("equation", shape.Equation{Terms: terms, Out: result}.String()))
	var missing, once []int64
	for k, c := range []rune(letters) {
		if !strings.ContainsRune(result, c) {
			missing = append(missing, int64(k))
		}
		if at := strings.IndexRune(e.Terms[i], c); dims[at].Is(1) && strings.ContainsRune(result, c) {
			once = append(once, int64(k))
		}
	}
	if len(missing) > 0 {
		d = b.op("Unsqueeze", []string{d, b.ints(missing...)})
	}
	if len(once) > 0 { // an axis of size 1 that the others repeat
		d = b.sum(d, true, once...)
	}
	if len(letters) < len(e.Terms[i]) {
		if d, err = b.ontoDiagonal(d, letters, e.Terms[i], dims); err != nil {
			return "", err
		}
	}
	if len(missing) == 0 && len(letters) == len(e.Terms[i]) {
		return d, nil
	}
	return b.op("Expand", []string{d, b.shapeOf(x)}), nil
}

// ontoDiagonal spreads a value with an axis for each of letters over the axes of term,
// zero off the diagonals of letters that stand there more than once.
func (b *builder) ontoDiagonal(d, letters, term string, dims []graph.Dim) (string, error) {
	var fresh []int64 // axes of term beyond a letter's first
	first := make(map[rune]int)
	for k, c := range []rune(term) {
		if _, ok := first[c]; ok {
			fresh = append(fresh, int64(k))
		} else {
			first[c] = k
		}
	}
	// letters stand in the order of their first place, so new axes go between
	d = b.op("Unsqueeze", []string{d, b.ints(fresh...)})
	for _, k := range fresh {
		at := first[[]rune(term)[k]]
		size := dims[k]
		if !size.Known || !dims[at].Known {
			return "", message.Errorf("%w: the diagonal %q has no fixed size", ErrNotDifferentiable, term)
		}
		eye := make([]float64, size.Value*size.Value)
		for j := range size.Value {
			eye[j*size.Value+j] = 1
		}
		shape := slices.Repeat([]int64{1}, len(term))
		shape[at], shape[k] = size.Value, size.Value
		d = b.mul(d, b.floats(d, eye, shape...))
	}
	return d, nil
}
