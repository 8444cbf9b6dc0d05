package inference

import (
	"math"
	"testing"
)

func TestHeatmapScales(t *testing.T) {
	h := Heatmap{Width: 2, Height: 2, Values: []float32{-2, 0, 1, 4}, X0: 0.25, Y0: 0, X1: 0.75, Y1: 1}
	if h.Largest() != 4 {
		t.Errorf("largest %v, want 4", h.Largest())
	}
	// By hand: negative cut, then v/(4+1e-7).
	for i, want := range []float32{0, 0, 0.25, 1} {
		if got := h.MinMax()[i]; math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("min-max %d is %v, want %v", i, got, want)
		}
	}
	for i, want := range []float32{-1, 0, 0.5, 1} {
		if got := h.Scaled(2)[i]; got != want {
			t.Errorf("scaled %d is %v, want %v", i, got, want)
		}
	}
	if got := h.Scaled(0); got[3] != 0 {
		t.Errorf("a scale of nothing gives %v, want zeros", got)
	}
	if x, y, ok := h.Peak(); !ok || x != 0.25+0.75*0.5 || y != 0.75 {
		t.Errorf("peak at %v, %v; want 0.625, 0.75", x, y)
	}
}
