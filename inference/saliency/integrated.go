package saliency

import "context"

// Integrated sums (x - x0) times the mean gradient on the straight way from the baseline
// to the picture over the channels; the way is sampled at the midpoints of Query.Steps
// pieces. The map sums to the difference of the logits, up to the error of that rule.
func Integrated() Method {
	return Method{
		Name: "integrated", Title: "Integrated gradients", Source: "Sundararajan et al. 2017",
		About:    "What each pixel adds on the way from a black picture to this one; the parts sum to the logit's rise.",
		Gradient: true,
		Slow:     true,
		Explain:  integrated,
	}
}

func integrated(ctx context.Context, p *Problem) ([]Map, error) {
	image, q, s := p.Image, p.Query, p.size()
	way := make([]float32, 0, q.Steps*len(image.Data))
	for step := range q.Steps {
		t := (float32(step) + .5) / float32(q.Steps)
		for _, x := range image.Data {
			way = append(way, q.Base+t*(x-q.Base))
		}
	}
	maps := make([]Map, 0, len(q.Classes))
	for _, c := range q.Classes {
		v := make([]float64, s.h*s.w)
		err := p.eachCopy(ctx, batchOf(image, way), c, func(g []float32) {
			for i, x := range image.Data {
				v[i%len(v)] += float64(x-q.Base) * float64(g[i]) / float64(q.Steps)
			}
		})
		if err != nil {
			return nil, err
		}
		maps = append(maps, Map{c, s.h, s.w, single(v)})
	}
	return maps, nil
}
