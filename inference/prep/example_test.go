package prep_test

import (
	"fmt"

	"hilum/dicomio"
	"hilum/inference/prep"
)

// A picture of any size becomes what a network takes.
func ExamplePrep_Tensor() {
	im := &dicomio.Image{Width: 2, Height: 2, Samples: 1, BitsStored: 8, Modality: dicomio.Modality{Slope: 1},
		Stored: []int32{0, 255, 0, 255}}
	p := prep.ImageNetPrep(4, 4)
	t, _, err := p.Tensor(im)
	fmt.Println(t.Shape, err)
	// Output:
	// [1 3 4 4] <nil>
}
