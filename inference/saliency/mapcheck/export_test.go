package mapcheck

import (
	"context"

	"hilum/inference/saliency"
	"hilum/inference/tensor"
)

// Trial is a map while it is tested, for the tests that know an engine: those cannot be of
// this package, which the engine's package imports.
type Trial struct{ t *trial }

// NewTrial makes the map.
func NewTrial(ctx context.Context, s Subject, o Options) (*Trial, error) {
	h, w := int(s.Image.Shape[2]), int(s.Image.Shape[3])
	t := &trial{Subject: s, o: o.withDefaults(h, w)}
	var err error
	if t.m, err = s.Explain(ctx, s.Image); err == nil {
		t.full = t.m.Resized(h, w)
	}
	return &Trial{t}, err
}

// Values are those of the map.
func (t *Trial) Values() []float32 { return t.t.m.Values }

// Curve gives the logits and their mean while cells are taken away, or put back.
func (t *Trial) Curve(ctx context.Context, putBack bool) (curve []float64, mean float64, err error) {
	by := deleting
	if putBack {
		by = inserting
	}
	curve, err = t.t.curve(ctx, descending(t.t.cellMeans(t.t.full)), by)
	return curve, area(curve), err
}

// Sensitivity is the mean relative change over copies [N, C, H, W].
func (t *Trial) Sensitivity(ctx context.Context, copies tensor.Tensor) (float64, error) {
	var changes []float64
	for i := range int(copies.Shape[0]) {
		m, err := t.t.Explain(ctx, copies.Element(i))
		if err != nil {
			return 0, err
		}
		changes = append(changes, t.t.change(near{m: m}))
	}
	return meanOf(changes).Value, nil
}

// Agreement is that with another map.
func (t *Trial) Agreement(ctx context.Context, other []float32) (Figure, error) {
	t.t.Prior = &saliency.Map{H: t.t.m.H, W: t.t.m.W, Values: other}
	return measurePrior(ctx, t.t)
}

// Points tells whether the map points into a box.
func (t *Trial) Points(b Box) bool {
	t.t.Boxes = []Box{b}
	return t.t.hits(t.t.m, 0, 0)
}
