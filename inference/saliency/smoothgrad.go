package saliency

import (
	"context"
	"math/rand/v2"
	"slices"
)

// SmoothGrad is the mean gradient map over noisy copies of the picture; the noise is Gaussian
// with a deviation of Query.Noise times the picture's range.
func SmoothGrad() Method {
	return Method{
		Name: "smoothgrad", Title: "SmoothGrad", Source: "Smilkov et al. 2017",
		About:    "The mean gradient over noisy copies of the picture: calmer than the gradient.",
		Gradient: true,
		Slow:     true,
		Explain:  smoothGrad,
	}
}

func smoothGrad(ctx context.Context, p *Problem) ([]Map, error) {
	image, q := p.Image, p.Query
	rng := rand.New(rand.NewPCG(q.Seed, 0))
	sigma := q.Noise * float64(slices.Max(image.Data)-slices.Min(image.Data))
	noisy := make([]float32, 0, q.Samples*len(image.Data))
	for range q.Samples {
		for _, x := range image.Data {
			noisy = append(noisy, x+float32(sigma*rng.NormFloat64()))
		}
	}
	s := p.size()
	maps := make([]Map, 0, len(q.Classes))
	for _, c := range q.Classes {
		v := make([]float64, s.h*s.w)
		if err := p.eachCopy(ctx, batchOf(image, noisy), c, func(g []float32) { largest(v, g) }); err != nil {
			return nil, err
		}
		for i := range v {
			v[i] /= float64(q.Samples)
		}
		maps = append(maps, Map{c, s.h, s.w, single(v)})
	}
	return maps, nil
}
