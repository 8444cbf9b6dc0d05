package edit

import (
	"math"
	"testing"
)

// TestJoin: pieces of one thing overlap in a chain and become one, whatever
// order they come in; what lies apart stays apart.
func TestJoin(t *testing.T) {
	pieces := []Rect{{0.1, 0.1, 0.2, 0.2}, {0.4, 0.4, 0.2, 0.2}, {0.25, 0.25, 0.2, 0.2}}
	for _, order := range [][3]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		got := []Rect{{0.8, 0.1, 0.1, 0.1}}
		for _, i := range order {
			got = Join(got, pieces[i])
		}
		if len(got) != 2 || got[0].X != 0.8 || math.Abs(got[1].X-0.1) > 1e-9 || math.Abs(got[1].W-0.5) > 1e-9 ||
			math.Abs(got[1].H-0.5) > 1e-9 {
			t.Errorf("in the order %v: %+v", order, got)
		}
	}
}
