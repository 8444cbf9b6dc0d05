package grad_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/internal/ortrun"
	"hilum/inference/graph/shape"
)

// input is one operand of a case: a graph input when it is to be
// differentiated by, else a constant.
type input struct {
	name     string
	shape    []int64
	positive bool    // draw from (0.3, ...)
	ints     []int64 // an int64 constant instead
	hidden   bool    // as the result of a computation, not as a constant
	bools    bool    // a boolean constant
	fixed    bool    // a floating-point constant
	scalar   float64 // the value of a constant of rank 0; the binding feeds none
	above    float64 // added to what is drawn
	list     []float64
	single   bool // a constant of single precision whatever the case is in
}

// opCase is one operator with drawn shapes and attributes.
type opCase struct {
	op      string
	inputs  []input
	outputs int // 0 means 1
	attrs   []*graph.Attribute
	opset   int64 // 0 means 18
	spare   int   // outputs of the node that are none of the graph
	coarse  bool  // computed in single precision whatever the type
	linear  bool  // in each input: central differences are exact for any step
}

// draws of values keep a distance from 0 and from each other, so that a small
// step changes no comparison inside Relu, MaxPool and their like.
const spacing = .13

func draw(rng *rand.Rand, n int, positive bool) []float64 {
	v := make([]float64, n)
	for i, p := range rng.Perm(n) {
		v[i] = spacing * (float64(p) + .5 - float64(n/2))
		if positive {
			v[i] = .3 + spacing*float64(p)
		}
	}
	if n > 40 { // keep large operands in a range where exp and powers behave
		for i := range v {
			v[i] *= 40 / float64(n)
		}
	}
	return v
}

func elements(shape []int64) int {
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	return n
}

func array(elem graph.DataType, v []float64, shape []int64) ortrun.Array {
	if elem == graph.Double {
		return ortrun.F64(slices.Clone(v), shape...)
	}
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	return ortrun.F32(f, shape...)
}

func values(a ortrun.Array) []float64 {
	if a.F64 != nil {
		return a.F64
	}
	v := make([]float64, len(a.F32))
	for i, x := range a.F32 {
		v[i] = float64(x)
	}
	return v
}

// model builds the case as a graph; the first axis of every graph input is a
// symbol when batch is set.
func (c opCase) model(elem graph.DataType, rng *rand.Rand) (*graph.Model, map[string]ortrun.Array) {
	opset := c.opset
	if opset == 0 {
		opset = 18
	}
	m := graph.NewModel(c.op, opset)
	feeds := make(map[string]ortrun.Array)
	var names []string
	for _, in := range c.inputs {
		names = append(names, in.name)
		if in.name == "" {
			continue
		}
		if t := in.tensor(elem, rng); t != nil {
			m.Graph.Initializers = append(m.Graph.Initializers, t)
			continue
		}
		dims := make([]graph.Dim, len(in.shape))
		for i, d := range in.shape {
			dims[i] = graph.FixedDim(d)
		}
		m.Graph.Inputs = append(m.Graph.Inputs, graph.NewValueInfo(in.name, elem, dims...))
		v := draw(rng, elements(in.shape), in.positive)
		for i := range v {
			v[i] += in.above
		}
		feeds[in.name] = array(elem, v, in.shape)
	}
	outs := []string{"y"}
	for i := 1; i < c.outputs; i++ {
		outs = append(outs, fmt.Sprint("y", i))
	}
	for i, in := range c.inputs {
		if in.hidden { // what the rule cannot see through
			m.Graph.AddNode("Abs", []string{in.name}, []string{"hidden"})
			names[i] = "hidden"
		}
	}
	made := slices.Clone(outs)
	for i := range c.spare {
		made = append(made, fmt.Sprint("spare", i))
	}
	m.Graph.AddNode(c.op, names, made, c.attrs...)
	for _, o := range outs {
		m.Graph.AddOutput(&graph.ValueInfo{Name: o, Type: &graph.TensorType{Elem: elem}})
	}
	return m, feeds
}

func (in input) tensor(elem graph.DataType, rng *rand.Rand) *graph.Tensor {
	switch {
	case in.ints != nil:
		return graph.NewInts(in.name, in.ints, in.shape...)
	case in.bools:
		raw := make([]byte, elements(in.shape))
		for i := range raw {
			raw[i] = byte(rng.IntN(2))
		}
		return graph.NewRaw(in.name, graph.Bool, raw, in.shape...)
	case in.fixed:
		v := draw(rng, elements(in.shape), in.positive)
		if in.scalar != 0 {
			v[0] = in.scalar
		}
		copy(v, in.list)
		f := make([]float32, len(v))
		for i, x := range v {
			f[i] = float32(x)
		}
		t := graph.NewFloats(in.name, f, in.shape...)
		if elem == graph.Double && !in.single {
			t = graph.NewRaw(in.name, graph.Double, doubles(f), in.shape...)
		}
		return t
	}
	return nil
}

func doubles(f []float32) []byte {
	var raw []byte
	for _, x := range f {
		b := math.Float64bits(float64(x))
		for i := range 8 {
			raw = append(raw, byte(b>>(8*i)))
		}
	}
	return raw
}

