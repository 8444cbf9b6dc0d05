package phantom_test

import (
	"fmt"

	"hilum/internal/phantom"
)

// The same person with and without a mass: the films differ only where it lies, which
// is known to the pixel.
func ExampleGenerate() {
	well, err := phantom.Generate(phantom.Options{Seed: 7, Size: 128})
	if err != nil {
		fmt.Println(err)
		return
	}
	ill, err := phantom.Generate(phantom.Options{
		Seed: 7, Size: 128, Findings: []phantom.Lesion{{Finding: phantom.Mass, Severity: 0.8}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mark := ill.Marks[0]
	far := 0
	for i, v := range ill.Pixels {
		if d := int(v) - int(well.Pixels[i]); !mark.Mask[i] && (d > 400 || d < -400) {
			far++
		}
	}
	fmt.Printf("%s, %d box; %d pixels outside of it differ by a tenth of the scale\n", mark.Finding, len(mark.Boxes),
		far)
	// Output:
	// Mass, 1 box; 0 pixels outside of it differ by a tenth of the scale
}

// A word that is burnt into nine of ten films with a mass, and into one of ten of the
// others, is what a model may learn in place of the mass.
func ExampleParseConfounder() {
	c, err := phantom.ParseConfounder("text:Mass:0.9:0.1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Kind, c.Class, c.Positive, c.Negative)
	_, err = phantom.ParseConfounder("text:Fracture:0.9:0.1")
	fmt.Println(err)
	// Output:
	// text Mass 0.9 0.1
	// phantom: confounder text: unknown finding "Fracture"
}
