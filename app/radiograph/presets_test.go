package radiograph

import (
	"testing"

	"hilum/dicomio"
)

// TestPresetsFollowThePicturesOwnWindow: the figures were reckoned by hand from the
// window 2000 around 1000.
func TestPresetsFollowThePicturesOwnWindow(t *testing.T) {
	im := &dicomio.Image{Width: 2, Height: 1, Stored: []int32{0, 4095}, Samples: 1, BitsStored: 12}
	im.VOI = []dicomio.Window{{Name: "header", Center: 1000, Width: 2000, Function: dicomio.LinearExact}}
	for _, inverted := range []bool{false, true} {
		im.Inverted = inverted
		dense := 1500.
		if inverted {
			dense = 500
		}
		for i, want := range []dicomio.Window{
			{Name: "soft", Center: 1000, Width: 3200}, {Name: "hard", Center: 1000, Width: 1200},
			{Name: "mediastinum", Center: dense, Width: 1200},
		} {
			got := Presets()[i].Window(im)
			if got.Name != want.Name || got.Center != want.Center || got.Width != want.Width ||
				got.Function != dicomio.LinearExact {
				t.Errorf("inverted %v: %+v, want %+v", inverted, got, want)
			}
		}
	}
}
