package bias

import (
	"hilum/app/lab/edit"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/phantom"
)

// String says how many of how many, with the share and its interval.
func (s Share) String() string { return s.Message().String() }

// Message says it in words.
func (s Share) Message() message.Message {
	if s.N == 0 {
		return message.Of("none of none")
	}
	return message.Of("%d of %d (%.0f %%, %.0f to %.0f)", s.K, s.N, 100*float64(s.K)/float64(s.N), 100*s.Lo, 100*s.Hi)
}

// names are how sentences call what the experiment is about.
func (r *ExperimentReport) names() (n struct {
	class      message.Term
	confounder message.Message
}) {
	c, _ := phantom.ParseConfounder(r.Confounder) // checked before the run
	n.class = inference.Named(string(c.Class))
	n.confounder = map[phantom.ConfounderKind]message.Message{
		phantom.TextTag: message.Of("the text marker"), phantom.ChestDrain: message.Of("the chest drain"),
		phantom.HospitalLook: message.Of("the other hospital's look"),
	}[c.Kind]
	return n
}

// Sentences tell the report to people.
func (r *ExperimentReport) Sentences() []message.Message {
	c := r.names()
	return []message.Message{
		message.Of("Trained on %d films on which %s is tied to %s. The mean AUROC on the biased films kept for validation: %s.", r.Images, c.confounder, c.class, figure(float64(r.Validation))),
		message.Of("AUROC of %s on test films biased in the same way: %s; on the same patients with %s at random: %s. It falls by %s.", c.class, span95(r.Biased), c.confounder, span95(r.Unbiased), span95(r.Fall)),
		message.Of("%s, to which nothing is tied: %s and %s.", inference.Named(r.Other), span95(r.OtherBiased),
			span95(r.OtherUnbiased)),
		message.Of("Where both are on the film, the strongest cell of the map of %s touches the box of the finding on %s, that of %s on %s; it is nearer to the latter on %s.", c.class, r.OnLesion.Message(), c.confounder, r.OnConfounder.Message(), r.Nearer.Message()),
		message.Of("Erasing %s changes the probability of %s by %s on average; erasing as much at random places by %s. The same patient's film without it: %s.", c.confounder, c.class, signed95(r.Erased), signed95(r.Control), signed95(r.Without)),
	}
}

func span95(m inference.Measured) message.Message {
	lo, hi, ok := m.Interval()
	if !ok {
		return message.Of("%s", figure(m.Value))
	}
	return message.Of("%s (%s to %s)", figure(m.Value), figure(lo), figure(hi))
}

func signed95(m *inference.Measured) message.Message {
	if m == nil {
		return message.Of("nothing that could be measured")
	}
	lo, hi, ok := m.Interval()
	if !ok {
		return message.Of("%s", signed(m.Value))
	}
	return message.Of("%s (%s to %s)", signed(m.Value), signed(lo), signed(hi))
}

// figure and signed are figures in a sentence, which follow the reader's language.
func figure(v float64) message.Figure { return message.Figure(edit.Figure(v)) }
func signed(v float64) message.Figure { return message.Figure(edit.Signed(v)) }
