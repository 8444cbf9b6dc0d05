package inference

import (
	"context"

	"hilum/dicomio"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
)

// Known is what is known of a finding without asking the model.
type Known struct {
	Prior *Heatmap       // where it lies in pictures of other patients; nil where that is not known
	Boxes []mapcheck.Box // where it lies in this one, as fractions of the picture; nil where that is not known
}

// Judge tests whether the map of a class by a method can be believed; see package mapcheck.
// It runs the model some hundred times.
func (x *Explainer) Judge(ctx context.Context, im *dicomio.Image, method saliency.Method, class string,
	k Known) (mapcheck.Verdict, error) {
	p, err := x.model.prepare(im)
	if err != nil {
		return mapcheck.Verdict{}, err
	}
	at, err := x.model.indexes([]string{class})
	if err != nil {
		return mapcheck.Verdict{}, err
	}
	seen := footprint{}
	seen.x0, seen.y0, seen.x1, seen.y1 = x.model.Spec.Prep.Footprint(im.Width, im.Height)
	s := mapcheck.Subject{
		Image: p.in,
		Explain: func(ctx context.Context, in Tensor) (saliency.Map, error) {
			return onlyMap(x.s.Explain(ctx, in, saliency.Query{Method: method, Classes: at}))
		},
		Scores: func(ctx context.Context, in Tensor) ([]float64, error) {
			out, err := x.s.Scores(ctx, in)
			if err != nil {
				return nil, err
			}
			return column(out, at[0]), nil
		},
		Forgotten: func(ctx context.Context, in Tensor, seed uint64) (saliency.Map, error) {
			test := x.sanity(method, at)
			test.Query.Seed = seed
			return test.Forgotten(ctx, in)
		},
		Boxes: seen.boxes(k.Boxes),
	}
	if k.Prior != nil {
		prior := seen.cut(k.Prior, int(p.in.Shape[2]), int(p.in.Shape[3]))
		s.Prior = &prior
	}
	return mapcheck.Judge(ctx, s, mapcheck.Options{})
}

func onlyMap(maps []saliency.Map, err error) (saliency.Map, error) {
	if err != nil {
		return saliency.Map{}, err
	}
	return maps[0], nil
}

// column is one class of logits [N, classes].
func column(t Tensor, class int) []float64 {
	n := int(t.Shape[0])
	classes := len(t.Data) / n
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(t.Data[i*classes+class])
	}
	return out
}

// footprint is the part of a picture that the network sees, as fractions of it.
type footprint struct{ x0, y0, x1, y1 float64 }

// boxes are boxes of the picture on the part that is seen; what is not seen of them goes.
func (f footprint) boxes(list []mapcheck.Box) []mapcheck.Box {
	clip := func(v, from, to float64) float64 { return max(0, min(1, (v-from)/(to-from))) }
	var out []mapcheck.Box
	for _, b := range list {
		b = mapcheck.Box{X0: clip(b.X0, f.x0, f.x1), Y0: clip(b.Y0, f.y0, f.y1), X1: clip(b.X1, f.x0, f.x1),
			Y1: clip(b.Y1, f.y0, f.y1)}
		if b.X0 < b.X1 && b.Y0 < b.Y1 {
			out = append(out, b)
		}
	}
	return out
}

// cut is a map of the picture on the part that is seen, at a resolution: the nearest value.
func (f footprint) cut(m *Heatmap, h, w int) saliency.Map {
	out := saliency.Map{H: h, W: w, Values: make([]float32, h*w)}
	place := func(i, n int, from, to, first, last float64, cells int) int {
		at := from + (float64(i)+.5)/float64(n)*(to-from)
		return max(0, min(cells-1, int((at-first)/(last-first)*float64(cells))))
	}
	for y := range h {
		row := place(y, h, f.y0, f.y1, m.Y0, m.Y1, m.Height)
		for x := range w {
			out.Values[y*w+x] = m.Values[row*m.Width+place(x, w, f.x0, f.x1, m.X0, m.X1, m.Width)]
		}
	}
	return out
}