func encode(t testing.TB, m *graph.Model) []byte {
	t.Helper()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// open tries the case in float64 and falls back to float32 where ONNX Runtime
// has no kernel.
func (c opCase) open(t *testing.T, rng *rand.Rand) (graph.DataType, *graph.Model, map[string]ortrun.Array,
	*ortrun.Session) {
	t.Helper()
	seed := rng.Uint64()
	var last error
	for _, elem := range []graph.DataType{graph.Double, graph.Float} {
		if c.coarse && elem == graph.Double {
			continue
		}
		m, feeds := c.model(elem, rand.New(rand.NewPCG(seed, 1)))
		s, err := ortrun.TryOpen(t, encode(t, m))
		if err == nil {
			return elem, m, feeds, s
		}
		last = err
	}
	t.Fatalf("%s: %v", c.op, last)
	return 0, nil, nil, nil
}

// check compares the built gradient with central differences along random
// directions, one input at a time; both sides are computed by ONNX Runtime.
func (c opCase) check(t *testing.T, rng *rand.Rand) {
	t.Helper()
	elem, m, feeds, forward := c.open(t, rng)
	y := forward.Run(t, feeds)
	c.checkShapes(t, m, y)
	seeds, seedFeeds := make(map[string]string), make(map[string]ortrun.Array)
	weights := make(map[string][]float64)
	for name, a := range y {
		seeds[name] = "seed_" + name
		weights[name] = draw(rng, elements(a.Shape), false)
		dims := make([]graph.Dim, len(a.Shape))
		for i, d := range a.Shape {
			dims[i] = graph.FixedDim(d)
		}
		m.Graph.Inputs = append(m.Graph.Inputs, graph.NewValueInfo("seed_"+name, elem, dims...))
		seedFeeds["seed_"+name] = array(elem, weights[name], a.Shape)
	}
	var wrt []string
	for name := range feeds {
		wrt = append(wrt, name)
	}
	slices.Sort(wrt)
	grads, err := grad.Build(m, grad.Request{Seeds: seeds, WRT: wrt})
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	for _, w := range wrt {
		m.Graph.AddOutput(&graph.ValueInfo{Name: grads[w], Type: &graph.TensorType{Elem: elem}})
	}
	for name, a := range feeds {
		seedFeeds[name] = a
	}
	back, err := ortrun.TryOpen(t, encode(t, m))
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	got := back.Run(t, seedFeeds)
	d := differences{c, elem, forward, feeds, weights}
	for _, w := range wrt {
		if !slices.Equal(got[grads[w]].Shape, feeds[w].Shape) {
			t.Fatalf("%v: gradient by %s has shape %v, want %v", c, w, got[grads[w]].Shape, feeds[w].Shape)
		}
		for range 2 {
			d.compare(t, rng, w, values(got[grads[w]]))
		}
	}
}

// checkShapes holds shape inference against what ONNX Runtime gives.
func (c opCase) checkShapes(t *testing.T, m *graph.Model, y map[string]ortrun.Array) {
	t.Helper()
	shapes, err := shape.Infer(m)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	for name, a := range y {
		if s, ok := shapes.Static(name); !ok || !slices.Equal(s, a.Shape) {
			t.Errorf("%v: %s is inferred as %v, %v; it is %v", c, name, s, ok, a.Shape)
		}
	}
}

type differences struct {
	c       opCase
	elem    graph.DataType
	forward *ortrun.Session
	feeds   map[string]ortrun.Array
	weights map[string][]float64
}

// objective is the weighted sum of all outputs with input w moved by h v.
func (d differences) objective(t *testing.T, w string, v []float64, h float64) float64 {
	t.Helper()
	x := slices.Clone(values(d.feeds[w]))
	for i := range x {
		x[i] += h * v[i]
	}
	moved := make(map[string]ortrun.Array)
	for name, a := range d.feeds {
		moved[name] = a
	}
	moved[w] = array(d.elem, x, d.feeds[w].Shape)
	sum := 0.0
	for name, a := range d.forward.Run(t, moved) {
		for i, y := range values(a) {
			sum += y * d.weights[name][i]
		}
	}
	return sum
}

// compare checks one directional derivative. Tolerances: in float64 the error
// of a central difference is of the order of h^2 = 1e-8; in float32 rounding of
// the order of 1e-7/h dominates, and linear operators take a step of 1.
func (d differences) compare(t *testing.T, rng *rand.Rand, w string, g []float64) {
	t.Helper()
	h, tol := 1e-4, 1e-6
	switch {
	case d.elem == graph.Float && d.c.linear:
		h, tol = 1, 1e-5
	case d.elem == graph.Float:
		h, tol = 1e-2, 2e-3
	}
	v := make([]float64, len(g))
	scale := 0.0
	want := 0.0
	for i := range v {
		v[i] = 2*rng.Float64() - 1
		want += g[i] * v[i]
		scale += math.Abs(g[i] * v[i])
	}
	num := (d.objective(t, w, v, h) - d.objective(t, w, v, -h)) / (2 * h)
	if !(math.Abs(num-want) <= tol*(scale+.1)) {
		t.Errorf("%v in %v: derivative by %s along a direction is %.8g, by differences %.8g", d.c, d.elem, w, want, num)
	}
}

func (c opCase) String() string {
	s := c.op
	for _, in := range c.inputs {
		s += fmt.Sprintf(" %v%v", in.shape, in.ints)
	}
	for _, a := range c.attrs {
		s += " " + a.String()
	}
	return s
}
