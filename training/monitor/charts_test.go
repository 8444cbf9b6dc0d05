package monitor

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// reference is made by testdata/peers/monitor_reference.py.
type reference struct {
	A, B   []float64
	KS     float64 `json:"ks_p"`
	PSI    float64 `json:"psi"`
	X, Y   [][]float32
	MMD    float64 `json:"mmd"`
	Values []float64
	Lo, Hi float64
	Exact  [][4]float64
}

func load(t *testing.T) (r reference) {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %v, the peer says %v", what, got, want)
	}
}

// The two-sample test, the index of stability, exact bounds and discrepancy are scipy's and
// scikit-learn's; the confidence sequence is the paper's formulas in numpy.
func TestStatisticsAreThePeers(t *testing.T) {
	r := load(t)
	near(t, "p of Kolmogorov and Smirnov", kolmogorov(r.A, r.B), r.KS, 1e-10)
	near(t, "PSI", psi(r.A, r.B), r.PSI, 1e-12)
	value, _ := mmd(r.X, r.Y, 1, 1)
	near(t, "MMD", value, r.MMD, 1e-6)
	s := newSequence(0.01)
	for _, v := range r.Values {
		s.add(v)
	}
	near(t, "lower end", s.lo, r.Lo, 1e-12)
	near(t, "upper end", s.hi, r.Hi, 1e-12)
	for _, e := range r.Exact {
		lo, hi := clopperPearson(int(e[0]), int(e[1]), 0.025)
		near(t, "lower bound", lo, e[2], 1e-9)
		near(t, "upper bound", hi, e[3], 1e-9)
	}
}

// A permutation test of samples from one distribution is right at any level: about as many
// p-values lie below .2 as should, whatever the sample sizes.
func TestDiscrepancyOfOneDistributionIsUniform(t *testing.T) {
	r := load(t)
	below := 0
	const tries = 200
	for i := range tries {
		pool := samples(uint64(i), 30, 3)
		if _, p := mmd(pool[:18], pool[18:], 99, uint64(i)); p <= 0.2 {
			below++
		}
	}
	if below < 22 || below > 60 { // 40 +- 3.2 standard errors of 5.7
		t.Errorf("%d of %d p-values are at most .2", below, tries)
	}
	moved := samples(5, 60, 3)
	for _, v := range moved[30:] {
		v[0]++
	}
	if _, p := mmd(moved[:30], moved[30:], 999, 1); p > 0.01 {
		t.Errorf("a shift of a standard deviation has p = %v", p)
	}
	if v, p := mmd(r.X[:1], r.Y, 9, 1); !math.IsNaN(v) || !math.IsNaN(p) {
		t.Errorf("one film gives %v, %v", v, p)
	}
}
