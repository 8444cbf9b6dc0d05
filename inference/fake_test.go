package inference

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"hilum/dicomio"
	"hilum/inference/graph"
	"hilum/inference/prep"
)

// fakeEngine answers without a runtime: logit c of a picture is its mean plus
// c, and the map is the mean everywhere.
type fakeEngine struct {
	refuse  error // NewSession fails with it
	outputs func(in Tensor) ([]Tensor, error)
	open    atomic.Int32
}

func (e *fakeEngine) Info() EngineInfo {
	return EngineInfo{Name: "fake", Version: "1", Provider: CPU}
}
func (e *fakeEngine) Close() error { return nil }

func (e *fakeEngine) NewSession(model []byte, o SessionOptions) (Session, error) {
	if e.refuse != nil {
		return nil, e.refuse
	}
	e.open.Add(1)
	return &fakeSession{e}, nil
}

type fakeSession struct{ e *fakeEngine }

func (s *fakeSession) Run(ctx context.Context, in []Tensor) ([]Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.e.outputs(in[0])
}

func (s *fakeSession) Close() error { s.e.open.Add(-1); return nil }

// meanOutputs answers for a network of n classes and 2x2 maps.
func meanOutputs(n int) func(Tensor) ([]Tensor, error) {
	return func(in Tensor) ([]Tensor, error) {
		var mean float32
		for _, v := range in.Data {
			mean += v / float32(len(in.Data))
		}
		logits, maps := NewTensor(1, int64(n)), NewTensor(1, int64(n), 2, 2)
		for c := range n {
			logits.Data[c] = mean + float32(c)
			for i := range 4 {
				maps.Data[c*4+i] = mean * float32(i)
			}
		}
		return []Tensor{logits, maps, {Shape: []int64{1, 1}, Data: []float32{mean}}}, nil
	}
}

// tinyModel is global average pooling and one linear layer on the picture.
func tinyModel(t testing.TB, classes []string, change func(*graph.Model)) []byte {
	t.Helper()
	n := int64(len(classes))
	weights := make([]float32, 3*n)
	for i := range weights {
		weights[i] = float32(i)*0.1 - 0.3
	}
	batch := graph.SymbolDim("n")
	floats := func(name string, shape ...graph.Dim) *graph.ValueInfo {
		return &graph.ValueInfo{Name: name, Type: &graph.TensorType{Elem: graph.Float, HasShape: true, Shape: shape}}
	}
	g := &graph.Graph{
		Name:         "tiny",
		Inputs:       []*graph.ValueInfo{floats("x", batch, graph.FixedDim(3), graph.FixedDim(8), graph.FixedDim(8))},
		Outputs:      []*graph.ValueInfo{floats("y", batch, graph.FixedDim(n))},
		Initializers: []*graph.Tensor{graph.NewFloats("w", weights, n, 3), graph.NewFloats("b", make([]float32, n), n)},
	}
	g.AddNode("Relu", []string{"x"}, []string{"a"})
	g.AddNode("GlobalAveragePool", []string{"a"}, []string{"p"})
	g.AddNode("Flatten", []string{"p"}, []string{"f"})
	g.AddNode("Gemm", []string{"f", "w", "b"}, []string{"y"}, graph.IntAttr("transB", 1))
	m := &graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}}
	if change != nil {
		change(m)
	}
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var errRefused = errors.New("refused on purpose")

// greyImage makes an 8-bit picture.
func greyImage(w, h int, at func(x, y int) int32) *dicomio.Image {
	im := &dicomio.Image{Format: dicomio.PNG, Width: w, Height: h, Frames: 1, Samples: 1, BitsStored: 8,
		Modality: dicomio.Modality{Slope: 1}}
	for y := range h {
		for x := range w {
			im.Stored = append(im.Stored, at(x, y))
		}
	}
	return im
}

func random8(w, h int) *dicomio.Image {
	r := rand.New(rand.NewPCG(7, 11))
	return greyImage(w, h, func(x, y int) int32 { return int32(r.IntN(256)) })
}

func tensorOf(t *testing.T, p prep.Prep, im *dicomio.Image) []float32 {
	t.Helper()
	out, _, err := p.Tensor(im)
	if err != nil {
		t.Fatal(err)
	}
	return out.Data
}
