// Package passport measures what shortcuts a model takes: what things on films that are no
// disease do to the odds of each class, when they are laid on films that do not have
// them, beside the same at random places and beside patches of the film itself.
//
// Its core types are [Job], which measures, and [Passport], what came of it; the list of
// [Shortcuts] is all that knows which there are. It imports app/lab/edit, app/lab/effect,
// app/radiograph for phantoms as pictures, internal/phantom, training/dataset, inference
// and dicomio.
package passport

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// The rule for "takes X for class Y". docs/maps.md explains it.
//
// leastFactor is by how much the odds of a class change at least: what a test result must
// do to shift a diagnosis moderately (Jaeschke, Guyatt and Sackett, JAMA 1994).
const leastFactor = 5

// Rule says when a model takes a thing for a class.
func Rule() message.Message {
	return message.Of("A model takes a thing for a class when laying it on films multiplies the odds of the class by at least %d on average (mean of the log odds), the 95%% interval by patient excludes 1, and, of what has a place, so does the ratio to what a patch of the film of equal size does at random places. Where it divides the odds by as much, the model takes it for the class's absence.", leastFactor)
}

// Passport is what a model's shortcuts are.
type Passport struct {
	Model   string   `json:"model"`
	SHA256  string   `json:"model_sha256"`
	Sources []Source `json:"sources"`
	Notes   []string `json:"notes"` // what a reader must know before believing the figures
}

// Source are the effects on films of one kind.
type Source struct {
	Name    string   `json:"name"` // Phantoms, or the data set's
	Images  int      `json:"films"`
	Effects []Effect `json:"effects"`
	Skipped []string `json:"skipped,omitempty"`
}

// Phantoms is the name of the source that is drawn here.
const Phantoms = "phantoms"

// Effect is what one shortcut does to one class: mean changes of the log odds of its
// calibrated probability.
type Effect struct {
	Shortcut  string              `json:"shortcut"`
	Class     string              `json:"class"`
	Change    inference.Measured  `json:"effect"`
	Elsewhere *inference.Measured `json:"elsewhere,omitempty"` // the same thing at random places; nil for what has no place
	Control   *inference.Measured `json:"control,omitempty"`   // a patch of the film of equal size at random places
	Beyond    *inference.Measured `json:"beyond,omitempty"`    // the effect less the control, film by film
	Takes     bool                `json:"takes"`               // by Rule
}

// apart tells whether an interval excludes 0.
func apart(m inference.Measured) bool {
	lo, hi, ok := m.Interval()
	return ok && (lo > 0 || hi < 0)
}

// takes applies the rule.
func (e Effect) takes() bool {
	v, least := e.Change.Value, math.Log(leastFactor)
	if !(v >= least || v <= -least) || !apart(e.Change) {
		return false
	}
	return e.Beyond == nil || apart(*e.Beyond) && (e.Beyond.Value > 0) == (v > 0)
}

// Sentence says what a shortcut does to a class.
func (e Effect) Sentence() message.Message {
	s, ok := Shortcuts().Find(e.Shortcut)
	title := message.Of(s.Title)
	if !ok {
		title = message.Data(e.Shortcut)
	}
	text := message.Of("It takes %s for %s: laid on films it multiplies the odds by %s", title,
		inference.Named(e.Class), factors(e.Change))
	if e.Change.Value < 0 {
		text = message.Of("It takes %s for the absence of %s: laid on films it multiplies the odds by %s", title,
			inference.Named(e.Class), factors(e.Change))
	}
	if e.Control == nil {
		return message.Of("%s.", text)
	}
	return message.Of("%s; patches of the film at random places multiply them by %s.", text, factors(*e.Control))
}

// factors writes a change of log odds with its interval as factors of the odds.
func factors(m inference.Measured) message.Message {
	return message.Of("%s (%s to %s)", factor(m.Value), factor(m.Lo), factor(m.Hi))
}

// factor is what a change of log odds multiplies odds by, with two digits or three.
func factor(change float64) message.Figure {
	switch f := math.Exp(change); {
	case f >= 10:
		return message.Figure(fmt.Sprintf("%.0f", f))
	case f >= 0.095:
		return message.Figure(fmt.Sprintf("%.2g", f))
	default:
		return message.Figure(fmt.Sprintf("%.1g", f))
	}
}

// Taken are the effects of all sources that break the rule, the largest first.
func (p *Passport) Taken() []Effect {
	var out []Effect
	for _, s := range p.Sources {
		for _, e := range s.Effects {
			if e.Takes {
				out = append(out, e)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Effect) int {
		return cmp.Compare(math.Abs(b.Change.Value), math.Abs(a.Change.Value))
	})
	return out
}

// Passed tells whether the model takes nothing for anything.
func (p *Passport) Passed() bool { return len(p.Taken()) == 0 }

// Card is what the model's card keeps: the effects on the site's films where there are
// any, else those on phantoms.
func (p *Passport) Card() *inference.Passport {
	if len(p.Sources) == 0 {
		return nil
	}
	s := p.Sources[len(p.Sources)-1]
	out := &inference.Passport{Source: s.Name, Images: s.Images}
	for _, e := range s.Effects {
		out.Effects = append(out.Effects, inference.ShortcutEffect{Shortcut: e.Shortcut, Class: e.Class,
			Effect: e.Change, Control: e.Control, Takes: e.Takes})
	}
	return out
}

// Sentences say what a card's model takes for what, or that it takes nothing.
func Sentences(c *inference.Passport) []message.Message {
	var out []message.Message
	for _, e := range c.Effects {
		if e.Takes {
			out = append(out, Effect{Shortcut: e.Shortcut, Class: e.Class, Change: e.Effect,
				Control: e.Control}.Sentence())
		}
	}
	if out == nil {
		out = append(out, message.Of("Nothing that was laid on films is taken for a finding."))
	}
	return out
}

// File is the name of a passport in its folder.
const File = "passport.json"

// MarshalJSON writes the passport with what follows from it.
func (p *Passport) MarshalJSON() ([]byte, error) {
	type plain Passport // without this method
	takes := []message.Message{}
	for _, e := range p.Taken() {
		takes = append(takes, e.Sentence())
	}
	return json.Marshal(struct {
		Event string `json:"event"`
		*plain
		Passed bool              `json:"passed"`
		Takes  []message.Message `json:"takes"`
		Rule   message.Message   `json:"rule"`
		Notice string            `json:"notice"`
	}{"passport", (*plain)(p), p.Passed(), takes, Rule(), inference.NotForDiagnosis})
}

// Open reads the passport of a folder.
func Open(dir string) (*Passport, error) {
	data, err := regular.ReadFile(filepath.Join(dir, File))
	if err != nil {
		return nil, message.Errorf("cannot read the passport: %w", err)
	}
	p := &Passport{}
	if err := json.Unmarshal(data, p); err != nil {
		return nil, message.Errorf("%s: %w", File, err)
	}
	return p, nil
}
