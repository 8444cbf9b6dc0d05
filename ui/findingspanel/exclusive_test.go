package findingspanel

import (
	"strings"
	"testing"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/radiograph"
	"hilum/app/studies"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/ui/uitest"
)

// Of classes that exclude each other the window names the most probable; a map
// without evidence says why it is empty. In both languages.
func TestExclusiveClassesAndDeadMapsAreSaid(t *testing.T) {
	found := []inference.Finding{
		{Class: "Mass", Probability: .2, Threshold: .5}, {Class: "Edema", Probability: .7, Threshold: .5},
	}
	st := uitest.StateOf(func(st *app.State) {
		st.Studies = []studies.Study{{}}
		st.Rows = []findings.Row{{Class: "Mass", Scored: true, Finding: found[0]}}
		st.Picture = &radiograph.Picture{Image: &dicomio.Image{Width: 2, Height: 1, Samples: 1, Stored: []int32{0, 1}}}
		st.Map = classmap.Map{On: true, Class: "Mass"}
		st.Result = &inference.Result{
			Exclusive: true, Findings: found,
			Maps: []inference.Heatmap{{Class: "Mass", Width: 2, Height: 1, Values: []float32{-1, -2}, X1: 1, Y1: 1}},
		}
	})
	for language, want := range map[string][]string{
		"en": {"exclude each other, the most probable is Edema", "Nothing speaks for the class"},
		"de": {"die einander ausschließen", "Nichts spricht für die Klasse"},
	} {
		uitest.Speak(t, language)
		var all []string
		env := uitest.Environment(t)
		for _, l := range append(explain(env, st, "Mass"), detailLines(env, st, st.Rows[0])...) {
			all = append(all, l.text)
		}
		text := strings.Join(all, "\n")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", language, w, text)
			}
		}
	}
	st.Result.Exclusive = false
	env := uitest.Environment(t)
	for _, l := range append(explain(env, st, "Mass"), detailLines(env, st, st.Rows[0])...) {
		if strings.Contains(l.text, "exclude") {
			t.Errorf("independent classes: %q", l.text)
		}
	}
}
