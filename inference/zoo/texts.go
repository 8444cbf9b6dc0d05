package zoo

import (
	"math"

	"hilum/inference/graph"
	"hilum/inference/zoo/checkpoint"
	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// Texts are what sentences became in the tower that reads, computed before: a network that
// only sees is made a classifier with them, and needs no reader when it runs.
type Texts struct {
	Width       int64
	Positive    [][]float32 // of each class, the sentence that speaks for it
	Negative    [][]float32 // and the one that speaks against it; nil for none
	Temperature float64     // cosines are divided by it
	Bias        float64     // of SigLIP, added to a cosine divided by the temperature
	Labels      []string    // nil where the file has none
}

// ReadTexts reads a NumPy archive with positive [classes, width], and if there are any:
// negative of the same shape, temperature (or logit_scale, which multiplies instead),
// bias, and labels.
//
// With pairs the logit is (cos(image, positive) - cos(image, negative)) / temperature: the
// log odds of a softmax over the two (Tiu et al. 2022, CheXzero). Without, it is
// cos(image, positive) / temperature + bias (Zhai et al. 2023, SigLIP).
func ReadTexts(path string) (*Texts, error) {
	arrays, err := checkpoint.ReadNPZ(path)
	if err != nil {
		return nil, message.Errorf("text embeddings %s: %w", path, err)
	}
	t := &Texts{Temperature: 1, Labels: arrays["labels"].Text}
	if t.Positive, err = arrays["positive"].Rows("positive"); err != nil {
		return nil, message.Errorf("text embeddings %s: %w", path, err)
	}
	if _, ok := arrays["negative"]; ok {
		if t.Negative, err = arrays["negative"].Rows("negative"); err != nil {
			return nil, message.Errorf("text embeddings %s: %w", path, err)
		}
	}
	if v := arrays["temperature"].Values; len(v) == 1 {
		t.Temperature = v[0]
	} else if v := arrays["logit_scale"].Values; len(v) == 1 {
		t.Temperature = 1 / v[0]
	}
	if v := arrays["bias"].Values; len(v) == 1 {
		t.Bias = v[0]
	}
	if err := t.check(); err != nil {
		return nil, message.Errorf("text embeddings %s: %w", path, err)
	}
	return t, nil
}

func (t *Texts) check() error {
	t.Width = int64(len(t.Positive[0]))
	switch {
	case t.Negative != nil && len(t.Negative) != len(t.Positive):
		return message.Errorf("%w: %d positive sentences and %d negative ones", ErrRefused, len(t.Positive),
			len(t.Negative))
	case t.Negative != nil && len(t.Negative[0]) != len(t.Positive[0]):
		return message.Errorf("%w: sentences of %d and of %d features", ErrRefused, len(t.Positive[0]),
			len(t.Negative[0]))
	case !(t.Temperature > 0) || math.IsInf(t.Temperature, 0):
		return message.Errorf("%w: a temperature of %g", ErrRefused, t.Temperature)
	case t.Labels != nil && len(t.Labels) != len(t.Positive):
		return message.Errorf("%w: %d labels for %d classes", ErrRefused, len(t.Labels), len(t.Positive))
	}
	for _, list := range [][][]float32{t.Positive, t.Negative} {
		for i, row := range list {
			if n := norm2(row); !(n > 0) || math.IsInf(n, 0) {
				return message.Errorf("%w: the sentence of class %d is no direction", ErrRefused, i+1)
			}
		}
	}
	return nil
}

func norm2(v []float32) float64 {
	sum := 0.
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// weights are the rows of the linear layer on features of unit length.
func (t *Texts) weights() (rows, bias []float32) {
	for c, p := range t.Positive {
		np := norm2(p)
		var nn float64
		if t.Negative != nil {
			nn = norm2(t.Negative[c])
		}
		for i, x := range p {
			v := float64(x) / np
			if t.Negative != nil {
				v -= float64(t.Negative[c][i]) / nn
			}
			rows = append(rows, float32(v/t.Temperature))
		}
		bias = append(bias, float32(t.Bias))
	}
	return rows, bias
}

// finishTower gives a network that ends in features a last layer: what sentences became,
// or, for classes that will be trained, one that tells nothing yet.
func finishTower(n *family.Net, o Options) error {
	switch {
	case o.Texts != nil && n.Embedding == "":
		return message.Errorf("%w: the file has a classifier of its own; text embeddings are for a tower without one",
			ErrRefused)
	case n.Embedding == "":
		return nil
	case o.Texts != nil && n.Width != o.Texts.Width:
		return message.Errorf("%w: sentences have %d features, pictures %d", ErrRefused, o.Texts.Width, n.Width)
	case o.Texts != nil:
		unit := n.Op("LpNormalization", "unit", []string{n.Embedding}, graph.IntAttr("axis", -1), graph.IntAttr("p", 2))
		rows, bias := o.Texts.weights()
		lastLayer(n, unit, rows, bias)
	case o.Classes > 0:
		lastLayer(n, n.Embedding, make([]float32, int64(o.Classes)*n.Width), make([]float32, o.Classes))
	default:
		return message.Errorf("%w: it is a tower without a classifier, which gives %d features of a picture; name the classes that you will train with --labels, or give sentences with --text-embeddings", ErrRefused, n.Width)
	}
	return nil
}

func lastLayer(n *family.Net, x string, rows, bias []float32) {
	c := int64(len(bias))
	w := n.Constant(graph.NewFloats("last.weight", rows, c, n.Width))
	b := n.Constant(graph.NewFloats("last.bias", bias, c))
	n.Op("Gemm", "logits", []string{x, w, b}, graph.IntAttr("transB", 1))
}
