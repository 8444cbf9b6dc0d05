package saliency

import (
	"context"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/normal"
	"hilum/internal/message"
)

// network is a session with the names of what it takes.
type network struct {
	Session
	inputs []string
}

// Names of the graphs that an Explainer opens.
const (
	netForward   = "forward"    // picture -> feature, logits
	netScores    = "scores"     // picture -> logits
	netHead      = "head"       // feature (and picture) -> logits
	netHeadGrad  = "head grad"  // feature (and picture), seed -> d/d feature
	netImageGrad = "image grad" // picture, seed -> d/d picture
)

// seedName is the input that holds the derivative by the logits, [N, classes].
const seedName = "saliency_seed"

// network returns the session of that name, opening it the first time.
func (e *Explainer) network(name string) (*network, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := e.sessions[name]; n != nil {
		return n, nil
	}
	m, outputs, err := e.build(name)
	if err != nil {
		return nil, message.Errorf("%s graph: %w", name, err)
	}
	var inputs []string
	for _, v := range m.Graph.Feeds() {
		inputs = append(inputs, v.Name)
	}
	b, err := m.Encode()
	if err != nil {
		return nil, err
	}
	s, err := e.open(b, inputs, outputs)
	if err != nil {
		return nil, message.Errorf("%s graph: %w", name, err)
	}
	n := &network{s, inputs}
	e.sessions[name] = n
	return n, nil
}

func (e *Explainer) build(name string) (*graph.Model, []string, error) {
	switch name {
	case netForward:
		return e.extract([]string{e.input}, []string{e.layer, e.head.Logits})
	case netScores:
		return e.extract([]string{e.input}, []string{e.head.Logits})
	case netHead:
		return e.extract([]string{e.layer}, []string{e.head.Logits})
	case netHeadGrad:
		return e.differentiate(e.layer)
	}
	return e.differentiate(e.input)
}

func (e *Explainer) extract(in, out []string) (*graph.Model, []string, error) {
	m, err := extract.Between(e.m, in, out)
	return m, out, err
}

// differentiate builds the graph of d logits / d value, seeded by the classes.
func (e *Explainer) differentiate(value string) (*graph.Model, []string, error) {
	cut, _, err := e.extract([]string{value}, []string{e.head.Logits})
	if err != nil {
		return nil, nil, err
	}
	m, err := cut.Clone() // Extract shares nodes with the model; Build changes some
	if err != nil {
		return nil, nil, err
	}
	t := e.shapes[e.head.Logits]
	if t == nil {
		return nil, nil, message.Errorf("the shape of the logits %q is not known", e.head.Logits)
	}
	m.Graph.Inputs = append(m.Graph.Inputs, &graph.ValueInfo{Name: seedName, Type: t})
	g, err := grad.Build(m, grad.Request{Seeds: map[string]string{e.head.Logits: seedName}, WRT: []string{value}})
	if err != nil {
		return nil, nil, err
	}
	m.Graph.Outputs = []*graph.ValueInfo{{Name: g[value], Type: e.shapes[value]}}
	m.Graph.Prune()
	return m, []string{g[value]}, nil
}

// forward gives the logits of a picture and, where they are wanted, its features.
func (e *Explainer) forward(ctx context.Context, image Tensor, features bool) (feature planes, logits Tensor,
	err error) {
	if !features {
		logits, err = e.run(ctx, netScores, map[string]Tensor{e.input: image})
		return planes{}, logits, err
	}
	if e.layer == "" {
		return planes{}, Tensor{}, e.noMap()
	}
	n, err := e.network(netForward)
	if err != nil {
		return planes{}, Tensor{}, err
	}
	out, err := n.Run(ctx, []Tensor{image})
	if err != nil {
		return planes{}, Tensor{}, err
	}
	feature, err = planesOf(out[0].First(), 0, e.layout)
	return feature, out[1].First(), err
}

// noMap says why there is nothing to weight.
func (e *Explainer) noMap() error {
	free := Methods().Bare()
	plain := free.which(func(m Method) bool { return !m.Gradient })
	if foreign := normal.Foreign(e.m.Graph); len(foreign) > 0 {
		return message.Errorf("no map of features is found in a network of operators that only its runtime knows (%s); %s works, or export it again without optimising it", strings.Join(foreign, ", "), plain.Words())
	}
	return message.Errorf("this network has no map of features to weight; %s work without one", free.Words())
}

// run feeds a batch to one of the graphs. Values the graph does not take are
// left out; a picture it takes besides the feature is repeated.
func (e *Explainer) run(ctx context.Context, name string, feeds map[string]Tensor) (Tensor, error) {
	n, err := e.network(name)
	if err != nil {
		return Tensor{}, err
	}
	size := int64(0)
	for _, t := range feeds {
		size = max(size, t.Shape[0])
	}
	in := make([]Tensor, len(n.inputs))
	for i, v := range n.inputs {
		t, ok := feeds[v]
		switch {
		case !ok:
			return Tensor{}, message.Errorf("%s graph: nothing to feed %q", name, v)
		case t.Shape[0] == 1 && size > 1:
			t = t.Repeat(int(size))
		}
		in[i] = t
	}
	if e.alone.Load() && size > 1 {
		return n.oneByOne(ctx, in, size)
	}
	out, err := n.batch(ctx, in, size)
	if err != nil && size > 1 &&
		ctx.Err() == nil { // a batch of one may be written into the graph, whatever its input says
		if out, alone := n.oneByOne(ctx, in, size); alone == nil {
			e.alone.Store(true)
			return out, nil
		}
	}
	return out, err
}

// batch runs the network on size pictures at once.
func (n *network) batch(ctx context.Context, in []Tensor, size int64) (Tensor, error) {
	out, err := n.Run(ctx, in)
	if err != nil {
		return Tensor{}, err
	}
	if len(out) != 1 || len(out[0].Shape) == 0 || out[0].Shape[0] != size {
		return Tensor{}, message.New("the network does not keep the batch size")
	}
	return out[0], nil
}

// oneByOne runs the network on one picture after the other.
func (n *network) oneByOne(ctx context.Context, in []Tensor, size int64) (Tensor, error) {
	var all Tensor
	for i := range int(size) {
		each := make([]Tensor, len(in))
		for k, t := range in {
			each[k] = t.Element(i)
		}
		out, err := n.batch(ctx, each, 1)
		if err != nil {
			return Tensor{}, err
		}
		all.Shape, all.Data = out.Shape, append(all.Data, out.Data...)
	}
	all.Shape = slices.Clone(all.Shape)
	all.Shape[0] = size
	return all, nil
}

// each runs f on ranges of at most a batch.
func (e *Explainer) each(n int, f func(from, to int) error) error {
	for from := 0; from < n; from += e.batch {
		if err := f(from, min(from+e.batch, n)); err != nil {
			return err
		}
	}
	return nil
}

// seeds is the one-hot batch that asks for the derivatives of some classes.
func seeds(classes []int, n int) Tensor {
	t := Tensor{Shape: []int64{int64(len(classes)), int64(n)}, Data: make([]float32, len(classes)*n)}
	for i, c := range classes {
		t.Data[i*n+c] = 1
	}
	return t
}
