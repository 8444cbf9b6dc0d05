package ortrun

import (
	"math"
	"testing"
)

// Model is what a graph gives to be run.
type Model interface {
	Check() error
	Encode() ([]byte, error)
}

// Encode checks a model and gives its file.
func Encode(t testing.TB, m Model) []byte {
	t.Helper()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// MaxDiff is the largest difference of two arrays of one shape.
func MaxDiff(t testing.TB, got, want Array) float64 {
	t.Helper()
	if len(got.F32) != len(want.F32) || len(got.Shape) != len(want.Shape) {
		t.Fatalf("shape %v, want %v", got.Shape, want.Shape)
	}
	d := 0.0
	for i := range want.F32 {
		d = max(d, math.Abs(float64(got.F32[i])-float64(want.F32[i])))
	}
	return d
}
