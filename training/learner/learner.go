// Package learner trains networks on an engine: from an ONNX graph it builds the
// step that computes loss and gradients, keeps parameters, gradients and running
// statistics in flat memory that the engine reads and writes in place, and gives
// the trained graph back. Its core type is [Learner]. It imports inference,
// inference/graph and what lies below it.
package learner

import (
	"context"
	"errors"
	"slices"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Options say what is trained.
type Options struct {
	From    string   // the value that a step is fed: the image or a feature
	Logits  string   // the value [N, classes] that the loss reads
	Params  []string // initializers to train, float32
	Classes int
	Loss    Loss
	Maps    *Maps // class maps that the loss reads too; nil for none

	BatchStats bool    // normalise by the batch's statistics and move the running ones
	Momentum   float64 // of the running statistics, as PyTorch counts it
	Plain      bool    // by the rules of graph/grad alone, without graph/cpustep
}

// Learner is a network in training. It is used by one goroutine.
type Learner struct {
	Params Vector // what training changes
	Grads  Vector // of the batch that Step was given last
	Stats  Vector // running means and variances

	engine inference.Engine
	m      *graph.Model // the whole network; what is trained is in Params and Stats, not here
	o      Options
	next   Vector // running statistics after the step
	shape  []int64
	steps  map[int]*step
}

// step is the session for batches of one size.
type step struct {
	session inference.Binder
	fast    bool
}

// New prepares training of m, which must map a batch of free size to logits. m is
// not changed and not kept, see [Learner.Network].
func New(engine inference.Engine, m *graph.Model, o Options) (*Learner, error) {
	shapes, err := shape.Infer(m)
	if err != nil {
		return nil, message.Errorf("training: %w", err)
	}
	dims, ok := shapes.Dims(o.From)
	if !ok || len(dims) < 2 {
		return nil, message.Errorf("training: the shape of %q is not known", o.From)
	}
	l := &Learner{engine: engine, m: m, o: o, steps: make(map[int]*step)}
	for _, d := range dims[1:] {
		if !d.Known {
			return nil, message.Errorf("training: the shape %v of %q must be fixed but for the batch", dims, o.From)
		}
		l.shape = append(l.shape, d.Value)
	}
	if o.Maps != nil {
		maps := *o.Maps
		if l.o.Maps = &maps; maps.Feature == "" {
			return nil, message.New("training: there are no class maps to ask anything of")
		}
		if err := l.o.Maps.resolve(m); err != nil {
			return nil, message.Errorf("training: class maps: %w", err)
		}
	}
	if l.Params, err = newVector(m, o.Params); err != nil {
		return nil, message.Errorf("training: %w", err)
	}
	l.Grads = l.Params.zero()
	if o.BatchStats {
		names, err := runningStatistics(m, o)
		if err != nil {
			return nil, message.Errorf("training: %w", err)
		}
		if l.Stats, err = newVector(m, names); err != nil {
			return nil, message.Errorf("training: %w", err)
		}
	}
	l.next = l.Stats.zero()
	if l.m, err = hollow(m, slices.Concat(o.Params, l.Stats.Names)); err != nil {
		return nil, message.Errorf("training: %w", err)
	}
	return l, nil
}

// hollow copies a network without the elements of some initializers: what is
// trained would else be in memory twice, and once more whenever a step is built.
func hollow(m *graph.Model, without []string) (*graph.Model, error) {
	shell := *m
	g := *m.Graph
	g.Initializers = slices.Clone(g.Initializers)
	for i, t := range g.Initializers {
		if slices.Contains(without, t.Name) {
			g.Initializers[i] = graph.NewRaw(t.Name, t.Type, nil, t.Dims...)
		}
	}
	shell.Graph = &g
	return shell.Clone() // its elements lie in memory of their own, m's can go
}

// Network is the network as New was given it, but what is trained has shapes only.
// It must not be changed.
func (l *Learner) Network() *graph.Model { return l.m }

// runningStatistics lists means and variances of the normalisations in the step.
func runningStatistics(m *graph.Model, o Options) ([]string, error) {
	part, err := extract.Between(m, []string{o.From}, []string{o.Logits})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range part.Graph.Nodes {
		if n.Op != "BatchNormalization" || !n.IsONNX() {
			continue
		}
		for _, s := range []string{n.Input(3), n.Input(4)} {
			if !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
	}
	return names, nil
}

// Fast tells whether steps for batches of n go by the kernels of graph/cpustep, at
// least in the last layers.
func (l *Learner) Fast(n int) (bool, error) {
	s, err := l.step(n)
	if err != nil {
		return false, err
	}
	return s.fast, nil
}

// FeatureShape is what a step is fed for one film, without the batch.
func (l *Learner) FeatureShape() []int64 { return slices.Clone(l.shape) }

// Batch is memory for the films of one step, read in place by the engine.
type Batch struct {
	N int
	X []float32 // [N, shape of a film]
	Y []float32 // [N, classes]: 0 or 1
	W []float32 // [N, classes]: weight of each label, 0 where it is not known

	// With Options.Maps, else empty.
	Inside []float32 // [N, classes, cells]: 1 where the class was drawn in
	Share  []float32 // [N, classes]: weight of the evidence outside, 0 where nothing was drawn in

	loss    []float32
	binding inference.Binding
}

// NewBatch allocates memory for n films. The caller closes it before the learner.
func (l *Learner) NewBatch(n int) (*Batch, error) {
	s, err := l.step(n)
	if err != nil {
		return nil, err
	}
	x := inference.NewTensor(append([]int64{int64(n)}, l.shape...)...)
	y, w := inference.NewTensor(int64(n), int64(l.o.Classes)), inference.NewTensor(int64(n), int64(l.o.Classes))
	loss := inference.NewTensor(1)
	b := &Batch{N: n, X: x.Data, Y: y.Data, W: w.Data, loss: loss.Data}
	fed := []inference.Tensor{x, y, w}
	if p := l.o.Maps; p != nil {
		inside, share := inference.NewTensor(int64(n), int64(l.o.Classes), p.cells),
			inference.NewTensor(int64(n), int64(l.o.Classes))
		b.Inside, b.Share = inside.Data, share.Data
		fed = append(fed, inside, share)
	}
	inputs := slices.Concat(fed, l.Params.tensors(), l.Stats.tensors())
	outputs := slices.Concat([]inference.Tensor{loss}, l.Grads.tensors(), l.next.tensors())
	if b.binding, err = s.session.Bind(inputs, outputs); err != nil {
		return nil, message.Errorf("training: %w", err)
	}
	return b, nil
}

// Close frees the binding.
func (b *Batch) Close() error { return b.binding.Close() }

// Step computes the loss of a batch and the gradients by all parameters, and
// moves the running statistics. Parameters stay for the caller to update.
func (l *Learner) Step(ctx context.Context, b *Batch) (float64, error) {
	if err := b.binding.Run(ctx); err != nil {
		return 0, message.Errorf("training step: %w", err)
	}
	copy(l.Stats.Data, l.next.Data)
	return float64(b.loss[0]), nil
}

// step opens the session for batches of n films.
func (l *Learner) step(n int) (*step, error) {
	if s := l.steps[n]; s != nil {
		return s, nil
	}
	p, err := buildStep(l.m, l.o, n)
	if err != nil {
		return nil, message.Errorf("training: %w", err)
	}
	onnx, options, err := p.encode(l.Params.Names, l.Stats.Names, l.o.Maps != nil)
	if err != nil {
		return nil, message.Errorf("training: %w", err)
	}
	options.Pooled = true
	s, err := l.engine.NewSession(onnx, options)
	if err != nil {
		return nil, message.Errorf("training: %w", err)
	}
	binder, ok := s.(inference.Binder)
	if !ok {
		return nil, errors.Join(message.Errorf("training: the engine %s cannot work in place", l.engine.Info()),
			s.Close())
	}
	l.steps[n] = &step{session: binder, fast: p.fast}
	return l.steps[n], nil
}

// Model is the network with these parameters and statistics, vectors of the
// layout of l.Params and l.Stats. It shares what is frozen with the network that
// New was given.
func (l *Learner) Model(params, stats []float32) *graph.Model {
	m := *l.m
	g := *m.Graph
	g.Initializers = slices.Clone(g.Initializers)
	m.Graph, m.Props = &g, slices.Clone(m.Props)
	set := func(v Vector, data []float32) {
		for i, name := range v.Names {
			k := slices.IndexFunc(g.Initializers, func(t *graph.Tensor) bool { return t.Name == name })
			g.Initializers[k] = graph.NewFloats(name, v.part(data, i), v.Shapes[i]...)
		}
	}
	set(l.Params, params)
	set(l.Stats, stats)
	return &m
}

// Close frees all sessions; batches must be closed before.
func (l *Learner) Close() error {
	var errs []error
	for _, s := range l.steps {
		errs = append(errs, s.session.Close())
	}
	l.steps = nil
	return errors.Join(errs...)
}
