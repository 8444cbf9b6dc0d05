package calib

import (
	"math"
	"slices"
	"strings"

	"hilum/internal/message"
)

// Policy is how a threshold is chosen from labelled probabilities.
type Policy struct {
	Kind   PolicyKind
	Value  float64 // the floor of sensitivity, specificity or PPV, or the fixed threshold, 0..1
	FN, FP float64 // costs of a miss and of a false alarm

	rule *Rule // of the list that it was parsed by; nil is that of its kind in Policies
}

// PolicyKind names a policy.
type PolicyKind string

// Rule is one way to choose a threshold. It is a value: whoever has one of their
// own appends it to [Policies] and hands the list on.
type Rule struct {
	Kind  PolicyKind
	Form  string // how it is written: "sensitivity=X"
	Note  string // what it means, for the help; "" where the name says it
	Title string // what people call it, as in "threshold by ..."
	Usual string // the value to begin with; "" where it takes none

	// Parse reads what stands behind "=" into the policy; nil takes nothing there.
	Parse func(value string, p *Policy) bool
	// Format writes that again.
	Format func(p Policy) string
	// Worth ranks an operating point; among equals the higher threshold wins. -Inf
	// is none that will do. nil takes Value as the threshold, whatever the films.
	Worth func(p Policy, c Confusion) float64
}

// Rules is a list of rules, in the order in which help shows them.
type Rules []Rule

// Policies lists the rules that come along.
func Policies() Rules {
	return Rules{largestF1(), youdenIndex(), sensitivityFloor(), specificityFloor(), ppvFloor(), leastCost(),
		fixedThreshold()}
}

// Find finds the rule of a kind.
func (rs Rules) Find(kind PolicyKind) (Rule, bool) {
	i := slices.IndexFunc(rs, func(r Rule) bool { return r.Kind == kind })
	if i < 0 {
		return Rule{}, false
	}
	return rs[i], true
}

// Forms lists how the policies are written.
func (rs Rules) Forms() []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.Form
	}
	return out
}

// Parse reads a policy in one of the forms of the list.
func (rs Rules) Parse(text string) (Policy, error) {
	kind, value, has := strings.Cut(text, "=")
	r, known := rs.Find(PolicyKind(kind))
	p := Policy{Kind: r.Kind, rule: &r}
	if !known || (r.Parse == nil) == has || r.Parse != nil && !r.Parse(value, &p) {
		forms := rs.Forms()
		last := len(forms) - 1
		return p, message.Errorf("policy %q is not %s or %s", text, strings.Join(forms[:last], ", "), forms[last])
	}
	return p, nil
}

// ParsePolicy reads f1, youden, sensitivity=X, specificity=X, ppv=X, cost=FN:FP,
// fixed=X.
func ParsePolicy(text string) (Policy, error) { return Policies().Parse(text) }

// String is the form that Parse reads.
func (p Policy) String() string {
	if r := p.by(); r.Format != nil {
		return string(p.Kind) + "=" + r.Format(p)
	}
	return string(p.Kind)
}

// by is the rule of the policy; the zero Rule where its kind is not known.
func (p Policy) by() Rule {
	if p.rule != nil {
		return *p.rule
	}
	r, _ := Policies().Find(p.Kind)
	return r
}

// given says whether a person set the threshold.
func (p Policy) given() bool {
	r := p.by()
	return r.Kind != "" && r.Worth == nil
}

// worth ranks an operating point, see Rule.
func (p Policy) worth(c Confusion) float64 {
	if r := p.by(); r.Worth != nil {
		return r.Worth(p, c)
	}
	return math.NaN()
}

// ruled is the policy with its rule looked up.
func (p Policy) ruled() Policy {
	r := p.by()
	p.rule = &r
	return p
}

// Threshold chooses the operating point of p over every cut between distinct
// scores, which must be probabilities: exact, not on a grid. The threshold is
// the middle between the neighbouring scores.
func (t *Tally) Threshold(p Policy) (float64, error) {
	if p.given() {
		return p.Value, nil
	}
	p = p.ruled()
	best, at, found := math.Inf(-1), 0.0, false
	c := Confusion{FN: t.P, TN: t.N}
	for g := -1; g < len(t.scores); g++ {
		if g >= 0 {
			c.TP += t.pos[g]
			c.FN -= t.pos[g]
			c.FP += t.neg[g]
			c.TN -= t.neg[g]
			if t.pos[g]+t.neg[g] == 0 {
				continue // nobody has this score under these weights
			}
		}
		threshold, possible := t.cut(g)
		if w := p.worth(c); possible && w > best {
			best, at, found = w, threshold, true
		}
	}
	if !found {
		return 0, message.Errorf("policy %s: %w", p, errNoThreshold)
	}
	return at, nil
}

// cut is a threshold that calls the scores up to index g positive and those
// after it negative; false where probabilities leave no room for one.
func (t *Tally) cut(g int) (float64, bool) {
	above, below := 1.0, 0.0
	if g >= 0 {
		above = t.scores[g]
	}
	if g+1 < len(t.scores) {
		below = t.scores[g+1]
	} else {
		return above / 2, true
	}
	if g < 0 && below >= 1 {
		return 0, false
	}
	mid := (above + below) / 2
	if mid <= below { // neighbours in floating point
		mid = above
	}
	return mid, true
}

// ThresholdOnGrid chooses among step, 2 step, ... below 1, the first of the
// best, as pipelines do that scan a grid. step is within (0, 1).
func (t *Tally) ThresholdOnGrid(p Policy, step float64) (float64, error) {
	if !(step > 0 && step < 1) {
		return 0, message.Errorf("calib: grid step %v is not within 0..1", step)
	}
	if p.given() {
		return p.Value, nil
	}
	p = p.ruled()
	best, at := math.Inf(-1), 0.0
	for k := 1; float64(k)*step < 1-1e-9; k++ {
		x := float64(k) * step
		if w := p.worth(t.At(x)); w > best {
			best, at = w, x
		}
	}
	if math.IsInf(best, -1) {
		return 0, message.Errorf("policy %s: %w", p, errNoThreshold)
	}
	return at, nil
}
