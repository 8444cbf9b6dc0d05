// Package saliency explains a classifier's logits by maps over the picture:
// the Grad-CAM family, gradients of the input, and occlusion, for any ONNX
// classifier that package graph/grad can differentiate.
//
// The core type is [Explainer]. It cuts and extends graphs and leaves running
// them to a [Session] that the caller's [Open] makes, so the package knows no
// runtime. It imports only inference/graph and inference/graph/grad.
package saliency

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"hilum/inference/tensor"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Tensor is what networks take and give.
type Tensor = tensor.Tensor

// Session is one loaded network.
type Session interface {
	Run(ctx context.Context, inputs []Tensor) ([]Tensor, error)
	Close() error
}

// Open loads a network whose inputs and outputs are taken in the order given.
type Open func(model []byte, inputs, outputs []string) (Session, error)

// Map is the explanation of one class: signed where the method is, before any
// ReLU or scaling, at the resolution of the feature map or of the picture.
type Map struct {
	Class  int
	H, W   int
	Values []float32
}

// Query says what to explain and how. Zero values take the defaults.
type Query struct {
	Method  Method
	Classes []int // nil means all
	Samples int   // SmoothGrad: noisy copies, 25
	Noise   float64
	Seed    uint64  // SmoothGrad: of the noise
	Steps   int     // Integrated: midpoints between baseline and picture, 32
	Base    float32 // Integrated: value of the baseline; Occlusion: value of the patch
	Patch   int     // Occlusion: edge of the patch in pixels, an eighth of the picture
	Stride  int     // Occlusion: half a patch
}

func (q Query) withDefaults(h, w int) Query {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&q.Samples, 25)
	set(&q.Steps, 32)
	set(&q.Patch, max(min(h, w)/8, 1))
	set(&q.Stride, max(q.Patch/2, 1))
	if q.Noise <= 0 {
		q.Noise = .15 // of the picture's range, the middle of the paper's 10-20%
	}
	return q
}

// Options choose what an Explainer looks at.
type Options struct {
	Layer string // feature map or token sequence; "" takes the head's default
	Batch int    // copies run at once, 16
}

// Explainer holds the sessions that explain one model. It opens each when it
// is first needed. Its methods may be called by several goroutines.
type Explainer struct {
	m      *graph.Model
	open   Open
	head   classifier.Head
	layer  string // "" where the network has no map of places
	layout classifier.Layout
	input  string
	batch  int
	shapes shape.Shapes

	alone    atomic.Bool // the network takes one picture at a time, as it turned out
	mu       sync.Mutex
	sessions map[string]*network
}

// New prepares to explain a model. The model must have one picture input.
// Weights that lie in another file are read in; else it is not changed.
func New(m *graph.Model, open Open, o Options) (*Explainer, error) {
	if err := m.Inline(); err != nil {
		return nil, message.Errorf("explain model: %w", err)
	}
	head, err := classifier.FindHead(m)
	if err != nil {
		return nil, message.Errorf("explain model: %w", err)
	}
	in, err := classifier.InputOf(m)
	if err != nil {
		return nil, message.Errorf("explain model: %w", err)
	}
	e := &Explainer{m: m, open: open, head: *head, layer: head.Feature, layout: head.Layout, input: in.Name,
		batch: o.Batch, shapes: shape.Known(m),
		sessions: make(map[string]*network)}
	if e.batch <= 0 {
		e.batch = 16
	}
	if in.Batch > 1 {
		return nil, message.Errorf("explain model: its batch size is fixed at %d; 1 or a free one is needed", in.Batch)
	}
	if in.Batch == 1 {
		e.batch = 1
	}
	if in.Batch == 0 && grad.Check(m, head.Logits, in.Name) != nil {
		if err := e.oneAtATime(); err != nil {
			return nil, message.Errorf("explain model: %w", err)
		}
	}
	if o.Layer != "" && o.Layer != e.layer {
		e.layer = o.Layer
		if e.layout, err = classifier.LayoutOf(m, e.layer); err != nil {
			return nil, message.Errorf("explain model: no map can be made there: %w; cxr graph lists the maps", err)
		}
	}
	return e, nil
}

