package lesson

import (
	"context"
	"testing"

	"hilum/app/lab/labtest"
	"hilum/app/models"
	"hilum/inference"
)

// openBuiltIn opens a model that comes along.
func openBuiltIn(t *testing.T, e inference.Engine, path string) *inference.Model {
	t.Helper()
	src, err := models.Choice{Path: path}.Source()
	if err != nil {
		t.Fatal(err)
	}
	m, err := inference.OpenModel(e, src)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// massOf scores a phantom for Mass.
func massOf(t *testing.T, m *inference.Model, p PhantomRef) (logit float64, positive bool) {
	t.Helper()
	im, _, err := ImageRef{Phantom: &p}.Open(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Score(context.Background(), im)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Class == "Mass" {
			return f.Logit, f.Positive
		}
	}
	t.Fatal("the model does not score Mass")
	return 0, false
}

// The confounded twin is fooled: a word in the corner of films without any finding
// is much evidence of a mass for it. The model that it was made from hardly minds.
func TestTheTwinIsFooled(t *testing.T) {
	e := labtest.Runtime(t)
	twin, demo := openBuiltIn(t, e, models.Twin), openBuiltIn(t, e, "")
	const images = 12
	with, without := 0, 0
	var rise, honest float64
	for seed := range uint64(images) {
		bare := PhantomRef{Seed: 900 + seed, Size: 256}
		marked := bare
		marked.Confounders = []string{"text"}
		a, fooled := massOf(t, twin, marked)
		b, anyway := massOf(t, twin, bare)
		rise += (a - b) / images
		if fooled {
			with++
		}
		if anyway {
			without++
		}
		a, _ = massOf(t, demo, marked)
		b, _ = massOf(t, demo, bare)
		honest += (a - b) / images
	}
	t.Logf("of %d films without a finding it sees a mass in %d with the word and in %d without; the logit rises by %.2f, that of the demo model by %.2f", images, with, without, rise, honest)
	if rise < 2 || rise < honest+1 {
		t.Errorf("the word raises the logit of Mass by %.2f, that of the demo model by %.2f", rise, honest)
	}
}
