package saliency

import "context"

// GradCAM weights each channel by its mean gradient.
func GradCAM() Method {
	return Method{
		Name: "gradcam", Title: "Grad-CAM", Source: "Selvaraju et al. 2017",
		About:    "Where features lie that speak for the class, each channel weighted by its mean gradient.",
		Features: true,
		Gradient: true,
		Explain:  func(ctx context.Context, p *Problem) ([]Map, error) { return p.gradientCAM(ctx, gradCAM) },
	}
}

func gradCAM(act, grad planes) []float32 {
	return byChannel(act, grad, func(_, g []float32) float64 {
		w := 0.0
		for _, x := range g {
			w += float64(x) / float64(len(g))
		}
		return w
	})
}
