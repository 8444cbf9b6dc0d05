package saliency

import (
	"context"
	"math"
	"slices"
)

// ScoreCAM masks the picture with each channel, upsampled and scaled to 0-1, and weights
// the channel by the softmax over channels of the masked picture's logit. One set of
// runs serves all classes.
func ScoreCAM() Method {
	return Method{
		Name: "scorecam", Title: "Score-CAM", Source: "Wang et al. 2020",
		About:    "Each channel weighted by how well the class is seen in the picture masked with it.",
		Features: true,
		Slow:     true,
		Explain:  scoreCAM,
	}
}

func scoreCAM(ctx context.Context, p *Problem) ([]Map, error) {
	image, f, to := p.Image, p.features, p.size()
	plane := to.h * to.w
	var scores Tensor
	err := p.Each(f.k, func(from, end int) error {
		batch := image.Repeat(end - from)
		for i := from; i < end; i++ {
			mask := unit(resizeCorners(f.row(i), f.h, f.w, to), 1e-8)
			one := batch.Data[(i-from)*len(image.Data) : (i-from+1)*len(image.Data)]
			for j := range one {
				one[j] *= mask[j%plane]
			}
		}
		out, err := p.Scores(ctx, batch)
		scores.Shape, scores.Data = out.Shape, append(scores.Data, out.Data...)
		return err
	})
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(p.Query.Classes))
	for i, c := range p.Query.Classes {
		maps[i] = Map{c, f.h, f.w, weighted(f, softmax(column(scores, c)))}
	}
	return maps, nil
}

func column(t Tensor, c int) []float64 {
	n := int(t.Shape[len(t.Shape)-1])
	var out []float64
	for i := c; i < len(t.Data); i += n {
		out = append(out, float64(t.Data[i]))
	}
	return out
}

func softmax(v []float64) []float64 {
	top, sum := slices.Max(v), 0.0
	for i := range v {
		v[i] = math.Exp(v[i] - top)
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
	return v
}
