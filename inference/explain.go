package inference

import (
	"context"
	"strings"
	"sync"

	"hilum/dicomio"
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/normal"
	"hilum/inference/saliency"
	"hilum/inference/saliency/mapcheck"
	"hilum/internal/message"
)

// Explainer maps the evidence of a model by any of the methods of package
// saliency. Unlike the closed-form maps of Score it works for every model that
// can be differentiated, at the price of more runs.
type Explainer struct {
	model *Model
	s     *saliency.Explainer
	graph *graph.Model
	open  saliency.Open
}

// NewExplainer prepares to explain a model on the engine that it runs on. layer
// names the feature map; "" takes the head's default. The caller closes it
// before the model.
func (m *Model) NewExplainer(e Engine, src Source, layer string) (*Explainer, error) {
	g, err := src.explained(e)
	if err != nil {
		return nil, message.Errorf("explain %s: %w", src.Name, err)
	}
	if g, err = m.fixed(g); err != nil {
		return nil, message.Errorf("explain %s: %w", src.Name, err)
	}
	s, err := saliency.New(g, openOn(e), saliency.Options{Layer: layer})
	if err != nil {
		return nil, message.Errorf("explain %s: %w", src.Name, err)
	}
	return &Explainer{m, s, g, openOn(e)}, nil
}

// fixed gives free height and width of a graph the size of the pictures that the model
// is fed: derivatives need sizes.
func (m *Model) fixed(g *graph.Model) (*graph.Model, error) {
	in, err := classifier.InputOf(g)
	if err != nil {
		return nil, err
	}
	return normal.FixInput(g, in.Name, 0, int64(m.Spec.Prep.Channels), int64(m.Spec.Prep.Height),
		int64(m.Spec.Prep.Width))
}

// Layer names the feature map in use.
func (x *Explainer) Layer() string { return x.s.Layer() }

// Features lists the values that maps can be made at, the nearest to the logits first.
func (x *Explainer) Features() ([]classifier.Feature, error) { return x.s.Features() }

// Blocking lists the nodes that keep the logits from being differentiated by the
// picture, none where they can be.
func (x *Explainer) Blocking() ([]saliency.Blocked, error) { return x.s.Blocking() }

// Close frees the sessions.
func (x *Explainer) Close() error { return x.s.Close() }

// Explain maps the classes named, or all for nil, by a method.
func (x *Explainer) Explain(ctx context.Context, im *dicomio.Image, method saliency.Method,
	classes []string) ([]Heatmap, error) {
	p, err := x.model.prepare(im)
	if err != nil {
		return nil, err
	}
	q := saliency.Query{Method: method}
	if q.Classes, err = x.model.indexes(classes); err != nil {
		return nil, err
	}
	maps, err := x.s.Explain(ctx, p.in, q)
	if err != nil {
		return nil, err
	}
	x0, y0, x1, y1 := x.model.Spec.Prep.Footprint(im.Width, im.Height)
	out := make([]Heatmap, len(maps))
	for i, m := range maps {
		out[i] = Heatmap{
			Class: x.model.Spec.Classes[m.Class], Width: m.W, Height: m.H, Values: m.Values,
			X0: x0, Y0: y0, X1: x1, Y1: y1,
		}
	}
	return out, nil
}

// Sanity re-initialises the model's layers one after another from the head down
// (at most steps of them, 0 for all) and compares the map of one class with the
// trained model's each time: a map that stays does not depend on what the model
// learnt (Adebayo et al. 2018).
func (x *Explainer) Sanity(ctx context.Context, im *dicomio.Image, method saliency.Method, class string,
	steps int) ([]saliency.SanityStep, error) {
	p, err := x.model.prepare(im)
	if err != nil {
		return nil, err
	}
	at, err := x.model.indexes([]string{class})
	if err != nil {
		return nil, err
	}
	test := x.sanity(method, at)
	test.Steps = steps
	return test.Run(ctx, p.in)
}

func (x *Explainer) sanity(method saliency.Method, classes []int) saliency.Sanity {
	return saliency.Sanity{Model: x.graph, Open: x.open, Layer: x.Layer(),
		Query: saliency.Query{Method: method, Classes: classes}}
}

// indexes finds the places of classes by name; nil is all.
func (m *Model) indexes(classes []string) ([]int, error) {
	var out []int
	for _, c := range classes {
		at := -1
		for i, name := range m.Spec.Classes {
			if strings.EqualFold(name, c) {
				at = i
			}
		}
		if at < 0 {
			return nil, message.Errorf("the model has no class %q; it has %s", c, strings.Join(m.Spec.Classes, ", "))
		}
		out = append(out, at)
	}
	return out, nil
}

// openOn opens networks on an engine for package saliency, which knows none.
func openOn(e Engine) saliency.Open {
	return func(model []byte, inputs, outputs []string) (saliency.Session, error) {
		return e.NewSession(model, SessionOptions{Inputs: inputs, Outputs: outputs})
	}
}

// lazyMaps makes class maps for models whose head has no closed form: Grad-CAM
// through a gradient graph that is built when the first map is wanted.
type lazyMaps struct {
	once sync.Once
	open func() (*Explainer, error)
	x    *Explainer
	err  error
}

func (l *lazyMaps) explainer() (*Explainer, error) {
	l.once.Do(func() {
		if l.open == nil {
			l.err = message.New("this model gives no class maps")
			return
		}
		l.x, l.err = l.open()
	})
	return l.x, l.err
}

func (l *lazyMaps) close() error {
	l.once.Do(func() { l.err = message.New("the model is closed") })
	if l.x == nil {
		return nil
	}
	return l.x.Close()
}

// Maps gives the class maps of a scored picture: those of the result, or, where
// the head has no closed form, Grad-CAM of every class (one backward run each).
func (m *Model) Maps(ctx context.Context, im *dicomio.Image, r *Result) ([]Heatmap, error) {
	if r.Maps != nil {
		return r.Maps, nil
	}
	x, err := m.lazy.explainer()
	if err != nil {
		return nil, err
	}
	return x.Explain(ctx, im, saliency.GradCAM(), nil)
}

// JudgeMap tests whether the map of a class by a method can be believed; see
// [Explainer.Judge]. The first call builds a gradient graph, which is kept.
func (m *Model) JudgeMap(ctx context.Context, im *dicomio.Image, method saliency.Method, class string,
	k Known) (mapcheck.Verdict, error) {
	x, err := m.lazy.explainer()
	if err != nil {
		return mapcheck.Verdict{}, err
	}
	return x.Judge(ctx, im, method, class, k)
}

// MapsBy maps some classes of a picture by any method. The first call builds a
// gradient graph, which is kept.
func (m *Model) MapsBy(ctx context.Context, im *dicomio.Image, method saliency.Method, classes []string) ([]Heatmap,
	error) {
	x, err := m.lazy.explainer()
	if err != nil {
		return nil, err
	}
	return x.Explain(ctx, im, method, classes)
}
