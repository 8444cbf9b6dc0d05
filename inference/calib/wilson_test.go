package calib

import (
	"math"
	"testing"
)

// The expected intervals are scipy 1.x binomtest(k, n).proportion_ci(method="wilson");
// the last four cases are those of Newcombe, Stat Med 1998, table I.
func TestWilsonEqualsSciPy(t *testing.T) {
	for _, c := range []struct {
		k, n   int
		lo, hi float64
	}{
		{0, 10, 0, 0.27753279986288926}, {10, 10, 0.7224672001371109, 1},
		{81, 263, 0.2552885198782742, 0.36620957698280004}, {15, 148, 0.06238639953073629, 0.16048724172330803},
		{0, 20, 0, 0.16112515805281935}, {1, 29, 0.006113214292762667, 0.17175521879320282},
	} {
		got := Wilson(c.k, c.n)
		if math.Abs(got.Lo-c.lo) > 1e-12 || math.Abs(got.Hi-c.hi) > 1e-12 {
			t.Errorf("%d/%d: %v, want %v..%v", c.k, c.n, got, c.lo, c.hi)
		}
	}
	if got := Wilson(0, 0); got != (Interval{0, 1}) {
		t.Errorf("nothing seen: %v, want all of 0..1", got)
	}
}
