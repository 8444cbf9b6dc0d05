package calib

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

// basisScores are those of testdata/peers/basis.py.
func basisScores() (logits []float64, positive []bool) {
	for i := range 60 {
		logits = append(logits, float64(i)/10-3)
		positive = append(positive, float64((7*i)%10) < float64(i)/8)
	}
	return logits, positive
}

func about(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

// Figures at another prevalence: scikit-learn's log_loss, f1_score and
// precision_score with sample weights, the calibration error by numpy, see
// testdata/peers/basis.py.
func TestWeightedFiguresAgainstScikitLearn(t *testing.T) {
	logits, positive := basisScores()
	n := Counts{}
	p, shifted := make([]float64, 60), make([]float64, 60)
	for _, y := range positive {
		if y {
			n.Positive++
		} else {
			n.Negative++
		}
	}
	share := float64(n.Positive) / 60
	for i, l := range logits {
		p[i], shifted[i] = Sigmoid(l), Sigmoid(l+priorShift(share, .05))
	}
	w := PrevalenceWeights(n, .05)
	about(t, "log loss", w.LogLoss(p, positive), 0.67434520648606)
	about(t, "log loss, shifted", w.LogLoss(shifted, positive), 0.210908048451199)
	about(t, "log loss, no weights", PrevalenceWeights(n, 0).LogLoss(p, positive), 0.621221154623247)
	about(t, "log loss, plain", LogLoss(p, positive), 0.621221154623247)
	about(t, "ECE", w.ECE(p, positive, 15), 0.346202289810349)
	about(t, "ECE, shifted", w.ECE(shifted, positive, 15), 0.0616913921178368)
	bins, err := Bins(p, positive, 15, false)
	if err != nil {
		t.Fatal(err)
	}
	about(t, "ECE, no weights", PrevalenceWeights(n, 0).ECE(p, positive, 15), ECE(bins))
	k := Labelled{Logits: logits, Positive: positive, Patient: GroupPatients(make([]string, 60))}
	o, err := Recipe{Calibrator: KindNone, Policy: Policy{Kind: Fixed, Value: .1},
		Prevalence: .05}.Fit(context.Background(), "A", k)
	if err != nil {
		t.Fatal(err)
	}
	about(t, "F1 at .1", o.Class.Metrics.F1, 0.18944)
	about(t, "PPV at .1", o.Class.Metrics.Precision, 0.10964993517318)
}

// Wilson's interval of shares: scipy's binomtest.proportion_ci, see
// testdata/peers/basis.py.
func TestWilsonShareAgainstSciPy(t *testing.T) {
	for _, c := range [][4]float64{{0, 10, 0, 0.277532799862889}, {10, 10, 0.722467200137111, 1},
		{1, 2, 0.0945312057342307, 0.905468794265769},
		{3, 7, 0.15821985525147, 0.749541635472343}, {1, 1, 0.206549314377237, 1}} {
		i := WilsonShare(c[0]/c[1], c[1])
		about(t, "low", i.Lo, c[2])
		about(t, "high", i.Hi, c[3])
	}
	if i := WilsonShare(math.NaN(), 0); i != (Interval{0, 1}) {
		t.Errorf("of nobody: %v", i)
	}
}

// Draws that are all equal, and a perfect ranking, make no interval.
func TestNoIntervalWithoutSpread(t *testing.T) {
	if _, ok := Spread([]float64{.5, .5, .5, math.NaN()}); ok {
		t.Error("an interval of equal draws")
	}
	if i, ok := Spread([]float64{.4, .5, .6}); !ok || !(i.Hi > i.Lo) {
		t.Errorf("%v, %v", i, ok)
	}
	if _, err := DeLongInterval([]float64{1, 2, 3, 4}, []bool{false, false, true, true}); !errors.Is(err, ErrNoSpread) {
		t.Errorf("a perfect ranking: %v", err)
	}
}

// Equal scores get no threshold, and neither do falling ones, which a calibrator makes
// equal: what is wrong with each is said. A threshold at which every film is positive is named.
func TestScoresThatSeparateNothing(t *testing.T) {
	var same, falling, noise Labelled
	for i := range 60 {
		y := i%3 == 0
		for _, d := range []*Labelled{&same, &falling, &noise} {
			d.Positive, d.Patient = append(d.Positive, y), append(d.Patient, i)
		}
		v := float64(i % 7)
		same.Logits, noise.Logits = append(same.Logits, 2), append(noise.Logits, v)
		if y {
			v -= 20
		}
		falling.Logits = append(falling.Logits, v)
	}
	for _, kind := range []string{KindAuto, KindNone, KindTemperature, KindPlatt, KindBeta, KindIsotonic} {
		if _, err := (Recipe{Calibrator: kind, Policy: Policy{Kind: F1Max}}).Fit(t.Context(), "A",
			same); !errors.Is(err,
			ErrConstant) {
			t.Errorf("%s on equal scores: %v", kind, err)
		}
	}
	if _, err := (Recipe{Calibrator: KindIsotonic, Policy: Policy{Kind: F1Max}}).Fit(t.Context(), "A",
		falling); !errors.Is(err, ErrNotRising) {
		t.Errorf("isotonic on falling scores: %v", err)
	}
	o, err := Recipe{Calibrator: KindNone, Policy: Policy{Kind: F1Max}, Rounds: 20}.Fit(t.Context(), "A", noise)
	if err != nil || !strings.Contains(strings.Join(o.Warnings, "\n"), "positive on every film") {
		t.Errorf("noise: %v, %v", o.Warnings, err)
	}
}
