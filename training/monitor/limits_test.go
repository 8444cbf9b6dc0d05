package monitor

import (
	"slices"
	"testing"
)

// A chart of a share is at its limit, 1, or beyond in exactly the months in which it alarms, and below
// in the others; the reference has none. The months are those of a site where the finding becomes twice as frequent.
func TestChartsReachTheirLimits(t *testing.T) {
	tab := simulate(3, drift{prevalence: 2 * simulatedPrevalence, contrast: 1}, false)
	months, err := Watch(tab, threshold(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	alarms := 0
	for _, m := range months {
		if m.Reference != (m.Charts[0] != m.Charts[0]) { // NaN
			t.Errorf("%s: chart %v", m.Month, m.Charts)
		}
		for i, k := range []Kind{Calls, Found, Right} {
			at := float64(m.Charts[2*i]) >= 1 || float64(m.Charts[2*i+1]) >= 1
			if at != slices.Contains(m.Kinds, k) {
				t.Errorf("%s, %s: charts %v, kinds %v", m.Month, k, m.Charts, m.Kinds)
			}
			if at {
				alarms++
			}
		}
	}
	if alarms == 0 {
		t.Error("no chart gave an alarm")
	}
}
