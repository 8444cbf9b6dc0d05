package viewport

import (
	"slices"
	"strings"

	"hilum/internal/message"
	"hilum/internal/store"
)

// Rule says how a study is hung: when all of When is there, the layout, and what stands
// beside the current picture, in order.
type Rule struct {
	When   []Hung
	Layout Layout
	Beside []Hung
}

// Hung is what can stand beside the current picture.
type Hung string

// What can be hung. A prior is the next older picture of the patient in the same view each
// time that it is named.
const (
	OtherView      Hung = "other view"         // of the same study: lateral beside frontal, frontal beside lateral
	PriorPicture   Hung = "prior"              // earlier, in the same view
	PriorOtherView Hung = "prior's other view" // of the newest prior's study
)

// String is the rule as ParseRules reads it.
func (r Rule) String() string {
	grid := ""
	for name, layout := range grids() {
		if layout == r.Layout {
			grid = name
		}
	}
	line := "-> " + grid + ": " + listed(r.Beside)
	if len(r.When) > 0 {
		line = listed(r.When) + " " + line
	}
	return line
}

func listed(list []Hung) string {
	parts := make([]string, len(list))
	for i, h := range list {
		parts[i] = string(h)
	}
	return strings.Join(parts, ", ")
}

// Put has something stand at a place beside the current picture, "" for nothing there: what
// stood behind moves up. What must be there follows.
func (r *Rule) Put(at int, h Hung) {
	needed := r.Needs(at)
	r.Need(at, false)
	r.Beside = slices.Clone(r.Beside)
	switch {
	case at < len(r.Beside) && h == "":
		r.Beside = slices.Delete(r.Beside, at, at+1)
	case at < len(r.Beside):
		r.Beside[at] = h
	case h != "":
		r.Beside = append(r.Beside, h)
	}
	if needed && h != "" {
		r.Need(at, true)
	}
}

// Needs tells whether what stands at a place must be there: as many of its kind must as When
// names, the first ones.
func (r Rule) Needs(at int) bool {
	if at >= len(r.Beside) {
		return false
	}
	return count(r.Beside[:at+1], r.Beside[at]) <= count(r.When, r.Beside[at])
}

// Need has what stands at a place be needed, with those of its kind before it, or not, with
// those behind it.
func (r *Rule) Need(at int, on bool) {
	if at >= len(r.Beside) {
		return
	}
	kind := r.Beside[at]
	needed := count(r.Beside[:at+1], kind)
	if !on {
		needed--
	}
	if has := count(r.When, kind); on && has >= needed || !on && has <= needed {
		return
	}
	r.When = slices.DeleteFunc(slices.Clone(r.When), func(h Hung) bool { return h == kind })
	for range needed {
		r.When = append(r.When, kind)
	}
}

func count(list []Hung, kind Hung) (n int) {
	for _, h := range list {
		if h == kind {
			n++
		}
	}
	return n
}

// grids are the layouts that rules can ask for, by what they are called in rules.
func grids() map[string]Layout {
	return map[string]Layout{"1x1": OnePicture, "1x2": TwoPictures, "2x2": FourPictures}
}

// DefaultHanging are the rules that come along; the first that fits counts.
func DefaultHanging() []string {
	return []string{
		"other view, prior -> 2x2: other view, prior, prior's other view",
		"other view -> 1x2: other view",
		"prior -> 1x2: prior",
	}
}

