package saliency

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// SanityStep is one step of the cascading randomisation: how much of the map
// is left when Layer and everything above it has forgotten what it learnt.
type SanityStep struct {
	Layer string  // the node whose weights were re-initialised in this step
	SSIM  float64 // structural similarity to the map of the trained model
	Rank  float64 // Spearman's rank correlation with it
	Map   Map     // what it has become, as Normalise leaves it
}

// Sanity describes a model-randomisation test (Adebayo et al. 2018): layers
// are re-initialised one after another from the head down, and after each the
// map is compared with the trained model's. A map that hardly changes does not
// depend on what the model learnt.
type Sanity struct {
	Model *graph.Model
	Open  Open
	Layer string // as in Options
	Query Query  // one class
	Steps int    // at most so many layers, 0 for all
}

// Run performs the test. Weights are shuffled within each tensor, which keeps
// their distribution.
func (s Sanity) Run(ctx context.Context, image Tensor) ([]SanityStep, error) {
	if len(s.Query.Classes) != 1 {
		return nil, message.Errorf("sanity check: %d classes; one is needed", len(s.Query.Classes))
	}
	m, err := s.Model.Clone()
	if err != nil {
		return nil, message.Errorf("sanity check: %w", err)
	}
	trained, err := s.explain(ctx, m, image)
	if err != nil {
		return nil, message.Errorf("sanity check: %w", err)
	}
	rng := rand.New(rand.NewPCG(s.Query.Seed, 1))
	var steps []SanityStep
	for _, n := range slices.Backward(m.Graph.Nodes) {
		if s.Steps > 0 && len(steps) == s.Steps {
			break
		}
		if done, err := forget(m, n, rng); err != nil || !done {
			if err != nil {
				return nil, message.Errorf("sanity check: %w", err)
			}
			continue
		}
		now, err := s.explain(ctx, m, image)
		if err != nil {
			return nil, message.Errorf("sanity check: %w", err)
		}
		steps = append(steps, SanityStep{n.Name, SSIM(trained, now), RankCorrelation(trained.Values, now.Values), now})
	}
	return steps, nil
}

// ErrNoWeights marks a model without weights that can be shuffled: those of an integer
// model have other scales from place to place.
var ErrNoWeights = message.New("the model has no weights that can be shuffled")

// Forgotten maps the class by the model after all layers have forgotten what they learnt,
// at the method's own resolution; another seed of the query shuffles otherwise.
func (s Sanity) Forgotten(ctx context.Context, image Tensor) (Map, error) {
	m, err := s.Model.Clone()
	if err != nil {
		return Map{}, message.Errorf("sanity check: %w", err)
	}
	rng := rand.New(rand.NewPCG(s.Query.Seed, 1))
	forgotten := false
	for _, n := range slices.Backward(m.Graph.Nodes) {
		done, err := forget(m, n, rng)
		if err != nil {
			return Map{}, message.Errorf("sanity check: %w", err)
		}
		forgotten = forgotten || done
	}
	if !forgotten {
		return Map{}, ErrNoWeights
	}
	out, err := s.explainBy(ctx, m, image)
	if err != nil {
		return Map{}, message.Errorf("sanity check: %w", err)
	}
	return out, nil
}

func (s Sanity) explain(ctx context.Context, m *graph.Model, image Tensor) (Map, error) {
	out, err := s.explainBy(ctx, m, image)
	if err != nil {
		return Map{}, err
	}
	return Normalise(out, int(image.Shape[2]), int(image.Shape[3])), nil
}

// explainBy maps the class by a model that is opened for it alone.
func (s Sanity) explainBy(ctx context.Context, m *graph.Model, image Tensor) (Map, error) {
	e, err := New(m, s.Open, Options{Layer: s.Layer})
	if err != nil {
		return Map{}, err
	}
	maps, err := e.Explain(ctx, image, s.Query)
	if err = errors.Join(err, e.Close()); err != nil {
		return Map{}, err
	}
	return maps[0], nil
}

// forget shuffles the weights of a convolution or matrix product.
func forget(m *graph.Model, n *graph.Node, rng *rand.Rand) (bool, error) {
	if n.Op != "Conv" && n.Op != "Gemm" && n.Op != "MatMul" {
		return false, nil
	}
	w := m.Graph.Initializer(n.Input(1))
	if w == nil || w.Type != graph.Float {
		return false, nil
	}
	v, err := w.Floats()
	if err != nil {
		return false, err
	}
	rng.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
	w.SetFloats(v)
	return true, nil
}

// ssimWindow is the edge of SSIM's uniform window, scikit-image's default.
const ssimWindow = 7

// SSIM is the mean structural similarity of two maps of equal size with values
// in 0-1 (Wang et al. 2004, uniform 7x7 window, sample covariance, K1 = .01,
// K2 = .03), over the windows that lie inside.
func SSIM(a, b Map) float64 {
	const c1, c2 = .01 * .01, .03 * .03
	if a.W != b.W || a.H != b.H || a.W < ssimWindow || a.H < ssimWindow {
		return math.NaN()
	}
	sum, n := 0.0, 0
	for y := 0; y+ssimWindow <= a.H; y++ {
		for x := 0; x+ssimWindow <= a.W; x++ {
			m := momentsAt(a, b, y, x)
			sum += (2*m.a*m.b + c1) * (2*m.ab + c2) / ((m.a*m.a + m.b*m.b + c1) * (m.aa + m.bb + c2))
			n++
		}
	}
	return sum / float64(n)
}

// moments are means, variances and covariance of two windows.
type moments struct{ a, b, aa, bb, ab float64 }

func momentsAt(a, b Map, top, left int) moments {
	const n = ssimWindow * ssimWindow
	var m moments
	for y := top; y < top+ssimWindow; y++ {
		for x := left; x < left+ssimWindow; x++ {
			p, q := float64(a.Values[y*a.W+x]), float64(b.Values[y*b.W+x])
			m.a, m.b = m.a+p, m.b+q
			m.aa, m.bb, m.ab = m.aa+p*p, m.bb+q*q, m.ab+p*q
		}
	}
	m.a, m.b = m.a/n, m.b/n
	m.aa = (m.aa - n*m.a*m.a) / (n - 1)
	m.bb = (m.bb - n*m.b*m.b) / (n - 1)
	m.ab = (m.ab - n*m.a*m.b) / (n - 1)
	return m
}

// RankCorrelation is Spearman's: Pearson's correlation of the ranks, ties at
// their mean rank; NaN where one side is constant.
func RankCorrelation(a, b []float32) float64 {
	if len(a) != len(b) || len(a) == 0 {
		return math.NaN()
	}
	p, q := ranks(a), ranks(b)
	mean := float64(len(a)-1) / 2
	var pq, pp, qq float64
	for i := range p {
		x, y := p[i]-mean, q[i]-mean
		pq, pp, qq = pq+x*y, pp+x*x, qq+y*y
	}
	return pq / math.Sqrt(pp*qq)
}

func ranks(v []float32) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(i, j int) bool { return v[order[i]] < v[order[j]] })
	out := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j+1 < len(order) && v[order[j+1]] == v[order[i]] {
			j++
		}
		for k := i; k <= j; k++ {
			out[order[k]] = float64(i+j) / 2
		}
		i = j + 1
	}
	return out
}
