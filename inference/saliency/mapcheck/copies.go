package mapcheck

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"hilum/inference/tensor"
)

// copyKind is how a copy of the picture differs.
type copyKind int

const (
	shifted copyKind = iota
	noisy
)

// How far copies differ: what a reader does not see.
const (
	shiftShare = 0.02 // of the picture's side, at most
	noiseShare = 0.02 // standard deviation, of the picture's range
)

// measureStillness maps copies of one kind and gives the mean relative change
// ||E(x') - E(x)|| / ||E(x)|| (the average sensitivity of Yeh et al. 2019).
func measureStillness(ctx context.Context, t *trial, kind copyKind) (Figure, error) {
	rng := t.random(map[copyKind]uint64{shifted: shiftStream, noisy: noiseStream}[kind])
	var changes []float64
	for range t.o.Draws {
		c, image := t.copied(kind, rng)
		var err error
		if c.m, err = t.Explain(ctx, image); err != nil {
			return Figure{}, err
		}
		changes = append(changes, t.change(c))
		t.near = append(t.near, c)
	}
	return meanOf(changes), nil
}

// copied draws a copy of the picture.
func (t *trial) copied(kind copyKind, rng *rand.Rand) (near, tensor.Tensor) {
	if kind == noisy {
		return near{}, withNoise(t.Image, rng)
	}
	_, h, w := t.size()
	draw := func(n int) int {
		most := max(int(shiftShare*float64(n)), 1)
		return rng.IntN(2*most+1) - most
	}
	var c near
	for c.dx == 0 && c.dy == 0 {
		c.dx, c.dy = draw(w), draw(h)
	}
	return c, t.moved(c.dx, c.dy)
}

// withNoise adds Gaussian noise.
func withNoise(image tensor.Tensor, rng *rand.Rand) tensor.Tensor {
	out := image.Repeat(1)
	deviation := noiseShare * float64(slices.Max(image.Data)-slices.Min(image.Data))
	for i := range out.Data {
		out.Data[i] += float32(deviation * rng.NormFloat64())
	}
	return out
}

// moved moves the picture right and down; its edge is repeated.
func (t *trial) moved(dx, dy int) tensor.Tensor {
	channels, h, w := t.size()
	out := tensor.New(t.Image.Shape...)
	inside := func(v, n int) int { return max(0, min(n-1, v)) }
	for c := range channels {
		for y := range h {
			for x := range w {
				out.Data[(c*h+y)*w+x] = t.Image.Data[(c*h+inside(y-dy, h))*w+inside(x-dx, w)]
			}
		}
	}
	return out
}

// change is the relative change of the map in a copy, over the places that both show. A
// copy whose map holds no numbers has changed wholly.
func (t *trial) change(c near) float64 {
	_, h, w := t.size()
	m := c.m.Resized(h, w)
	var difference, norm float64
	for y := max(0, -c.dy); y < min(h, h-c.dy); y++ {
		for x := max(0, -c.dx); x < min(w, w-c.dx); x++ {
			a, b := float64(t.full.Values[y*w+x]), float64(m.Values[(y+c.dy)*w+x+c.dx])
			difference += (a - b) * (a - b)
			norm += a * a
		}
	}
	if r := math.Sqrt(difference / norm); !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	return 1
}
