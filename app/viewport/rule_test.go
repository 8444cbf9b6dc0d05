package viewport

import "testing"

// TestRulesAreWrittenAsTheyAreRead, those that come along first.
func TestRulesAreWrittenAsTheyAreRead(t *testing.T) {
	for _, line := range append(DefaultHanging(), "-> 1x1: ", "prior, prior -> 2x2: prior, prior") {
		rules, err := ParseRules([]string{line})
		if err != nil {
			t.Fatal(err)
		}
		if got := rules[0].String(); got != line {
			t.Errorf("%q is written as %q", line, got)
		}
	}
}

// TestRulesAreEdited: of two priors the second is needed with the first, and the first is
// given up with the second; what is taken away is not needed.
func TestRulesAreEdited(t *testing.T) {
	r := Rule{Layout: FourPictures}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { r.Put(0, PriorPicture) }, "-> 2x2: prior"},
		{func() { r.Put(1, PriorPicture) }, "-> 2x2: prior, prior"},
		{func() { r.Need(1, true) }, "prior, prior -> 2x2: prior, prior"},
		{func() { r.Put(2, OtherView) }, "prior, prior -> 2x2: prior, prior, other view"},
		{func() { r.Need(0, false) }, "-> 2x2: prior, prior, other view"},
		{func() { r.Need(0, true) }, "prior -> 2x2: prior, prior, other view"},
		{func() { r.Need(2, true) }, "prior, other view -> 2x2: prior, prior, other view"},
		{func() { r.Put(0, "") }, "other view -> 2x2: prior, other view"},
		{func() { r.Put(1, PriorOtherView) }, "prior's other view -> 2x2: prior, prior's other view"},
	} {
		step.do()
		if got := r.String(); got != step.want {
			t.Fatalf("%q, want %q", got, step.want)
		}
	}
}
