package saliency_test

import (
	"context"
	"fmt"

	"hilum/inference/saliency"
)

// A method of one's own is appended to the list that is handed on.
func ExampleRegistry() {
	methods := append(saliency.Methods(), saliency.Method{
		Name: "brightness", Title: "Brightness", About: "What is bright.",
		Explain: func(_ context.Context, p *saliency.Problem) ([]saliency.Map, error) {
			h, w := int(p.Image.Shape[2]), int(p.Image.Shape[3])
			var out []saliency.Map
			for _, c := range p.Query.Classes {
				out = append(out, saliency.Map{Class: c, H: h, W: w, Values: p.Image.Data[:h*w]})
			}
			return out, nil
		},
	})
	m, ok := methods.Find("brightness")
	fmt.Println(m.Title, m.Features, ok)
	// Output:
	// Brightness false true
}

// Two maps are compared by the ranks of their places.
func ExampleRankCorrelation() {
	fmt.Printf("%.2f\n", saliency.RankCorrelation([]float32{1, 2, 3, 4}, []float32{10, 20, 40, 30}))
	// Output:
	// 0.80
}
