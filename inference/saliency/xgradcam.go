package saliency

import "context"

// XGradCAM weights each channel by its gradients at where it is active, with
// pytorch-grad-cam's constant.
func XGradCAM() Method {
	return Method{
		Name: "xgradcam", Title: "XGrad-CAM", Source: "Fu et al. 2020",
		About:    "Grad-CAM with gradients weighted by the activations at their places.",
		Features: true,
		Gradient: true,
		Explain:  func(ctx context.Context, p *Problem) ([]Map, error) { return p.gradientCAM(ctx, xGradCAM) },
	}
}

func xGradCAM(act, grad planes) []float32 {
	return byChannel(act, grad, func(a, g []float32) float64 {
		total, w := sum(a), 0.0
		for i := range g {
			w += float64(g[i]) * float64(a[i]) / (total + 1e-7)
		}
		return w
	})
}
