package calib

import (
	"math"
	"slices"

	"hilum/internal/message"
)

// ErrNotRising is returned when the scores fall with the label, or do not
// change with it, so that no rising calibrator fits.
var ErrNotRising = message.New("the scores do not rise with the label")

// varied refuses logits that are all the same: a slope has no meaning on one score,
// and with an intercept no one value.
func varied(logits []float64) error {
	if slices.Max(logits) == slices.Min(logits) {
		return ErrNotRising
	}
	return nil
}

// hard are the labels as 0 and 1.
func hard(positive []bool) []float64 {
	t := make([]float64, len(positive))
	for i, y := range positive {
		if y {
			t[i] = 1
		}
	}
	return t
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// logistic minimises the cross-entropy of sigmoid(sum_k w_k x_k) against
// targets within 0..1 by Newton's method with halved steps (Lin, Lin and Weng
// 2007). x holds one slice a feature. Where the classes separate and the optimum
// lies at infinity, it stops at a very steep finite slope.
func logistic(x [][]float64, target []float64) ([]float64, error) {
	const steps, tolerance, ridge = 100, 1e-10, 1e-10
	n := float64(len(target))
	w := make([]float64, len(x))
	loss := crossEntropy(x, target, w)
	for range steps {
		g, h := newton(x, target, w, ridge)
		if norm(g) < tolerance*n {
			break
		}
		d, err := solve(h, g)
		if err != nil {
			return nil, err
		}
		slope := 0.0
		for k := range d {
			slope += d[k] * g[k]
		}
		next, l, ok := descend(x, target, w, descent{d, loss, slope})
		if !ok { // no progress that floating point can show
			break
		}
		w, loss = next, l
		if slope < 1e-12*(1+loss) { // Newton doubles the right digits: no further step matters
			break
		}
	}
	if !finite(w...) {
		return nil, message.New("it did not converge")
	}
	return w, nil
}

// descent is where a line search starts: Newton's step, the loss, and the fall
// of the loss that the step promises to first order.
type descent struct {
	step        []float64
	loss, slope float64
}

// descend halves the step until the loss falls enough (Armijo).
func descend(x [][]float64, target, w []float64, d descent) (next []float64, loss float64, ok bool) {
	next = make([]float64, len(w))
	for k := 1.0; k > 1e-10; k /= 2 {
		for i := range w {
			next[i] = w[i] - k*d.step[i]
		}
		if l := crossEntropy(x, target, next); l <= d.loss-1e-4*k*d.slope {
			return next, l, true
		}
	}
	return w, d.loss, false
}

// crossEntropy is sum ln(1 + e^z) - t z, exact in both tails.
func crossEntropy(x [][]float64, target, w []float64) float64 {
	var s float64
	for i, t := range target {
		var z float64
		for k := range x {
			z += w[k] * x[k][i]
		}
		s += -logSigmoid(-z) - t*z
	}
	return s
}

// newton gives gradient and Hessian, with a little ridge so that it can be
// inverted.
func newton(x [][]float64, target, w []float64, ridge float64) (g []float64, h [][]float64) {
	m := len(x)
	g, h = make([]float64, m), make([][]float64, m)
	for k := range h {
		h[k] = make([]float64, m)
		h[k][k] = ridge
	}
	for i, t := range target {
		var z float64
		for k := range x {
			z += w[k] * x[k][i]
		}
		p := Sigmoid(z)
		for k := range x {
			g[k] += (p - t) * x[k][i]
			for j := range k + 1 {
				h[k][j] += p * (1 - p) * x[k][i] * x[j][i]
			}
		}
	}
	for k := range h {
		for j := range k {
			h[j][k] = h[k][j]
		}
	}
	return g, h
}

func norm(v []float64) (m float64) {
	for _, x := range v {
		m = max(m, math.Abs(x))
	}
	return m
}

// solve is Gaussian elimination with pivoting on at most three equations.
func solve(a [][]float64, b []float64) ([]float64, error) {
	n := len(b)
	x := append([]float64(nil), b...)
	for c := range n {
		p := c
		for r := c + 1; r < n; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[p][c]) {
				p = r
			}
		}
		a[c], a[p], x[c], x[p] = a[p], a[c], x[p], x[c]
		if a[c][c] == 0 || math.IsNaN(a[c][c]) {
			return nil, message.New("the scores carry too little information")
		}
		for r := c + 1; r < n; r++ {
			f := a[r][c] / a[c][c]
			for k := c; k < n; k++ {
				a[r][k] -= f * a[c][k]
			}
			x[r] -= f * x[c]
		}
	}
	for c := n - 1; c >= 0; c-- {
		for k := c + 1; k < n; k++ {
			x[c] -= a[c][k] * x[k]
		}
		x[c] /= a[c][c]
	}
	return x, nil
}
