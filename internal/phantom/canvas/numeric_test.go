package canvas

import (
	"math"
	"testing"
)

// exp32, log32 and pow against the library, whose error is far smaller.
func TestElementaryFunctions(t *testing.T) {
	for x := float32(-80); x < 80; x += 0.37 {
		want := math.Exp(float64(x))
		if e := math.Abs(float64(Exp32(x))/want - 1); e > 1e-6 {
			t.Fatalf("exp32(%v) is off by %v", x, e)
		}
	}
	for x := float32(1e-5); x < 1e5; x *= 1.13 {
		if e := math.Abs(float64(log32(x)) - math.Log(float64(x))); e > 2e-6 {
			t.Fatalf("log32(%v) is off by %v", x, e)
		}
	}
	logs := newLogTable()
	for x := float32(1e-5); x < 1e5; x *= 1.0137 {
		if e := math.Abs(float64(logs.At(x)) - math.Log(float64(x))); e > 3e-6 {
			t.Fatalf("the table of logarithms is off by %v at %v", e, x)
		}
	}
	if e := math.Abs(Pow(3.7, 0.42) - math.Pow(3.7, 0.42)); e > 1e-6 {
		t.Fatalf("pow is off by %v", e)
	}
	if Exp32(-200) != 0 || Pow(0, 0.5) != 0 {
		t.Error("limits")
	}
}
