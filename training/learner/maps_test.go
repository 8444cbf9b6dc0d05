package learner_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hilum/training/learner"
)

// withMaps asks that class maps lie inside.
func withMaps(plain bool) learner.Options {
	return learner.Options{BatchStats: true, Plain: plain,
		Maps: &learner.Maps{Feature: "body.2", Weight: "head.weight", ClassesFirst: true}}
}

// mappedBatch is a batch with places drawn for some films and classes.
func mappedBatch(t *testing.T, l *learner.Learner, n int) *learner.Batch {
	t.Helper()
	b := batch(t, l, n, 9)
	w, h := l.MapSize()
	if w*h*len(b.Share) != len(b.Inside) || len(b.Share) != len(b.Y) {
		t.Fatalf("maps of %d x %d, %d cells for %d labels", w, h, len(b.Inside), len(b.Y))
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range b.Share {
		b.Share[i] = float32(rng.IntN(2)) * .3
		for c := range w * h {
			b.Inside[i*w*h+c] = float32(rng.IntN(2))
		}
		b.Inside[i*w*h] = 1
	}
	return b
}

// The same with the kernels of graph/fast and by the plain rules, for the loss and
// every gradient.
func TestFastAndPlainMapsAgree(t *testing.T) {
	e := openEngine(t)
	quick, plain := open(t, e, withMaps(false)), open(t, e, withMaps(true))
	if fast, err := quick.Fast(5); err != nil || !fast {
		t.Fatalf("fast: %v, %v", fast, err)
	}
	a, b := step(t, quick, mappedBatch(t, quick, 5)), step(t, plain, mappedBatch(t, plain, 5))
	if math.Abs(a-b) > 1e-5*b {
		t.Errorf("loss %g and %g", a, b)
	}
	compare(t, "gradient", quick.Grads, plain.Grads)
	if without := step(t, quick, batch(t, quick, 5, 9)); math.Abs(without-a) < .1 {
		t.Errorf("the loss is %g with places and %g without", a, without)
	}
}

// Gradients against differences of the loss along them, as for the other losses.
func TestGradientOfMapsIsTheSlopeOfTheLoss(t *testing.T) {
	l := open(t, openEngine(t), withMaps(false))
	b := mappedBatch(t, l, 6)
	step(t, l, b)
	start, g := slices.Clone(l.Params.Data), slices.Clone(l.Grads.Data)
	square := 0.0
	for _, x := range g {
		square += float64(x) * float64(x)
	}
	at := func(h float64) float64 {
		for i := range start {
			l.Params.Data[i] = start[i] + float32(h)*g[i]
		}
		return step(t, l, b)
	}
	h := 2e-3 / math.Sqrt(square)
	if slope := (at(h) - at(-h)) / (2 * h); !(math.Abs(slope-square) <= .02*square) {
		t.Errorf("slope %g along the gradient, want %g", slope, square)
	}
}
