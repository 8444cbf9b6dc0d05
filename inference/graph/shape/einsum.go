package shape

import (
	"slices"
	"strings"

	"hilum/internal/message"
)

// Equation is an einsum in full: a letter an axis of each operand and of the result,
// every ellipsis written out.
type Equation struct {
	Terms []string
	Out   string
}

// String writes the equation as operator Einsum takes it.
func (e Equation) String() string { return strings.Join(e.Terms, ",") + "->" + e.Out }

// ParseEinsum reads the equation of an Einsum on operands of those ranks. An ellipsis
// stands for the axes without letters, the last of them in common; an equation without
// "->" gives the letters that stand once, in order (ONNX, operator Einsum, as numpy).
func ParseEinsum(equation string, ranks []int) (Equation, error) {
	text := strings.ReplaceAll(strings.ReplaceAll(equation, " ", ""), "...", ".")
	left, out, explicit := strings.Cut(text, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(ranks) {
		return Equation{}, message.Errorf("equation %q has %d terms for %d operands", equation, len(terms), len(ranks))
	}
	rest := 0 // axes that the widest ellipsis stands for
	for i, t := range terms {
		letters := len(strings.ReplaceAll(t, ".", ""))
		if dots := strings.Count(t, "."); dots > 1 || letters > ranks[i] || dots == 0 && letters != ranks[i] {
			return Equation{}, message.Errorf("equation %q: term %q for an operand of rank %d", equation, t, ranks[i])
		} else if dots == 1 {
			rest = max(rest, ranks[i]-letters)
		}
	}
	fresh, err := unusedLetters(text, rest)
	if err != nil {
		return Equation{}, message.Errorf("equation %q: %w", equation, err)
	}
	e := Equation{}
	for i, t := range terms {
		k := ranks[i] - len(strings.ReplaceAll(t, ".", ""))
		e.Terms = append(e.Terms, strings.Replace(t, ".", fresh[rest-min(k, rest):], 1))
	}
	if !explicit {
		out = implicitOutput(left)
	}
	e.Out = strings.Replace(out, ".", fresh, 1)
	return e, e.check(equation)
}

// check refuses letters that are none, and results that the operands do not give.
func (e Equation) check(equation string) error {
	all := strings.Join(e.Terms, "")
	for i, c := range e.Out {
		if !strings.ContainsRune(all, c) || strings.ContainsRune(e.Out[:i], c) {
			return message.Errorf("equation %q: %q in the result", equation, c)
		}
	}
	for _, c := range all {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return message.Errorf("equation %q: %q is no letter", equation, c)
		}
	}
	return nil
}

// unusedLetters gives n letters that a text does not hold.
func unusedLetters(text string, n int) (string, error) {
	var out strings.Builder
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		if out.Len() < n && !strings.ContainsRune(text, c) {
			out.WriteRune(c)
		}
	}
	if out.Len() < n {
		return "", message.Errorf("more axes than letters")
	}
	return out.String(), nil
}

func implicitOutput(left string) string {
	var once []rune
	dots := ""
	for _, c := range left {
		switch {
		case c == '.':
			dots = "."
		case c != ',' && strings.Count(left, string(c)) == 1:
			once = append(once, c)
		}
	}
	slices.Sort(once)
	return dots + string(once)
}
