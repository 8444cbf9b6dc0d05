package phantom

import (
	"slices"
	"strconv"
	"strings"

	"hilum/internal/message"
	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

// Confounder ties a kind to a finding: how often it is shown on films with the
// finding and on films without. Equal chances tie nothing.
type Confounder struct {
	Kind     ConfounderKind
	Class    Finding
	Positive float64 // P(shown | finding), 0..1
	Negative float64 // P(shown | no finding), 0..1
}

// ParseConfounder reads "kind:Finding:P(shown|finding):P(shown|no finding)", as
// in "text:Mass:0.9:0.1".
func ParseConfounder(s string) (Confounder, error) {
	part := strings.Split(s, ":")
	if len(part) != 4 {
		return Confounder{}, message.Errorf("phantom: confounder %q: want KIND:FINDING:P:P, as in text:Mass:0.9:0.1", s)
	}
	c := Confounder{Kind: ConfounderKind(part[0]), Class: Finding(part[1])}
	for i, p := range []*float64{&c.Positive, &c.Negative} {
		v, err := strconv.ParseFloat(part[2+i], 64)
		if err != nil {
			return Confounder{}, message.Errorf("phantom: confounder %q: %q is not a number from 0 to 1", s, part[2+i])
		}
		*p = v
	}
	if err := c.check(); err != nil {
		return Confounder{}, message.Errorf("phantom: %w", err)
	}
	return c, nil
}

// String is the form that ParseConfounder reads.
func (c Confounder) String() string {
	number := func(p float64) string { return strconv.FormatFloat(p, 'g', -1, 64) }
	return strings.Join([]string{string(c.Kind), string(c.Class), number(c.Positive), number(c.Negative)}, ":")
}

func (c Confounder) check() error {
	if !slices.Contains(chest.ConfounderKinds(), c.Kind) {
		return message.Errorf("unknown kind of confounder %q; there are %v", c.Kind, chest.ConfounderKinds())
	}
	if !slices.Contains(Findings(), c.Class) {
		return message.Errorf("confounder %s: unknown finding %q", c.Kind, c.Class)
	}
	for _, p := range [2]float64{c.Positive, c.Negative} {
		if !(p >= 0 && p <= 1) {
			return message.Errorf("confounder %s: chance %v is outside 0..1", c.Kind, p)
		}
	}
	return nil
}

// checkConfounders refuses what makes no sense, and two rules for one kind,
// whose chances would contradict each other.
func checkConfounders(cs []Confounder) error {
	for i, c := range cs {
		if err := c.check(); err != nil {
			return err
		}
		if slices.ContainsFunc(cs[:i], func(o Confounder) bool { return o.Kind == c.Kind }) {
			return message.Errorf("confounder %s is given twice", c.Kind)
		}
	}
	return nil
}

// drawnConfounders decides which confounders the film of a visit shows, given
// the findings it is labelled with. A stronger tie shows it on the same films
// and more, because each film draws once.
func drawnConfounders(s canvas.Seeds, cs []Confounder, labels []Finding) []ConfounderKind {
	var out []ConfounderKind
	for _, c := range cs {
		p := c.Negative
		if slices.Contains(labels, c.Class) {
			p = c.Positive
		}
		k := slices.Index(chest.ConfounderKinds(), c.Kind)
		if s.Today(canvas.StreamConfounder + canvas.Stream(1000*(k+1))).Chance(p) {
			out = append(out, c.Kind)
		}
	}
	return out
}
