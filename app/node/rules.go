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

// Rules say which films are scored. The first that fits a film decides; a film that none
// fits is scored. docs/node.md has the form of the file.
type Rules []Rule

// Rule is one line: accept or refuse, with conditions that must all hold.
type Rule struct {
	Accept     bool
	Conditions []Condition
	Line       int // in the file, from 1
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
	for i := range r {
		if r[i].fits(s) {
			if r[i].Accept {
				return nil
			}
			return &r[i]
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
		return nil, message.Errorf("cannot read the rules %s: %w", name, err)
	}
	rules, err := ParseRules(b)
	if err != nil {
		return nil, message.Errorf("the rules %s: %w", name, err)
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
		if words[0] != "accept" && words[0] != "refuse" {
			return nil, message.Errorf("line %d begins with %q; it begins with accept or refuse", n, words[0])
		}
		rule := Rule{Accept: words[0] == "accept", Line: n}
		for _, word := range words[1:] {
			c, err := parseCondition(word)
			if err != nil {
				return nil, message.Errorf("line %d: %w", n, err)
			}
			rule.Conditions = append(rule.Conditions, c)
		}
		rules = append(rules, rule)
	}
	return rules, lines.Err()
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
