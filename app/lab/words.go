package lab

import (
	"fmt"
	"math"
	"strings"

	"hilum/inference"
)

// Sentence says what an edit did to a class and what the same edit does at random
// places: "Erasing this lowered Mass by .31 (.82 to .51); at 20 random places it
// changed by -.02 (-.05 to +.01): no place did as much." c may be nil. Each half is
// made from one format, by which a window finds its own language's.
func (o Operations) Sentence(e Edit, former, now *inference.Result, class string, c *Control) string {
	at := indexOf(now, class)
	if at < 0 || former == nil {
		return ""
	}
	a, b := former.Findings[at].Probability, now.Findings[at].Probability
	text := effect(o.Doing(e), inference.ClassName(class), a, b)
	switch {
	case !o.Placed(e):
		return fmt.Sprintf("%s; it acts on the whole film, so there is no other place to try it.", text)
	case c == nil:
		return text + "."
	case len(c.Places) == 0:
		return fmt.Sprintf("%s; the film has no room for the same edit elsewhere.", text)
	}
	mean, lo, hi := c.Interval(at)
	return fmt.Sprintf("%s; at %d random places it changed by %s (%s to %s): %s.", text, len(c.Places), Signed(mean-a), Signed(lo-a), Signed(hi-a), asMuch(c.AsMuch(at, a, b), len(c.Places)))
}

// effect says what something did to the probability of a class, from a to b.
func effect(what, class string, a, b float64) string {
	switch d := b - a; {
	case math.Abs(d) < 0.005:
		return fmt.Sprintf("%s left %s at %s", what, class, Figure(b))
	case d < 0:
		return fmt.Sprintf("%s lowered %s by %s (%s to %s)", what, class, Figure(-d), Figure(a), Figure(b))
	default:
		return fmt.Sprintf("%s raised %s by %s (%s to %s)", what, class, Figure(d), Figure(a), Figure(b))
	}
}

func asMuch(n, of int) string {
	switch {
	case n == 0:
		return "no place did as much"
	case n == 1:
		return "1 place did as much"
	case n == of:
		return "every place did as much"
	}
	return fmt.Sprintf("%d places did as much", n)
}

// indexOf is the place of a class among the findings, -1 for none.
func indexOf(r *inference.Result, class string) int {
	if r != nil {
		for i, f := range r.Findings {
			if f.Class == class {
				return i
			}
		}
	}
	return -1
}

// Figure writes .31 and -.31, and 1.20 from one on.
func Figure(v float64) string {
	s := strings.TrimPrefix(fmt.Sprintf("%.2f", math.Abs(v)), "0")
	if v < 0 && s != ".00" {
		s = "-" + s
	}
	return s
}

// Signed writes +.02 and -.01.
func Signed(v float64) string {
	s := Figure(v)
	if !strings.HasPrefix(s, "-") {
		s = "+" + s
	}
	return s
}
