package saliency

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// inputGradient returns d logit / d picture for a batch of pictures and one
// class each.
func (e *Explainer) inputGradient(ctx context.Context, batch Tensor, classes []int) (Tensor, error) {
	n, err := e.classCount()
	if err != nil {
		return Tensor{}, err
	}
	return e.run(ctx, netImageGrad, map[string]Tensor{e.input: batch, seedName: seeds(classes, n)})
}

// gradient is the largest absolute derivative over the picture's channels.
func (e *Explainer) gradient(ctx context.Context, image Tensor, q Query) ([]Map, error) {
	h, w := int(image.Shape[2]), int(image.Shape[3])
	maps := make([]Map, 0, len(q.Classes))
	err := e.each(len(q.Classes), func(from, to int) error {
		g, err := e.inputGradient(ctx, image.repeat(to-from), q.Classes[from:to])
		if err != nil {
			return err
		}
		for i, c := range q.Classes[from:to] {
			v := make([]float64, h*w)
			largest(v, g.Data[i*len(image.Data):(i+1)*len(image.Data)])
			maps = append(maps, Map{c, h, w, single(v)})
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

// smoothGrad is the mean gradient map over noisy copies of the picture; the
// noise is Gaussian with a deviation of q.Noise times the picture's range.
func (e *Explainer) smoothGrad(ctx context.Context, image Tensor, q Query) ([]Map, error) {
	rng := rand.New(rand.NewPCG(q.Seed, 0))
	sigma := q.Noise * float64(slices.Max(image.Data)-slices.Min(image.Data))
	noisy := make([]float32, 0, q.Samples*len(image.Data))
	for range q.Samples {
		for _, x := range image.Data {
			noisy = append(noisy, x+float32(sigma*rng.NormFloat64()))
		}
	}
	return e.average(ctx, image, q, noisy)
}

// average is the mean over copies of the gradient map.
func (e *Explainer) average(ctx context.Context, image Tensor, q Query, copies []float32) ([]Map, error) {
	h, w, n := int(image.Shape[2]), int(image.Shape[3]), len(image.Data)
	count := len(copies) / n
	maps := make([]Map, 0, len(q.Classes))
	for _, c := range q.Classes {
		v := make([]float64, h*w)
		err := e.eachCopy(ctx, batchOf(image, copies), c, func(_ int, g []float32) { largest(v, g) })
		if err != nil {
			return nil, err
		}
		for i := range v {
			v[i] /= float64(count)
		}
		maps = append(maps, Map{c, h, w, single(v)})
	}
	return maps, nil
}

func batchOf(image Tensor, data []float32) Tensor {
	shape := slices.Clone(image.Shape)
	shape[0] = int64(len(data) / len(image.Data))
	return Tensor{shape, data}
}

// eachCopy calls f with the gradient of one class at every picture of a batch.
func (e *Explainer) eachCopy(ctx context.Context, all Tensor, class int, f func(i int, g []float32)) error {
	n := len(all.Data) / int(all.Shape[0])
	return e.each(int(all.Shape[0]), func(from, to int) error {
		part := Tensor{append([]int64{int64(to - from)}, all.Shape[1:]...), all.Data[from*n : to*n]}
		g, err := e.inputGradient(ctx, part, slices.Repeat([]int{class}, to-from))
		if err != nil {
			return err
		}
		for i := from; i < to; i++ {
			f(i, g.Data[(i-from)*n:(i-from+1)*n])
		}
		return nil
	})
}

// integrated sums (x - x0) times the mean gradient on the straight way from
// the baseline to the picture over the channels; the way is sampled at the
// midpoints of q.Steps pieces. The map sums to the difference of the logits,
// up to the error of that rule.
func (e *Explainer) integrated(ctx context.Context, image Tensor, q Query) ([]Map, error) {
	h, w := int(image.Shape[2]), int(image.Shape[3])
	way := make([]float32, 0, q.Steps*len(image.Data))
	for s := range q.Steps {
		t := (float32(s) + .5) / float32(q.Steps)
		for _, x := range image.Data {
			way = append(way, q.Base+t*(x-q.Base))
		}
	}
	maps := make([]Map, 0, len(q.Classes))
	for _, c := range q.Classes {
		v := make([]float64, h*w)
		err := e.eachCopy(ctx, batchOf(image, way), c, func(_ int, g []float32) {
			for i, x := range image.Data {
				v[i%(h*w)] += float64(x-q.Base) * float64(g[i]) / float64(q.Steps)
			}
		})
		if err != nil {
			return nil, err
		}
		maps = append(maps, Map{c, h, w, single(v)})
	}
	return maps, nil
}
