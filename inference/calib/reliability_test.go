package calib

import (
	"math"
	"testing"
)

// Slope and intercept are scikit-learn's unpenalised LogisticRegression on the logits.
func TestSlopeInterceptIsScikitLearns(t *testing.T) {
	logits := []float64{0.378, -1.045, -0.826, -4.883, 3.599, 2.288, -0.651, 1.548, 0.562, -1.108, 1.955, -0.621}
	p := make([]float64, len(logits))
	positive := make([]bool, len(logits))
	for i, l := range logits {
		p[i] = Sigmoid(l)
		positive[i] = "101001111000"[i] == '1'
	}
	slope, intercept, ok := SlopeIntercept(p, positive)
	if !ok || math.Abs(slope-0.2184352364809661) > 1e-8 || math.Abs(intercept+0.025968286174910534) > 1e-8 {
		t.Errorf("slope %v, intercept %v, %v", slope, intercept, ok)
	}
	if slope, _, ok = SlopeIntercept(p[:1], positive[:1]); ok || !math.IsNaN(slope) {
		t.Errorf("one film has slope %v", slope)
	}
}
