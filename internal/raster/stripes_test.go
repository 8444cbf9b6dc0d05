package raster

import (
	"runtime"
	"testing"

	"hilum/internal/parallel"
)

// A fault in a stripe reaches whoever asked for the picture, who guards it, not
// the end of the program.
func TestPanicsInStripesReachTheCaller(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var got *parallel.Panic
	func() {
		defer parallel.Recover(func(p *parallel.Panic) { got = p })
		halve(Gray{W: 8, H: 16 * shortest, Pix: make([]uint16, 8)}) // most rows are missing
	}()
	if got == nil {
		t.Error("nothing was raised")
	}
}
