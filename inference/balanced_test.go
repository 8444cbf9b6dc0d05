package inference

import (
	"math"
	"slices"
	"testing"

	"hilum/dicomio"
	"hilum/inference/prep"
)

// Signed values on both sides of zero are scored like the unsigned film that is half
// a range above, whatever the window. Oracle: that film.
func TestSignedOnBothSidesOfZeroScoresLikeUnsigned(t *testing.T) {
	p := prep.Prep{Width: 4, Height: 1, Channels: 1, Resize: prep.Stretch, Range: prep.RangeAuto, Lo: 0, Hi: 1,
		Mean: []float64{0}, Std: []float64{1}}
	for _, bits := range []int{8, 10, 12, 14, 16} {
		half := int32(1) << (bits - 1)
		unsigned := greyImage(4, 1, func(x, y int) int32 { return half/2 + int32(x)*half/3 })
		unsigned.BitsStored = bits
		signed := greyImage(4, 1, func(x, y int) int32 { return half/2 + int32(x)*half/3 - half })
		signed.BitsStored, signed.Signed = bits, true
		signed.VOI = []dicomio.Window{{Center: 3, Width: 5}}
		a, b := tensorOf(t, p, unsigned), tensorOf(t, p, signed)
		if !slices.EqualFunc(a, b, func(x, y float32) bool { return math.Abs(float64(x-y)) < 1e-4 }) {
			t.Errorf("%d bits: %v unsigned, %v signed", bits, a, b)
		}
	}
}
