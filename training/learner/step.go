package learner

import (
	"errors"
	"maps"
	"slices"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/graph/cpustep"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// program is a step's graph and where its results are.
type program struct {
	m     *graph.Model
	from  string            // its input
	grads map[string]string // by parameter
	stats []grad.RunningStat
	fast  bool
}

// buildStep writes the graph of a step for n films. As much of the network's end
// as has a fast form and small maps goes by graph/cpustep, what lies before it by
// the plain rules.
func buildStep(m *graph.Model, o Options, n int) (*program, error) {
	if !o.Plain {
		at, err := fastFrom(m, o)
		if err != nil {
			return nil, err
		}
		for _, cut := range at {
			p, err := joined(m, o, cut, n)
			if err == nil || !errors.Is(err, cpustep.ErrUnsupported) {
				return p, err
			}
		}
	}
	return plain(m, o, n)
}

// fastPixels is the largest map on which graph/cpustep is quicker than the plain
// rules.
const fastPixels = 256

// fastFrom lists where the fast part of a step may begin, the earliest first.
func fastFrom(m *graph.Model, o Options) ([]string, error) {
	cuts, err := extract.Cuts(m, o.From, o.Logits)
	if err != nil {
		return nil, err
	}
	shapes, err := shape.Infer(m)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(cuts, func(c string) bool {
		d, ok := shapes.Dims(c)
		return !ok || len(d) != 4 || !d[2].Known || !d[3].Known || d[2].Value*d[3].Value > fastPixels
	}), nil
}

// between keeps the parameters that lie between two values.
func between(m *graph.Model, params []string, from, to string) ([]string, error) {
	all, err := grad.Trainable(m, from, to)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(params), func(p string) bool { return !slices.Contains(all, p) }), nil
}

// joined is a step whose part from cut on goes by graph/cpustep.
func joined(m *graph.Model, o Options, cut string, n int) (*program, error) {
	end, err := between(m, o.Params, cut, o.Logits)
	if err != nil {
		return nil, err
	}
	front := slices.DeleteFunc(slices.Clone(o.Params), func(p string) bool { return slices.Contains(end, p) })
	s, err := cpustep.Forward(m, cpustep.Options{Feature: cut, Logits: o.Logits, Batch: int64(n), Params: end,
		BatchStats: o.BatchStats, Momentum: o.Momentum, FeatureGrad: len(front) > 0})
	if err != nil {
		return nil, err
	}
	at := lossAt{logits: s.Logits, n: int64(n), classes: int64(o.Classes)}
	if o.Maps != nil {
		if at.maps, err = s.Maps(); err != nil {
			return nil, err
		}
		at.cells = o.Maps.cells
	}
	seeds, err := o.Loss.append(s.Model, at)
	if err != nil {
		return nil, err
	}
	grads, err := s.Backward(seeds)
	if err != nil {
		return nil, err
	}
	p := &program{m: s.Model, from: cut, grads: grads, stats: s.Stats, fast: true}
	if cut == o.From {
		return p, nil
	}
	return p, p.prepend(m, o, front, n)
}

// prepend puts the plain part, from o.From to p.from, before a fast one.
func (p *program) prepend(m *graph.Model, o Options, params []string, n int) error {
	front, err := fixed(m, o.From, p.from, n)
	if err != nil {
		return err
	}
	var stats []grad.RunningStat
	if o.BatchStats {
		if stats, err = grad.TrainBatchNorm(front, o.Momentum); err != nil {
			return err
		}
	}
	bind := map[string]string{p.from: p.from}
	for _, in := range p.m.Graph.Feeds() {
		if in.Name != p.from {
			front.Graph.Inputs = append(front.Graph.Inputs, in)
			bind[in.Name] = in.Name
		}
	}
	results := slices.Collect(maps.Values(p.grads))
	for _, s := range p.stats {
		results = append(results, s.NewMean, s.NewVariance)
	}
	p.m.Graph.Outputs = nil
	for _, r := range append(results, lossOutput) {
		p.m.Graph.AddOutput(&graph.ValueInfo{Name: r, Type: &graph.TensorType{Elem: graph.Float}})
	}
	// Weights keep their names: those of the end are no longer in front.
	if p.shares(front, o.Params) {
		return message.Errorf("%w: parts of the network share weights", cpustep.ErrUnsupported)
	}
	as, err := front.Splice(p.m, bind)
	if err != nil {
		return err
	}
	if err := front.Graph.Rename(as[lossOutput], lossOutput); as[lossOutput] != lossOutput && err != nil {
		return err
	}
	for param, v := range p.grads {
		p.grads[param] = as[v]
	}
	for i, s := range p.stats {
		p.stats[i].NewMean, p.stats[i].NewVariance = as[s.NewMean], as[s.NewVariance]
	}
	if len(params) > 0 {
		more, err := grad.Build(front, grad.Request{Seeds: map[string]string{p.from: p.grads[p.from]}, WRT: params})
		if err != nil {
			return err
		}
		maps.Copy(p.grads, more)
	}
	p.m, p.from, p.stats = front, o.From, append(stats, p.stats...)
	return nil
}

