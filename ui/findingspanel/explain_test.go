package findingspanel

import (
	"slices"
	"strings"
	"testing"

	"hilum/app"
	"hilum/app/findings"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/app/studies"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

func TestExplainSaysWhy(t *testing.T) {
	base := uitest.StateOf(func(st *app.State) {
		st.Current = 0
		st.Studies = []studies.Study{{Status: studies.Ready}}
		st.Rows = []findings.Row{{Class: "Mass"}}
	})
	with := func(f func(*app.State)) app.State { st := base; f(&st); return st }
	for want, st := range map[string]app.State{
		"Nothing is open. The findings of a film stand here, each around its own threshold.": with(
			func(s *app.State) { s.Current = -1 },
		),
		"This file cannot be shown, so there is nothing to score.": with(
			func(s *app.State) { s.Studies = []studies.Study{{Status: studies.Failed}} },
		),
		"The model is being opened.": with(
			func(s *app.State) { s.Engine.Opening = true },
		),
		"The picture is being decoded.": with(
			func(s *app.State) { s.Loading = true },
		),
		"The picture is being scored.": with(
			func(s *app.State) { s.Scoring = true },
		),
		"No findings: see the message above. Pictures can be read all the same.": with(
			func(s *app.State) { s.Engine.Error = message.Of("x") },
		),
		"No findings: no model is open. Open one with Model, Open model.": base,
	} {
		if got := explain(uitest.Environment(t), st, ""); len(got) != 1 || got[0].text != want {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}

func TestExplainFinding(t *testing.T) {
	f := inference.Finding{
		Class: "Effusion", Logit: 0.663, Raw: 0.66, Probability: 0.71, Threshold: 0.42, Positive: true, AbsMargin: 0.29,
		RelMargin: 0.5,
	}
	f.ThresholdCI = newInterval(0.37, 0.48)
	st := uitest.StateOf(func(st *app.State) {
		st.Current = 0
		st.Studies = []studies.Study{{}}
		st.Rows = []findings.Row{{Class: "Effusion", Scored: true, Finding: f}}
		st.Warnings = []message.Message{message.Of("AP view.")}
		st.Model = models.Model{
			Open: true, Calibrated: true, Calibration: message.Of("f1 on val"),
			Card: inference.Card{AUC: map[string]inference.Measured{"Effusion": {Value: 0.83}}},
		}
	})
	st.Warnings = append(st.Warnings, message.Of("Trivia.").Minor())
	env := uitest.Environment(t)
	row := func() findings.Row { return st.Rows[0] }
	if got, want := explain(env, st, "Effusion"), []line{
		{"Well above the threshold; the interval does not cross it.", plainLine},
	}; !slices.Equal(got, want) || chosenTitle(env, st, "Effusion") != "Effusion: likely." {
		t.Errorf("in the open: %q, %+v", chosenTitle(env, st, "Effusion"), got)
	}
	want := []line{
		{"Probability .71, before calibration .66; logit .66", plainLine},
		{"Threshold .42 (95% .37\u2013.48)", plainLine},
		{"Margin +.50 of the way to certainty, +.29 absolute", plainLine},
		{"Threshold from f1 on val", secondLine},
		{"Held-out AUC .83", secondLine},
		{"Trivia.", secondLine},
	}
	if got := detailLines(env, st, row()); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	st.Rows[0].Compared, st.Rows[0].Then, st.Rows[0].Change = true, -0.5, 1
	if got := explain(env, st, "Effusion"); !slices.Contains(got, line{"More than on the prior.", plainLine}) {
		t.Errorf("beside a prior: %+v", got)
	}
	if got := detailLines(env, st, row()); !slices.Contains(got,
		line{"Margin +.50 now, \u2212.50 on the prior: change +1.00", plainLine}) {
		t.Errorf("beside a prior: %+v", got)
	}
	f.Probability = 0.45
	st.Rows = []findings.Row{{Class: "Effusion", Scored: true, Finding: f}}
	if got := explain(env, st, "Effusion"); chosenTitle(env, st, "Effusion") != "Effusion: undecided." ||
		!slices.Contains(got, line{"Within the interval of its threshold: either side is possible.", plainLine}) {
		t.Errorf("a probability within the threshold's interval is not pointed out: %+v", got)
	}
	f.NoValid = "too few positives (7)"
	st.Rows = []findings.Row{{Class: "Effusion", Scored: true, Finding: f}}
	if got := detailLines(env, st, row()); chosenTitle(env, st, "Effusion") != "Effusion: undecided." ||
		!slices.Contains(got, line{"No threshold: too few positives (7)", warningLine}) {
		t.Errorf("%+v", got)
	}
}

// TestFiguresOfOtherImages: what was measured on generated films is not said of a real one,
// nor the other way round; and where the kind is the same, or not told, it is.
func TestFiguresOfOtherImages(t *testing.T) {
	for _, c := range []struct {
		images    inference.ImageKind
		generated bool
		said      bool
	}{
		{inference.GeneratedImages, true, true}, {inference.GeneratedImages, false, false},
		{inference.RealImages, false, true},
		{inference.RealImages, true, false}, {inference.MixedImages, true, true}, {"", false, true},
	} {
		st := uitest.StateOf(func(st *app.State) {
			st.Picture = &radiograph.Picture{Image: &dicomio.Image{Generated: c.generated}}
			st.Model.Card = inference.Card{Images: c.images, AUC: map[string]inference.Measured{"Mass": {Value: 0.83}}}
		})
		got := performance(uitest.Environment(t), st, "Mass").text
		if strings.Contains(got, ".83") != c.said || got == "" {
			t.Errorf("model of %q films, generated %v: %q", c.images, c.generated, got)
		}
	}
}

// TestMapCaveat: a map that finds less than one that sees no picture says so.
func TestMapCaveat(t *testing.T) {
	env := uitest.Environment(t)
	m := func(v float64) *inference.Measured { return &inference.Measured{Value: v} }
	for want, c := range map[string]inference.Card{
		"":  {Pointing: m(0.4), PointingPrior: m(0.3)},
		" ": {Pointing: m(0.4)},
		"Its maps hit the finding in " + kit.Percent(0.24) + "; without looking: " + kit.Percent(0.31) +
			".": {Pointing: m(0.24), PointingPrior: m(0.31)},
	} {
		if got := mapCaveat(env, c); got != strings.TrimSpace(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func newInterval(lo, hi float64) *calib.Interval { return &calib.Interval{Lo: lo, Hi: hi} }
