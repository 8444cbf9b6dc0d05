package dicomio

import "testing"

// TestWithStored: the copy measures its own values and leaves the original's.
func TestWithStored(t *testing.T) {
	im := &Image{Width: 2, Height: 1, Samples: 1, BitsStored: 12, Inverted: true, Stored: []int32{3, 9},
		stats: &stats{}}
	if lo, hi := im.ValueRange(); lo != 3 || hi != 9 {
		t.Fatal(lo, hi)
	}
	c := im.WithStored(1, 3, []int32{7, 1, 4095})
	if lo, hi := c.ValueRange(); lo != 1 || hi != 4095 {
		t.Errorf("range of the copy %d..%d", lo, hi)
	}
	if c.Width != 1 || c.Height != 3 || !c.Inverted || c.BitsStored != 12 {
		t.Errorf("the copy is %+v", c)
	}
	if lo, hi := im.ValueRange(); lo != 3 || hi != 9 || im.Width != 2 {
		t.Error("the original changed")
	}
}
