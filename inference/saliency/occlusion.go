package saliency

import (
	"context"
	"math"
)

// Occlusion slides a patch over the picture and records how much each logit falls; every
// pixel takes the mean over the patches that covered it.
func Occlusion() Method {
	return Method{
		Name: "occlusion", Title: "Occlusion", Source: "Zeiler and Fergus 2014",
		About:   "How far the logit falls when a patch covers the place; works for every network.",
		Slow:    true,
		Explain: occlusion,
	}
}

func occlusion(ctx context.Context, p *Problem) ([]Map, error) {
	s, q, n := p.size(), p.Query, len(p.Logits)
	channels := int(p.Image.Shape[1])
	corners := patches(s, q)
	sums, counts := make([][]float64, len(q.Classes)), make([]float64, s.h*s.w)
	for i := range sums {
		sums[i] = make([]float64, s.h*s.w)
	}
	err := p.Each(len(corners), func(from, to int) error {
		batch := p.Image.Repeat(to - from)
		for i, r := range corners[from:to] {
			for c := range channels {
				r.each(s.w, func(at int) { batch.Data[(i*channels+c)*s.h*s.w+at] = q.Base })
			}
		}
		out, err := p.Scores(ctx, batch)
		if err != nil {
			return err
		}
		for i, r := range corners[from:to] {
			for j, c := range q.Classes {
				fall := float64(p.Logits[c]) - float64(out.Data[i*n+c])
				r.each(s.w, func(at int) { sums[j][at] += fall })
			}
			r.each(s.w, func(at int) { counts[at]++ })
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
		maps[i] = Map{c, s.h, s.w, single(sums[i])}
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
