package findings

import (
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/calib"
)

// TestFindingsInWords goes over all cases; the words were written by hand for each.
func TestFindingsInWords(t *testing.T) {
	narrow := &calib.Interval{Lo: 0.39, Hi: 0.41}
	finding := func(p float64, ci *calib.Interval) inference.Finding {
		return inference.Finding{Class: "Mass", Probability: p, Threshold: 0.4, ThresholdCI: ci, Positive: p >= 0.4,
			RelMargin: calib.RelMargin(p, 0.4), AbsMargin: p - 0.4}
	}
	const unknown = "how sure the threshold is is not known."
	for _, c := range []struct {
		p        float64
		ci       *calib.Interval
		how, why string
	}{
		{0.9, narrow, "Likely.", "Well above the threshold; the interval does not cross it."},
		{0.9, nil, "Likely.", "Well above the threshold; " + unknown},
		{0.9, &calib.Interval{Lo: 0.2, Hi: 0.95}, "Undecided.",
			"Within the interval of its threshold: either side is possible."},
		{0.55, narrow, "Rather likely.", "Above the threshold; the interval does not cross it."},
		{0.55, nil, "Rather likely.", "Above the threshold; " + unknown},
		{0.43, narrow, "Possible.", "Just above the threshold, outside its interval."},
		{0.4, nil, "Possible.", "Just above the threshold; " + unknown},
		{0.4, narrow, "Undecided.", "Within the interval of its threshold: either side is possible."},
		{0.37, narrow, "Doubtful.", "Just below the threshold, outside its interval."},
		{0.37, nil, "Doubtful.", "Just below the threshold; " + unknown},
		{0.3, narrow, "Rather unlikely.", "Below the threshold; the interval does not cross it."},
		{0.3, nil, "Rather unlikely.", "Below the threshold; " + unknown},
		{0.1, narrow, "Unlikely.", "Well below the threshold; the interval does not cross it."},
		{0.1, nil, "Unlikely.", "Well below the threshold; " + unknown},
	} {
		how, why := InWords(&inference.Result{}, finding(c.p, c.ci))
		if how.String() != c.how || why.String() != c.why {
			t.Errorf("%v, interval %v: %q %q, want %q %q", c.p, c.ci, how, why, c.how, c.why)
		}
	}
	none := finding(0.9, narrow)
	none.NoValid = "too few"
	if how, why := InWords(nil, none); how.String() != "Undecided." ||
		!strings.Contains(why.String(), "no valid threshold") {
		t.Errorf("without a threshold: %q %q", how, why)
	}
}

// TestWordsOfClassesThatExcludeEachOther: the most probable speaks for itself, the others
// name it.
func TestWordsOfClassesThatExcludeEachOther(t *testing.T) {
	first := inference.Finding{Class: "Mass", Probability: 0.6, Threshold: 0.3, Positive: true,
		RelMargin: calib.RelMargin(0.6, 0.3)}
	second := inference.Finding{Class: "Hernia", Probability: 0.35, Threshold: 0.3, Positive: true,
		RelMargin: calib.RelMargin(0.35, 0.3)}
	r := &inference.Result{Exclusive: true, Findings: []inference.Finding{second, first}}
	if how, why := InWords(r, first); how.String() != "Rather likely." ||
		!strings.HasPrefix(why.String(), "Above the threshold") {
		t.Errorf("%q %q", how, why)
	}
	if how, why := InWords(r, second); how.String() != "Possible." ||
		!strings.Contains(why.String(), "Mass is more probable") {
		t.Errorf("%q %q", how, why)
	}
}
