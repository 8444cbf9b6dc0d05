package saliency

import (
	"context"
	"errors"
	"math"
	"slices"
)

// scoreCAM masks the picture with each channel, upsampled and scaled to 0-1,
// and weights the channel by the softmax over channels of the masked picture's
// logit. One set of runs serves all classes.
func (e *Explainer) scoreCAM(ctx context.Context, image Tensor, p planes, q Query) ([]Map, error) {
	channels, h, w := int(image.Shape[1]), int(image.Shape[2]), int(image.Shape[3])
	var scores Tensor
	err := e.each(p.k, func(from, to int) error {
		batch := image.repeat(to - from)
		for i := from; i < to; i++ {
			mask := unit(resizeCorners(p.row(i), p.h, p.w, size{h, w}), 1e-8)
			one := batch.Data[(i-from)*channels*h*w : (i-from+1)*channels*h*w]
			for j := range one {
				one[j] *= mask[j%(h*w)]
			}
		}
		out, err := e.run(ctx, netScores, map[string]Tensor{e.input: batch})
		scores.Shape, scores.Data = out.Shape, append(scores.Data, out.Data...)
		return err
	})
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(q.Classes))
	for i, c := range q.Classes {
		maps[i] = Map{c, p.h, p.w, weighted(p, softmax(column(scores, c)))}
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

// ablation is a query with the logits of the untouched picture.
type ablation struct {
	Query
	logits []float32
}

// ablationDepth is how far below its minimum a channel of a map with negative
// values is set, pytorch-grad-cam's constant; that library lowers further with
// each channel of a batch, which we do not follow.
const ablationDepth = 1e7

// ablationCAM switches off one channel after another and weights it by the
// relative fall of the logit, (z - z_k)/z. Where a logit is negative the
// relative fall of a channel that supports the class is negative too: the map
// of such a class is turned upside down, as in the paper and in
// pytorch-grad-cam. One set of runs serves all classes.
func (e *Explainer) ablationCAM(ctx context.Context, image Tensor, p planes, q ablation) ([]Map, error) {
	if e.layout.Places > 0 {
		return nil, errors.New("only for feature maps, not for token sequences")
	}
	g, n := gridOf(p.whole.Shape, e.layout), len(p.whole.Data)
	off := float32(0)
	if least := slices.Min(p.data); least != 0 {
		off = least - ablationDepth
	}
	var scores Tensor
	err := e.each(p.k, func(from, to int) error {
		batch := p.whole.repeat(to - from)
		for i := from; i < to; i++ {
			for j := range p.h * p.w {
				batch.Data[(i-from)*n+g.at(i, j/p.w, j%p.w)] = off
			}
		}
		out, err := e.run(ctx, netHead, map[string]Tensor{e.layer: batch, e.input: image})
		scores.Shape, scores.Data = out.Shape, append(scores.Data, out.Data...)
		return err
	})
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(q.Classes))
	for i, c := range q.Classes {
		z, w := float64(q.logits[c]), column(scores, c)
		for k := range w {
			w[k] = (z - w[k]) / z
		}
		maps[i] = Map{c, p.h, p.w, weighted(p, w)}
	}
	return maps, nil
}

// occlusion slides a patch over the picture and records how much each logit
// falls; every pixel takes the mean over the patches that covered it.
func (e *Explainer) occlusion(ctx context.Context, image Tensor, logits []float32, q Query) ([]Map, error) {
	channels, h, w := int(image.Shape[1]), int(image.Shape[2]), int(image.Shape[3])
	corners := patches(size{h, w}, q)
	sums, counts := make([][]float64, len(q.Classes)), make([]float64, h*w)
	for i := range sums {
		sums[i] = make([]float64, h*w)
	}
	err := e.each(len(corners), func(from, to int) error {
		batch := image.repeat(to - from)
		for i, r := range corners[from:to] {
			for c := range channels {
				r.each(w, func(at int) { batch.Data[(i*channels+c)*h*w+at] = q.Base })
			}
		}
		out, err := e.run(ctx, netScores, map[string]Tensor{e.input: batch})
		if err != nil {
			return err
		}
		for i, r := range corners[from:to] {
			for j, c := range q.Classes {
				fall := float64(logits[c]) - float64(out.Data[i*len(logits)+c])
				r.each(w, func(at int) { sums[j][at] += fall })
			}
			r.each(w, func(at int) { counts[at]++ })
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(q.Classes))
	for i, c := range q.Classes {
		for at := range counts {
			sums[i][at] /= math.Max(counts[at], 1)
		}
		maps[i] = Map{c, h, w, single(sums[i])}
	}
	return maps, nil
}

type size struct{ h, w int }

// rect is a patch, cut off at the picture's edge.
type rect struct{ top, left, bottom, right int }

func (r rect) each(w int, f func(at int)) {
	for y := r.top; y < r.bottom; y++ {
		for x := r.left; x < r.right; x++ {
			f(y*w + x)
		}
	}
}

// patches lists the positions of the sliding patch; the last of each row and
// column reaches the edge.
func patches(s size, q Query) []rect {
	var out []rect
	starts := func(n int) []int {
		var v []int
		for at := 0; ; at += q.Stride {
			v = append(v, at)
			if at+q.Patch >= n {
				return v
			}
		}
	}
	for _, y := range starts(s.h) {
		for _, x := range starts(s.w) {
			out = append(out, rect{y, x, min(y+q.Patch, s.h), min(x+q.Patch, s.w)})
		}
	}
	return out
}
