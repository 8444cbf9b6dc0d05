package activation_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"hilum/inference/activation"
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/tensor"
)

// classes is how many the outputs of the tests have.
const classes = 3

// formula computes a tail by what its operator is defined as (ONNX), without a runtime.
type formula func(row []float32) []float32

func (f formula) Run(_ context.Context, in []tensor.Tensor) ([]tensor.Tensor, error) {
	out := tensor.New(1, classes)
	copy(out.Data, f(in[0].Data))
	return []tensor.Tensor{in[0], out}, nil
}

func (formula) Close() error { return nil }

func each(f func(x float64) float64) formula {
	return func(row []float32) (out []float32) {
		for _, x := range row {
			out = append(out, float32(f(float64(x))))
		}
		return out
	}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softmax(row []float32) []float32 {
	out, sum := make([]float32, len(row)), 0.
	top := float64(max(row[0], row[1], row[2]))
	for _, x := range row {
		sum += math.Exp(float64(x) - top)
	}
	for i, x := range row {
		out[i] = float32(math.Exp(float64(x)-top) / sum)
	}
	return out
}

// tail is that of a network that ends in a linear layer and one operator.
func tail(t *testing.T, op string) *classifier.Tail {
	t.Helper()
	m := graph.NewModel("main_graph", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("image", graph.Float, graph.FixedDim(1), graph.FixedDim(2))}
	g.Outputs = []*graph.ValueInfo{graph.NewValueInfo("y", graph.Float, graph.FixedDim(1), graph.FixedDim(classes))}
	g.Initializers = []*graph.Tensor{graph.NewFloats("w", make([]float32, 2*classes), 2, classes)}
	g.AddNode("MatMul", []string{"image", "w"}, []string{"z"})
	g.AddNode(op, []string{"z"}, []string{"y"})
	out, err := classifier.OutputTail(m, "y", nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Oracle: the definitions of the operators; the value before each of them is "z".
func TestActivationsAreKnownByWhatTheyDo(t *testing.T) {
	for op, want := range map[string]struct {
		run     formula
		meaning activation.Meaning
		before  string
		log     bool
	}{
		"Sigmoid":    {each(sigmoid), activation.Probabilities, "z", false},
		"Softmax":    {softmax, activation.Softmax, "z", false},
		"LogSoftmax": {func(row []float32) []float32 { return each(math.Log)(softmax(row)) }, activation.Softmax, "z", true},
		"Elu":        {each(func(x float64) float64 { return max(x, math.Expm1(x)) }), activation.Logits, "", false},
	} {
		v, err := activation.Probe(func([]byte, []string, []string) (activation.Session, error) { return want.run, nil },
			tail(t, op))
		if err != nil {
			t.Errorf("%s: %v", op, err)
			continue
		}
		if v.Meaning != want.meaning || v.Before != want.before || v.Log != want.log {
			t.Errorf("%s: %+v", op, v)
		}
	}
}

// An output that is the same whatever comes in says nothing; one that cannot be run says why.
func TestWhatCannotBeToldIsAnError(t *testing.T) {
	constant := each(func(float64) float64 { return .5 })
	v, err := activation.Probe(func([]byte, []string, []string) (activation.Session, error) { return constant, nil },
		tail(t, "Sigmoid"))
	if err == nil || v.Shape == nil {
		t.Errorf("a constant output: %+v, %v", v, err)
	}
	broken := errors.New("no such operator")
	v, err = activation.Probe(func([]byte, []string, []string) (activation.Session, error) { return nil, broken },
		tail(t, "Sigmoid"))
	if !errors.Is(err, broken) || v.Shape != nil {
		t.Errorf("a tail that does not open: %+v, %v", v, err)
	}
}
