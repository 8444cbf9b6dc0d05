package saliency

import "context"

// HiResCAM multiplies activations and gradients place by place: sum_k G A.
func HiResCAM() Method {
	return Method{
		Name: "hirescam", Title: "HiResCAM", Source: "Draelos and Carin 2020",
		About:    "Activation times gradient at each place: exactly what the place adds where one linear layer follows.",
		Features: true,
		Gradient: true,
		Explain:  func(ctx context.Context, p *Problem) ([]Map, error) { return p.gradientCAM(ctx, hiResCAM) },
	}
}

func hiResCAM(act, grad planes) []float32 {
	return byPlace(act, grad, func(g float64) float64 { return g })
}
