package samplesize

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// Widths and numbers are those of scipy: Wilson's interval by binomtest, the variance of Hanley and
// McNeil from integrals of the exponential scores that it stands on, the number by trying one
// after the other (testdata/peers/samplesize_reference.py).
func TestAgainstReference(t *testing.T) {
	data, err := os.ReadFile("testdata/samplesize.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		AUROC []struct {
			AUROC              float64
			Positive, Negative int
			Width              float64
		}
		Share  []struct{ Hits, Films, Width float64 }
		Needed []struct {
			AUROC, Ratio, Width float64
			Positive            int
		}
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.AUROC) != 20 || len(want.Share) != 6 || len(want.Needed) != 5 {
		t.Fatalf("the reference holds %d, %d and %d", len(want.AUROC), len(want.Share), len(want.Needed))
	}
	const close = 1e-7 // the integrals' own error
	for _, w := range want.AUROC {
		if got := AUROCWidth(w.AUROC, w.Positive, w.Negative); math.Abs(got-w.Width) > close {
			t.Errorf("AUROC %v of %d and %d films: %v, want %v", w.AUROC, w.Positive, w.Negative, got, w.Width)
		}
	}
	for _, w := range want.Share {
		if got := ShareWidth(w.Hits/w.Films, int(w.Films)); math.Abs(got-w.Width) > 1e-12 {
			t.Errorf("%v of %v: %v, want %v", w.Hits, w.Films, got, w.Width)
		}
	}
	for _, w := range want.Needed {
		p := Plan{AUROC: w.AUROC, Sensitivity: 0.85, Width: w.Width}
		if got := p.needed(w.Ratio); got != w.Positive {
			t.Errorf("%+v: %d, want %d", w, got, w.Positive)
		}
	}
}

// What is missing is what is needed less what there is, and nothing can be said of one side alone.
func TestOf(t *testing.T) {
	p := Usual()
	if x := p.Of(0, 10); x.More != -1 || !math.IsNaN(x.AUROC) || !math.IsNaN(x.Sensitivity) || math.IsNaN(x.Specificity) {
		t.Errorf("%+v", x)
	}
	if x := p.Of(20, 180); x.More != p.needed(9)-20 || x.AUROC <= p.Width {
		t.Errorf("%+v", x)
	}
	if x := p.Of(2000, 18000); x.More != 0 || x.AUROC > p.Width || x.Sensitivity > p.Width {
		t.Errorf("%+v", x)
	}
	for _, bad := range []Plan{{0.5, 0.8, 0.1}, {0.8, 1, 0.1}, {0.8, 0.8, 0}, {math.NaN(), 0.8, 0.1}, {0.8, 0.8, 0.004}} {
		if bad.Check() == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