// ParseRules reads rules, one a line: what must be there, an arrow, the layout (1x1, 1x2,
// 2x2), a colon, and what stands beside the current picture. The first part may be empty:
// such a rule always fits.
func ParseRules(lines []string) ([]Rule, error) {
	var rules []Rule
	for _, line := range lines {
		r, err := parseRule(line)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(line string) (r Rule, err error) {
	when, then, _ := strings.Cut(line, "->")
	grid, beside, _ := strings.Cut(then, ":")
	layout, ok := grids()[strings.TrimSpace(grid)]
	if r.Layout = layout; !ok {
		return r, message.Errorf("the rule %q names no layout; write it as \"other view -> 1x2: other view\", with 1x1, 1x2 or 2x2", line)
	}
	if r.When, err = parseHung(line, when); err != nil {
		return r, err
	}
	if r.Beside, err = parseHung(line, beside); err != nil {
		return r, err
	}
	if len(r.Beside) > r.Layout.Panes() {
		return r, message.Errorf("the rule %q names %d pictures; beside the current one its layout has room for %d",
			line,
			len(r.Beside), r.Layout.Panes())
	}
	return r, nil
}

func parseHung(line, list string) (out []Hung, err error) {
	for part := range strings.SplitSeq(list, ",") {
		switch h := Hung(strings.ToLower(strings.TrimSpace(part))); h {
		case OtherView, PriorPicture, PriorOtherView:
			out = append(out, h)
		case "":
		default:
			return nil, message.Errorf("the rule %q asks for %q; there is \"%s\", \"%s\" and \"%s\"", line, string(h),
				OtherView,
				PriorPicture, PriorOtherView)
		}
	}
	return out, nil
}

// joined is what a state keeps of a rule's Beside, comparable.
func joined(list []Hung) string {
	parts := make([]string, len(list))
	for i, h := range list {
		parts[i] = string(h)
	}
	return strings.Join(parts, ",")
}

// hang finds what stands beside the current picture, by ID, as far as it is open.
func (c *Comparison) hang(tx store.Tx, id int, list []Hung) (ids []int) {
	priors := c.priors(tx, id)
	priors = priors[min(c.state.In(tx).Compare.Older, len(priors)):]
	others, used := c.earlier.OtherViews(tx, id), 0
	var priorOthers []int
	if len(priors) > 0 {
		priorOthers = c.earlier.OtherViews(tx, priors[0])
	}
	take := func(from *[]int) {
		if len(*from) > 0 {
			ids, *from = append(ids, (*from)[0]), (*from)[1:]
		}
	}
	for _, h := range list {
		switch h {
		case OtherView:
			take(&others)
		case PriorOtherView:
			take(&priorOthers)
		case PriorPicture:
			if used < len(priors) {
				ids, used = append(ids, priors[used]), used+1
			}
		}
	}
	return ids
}

// Hang hangs the current study by the first of the reader's rules that fits; where none
// does it stands alone.
func (c *Comparison) Hang() {
	c.hub.Change(func(tx store.Tx) { c.hangByRules(tx) })
	c.Load()
}

func (c *Comparison) hangByRules(tx store.Tx) {
	id, open := c.earlier.Current(tx)
	if !open {
		return
	}
	rules, _ := c.earlier.Hanging(tx)
	fitting := Rule{Layout: OnePicture}
	if i := slices.IndexFunc(rules, func(r Rule) bool { return len(c.hang(tx, id, r.When)) == len(r.When) }); i >= 0 {
		fitting = rules[i]
	}
	c.byRule = fitting
	c.arrange(tx, fitting)
}

// Arrived takes in what came into the list by itself while a study is on the screen, within a
// transaction; Load follows. Where the study hangs as the rules left it, it is hung again; a
// layout that the reader chose stays, and is filled.
func (c *Comparison) Arrived(tx store.Tx) {
	s := &c.state.In(tx).Compare
	_, each := c.earlier.Hanging(tx)
	if each && s.Layout == c.byRule.Layout && s.Hung == joined(c.byRule.Beside) && s.Older == 0 {
		c.hangByRules(tx)
		return
	}
	c.Find(tx)
}

// HangViews has the other view of the study stand beside the current picture, or, where it
// does so already, goes back to one picture.
func (c *Comparison) HangViews() {
	c.hub.Change(func(tx store.Tx) {
		s := &c.state.In(tx).Compare
		if s.Layout == TwoPictures && s.Hung == joined([]Hung{OtherView}) {
			c.arrange(tx, Rule{Layout: OnePicture})
			return
		}
		if id, open := c.earlier.Current(tx); !open || len(c.earlier.OtherViews(tx, id)) == 0 {
			c.earlier.Say(tx, message.Of("No other view of this study is open."))
			return
		}
		c.arrange(tx, Rule{Layout: TwoPictures, Beside: []Hung{OtherView}})
	})
	c.Load()
}

// toggleEach has each study hung by the rules from now on, the current one at once, or none.
func (c *Comparison) toggleEach() {
	each := false
	c.hub.Look(func(tx store.Tx) { _, each = c.earlier.Hanging(tx) })
	c.earlier.HangEach(!each)
	if !each {
		c.Hang()
	}
}

// arrange takes a rule's layout with what stands in it.
func (c *Comparison) arrange(tx store.Tx, r Rule) {
	s := &c.state.In(tx).Compare
	s.Layout, s.Hung, s.Swipe, s.Older = r.Layout, joined(r.Beside), 0.5, 0
	c.Find(tx)
	c.viewport.Refit(tx)
}

// hungList is what a state's Hung names.
func hungList(text string) (out []Hung) {
	for part := range strings.SplitSeq(text, ",") {
		out = append(out, Hung(part))
	}
	return out
}
