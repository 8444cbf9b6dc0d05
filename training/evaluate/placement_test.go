package evaluate

import (
	"math"
	"testing"

	"hilum/inference"
	"hilum/training/dataset"
)

// TestPlace: a map that is one cell of 4 x 4, against the same cell and another.
// Bilinear between cell centres, half of a lone peak is reached half a cell out
// along each axis: |dx| and |dy| with (1-dx)(1-dy) >= 1/2 in cells, an area of
// 4*(1 - 1/2 - ln(2)/2) = .6137 cells.
func TestPlace(t *testing.T) {
	h := &inference.Heatmap{Width: 4, Height: 4, Values: make([]float32, 16), X1: 1, Y1: 1}
	h.Values[1*4+2] = 3
	on := Place(h, []dataset.Box{{X: 0.5, Y: 0.25, W: 0.25, H: 0.25}}, 0)
	area := 4 * (0.5 - math.Ln2/2)
	if !on.Hit || math.Abs(on.IoU-area) > 0.015 || math.Abs(on.IoBB-1) > 0.01 {
		t.Errorf("on the box: %+v, IoU should be %.3f", on, area)
	}
	if off := Place(h, []dataset.Box{{X: 0, Y: 0.75, W: 0.25, H: 0.25}}, 0); off != (Placement{}) {
		t.Errorf("off the box: %+v", off)
	}
}
