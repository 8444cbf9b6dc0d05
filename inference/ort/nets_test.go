package ort

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/prep"
)

// net writes small networks node by node; the same seed draws the same weights.
type net struct {
	g   *graph.Graph
	rng *rand.Rand
	n   int
}

const netSide = 16 // of its pictures

func newNet(seed uint64) *net {
	return &net{g: &graph.Graph{Name: "net"}, rng: rand.New(rand.NewPCG(seed, 1))}
}

func (n *net) op(op string, in []string, attrs ...*graph.Attribute) string {
	n.n++
	return n.as(fmt.Sprintf("%s_%d", op, n.n), op, in, attrs...)
}

func (n *net) as(out, op string, in []string, attrs ...*graph.Attribute) string {
	n.g.AddNode(op, in, []string{out}, attrs...)
	return out
}

func (n *net) add(t *graph.Tensor) string {
	n.n++
	t.Name = fmt.Sprintf("c_%d", n.n)
	n.g.Initializers = append(n.g.Initializers, t)
	return t.Name
}

func (n *net) draw(scale float64, dims ...int64) string {
	size := int64(1)
	for _, d := range dims {
		size *= d
	}
	v := make([]float32, size)
	for i := range v {
		v[i] = float32(scale * n.rng.NormFloat64())
	}
	return n.add(graph.NewFloats("", v, dims...))
}

func (n *net) numbers(v ...float32) string { return n.add(graph.NewFloats("", v, int64(len(v)))) }
func (n *net) number(v float32) string     { return n.add(graph.NewFloats("", []float32{v})) }
func (n *net) ints(v ...int64) string      { return n.add(graph.NewInts("", v, int64(len(v)))) }

// features are six maps of 8 x 8 of a picture [n, 3, 16, 16].
func (n *net) features(x string) string {
	c := n.op("Conv", []string{x, n.draw(.3, 6, 3, 3, 3), n.draw(.2, 6)}, graph.IntsAttr("strides", 2, 2),
		graph.IntsAttr("pads", 1, 1, 1, 1))
	return n.op("Relu", []string{c})
}

func (n *net) pooled(x string) string {
	return n.op("Flatten", []string{n.op("GlobalAveragePool", []string{x})})
}

func (n *net) linear(out, x string, in, classes int64) string {
	return n.as(out, "Gemm", []string{x, n.draw(2, classes, in), n.draw(.5, classes)}, graph.IntAttr("transB", 1))
}

// model declares input and outputs; a shape of an output begins with its pictures.
func (n *net) model(in *graph.ValueInfo, outs ...*graph.ValueInfo) *graph.Model {
	n.g.Inputs, n.g.Outputs = []*graph.ValueInfo{in}, outs
	return &graph.Model{IRVersion: 8, Graph: n.g, Opsets: []*graph.Opset{{Version: 17}}}
}

func value(name string, elem graph.DataType, dims ...int64) *graph.ValueInfo {
	v := graph.NewValueInfo(name, elem, graph.SymbolDim("n"))
	for _, d := range dims {
		v.Type.Shape = append(v.Type.Shape, graph.FixedDim(d))
	}
	return v
}

func picture() *graph.ValueInfo { return value("image", graph.Float, 3, netSide, netSide) }

func classifier(n *net, classes int64) string {
	return n.linear("raw", n.pooled(n.features("image")), 6, classes)
}

func encoded(t testing.TB, m *graph.Model) []byte {
	t.Helper()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func labels(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("c%d", i)
	}
	return out
}

// source is a model whose preprocessing is known.
func source(onnx []byte, classes int) inference.Source {
	return inference.Source{Name: "net.onnx", ONNX: onnx,
		Spec: inference.Spec{Classes: labels(classes), Prep: prep.ImageNetPrep(netSide, netSide)}}
}

func openNet(t testing.TB, e *Engine, src inference.Source) *inference.Model {
	t.Helper()
	m, err := inference.OpenModel(e, src)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// testImage is a grey picture of the network's size.
func testImage() *dicomio.Image {
	im := &dicomio.Image{Width: netSide, Height: netSide, Samples: 1, BitsStored: 8,
		Stored: make([]int32, netSide*netSide)}
	im.Modality.Slope = 1
	for i := range im.Stored {
		x, y := float64(i%netSide), float64(i/netSide)
		im.Stored[i] = int32(120 + 70*math.Sin(x/3)*math.Cos(y/5) + 20*math.Sin(x*y))
	}
	return im
}

// told is what ONNX Runtime itself says of an output for a tensor.
func told(t testing.TB, e *Engine, onnx []byte, output string, in inference.Tensor) []float64 {
	t.Helper()
	s, err := e.NewSession(onnx, inference.SessionOptions{Inputs: []string{"image"}, Outputs: []string{output}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Run(t.Context(), []inference.Tensor{in})
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float64, len(out[0].Data))
	for i, x := range out[0].Data {
		v[i] = float64(x)
	}
	return v
}
