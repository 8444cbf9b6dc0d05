package prep

import (
	"slices"
	"testing"

	"hilum/dicomio"
)

// Grey and Normalise together are Tensor, to the last bit, for 8 and 16 bits.
func TestGreyThenNormaliseIsTensor(t *testing.T) {
	for _, bits := range []int{8, 16} {
		im := &dicomio.Image{Width: 9, Height: 7, Samples: 1, BitsStored: bits, Stored: make([]int32, 63)}
		for i := range im.Stored {
			im.Stored[i] = int32(i*i*7) % (1 << bits)
		}
		p := ImageNetPrep(5, 6)
		want, _, err := p.Tensor(im)
		if err != nil {
			t.Fatal(err)
		}
		grey, _, err := p.Grey(im)
		if err != nil || len(grey) != 30 || slices.Max(grey) > 1 || slices.Max(grey) < .3 {
			t.Fatalf("grey %v (%v)", grey, err)
		}
		got := make([]float32, 90)
		p.Normalise(got, grey)
		if !slices.Equal(got, want.Data) {
			t.Errorf("%d bits: %v, want %v", bits, got, want.Data)
		}
	}
}
