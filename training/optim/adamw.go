// Package optim updates parameters in place, outside the graph that computes
// their gradients: AdamW in one pass over parameter, gradient and moments,
// clipping by the norm, averaged weights, and the schedules that move the rates.
// Its core type is [AdamW]. Arithmetic follows PyTorch's; results do not depend
// on the number of processors. It imports internal/parallel.
package optim

import (
	"math"

	"hilum/internal/parallel"
)

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019) over
// one flat vector of parameters, in groups.
type AdamW struct {
	Beta1, Beta2, Epsilon float64
	Groups                []Group

	Steps int       // taken so far
	M, V  []float32 // first and second moments, of the parameters' length
}

// Group is a range of the parameters with a rate and a decay of its own.
type Group struct {
	From, To int
	Rate     float64 // before the schedule's factor
	Decay    float64
}

// NewAdamW makes an optimizer for n parameters; what no group covers stays as it
// is.
func NewAdamW(n int, groups []Group) *AdamW {
	return &AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Groups: groups, M: make([]float32, n), V: make([]float32, n)}
}

// Step applies gradients times scale. rate gives a group's rate at this step.
func (a *AdamW) Step(params, grads []float32, scale float64, rate func(Group) float64) {
	a.Steps++
	bias1 := 1 - math.Pow(a.Beta1, float64(a.Steps))
	bias2 := 1 - math.Pow(a.Beta2, float64(a.Steps))
	for _, g := range a.Groups {
		lr := rate(g)
		u := update{
			beta1: float32(a.Beta1), beta2: float32(a.Beta2), rest1: float32(1 - a.Beta1), rest2: float32(1 - a.Beta2),
			epsilon: float32(a.Epsilon), scale: float32(scale),
			keep: float32(1 - lr*g.Decay), size: float32(lr / bias1), root2: float32(1 / math.Sqrt(bias2)),
		}
		blocks(g.From, g.To, func(_, i, j int) { u.apply(params[i:j], grads[i:j], a.M[i:j], a.V[i:j]) })
	}
}

// update holds the constants of one step of one group.
type update struct{ beta1, beta2, rest1, rest2, epsilon, scale, keep, size, root2 float32 }

// apply is the one pass: decay, moments, step.
func (u update) apply(p, g, m, v []float32) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	for i, d := range g {
		d *= u.scale
		mi := u.beta1*m[i] + u.rest1*d
		vi := u.beta2*v[i] + u.rest2*d*d
		m[i], v[i] = mi, vi
		p[i] = p[i]*u.keep - u.size*mi/(float32(math.Sqrt(float64(vi)))*u.root2+u.epsilon)
	}
}

// block is how many elements are worked on at a time, few enough for the cache
// and so many that handing them out costs nothing.
const block = 1 << 14

// blocks calls f for the range in pieces of one size, on all processors; n is the
// piece's number.
func blocks(from, to int, f func(n, i, j int)) {
	pieces := (to - from + block - 1) / block
	parallel.Each(pieces, func(n int) { f(n, from+n*block, min(from+(n+1)*block, to)) })
}

// Norm is the Euclidean norm of a vector, NaN or infinite when an element is. The
// order of summation is fixed.
func Norm(v []float32) float64 {
	sums := make([]float64, (len(v)+block-1)/block)
	blocks(0, len(v), func(n, i, j int) {
		sum := 0.0
		for _, x := range v[i:j] {
			sum += float64(x) * float64(x)
		}
		sums[n] = sum
	})
	total := 0.0
	for _, s := range sums {
		total += s
	}
	return math.Sqrt(total)
}

// ClipScale is the factor that brings a gradient of this norm down to most; 1
// where most is 0. PyTorch's clip_grad_norm_ has the same.
func ClipScale(norm, most float64) float64 {
	if most == 0 {
		return 1
	}
	return min(1, most/(norm+1e-6))
}

// Add adds x to sum, element by element.
func Add(sum, x []float32) {
	blocks(0, len(sum), func(_, i, j int) {
		for k, v := range x[i:j] {
			sum[i+k] += v
		}
	})
}

// Average moves averaged weights towards the parameters: decay*mean +
// (1-decay)*params. The decay is lower in the first steps, (1+n)/(10+n) after n,
// so that the average forgets what training began with.
func Average(mean, params []float32, decay float64, steps int) {
	d := float32(min(decay, float64(1+steps)/float64(10+steps)))
	blocks(0, len(mean), func(_, i, j int) {
		p := params[i:j]
		for k, m := range mean[i:j] {
			mean[i+k] = d*m + (1-d)*p[k]
		}
	})
}
