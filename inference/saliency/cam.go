package saliency

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"hilum/inference/graph"
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
func planesOf(t Tensor, i int, l graph.Layout) (planes, error) {
	if len(t.Shape) != 3 && len(t.Shape) != 4 || !l.IsMap() || (len(t.Shape) == 3) != (l.Places > 0) {
		return planes{}, fmt.Errorf("a feature of shape %v is no map and no token sequence", t.Shape)
	}
	n := len(t.Data) / int(max(t.Shape[0], 1))
	g := gridOf(t.Shape, l)
	if g.places < 1 || int(l.Before+l.After)+g.places != g.all || g.k*g.all != n {
		return planes{}, fmt.Errorf("a feature of shape %v does not hold %d x %d places", t.Shape, g.h, g.w)
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

func gridOf(shape []int64, l graph.Layout) grid {
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

// gradientCAM runs the part behind the feature map and its gradient once for
// many classes: the feature is repeated, each copy seeded with one class.
func (e *Explainer) gradientCAM(ctx context.Context, image Tensor, act planes, q Query) ([]Map, error) {
	n, err := e.classCount()
	if err != nil {
		return nil, err
	}
	maps := make([]Map, 0, len(q.Classes))
	err = e.each(len(q.Classes), func(from, to int) error {
		g, err := e.run(ctx, netHeadGrad, map[string]Tensor{e.layer: act.whole.repeat(to - from), e.input: image,
			seedName: seeds(q.Classes[from:to], n)})
		if err != nil {
			return err
		}
		for i, c := range q.Classes[from:to] {
			grad, err := planesOf(g, i, e.layout)
			if err != nil {
				return err
			}
			maps = append(maps, Map{c, act.h, act.w, combine(q.Method, act, grad)})
		}
		return nil
	})
	return maps, err
}

func (e *Explainer) classCount() (int, error) {
	d, ok := e.shapes.Dims(e.head.Logits)
	if !ok || len(d) != 2 || !d[1].Known {
		return 0, fmt.Errorf("the number of classes of %q is not known", e.head.Logits)
	}
	return int(d[1].Value), nil
}

// combine turns activations A and their gradients G into a signed map, by the
// formulas of pytorch-grad-cam 1.5 with its constants.
func combine(m Method, a, g planes) []float32 {
	out := make([]float64, a.h*a.w)
	for k := range a.k {
		ak, gk := a.row(k), g.row(k)
		switch m {
		case HiResCAM: // sum_k G A
			for i := range out {
				out[i] += float64(gk[i]) * float64(ak[i])
			}
		case LayerCAM: // sum_k relu(G) A
			for i := range out {
				out[i] += math.Max(float64(gk[i]), 0) * float64(ak[i])
			}
		default:
			w := channelWeight(m, ak, gk)
			for i := range out {
				out[i] += w * float64(ak[i])
			}
		}
	}
	return single(out)
}

// channelWeight is one channel's weight in Grad-CAM, Grad-CAM++ and XGrad-CAM.
func channelWeight(m Method, a, g []float32) float64 {
	sumA, w := 0.0, 0.0
	for _, x := range a {
		sumA += float64(x)
	}
	for i := range g {
		x := float64(g[i])
		switch m {
		case GradCAMPP:
			if x > 0 {
				w += x * (x * x / (2*x*x + sumA*x*x*x + 1e-6))
			}
		case XGradCAM:
			w += x * float64(a[i]) / (sumA + 1e-7)
		default:
			w += x / float64(len(g))
		}
	}
	return w
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

// eigenCAM projects the activations on their first principal component. A
// component has no sign of its own: it is turned so that the map correlates
// positively with the sum of all channels, so that strong activation is
// evidence. The map is the same for every class.
func eigenCAM(p planes, classes []int) ([]Map, error) {
	v, err := firstComponent(p)
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(classes))
	for i, c := range classes {
		maps[i] = Map{c, p.h, p.w, v}
	}
	return maps, nil
}

// firstComponent centres each channel and decomposes the smaller of the two
// Gram matrices: with X [hw, k] = U S V', X v_1 = s_1 u_1.
func firstComponent(p planes) ([]float32, error) {
	n := p.h * p.w
	x := mat.NewDense(n, p.k, nil)
	total := make([]float64, n)
	for k := range p.k {
		mean := 0.0
		for _, v := range p.row(k) {
			mean += float64(v) / float64(n)
		}
		for i, v := range p.row(k) {
			x.Set(i, k, float64(v)-mean)
			total[i] += float64(v) - mean
		}
	}
	size := min(n, p.k)
	gram := mat.NewSymDense(size, nil)
	if n <= p.k {
		gram.SymOuterK(1, x)
	} else {
		gram.SymOuterK(1, x.T())
	}
	var eig mat.EigenSym
	if !eig.Factorize(gram, true) {
		return nil, errors.New("the principal component did not converge")
	}
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	top := vectors.ColView(size - 1) // eigenvalues ascend
	projection := mat.NewVecDense(n, nil)
	if n <= p.k {
		projection.ScaleVec(math.Sqrt(math.Max(eig.Values(nil)[size-1], 0)), top)
	} else {
		projection.MulVec(x, top)
	}
	if mat.Dot(projection, mat.NewVecDense(n, total)) < 0 {
		projection.ScaleVec(-1, projection)
	}
	return single(projection.RawVector().Data), nil
}
