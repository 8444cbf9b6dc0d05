package optim_test

import (
	"fmt"

	"hilum/training/optim"
)

// AdamW's first step is as long as the rate whatever the gradient's size, since it
// divides by the size that it has seen.
func ExampleAdamW_Step() {
	params := []float32{1, 1, 1}
	a := optim.NewAdamW(len(params), []optim.Group{{From: 0, To: 3, Rate: 0.1}})
	a.Step(params, []float32{1e-3, 1, -1000}, 1, func(g optim.Group) float64 { return g.Rate })
	fmt.Printf("%.3f\n", params)
	// Output:
	// [0.900 0.900 1.100]
}

// A run of ten epochs that warms up for two and ends along a cosine.
func ExampleSchedule_At() {
	s := optim.Schedule{Form: optim.Cosine, Total: 10, Warmup: 0.2}
	for _, epoch := range []float64{0, 1, 2, 6, 10} {
		fmt.Printf("%g: %.4f\n", epoch, s.At(epoch, 0.01))
	}
	// Output:
	// 0: 0.0000
	// 1: 0.0050
	// 2: 0.0100
	// 6: 0.0050
	// 10: 0.0000
}
