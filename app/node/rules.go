package node

import (
	"bufio"
	"bytes"
	"path"
	"slices"
	"strings"

	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Rules say which films are scored, and which destinations get objects without identity. Of
// either kind the first that fits decides; a film that none fits is scored, and a destination
// that none names gets the patient's identity. docs/node.md has the form of the file.
type Rules struct {
	Films        []Rule
	Destinations []DestinationRule
}

// Rule is one line: accept or refuse, with conditions that must all hold.
type Rule struct {
	Accept     bool
	Conditions []Condition
	Line       int // in the file, from 1
}

// DestinationRule is one line: identify or deidentify, with the destinations that it is about.
type DestinationRule struct {
	Deidentify bool
	Names      []string // as they are sent to, by address or name; "*" is every one
	Line       int      // in the file, from 1
}

// Condition holds where the value of a key is like one of some patterns.
type Condition struct {
	Key      string
	Patterns []string // in capitals; * and ? stand for anything
}

// Subject is what rules look at.
type Subject struct {
	Header  dicomio.Header
	Calling string // application entity title that sent it; "" for the folder
}

// keys are what conditions speak of.
func keys() map[string]func(Subject) string {
	return map[string]func(Subject) string{
		"calling":   func(s Subject) string { return s.Calling },
		"station":   func(s Subject) string { return s.Header.Station },
		"body-part": func(s Subject) string { return s.Header.BodyPart },
		"view":      func(s Subject) string { return s.Header.ViewPosition },
		"modality":  func(s Subject) string { return s.Header.Modality },
	}
}

// Refusal gives the rule that refuses a film; nil where it is scored.
func (r Rules) Refusal(s Subject) *Rule {
	for i := range r.Films {
		if r.Films[i].fits(s) {
			if r.Films[i].Accept {
				return nil
			}
			return &r.Films[i]
		}
	}
	return nil
}

// Deidentifies says whether a destination of some names, its address among them, gets objects
// without identity.
func (r Rules) Deidentifies(names ...string) bool {
	for _, rule := range r.Destinations {
		if slices.ContainsFunc(rule.Names, func(n string) bool { return n == everyDestination || isNamed(n, names) }) {
			return rule.Deidentify
		}
	}
	return false
}

// everyDestination stands for all destinations.
const everyDestination = "*"

func isNamed(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// CheckDestinations says which rule speaks of a destination that nothing is sent to: a slip of
// the pen must not let identity out.
func (r Rules) CheckDestinations(names ...string) error {
	for _, rule := range r.Destinations {
		for _, n := range rule.Names {
			if n != everyDestination && !isNamed(n, names) {
				return message.Errorf("line %d: nothing is sent to %s; write the destination as --send has it", rule.Line, n)
			}
		}
	}
	return nil
}

func (r *Rule) fits(s Subject) bool {
	all := keys()
	for _, c := range r.Conditions {
		value := strings.ToUpper(all[c.Key](s))
		if !slices.ContainsFunc(c.Patterns, func(p string) bool { ok, _ := path.Match(p, value); return ok }) {
			return false
		}
	}
	return true
}

// ReadRules reads a file of rules.
func ReadRules(name string) (Rules, error) {
	const most = 1 << 20
	b, err := regular.ReadBounded(name, most)
	if err != nil {
		return Rules{}, message.Errorf("cannot read the rules %s: %w", name, err)
	}
	rules, err := ParseRules(b)
	if err != nil {
		return Rules{}, message.Errorf("the rules %s: %w", name, err)
	}
	return rules, nil
}

// ParseRules reads rules, a line each.
func ParseRules(b []byte) (Rules, error) {
	var rules Rules
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if err := rules.parse(n, words[0], words[1:]); err != nil {
			return Rules{}, message.Errorf("line %d: %w", n, err)
		}
	}
	return rules, lines.Err()
}

// parse takes a line.
func (r *Rules) parse(line int, verb string, words []string) error {
	switch verb {
	case "accept", "refuse":
		rule := Rule{Accept: verb == "accept", Line: line}
		for _, word := range words {
			c, err := parseCondition(word)
			if err != nil {
				return err
			}
			rule.Conditions = append(rule.Conditions, c)
		}
		r.Films = append(r.Films, rule)
		return nil
	case "identify", "deidentify":
		if len(words) == 0 {
			return message.Errorf("no destination is named; write its address behind %s, or * for every one", verb)
		}
		r.Destinations = append(r.Destinations,
			DestinationRule{Deidentify: verb == "deidentify", Names: words, Line: line})
		return nil
	}
	return message.Errorf("it begins with %q; write accept, refuse, identify or deidentify", verb)
}

func parseCondition(word string) (Condition, error) {
	key, values, ok := strings.Cut(word, "=")
	if _, known := keys()[key]; !ok || !known {
		return Condition{}, message.Errorf(
			"%q is no condition; write one as KEY=VALUE,VALUE with calling, station, body-part, view or modality",
			word,
		)
	}
	c := Condition{Key: key, Patterns: strings.Split(strings.ToUpper(values), ",")}
	for _, p := range c.Patterns {
		if _, err := path.Match(p, ""); err != nil {
			return c, message.Errorf("%q is no pattern; * and ? stand for anything", p)
		}
	}
	return c, nil
}
