package effect

import (
	"math"

	"hilum/app/lab/edit"
	"hilum/inference"
	"hilum/internal/message"
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
// changed by -.02 (-.05 to +.01): no place did as much."
func (c Change) Sentence(ops edit.Operations) message.Message {
	at := ClassIndex(c.Now, c.Class)
	if at < 0 || c.Former == nil {
		return message.Message{}
	}
	a, b := c.Former.Findings[at].Probability, c.Now.Findings[at].Probability
	text := effect(ops.Doing(c.Edit), inference.Named(c.Class), a, b)
	switch {
	case !ops.Placed(c.Edit):
		return message.Of("%s; it acts on the whole film, so there is no other place to try it.", text)
	case c.Control == nil:
		return message.Of("%s.", text)
	case len(c.Control.Places) == 0:
		return message.Of("%s; the film has no room for the same edit elsewhere.", text)
	}
	mean, lo, hi := c.Control.Interval(at)
	return message.Of("%s; at %d random places it changed by %s (%s to %s): %s.", text, len(c.Control.Places),
		signed(mean-a), signed(lo-a), signed(hi-a), asMuch(c.Control.AsMuch(at, a, b), len(c.Control.Places)))
}

// effect says what something did to the probability of a class, from a to b.
func effect(what message.Message, class message.Term, a, b float64) message.Message {
	switch d := b - a; {
	case math.Abs(d) < 0.005:
		return message.Of("%s left %s at %s", what, class, figure(b))
	case d < 0:
		return message.Of("%s lowered %s by %s (%s to %s)", what, class, figure(-d), figure(a), figure(b))
	default:
		return message.Of("%s raised %s by %s (%s to %s)", what, class, figure(d), figure(a), figure(b))
	}
}

func asMuch(n, of int) message.Message {
	switch {
	case n == 0:
		return message.Of("no place did as much")
	case n == 1:
		return message.Of("1 place did as much")
	case n == of:
		return message.Of("every place did as much")
	}
	return message.Of("%d places did as much", n)
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

// figure and signed are figures in a sentence, which follow the reader's language.
func figure(v float64) message.Figure { return message.Figure(edit.Figure(v)) }
func signed(v float64) message.Figure { return message.Figure(edit.Signed(v)) }