// shares tells whether both parts read one parameter, which Splice would rename
// in one of them.
func (p *program) shares(front *graph.Model, params []string) bool {
	return slices.ContainsFunc(params, func(w string) bool {
		return p.m.Graph.Initializer(w) != nil && front.Graph.Initializer(w) != nil
	})
}

// plain is a step by the rules of graph/grad alone.
func plain(m *graph.Model, o Options, n int) (*program, error) {
	part, err := fixed(m, o.From, o.Logits, n)
	if err != nil {
		return nil, err
	}
	p := &program{m: part, from: o.From}
	if o.BatchStats {
		if p.stats, err = grad.TrainBatchNorm(part, o.Momentum); err != nil {
			return nil, err
		}
	}
	at := lossAt{logits: o.Logits, n: int64(n), classes: int64(o.Classes)}
	if o.Maps != nil {
		at.maps, at.cells = o.Maps.append(part, n), o.Maps.cells
	}
	seeds, err := o.Loss.append(part, at)
	if err != nil {
		return nil, err
	}
	p.grads, err = grad.Build(part, grad.Request{Seeds: seeds, WRT: o.Params})
	return p, err
}

// fixed copies the part of a network between two values, for batches of n.
func fixed(m *graph.Model, from, to string, n int) (*graph.Model, error) {
	part, err := extract.Between(m, []string{from}, []string{to})
	if err != nil {
		return nil, err
	}
	if part, err = part.Clone(); err != nil {
		return nil, err
	}
	part.Graph.Input(from).Type.Shape[0] = graph.FixedDim(int64(n))
	part.Graph.ValueInfos, part.Props = nil, nil // shapes of other batches
	return part, nil
}

// encode finishes the graph: parameters and statistics become inputs, results
// outputs, in the order of a Batch. maps tells that the loss reads class maps.
func (p *program) encode(params, stats []string, maps bool) ([]byte, inference.SessionOptions, error) {
	o := inference.SessionOptions{
		Inputs:  slices.Concat([]string{p.from, labelsInput, weightsInput}, params, stats),
		Outputs: []string{lossOutput},
	}
	if maps {
		o.Inputs = slices.Insert(o.Inputs, 3, insideInput, shareInput)
	}
	for _, name := range params {
		o.Outputs = append(o.Outputs, p.grads[name])
	}
	next := make(map[string]string)
	for _, s := range p.stats {
		next[s.Mean], next[s.Variance] = s.NewMean, s.NewVariance
	}
	for _, name := range stats {
		o.Outputs = append(o.Outputs, next[name])
	}
	g := p.m.Graph
	g.Outputs = nil
	for i, name := range o.Outputs {
		if name == "" {
			return nil, o, message.Errorf("the step does not compute what it must for output %d", i)
		}
		g.AddOutput(&graph.ValueInfo{Name: name, Type: &graph.TensorType{Elem: graph.Float}})
	}
	if len(g.Outputs) != len(o.Outputs) {
		return nil, o, message.New("two results of the step are one value")
	}
	if _, err := g.WeightsToInputs(slices.Concat(params, stats)); err != nil {
		return nil, o, err
	}
	g.Prune()
	b, err := p.m.Encode()
	return b, o, err
}
