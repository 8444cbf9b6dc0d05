package saliency

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"hilum/internal/message"
)

// EigenCAM projects the activations on their first principal component. A component has no
// sign of its own: it is turned so that the map correlates positively with the sum of
// all channels, so that strong activation is evidence. The map is the same for every
// class.
func EigenCAM() Method {
	return Method{
		Name: "eigencam", Title: "Eigen-CAM", Source: "Muhammad and Yeasin 2020",
		About:    "Where the features are strongest, by their first principal component: the same map for every class.",
		Features: true,
		Explain:  eigenCAM,
	}
}

func eigenCAM(_ context.Context, p *Problem) ([]Map, error) {
	v, err := firstComponent(p.features)
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(p.Query.Classes))
	for i, c := range p.Query.Classes {
		maps[i] = Map{c, p.features.h, p.features.w, v}
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
		return nil, message.New("the principal component did not converge")
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
