package saliency

import (
	"context"
	"math"
	"slices"
)

// Gradient is the largest absolute derivative over the picture's channels.
func Gradient() Method {
	return Method{
		Name: "gradient", Title: "Gradient", Source: "Simonyan et al. 2014",
		About:    "How strongly each pixel moves the logit, up or down.",
		Gradient: true,
		Explain:  gradient,
	}
}

func gradient(ctx context.Context, p *Problem) ([]Map, error) {
	s, n := p.size(), len(p.Image.Data)
	maps := make([]Map, 0, len(p.Query.Classes))
	err := p.Each(len(p.Query.Classes), func(from, to int) error {
		g, err := p.Gradients(ctx, p.Image.Repeat(to-from), p.Query.Classes[from:to])
		if err != nil {
			return err
		}
		for i, c := range p.Query.Classes[from:to] {
			v := make([]float64, s.h*s.w)
			largest(v, g.Data[i*n:(i+1)*n])
			maps = append(maps, Map{c, s.h, s.w, single(v)})
		}
		return nil
	})
	return maps, err
}

// largest adds to v the largest absolute value over channels.
func largest(v []float64, g []float32) {
	for i := range v {
		top := 0.0
		for j := i; j < len(g); j += len(v) {
			top = math.Max(top, math.Abs(float64(g[j])))
		}
		v[i] += top
	}
}

func batchOf(image Tensor, data []float32) Tensor {
	shape := slices.Clone(image.Shape)
	shape[0] = int64(len(data) / len(image.Data))
	return Tensor{Shape: shape, Data: data}
}

// eachCopy calls f with the gradient of one class at every picture of a batch.
func (p *Problem) eachCopy(ctx context.Context, all Tensor, class int, f func(g []float32)) error {
	n := len(all.Data) / int(all.Shape[0])
	return p.Each(int(all.Shape[0]), func(from, to int) error {
		part := Tensor{Shape: append([]int64{int64(to - from)}, all.Shape[1:]...), Data: all.Data[from*n : to*n]}
		g, err := p.Gradients(ctx, part, slices.Repeat([]int{class}, to-from))
		if err != nil {
			return err
		}
		for i := range to - from {
			f(g.Data[i*n : (i+1)*n])
		}
		return nil
	})
}
