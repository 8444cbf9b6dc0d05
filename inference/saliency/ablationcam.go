package saliency

import (
	"context"
	"slices"

	"hilum/internal/message"
)

// AblationCAM switches off one channel after another and weights it by the relative fall of
// the logit, (z - z_k)/z. Where a logit is negative the relative fall of a channel that
// supports the class is negative too: the map of such a class is turned upside down, as
// in the paper and in pytorch-grad-cam. One set of runs serves all classes.
func AblationCAM() Method {
	return Method{
		Name: "ablation", Title: "Ablation-CAM", Source: "Desai and Ramaswamy 2020",
		About:    "Each channel weighted by how far the logit falls when it is switched off.",
		Features: true,
		Slow:     true,
		Explain:  ablationCAM,
	}
}

// ablationDepth is how far below its minimum a channel of a map with negative
// values is set, pytorch-grad-cam's constant; that library lowers further with
// each channel of a batch, which we do not follow.
const ablationDepth = 1e7

func ablationCAM(ctx context.Context, p *Problem) ([]Map, error) {
	e, f := p.e, p.features
	if e.layout.Places > 0 {
		return nil, message.New("only for feature maps, not for token sequences")
	}
	g, n := gridOf(f.whole.Shape, e.layout), len(f.whole.Data)
	off := float32(0)
	if least := slices.Min(f.data); least != 0 {
		off = least - ablationDepth
	}
	var scores Tensor
	err := p.Each(f.k, func(from, to int) error {
		batch := f.whole.Repeat(to - from)
		for i := from; i < to; i++ {
			for j := range f.h * f.w {
				batch.Data[(i-from)*n+g.at(i, j/f.w, j%f.w)] = off
			}
		}
		out, err := e.run(ctx, netHead, map[string]Tensor{e.layer: batch, e.input: p.Image})
		scores.Shape, scores.Data = out.Shape, append(scores.Data, out.Data...)
		return err
	})
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(p.Query.Classes))
	for i, c := range p.Query.Classes {
		z, w := float64(p.Logits[c]), column(scores, c)
		for k := range w {
			w[k] = (z - w[k]) / z
		}
		maps[i] = Map{c, f.h, f.w, weighted(f, w)}
	}
	return maps, nil
}
