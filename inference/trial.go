package inference

import (
	"cmp"
	"errors"
	"fmt"

	"hilum/inference/graph/classifier"
	"hilum/inference/prep"
	"hilum/internal/message"
)

// OpenTrial opens a model to see whether it opens, what is known of it and what maps
// it gives: what only a person can say, names of classes and the grey scale of a single
// channel, is filled in and marked as [Asked] in the contract. The source that comes back
// is what was opened.
func OpenTrial(e Engine, src Source) (*Model, Source, error) {
	asked := []func(*Contract){}
	if src.Spec.Classes == nil {
		n, err := src.scored()
		if err != nil {
			return nil, src, message.Errorf("cannot open model %s: %w", src.Name, err)
		}
		if n > 0 {
			src.Spec.Classes = numbered(n)
			asked = append(asked, func(c *Contract) { markAsked(&c.Labels, fmt.Sprint(n)) })
		}
	}
	m, err := OpenModel(e, src)
	if errors.Is(err, errNoNormalisation) {
		unit := prep.UnitNormalisation()
		src.Stated.Normalise = &unit
		asked = append(asked, func(c *Contract) { markAsked(&c.Normalise, "") })
		m, err = OpenModel(e, src)
	}
	if err != nil {
		return nil, src, err
	}
	for _, mark := range asked {
		mark(&m.Contract)
	}
	return m, src, nil
}

// markAsked marks a part that nothing recorded.
func markAsked(p *Part, value string) {
	if p.From != Recorded {
		*p = Part{value, Asked}
	}
}

// numbered names classes that have no names.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("class %d", i+1)
	}
	return out
}

// scored is how many classes a source scores.
func (s Source) scored() (int, error) {
	g, err := s.graph()
	if err != nil {
		return 0, err
	}
	if _, named := g.Metadata(keyLabels); named {
		return 0, nil
	}
	output, _, err := recordedContract(g)
	if err != nil {
		return 0, err
	}
	said := said{output: cmp.Or(s.Stated.Output, output)}
	list, err := candidates(g, said, 0)
	if err != nil {
		return 0, err
	}
	best, err := choose(list, said)
	if err != nil || best.width > 0 {
		return best.width, err
	}
	return int(classifier.HeadOf(g, best.name).Classes), nil
}
