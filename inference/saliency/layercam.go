package saliency

import (
	"context"
	"math"
)

// LayerCAM multiplies activations and rising gradients place by place: sum_k relu(G) A.
func LayerCAM() Method {
	return Method{
		Name: "layercam", Title: "Layer-CAM", Source: "Jiang et al. 2021",
		About:    "Activation times rising gradient at each place: finer on early layers.",
		Features: true,
		Gradient: true,
		Explain:  func(ctx context.Context, p *Problem) ([]Map, error) { return p.gradientCAM(ctx, layerCAM) },
	}
}

func layerCAM(act, grad planes) []float32 {
	return byPlace(act, grad, func(g float64) float64 { return math.Max(g, 0) })
}
