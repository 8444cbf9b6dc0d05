package saliency

import "context"

// GradCAMPlusPlus weights each channel by its rising gradients, those of higher order estimated by
// powers, with pytorch-grad-cam's constant.
func GradCAMPlusPlus() Method {
	return Method{
		Name: "gradcam++", Title: "Grad-CAM++", Source: "Chattopadhay et al. 2018",
		About:    "Grad-CAM with weights that let several places of one class show equally.",
		Features: true,
		Gradient: true,
		Explain:  func(ctx context.Context, p *Problem) ([]Map, error) { return p.gradientCAM(ctx, gradCAMPlusPlus) },
	}
}

func gradCAMPlusPlus(act, grad planes) []float32 {
	return byChannel(act, grad, func(a, g []float32) float64 {
		total, w := sum(a), 0.0
		for i := range g {
			if x := float64(g[i]); x > 0 {
				w += x * (x * x / (2*x*x + total*x*x*x + 1e-6))
			}
		}
		return w
	})
}

// sum adds up activations.
func sum(a []float32) float64 {
	total := 0.0
	for _, x := range a {
		total += float64(x)
	}
	return total
}
