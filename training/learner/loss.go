package learner

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad"
	"hilum/internal/message"
)

// Loss is the loss of one label as a function of its logit; a step sums it with
// the weights of Batch.W.
type Loss struct {
	Kind LossKind

	Gamma                        float64 // Focal
	GammaNegative, GammaPositive float64 // Asymmetric
	Margin                       float64 // Asymmetric
}

// LossKind names a loss.
type LossKind string

// The losses. Cross is binary cross entropy with logits. Focal is that of Lin et
// al. 2017. Asymmetric is that of Ridnik et al. 2021, differentiated throughout
// (their code leaves the focusing factor out of the derivative unless told).
const (
	Cross      LossKind = "bce"
	Focal      LossKind = "focal"
	Asymmetric LossKind = "asymmetric"
)

// Names of the values that a step adds to the network.
const (
	labelsInput  = "step_labels"
	weightsInput = "step_weights"
	insideInput  = "step_inside"
	shareInput   = "step_share"
	lossOutput   = "step_loss"
)

// tiny keeps powers and logarithms of the asymmetric loss away from 0, as its
// authors' code does.
const tiny = 1e-8

// writer appends nodes with names of their own.
type writer struct {
	g     *graph.Graph
	names map[string]bool
}

func (w writer) op(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(w.names, "step_"+op)
	w.g.AddNode(op, in, []string{out}, attrs...)
	return out
}

func (w writer) scalar(v float64) string {
	name := graph.Fresh(w.names, "step_const")
	w.g.Initializers = append(w.g.Initializers, graph.NewFloats(name, []float32{float32(v)}, 1))
	return name
}

// lossAt is what a loss reads.
type lossAt struct {
	logits     string
	n, classes int64
	maps       string // class maps [N, classes, cells]; "" where they do not count
	cells      int64
}

// append adds the inputs for labels and weights and the loss to m, and returns
// the values that hold the loss's derivative by the logits and the class maps.
func (l Loss) append(m *graph.Model, at lossAt) (map[string]string, error) {
	w := writer{m.Graph, m.Graph.Names()}
	for _, in := range []string{labelsInput, weightsInput} {
		w.input(in, at.n, at.classes)
	}
	w.names[lossOutput] = true
	each, err := l.each(w, at.logits)
	if err != nil {
		return nil, err
	}
	flat := w.op("Reshape", []string{w.op("Mul", []string{each, weightsInput}), w.ints(-1)})
	sum := lossOutput
	if at.maps != "" {
		sum = graph.Fresh(w.names, "step_sum")
	}
	w.g.AddNode("ReduceSum", []string{flat, w.ints(0)}, []string{sum}, graph.IntAttr("keepdims", 1))
	d, err := grad.Build(m, grad.Request{Seeds: map[string]string{sum: ""}, WRT: []string{at.logits}})
	if err != nil || at.maps == "" {
		return d, err
	}
	w.names = m.Graph.Names()
	w.names[lossOutput] = true
	outside, dMaps := w.outside(at)
	w.g.AddNode("Add", []string{sum, outside}, []string{lossOutput})
	d[at.maps] = dMaps
	return d, nil
}

// input adds an input of fixed shape.
func (w writer) input(name string, dims ...int64) {
	w.names[name] = true
	v := graph.NewValueInfo(name, graph.Float)
	for _, d := range dims {
		v.Type.Shape = append(v.Type.Shape, graph.FixedDim(d))
	}
	w.g.Inputs = append(w.g.Inputs, v)
}

func (w writer) ints(v ...int64) string {
	name := graph.Fresh(w.names, "step_const")
	w.g.Initializers = append(w.g.Initializers, graph.NewInts(name, v, int64(len(v))))
	return name
}

// each is the loss of every label.
func (l Loss) each(w writer, z string) (string, error) {
	y := labelsInput
	switch l.Kind {
	case Cross: // softplus(z) - y z
		return w.op("Sub", []string{w.op("Softplus", []string{z}), w.op("Mul", []string{y, z})}), nil
	case Focal: // softplus(-s z) sigmoid(-s z)^gamma with s = 2 y - 1
		s := w.op("Sub", []string{w.op("Mul", []string{y, w.scalar(2)}), w.scalar(1)})
		sz := w.op("Mul", []string{s, z})
		return w.op("Mul", []string{w.op("Softplus", []string{w.op("Neg", []string{sz})}), w.power(sz, l.Gamma)}), nil
	case Asymmetric:
		return l.asymmetric(w, z), nil
	}
	return "", message.Errorf("there is no loss %q", l.Kind)
}

// power is sigmoid(-x)^gamma, without an infinite slope anywhere.
func (w writer) power(x string, gamma float64) string {
	return w.op("Exp", []string{w.op("Mul", []string{w.op("Softplus", []string{x}), w.scalar(-gamma)})})
}

// asymmetric: -(1 - p)^g+ log p for positives and -q^g- log(1 - q) for
// negatives, q = max(p - margin, 0).
func (l Loss) asymmetric(w writer, z string) string {
	positive := w.op("Mul", []string{w.op("Softplus", []string{w.op("Neg", []string{z})}), w.power(z, l.GammaPositive)})
	p := w.op("Sigmoid", []string{z})
	q := w.op("Max", []string{w.op("Sub", []string{p, w.scalar(l.Margin)}), w.scalar(tiny)})
	rest := w.op("Max", []string{w.op("Sub", []string{w.scalar(1), q}), w.scalar(tiny)})
	negative := w.op("Neg", []string{w.op("Mul", []string{w.op("Pow", []string{q, w.scalar(l.GammaNegative)}),
		w.op("Log", []string{rest})})})
	one := w.op("Sub", []string{w.scalar(1), labelsInput})
	return w.op("Add", []string{w.op("Mul", []string{labelsInput, positive}), w.op("Mul", []string{one, negative})})
}