// oneAtATime fixes the number of pictures to one where that lets the network be
// differentiated: windows of attention, say, whose number is a product with a
// free number of pictures, have a known shape then.
func (e *Explainer) oneAtATime() error {
	m, err := e.m.Clone()
	if err != nil {
		return err
	}
	for _, list := range [][]*graph.ValueInfo{m.Graph.Inputs, m.Graph.Outputs} {
		for _, v := range list {
			if v.Type != nil && len(v.Type.Shape) > 0 {
				v.Type.Shape[0] = graph.FixedDim(1)
			}
		}
	}
	m.Graph.ValueInfos = nil // they may name the free number
	if grad.Check(m, e.head.Logits, e.input) != nil {
		return nil // it helps nothing
	}
	e.m, e.batch, e.shapes = m, 1, shape.Known(m)
	return nil
}

// Features lists the values that maps can be made at, the nearest to the logits first.
func (e *Explainer) Features() ([]classifier.Feature, error) {
	return classifier.Features(e.m, &e.head)
}

// Blocked is a node that derivatives do not get through.
type Blocked = grad.Blocked

// Blocking lists the nodes that keep the logits from being differentiated by the
// picture, none where they can be. The error is for what no single node is to blame for.
func (e *Explainer) Blocking() ([]Blocked, error) { return grad.Blocking(e.m, e.head.Logits, e.input) }

// Layer names the feature map in use, "" for a network that has none.
func (e *Explainer) Layer() string { return e.layer }

// Close closes all sessions.
func (e *Explainer) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, n := range e.sessions {
		errs = append(errs, n.Close())
	}
	e.sessions = make(map[string]*network)
	return errors.Join(errs...)
}

// Explain computes one map a class for one picture [1, C, H, W].
func (e *Explainer) Explain(ctx context.Context, image Tensor, q Query) ([]Map, error) {
	if len(image.Shape) != 4 || image.Shape[0] != 1 {
		return nil, message.Errorf("explain: a picture of shape %v, not [1, C, H, W]", image.Shape)
	}
	q = q.withDefaults(int(image.Shape[2]), int(image.Shape[3]))
	maps, err := e.explain(ctx, image, q)
	if err != nil {
		return nil, message.Errorf("explain by %s: %w", q.Method.Name, err)
	}
	return maps, nil
}

func (e *Explainer) explain(ctx context.Context, image Tensor, q Query) ([]Map, error) {
	if q.Method.Explain == nil {
		return nil, message.Errorf("no such method; there are %v", Methods().Names())
	}
	features, logits, err := e.forward(ctx, image, q.Method.Features)
	if err != nil {
		return nil, err
	}
	if q.Classes, err = classes(q.Classes, len(logits.Data)); err != nil {
		return nil, err
	}
	return q.Method.Explain(ctx, &Problem{Image: image, Logits: logits.Data, Query: q, features: features, e: e})
}

// Scores gives the logits [N, classes] of pictures [N, C, H, W].
func (e *Explainer) Scores(ctx context.Context, pictures Tensor) (Tensor, error) {
	var all Tensor
	err := e.each(int(pictures.Shape[0]), func(from, to int) error {
		size := len(pictures.Data) / int(pictures.Shape[0])
		part := Tensor{Shape: slices.Clone(pictures.Shape), Data: pictures.Data[from*size : to*size]}
		part.Shape[0] = int64(to - from)
		out, err := e.run(ctx, netScores, map[string]Tensor{e.input: part})
		if err == nil {
			all.Shape, all.Data = slices.Clone(out.Shape), append(all.Data, out.Data...)
		}
		return err
	})
	if err != nil {
		return Tensor{}, message.Errorf("score copies of a picture: %w", err)
	}
	all.Shape[0] = pictures.Shape[0]
	return all, nil
}

// classes checks the classes asked for, or lists all.
func classes(asked []int, n int) ([]int, error) {
	if asked == nil {
		for i := range n {
			asked = append(asked, i)
		}
	}
	if i := slices.IndexFunc(asked, func(c int) bool { return c < 0 || c >= n }); i >= 0 {
		return nil, message.Errorf("class %d of %d", asked[i], n)
	}
	return asked, nil
}
