package linear

import (
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// einsumRule: the derivative by an operand is an einsum of the result's and the other
// operands. Letters of the operand that stand nowhere else were summed over: all their
// places get the same. A letter that stands twice in it was a diagonal.
func einsumRule(b emit.Emitter, n *graph.Node, dy []string) error {
	ranks := make([]int, len(n.Inputs))
	for i, in := range n.Inputs {
		d, err := emit.Dims(b, in)
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
		if !b.Wants(in) {
			continue
		}
		d, err := einsum{b, n, e}.operand(i, dy[0])
		if err != nil {
			return err
		}
		b.Give(in, d)
	}
	return nil
}

// einsum is the differentiation of one Einsum.
type einsum struct {
	b emit.Emitter
	n *graph.Node
	e shape.Equation
}

// operand is the derivative by operand i.
func (s einsum) operand(i int, dy string) (string, error) {
	b, n, e := s.b, s.n, s.e
	x := n.Input(i)
	dims, err := emit.Dims(b, x)
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
	d := b.Op("Einsum", in, graph.TextAttr("equation", shape.Equation{Terms: terms, Out: result}.String()))
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
		d = b.Op("Unsqueeze", []string{d, b.Ints(missing...)})
	}
	if len(once) > 0 { // an axis of size 1 that the others repeat
		d = b.Sum(d, true, once...)
	}
	if len(letters) < len(e.Terms[i]) {
		if d, err = s.ontoDiagonal(i, d); err != nil {
			return "", err
		}
	}
	if len(missing) == 0 && len(letters) == len(e.Terms[i]) {
		return d, nil
	}
	return b.Op("Expand", []string{d, b.ShapeOf(x)}), nil
}

// ontoDiagonal spreads a value with an axis for each letter of operand i over the
// operand's axes, zero off the diagonals of letters that stand there more than once.
func (s einsum) ontoDiagonal(i int, d string) (string, error) {
	b, term := s.b, s.e.Terms[i]
	dims, err := emit.Dims(b, s.n.Input(i))
	if err != nil {
		return "", err
	}
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
	d = b.Op("Unsqueeze", []string{d, b.Ints(fresh...)})
	for _, k := range fresh {
		at := first[[]rune(term)[k]]
		size := dims[k]
		if !size.Known || !dims[at].Known {
			return "", message.Errorf("%w: the diagonal %q has no fixed size", emit.ErrNotDifferentiable, term)
		}
		eye := make([]float64, size.Value*size.Value)
		for j := range size.Value {
			eye[j*size.Value+j] = 1
		}
		shape := slices.Repeat([]int64{1}, len(term))
		shape[at], shape[k] = size.Value, size.Value
		d = b.Mul(d, b.Floats(d, eye, shape...))
	}
	return d, nil
}
