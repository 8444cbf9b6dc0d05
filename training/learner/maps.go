package learner

import (
	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Maps says where the class maps of a network come from, for a loss that asks
// them to lie where findings were drawn in: W A, with the weights of the last
// layer and the map that is pooled for it.
type Maps struct {
	Feature      string // the map A, [N, channels, h, w]
	Weight       string // the weights W
	ClassesFirst bool   // W is [classes, channels(, 1, 1)], else [channels, classes]

	channels, height, width, cells int64
}

// resolve fills in the sizes.
func (p *Maps) resolve(m *graph.Model) error {
	shapes, err := shape.Infer(m)
	if err != nil {
		return err
	}
	d, ok := shapes.Dims(p.Feature)
	if !ok || len(d) != 4 || !d[1].Known || !d[2].Known || !d[3].Known {
		return message.Errorf("%q is no map of known size", p.Feature)
	}
	p.channels, p.height, p.width = d[1].Value, d[2].Value, d[3].Value
	p.cells = p.height * p.width
	return nil
}

// MapSize is the size of the class maps in cells, 0 and 0 without Options.Maps.
func (l *Learner) MapSize() (width, height int) {
	if p := l.o.Maps; p != nil {
		return int(p.width), int(p.height)
	}
	return 0, 0
}

// append adds the class maps [n, classes, cells] to a network by plain operators
// and returns their name.
func (p *Maps) append(m *graph.Model, n int) string {
	w := writer{m.Graph, m.Graph.Names()}
	a := w.op("Reshape", []string{p.Feature, w.ints(int64(n), p.channels, p.cells)})
	weight := p.Weight
	if p.ClassesFirst {
		weight = w.op("Reshape", []string{weight, w.ints(-1, p.channels)})
	} else {
		weight = w.op("Transpose", []string{weight}, graph.IntsAttr("perm", 1, 0))
	}
	return w.op("MatMul", []string{weight, a})
}

// far is what keeps cells outside out of a softmax: exp(-far) is 0.
const far = 1e4

// outside appends the share of positive classes' evidence that lies outside of
// where they were drawn in: for a class map m, as a softmax over its cells, minus
// the logarithm of what lies inside, log sum exp(m) - log sum_inside exp(m), times
// Batch.Share. It returns the sum over films and classes, [1], and the derivative
// by the maps, which is the difference of the two softmaxes.
func (w writer) outside(at lossAt) (loss, dMaps string) {
	w.input(insideInput, at.n, at.classes, at.cells)
	w.input(shareInput, at.n, at.classes)
	hide := w.op("Mul", []string{w.op("Sub", []string{insideInput, w.scalar(1)}), w.scalar(far)})
	last := graph.IntAttr("axis", -1)
	all := w.op("Softmax", []string{at.maps}, last)
	in := w.op("Softmax", []string{w.op("Add", []string{at.maps, hide})}, last)
	sum := w.op("ReduceSum", []string{w.op("Mul", []string{all, insideInput}), w.ints(2)}, graph.IntAttr("keepdims", 0))
	missed := w.op("Neg", []string{w.op("Log", []string{w.op("Max", []string{sum, w.scalar(1e-30)})})})
	loss = w.op("ReduceSum", []string{w.op("Reshape", []string{w.op("Mul", []string{missed, shareInput}), w.ints(-1)}),
		w.ints(0)}, graph.IntAttr("keepdims", 1))
	each := w.op("Reshape", []string{shareInput, w.ints(at.n, at.classes, 1)})
	return loss, w.op("Mul", []string{w.op("Sub", []string{all, in}), each})
}
