package phantom

import (
	"slices"
	"sync"
	"testing"
)

// Films hand their grids on, yet no film sees anything of another, drawn before,
// after or at the same time, and pictures and masks that were given out stay as
// they are.
func TestImagesAreTheirOwn(t *testing.T) {
	options := make([]Options, 12)
	for i := range options {
		k := Findings()
		options[i] = Options{Seed: uint64(i), Size: 80 + 16*(i%2), Devices: true,
			Findings: []Lesion{{Finding: k[i], Severity: 0.7}, {Finding: k[(i+5)%len(k)], Severity: 0.4}}}
	}
	first := mustGenerate(t, options[0])
	pixels, mask := slices.Clone(first.Pixels), slices.Clone(first.Marks[0].Mask)
	images := make([]*Image, len(options))
	var wg sync.WaitGroup
	for i, o := range options {
		wg.Go(func() {
			var err error
			if images[i], err = Generate(o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if !slices.Equal(first.Pixels, pixels) || !slices.Equal(first.Marks[0].Mask, mask) {
		t.Error("a film changed while others were drawn")
	}
	for i, o := range options {
		alone := mustGenerate(t, o)
		same := slices.EqualFunc(alone.Marks, images[i].Marks, func(a, b Mark) bool {
			return slices.Equal(a.Mask, b.Mask) && slices.Equal(a.Boxes, b.Boxes)
		})
		if !same || !slices.Equal(alone.Pixels, images[i].Pixels) {
			t.Errorf("film %d is another when drawn alone", i)
		}
	}
}
