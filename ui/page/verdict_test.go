package page

import (
	"strings"
	"testing"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/lab/passport"
	"hilum/inference"
	"hilum/inference/saliency/mapcheck"
	"hilum/internal/message"
	"hilum/ui/uitest"
)

// The page says first why the map failed, and of each check how it ended, with its figure
// and rule.
func TestVerdictPage(t *testing.T) {
	checks := mapcheck.Checks()
	j := classmap.Judged{Class: "Mass", Verdict: mapcheck.Verdict{Outcomes: []mapcheck.Outcome{
		{Check: checks[0], Asked: true, Figure: mapcheck.Figure{Value: .75, Lo: .5, Hi: .875}, Why: message.Of("It is bad.")},
		{Check: checks[1], Asked: true, Passed: true, Figure: mapcheck.Figure{Value: .25, Lo: .125, Hi: .5}},
		{Check: checks[6], Why: message.Of("Nobody knows.")},
	}}}
	env := uitest.Environment(t)
	words := strings.Join(uitest.Texts(verdictPage(env, j)), "\n")
	for _, want := range []string{"Map of Mass", "not to be believed", "It is bad.", checks[0].Title + ": failed",
		checks[1].Title + ": passed", checks[6].Title + ": not asked", "Nobody knows.", checks[0].Rule.String(),
		inference.NotForDiagnosis} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	j.Verdict.Outcomes = j.Verdict.Outcomes[1:]
	if words := strings.Join(uitest.Texts(verdictPage(env, j)), "\n"); !strings.Contains(words, "No check speaks against") {
		t.Errorf("a map that passed:\n%s", words)
	}
}

// The page of a passport and the card say what the model takes for what.
func TestPassportPageAndCard(t *testing.T) {
	env := uitest.Environment(t)
	made := &passport.Passport{Model: "a model", Sources: []passport.Source{{Name: passport.Phantoms, Images: 3,
		Effects: []passport.Effect{{Shortcut: "marker", Class: "Mass", Takes: true,
			Change: inference.Measured{Value: 3, Lo: 2, Hi: 4}}}}}}
	words := strings.Join(uitest.Texts(passportPage(env, made)), "\n")
	for _, want := range []string{"a model", "takes a portable tag for Mass", "a chest drain: "} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	var st app.State
	st.Model.Open = true
	st.Model.Card = inference.Card{Passport: made.Card(), Maps: &inference.MapVerdict{Images: 5,
		Passed: inference.Measured{Value: .5, Lo: .25, Hi: .75},
		Checks: []inference.CheckShare{{Title: "Holds still under noise", Passed: inference.Measured{Value: 1, Lo: .5, Hi: 1}}}}}
	words = strings.Join(uitest.Texts(Card(env, st)), "\n")
	for _, want := range []string{"takes a portable tag for Mass", "pass every check", "Holds still under noise: 1"} {
		if !strings.Contains(words, want) {
			t.Errorf("the card lacks %q:\n%s", want, words)
		}
	}
	made.Sources = nil
	if words := strings.Join(uitest.Texts(passportPage(env, made)), "\n"); !strings.Contains(words, "Nothing that was laid") {
		t.Errorf("a model without shortcuts:\n%s", words)
	}
}
