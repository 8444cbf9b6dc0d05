package effect

import (
	"fmt"
	"math"

	"hilum/app/lab/edit"
	"hilum/inference"
)

// Change is an edit with what a model says of a class before and after it.
type Change struct {
	Edit        edit.Edit
	Former, Now *inference.Result // without the edit and with it
	Class       string
	Control     *Control // nil where it was not tried elsewhere
}

// Sentence says what an edit did to a class and what the same edit does at random
// places: "Erasing this lowered Mass by .31 (.82 to .51); at 20 random places it
// changed by -.02 (-.05 to +.01): no place did as much." Each half is made from one
// format, by which a window finds its own language's.
func (c Change) Sentence(ops edit.Operations) string {
	at := ClassIndex(c.Now, c.Class)
	if at < 0 || c.Former == nil {
		return ""
	}
	a, b := c.Former.Findings[at].Probability, c.Now.Findings[at].Probability
	text := effect(ops.Doing(c.Edit), inference.ClassName(c.Class), a, b)
	switch {
	case !ops.Placed(c.Edit):
		return fmt.Sprintf("%s; it acts on the whole film, so there is no other place to try it.", text)
	case c.Control == nil:
		return text + "."
	case len(c.Control.Places) == 0:
		return fmt.Sprintf("%s; the film has no room for the same edit elsewhere.", text)
	}
	mean, lo, hi := c.Control.Interval(at)
	return fmt.Sprintf("%s; at %d random places it changed by %s (%s to %s): %s.", text, len(c.Control.Places),
		edit.Signed(mean-a), edit.Signed(lo-a), edit.Signed(hi-a), asMuch(c.Control.AsMuch(at, a, b), len(c.Control.Places)))
}

// effect says what something did to the probability of a class, from a to b.
func effect(what, class string, a, b float64) string {
	switch d := b - a; {
	case math.Abs(d) < 0.005:
		return fmt.Sprintf("%s left %s at %s", what, class, edit.Figure(b))
	case d < 0:
		return fmt.Sprintf("%s lowered %s by %s (%s to %s)", what, class, edit.Figure(-d), edit.Figure(a), edit.Figure(b))
	default:
		return fmt.Sprintf("%s raised %s by %s (%s to %s)", what, class, edit.Figure(d), edit.Figure(a), edit.Figure(b))
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

// ClassIndex is the place of a class among the findings, -1 for none.
func ClassIndex(r *inference.Result, class string) int {
	if r != nil {
		for i, f := range r.Findings {
			if f.Class == class {
				return i
			}
		}
	}
	return -1
}
