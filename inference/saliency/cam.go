package saliency

import (
	"context"

	"hilum/inference/graph/classifier"
	"hilum/internal/message"
)

// planes are the channels of one feature map: k rows of h*w values, and the
// tensor that they come from.
type planes struct {
	k, h, w int
	data    []float32
	whole   Tensor
}

func (p planes) row(i int) []float32 { return p.data[i*p.h*p.w : (i+1)*p.h*p.w] }

// planesOf takes the i-th element of a batch apart, however it lies: the tokens
// that are no places of the picture are left out.
func planesOf(t Tensor, i int, l classifier.Layout) (planes, error) {
	if len(t.Shape) != 3 && len(t.Shape) != 4 || !l.IsMap() || (len(t.Shape) == 3) != (l.Places > 0) {
		return planes{}, message.Errorf("a feature of shape %v is no map and no token sequence", t.Shape)
	}
	n := len(t.Data) / int(max(t.Shape[0], 1))
	g := gridOf(t.Shape, l)
	if g.places < 1 || int(l.Before+l.After)+g.places != g.all || g.k*g.all != n {
		return planes{}, message.Errorf("a feature of shape %v does not hold %d x %d places", t.Shape, g.h, g.w)
	}
	return planes{g.k, g.h, g.w, g.take(t.Data[i*n : (i+1)*n]), t}, nil
}

// grid says where the places of a feature lie in memory.
type grid struct {
	k, h, w     int
	places, all int // h*w, and with the tokens that are no places
	offset      int // of the first place
	placeStep   int // from one place to the next
	channelStep int // from one channel to the next
	rowStep     int // from one row to the next
}

func gridOf(shape []int64, l classifier.Layout) grid {
	step := make([]int, len(shape))
	size := 1
	for i := len(shape) - 1; i >= 0; i-- {
		step[i] = size
		size *= int(shape[i])
	}
	g := grid{k: int(shape[l.Channels]), channelStep: step[l.Channels]}
	if l.Places > 0 {
		g.h, g.w, g.placeStep = int(l.Height), int(l.Width), step[l.Places]
		g.offset, g.rowStep = int(l.Before)*g.placeStep, g.w*g.placeStep
		g.places, g.all = g.h*g.w, int(shape[l.Places])
		return g
	}
	g.h, g.w, g.placeStep, g.rowStep = int(shape[l.Rows]), int(shape[l.Columns]), step[l.Columns], step[l.Rows]
	g.places = g.h * g.w
	g.all = g.places
	return g
}

// at is where a channel's place lies.
func (g grid) at(k, y, x int) int {
	return g.offset + k*g.channelStep + y*g.rowStep + x*g.placeStep
}

// take copies the places channel by channel; what lies so already is not copied.
func (g grid) take(v []float32) []float32 {
	if g.offset == 0 && g.placeStep == 1 && g.rowStep == g.w && g.channelStep == g.places {
		return v
	}
	out := make([]float32, 0, g.k*g.places)
	for k := range g.k {
		for y := range g.h {
			for x := range g.w {
				out = append(out, v[g.at(k, y, x)])
			}
		}
	}
	return out
}

// gradientCAM runs the part behind the feature map and its gradient once for many
// classes: the feature is repeated, each copy seeded with one class. combine turns
// activations and their gradients into a signed map.
func (p *Problem) gradientCAM(ctx context.Context, combine func(act, grad planes) []float32) ([]Map, error) {
	e, act, q := p.e, p.features, p.Query
	n, err := e.classCount()
	if err != nil {
		return nil, err
	}
	maps := make([]Map, 0, len(q.Classes))
	err = e.each(len(q.Classes), func(from, to int) error {
		g, err := e.run(ctx, netHeadGrad, map[string]Tensor{
			e.layer: act.whole.Repeat(to - from), e.input: p.Image, seedName: seeds(q.Classes[from:to], n),
		})
		if err != nil {
			return err
		}
		for i, c := range q.Classes[from:to] {
			grad, err := planesOf(g, i, e.layout)
			if err != nil {
				return err
			}
			maps = append(maps, Map{c, act.h, act.w, combine(act, grad)})
		}
		return nil
	})
	return maps, err
}

func (e *Explainer) classCount() (int, error) {
	d, ok := e.shapes.Dims(e.head.Logits)
	if !ok || len(d) != 2 || !d[1].Known {
		return 0, message.Errorf("the number of classes of %q is not known", e.head.Logits)
	}
	return int(d[1].Value), nil
}

// byPlace is sum_k f(G_k) A_k, place by place.
func byPlace(a, g planes, f func(g float64) float64) []float32 {
	out := make([]float64, a.h*a.w)
	for k := range a.k {
		ak, gk := a.row(k), g.row(k)
		for i := range out {
			out[i] += f(float64(gk[i])) * float64(ak[i])
		}
	}
	return single(out)
}

// byChannel is sum_k w_k A_k with a weight for each channel from its activations and
// their gradients.
func byChannel(a, g planes, weight func(a, g []float32) float64) []float32 {
	w := make([]float64, a.k)
	for k := range w {
		w[k] = weight(a.row(k), g.row(k))
	}
	return weighted(a, w)
}

func single(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

// weighted is sum_k w_k A_k.
func weighted(a planes, w []float64) []float32 {
	out := make([]float64, a.h*a.w)
	for k := range a.k {
		for i, x := range a.row(k) {
			out[i] += w[k] * float64(x)
		}
	}
	return single(out)
}
