package learner_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/graph/grad"
	"hilum/inference/ort"
	"hilum/inference/zoo"
	"hilum/training/learner"
)

func openEngine(t testing.TB) inference.Engine {
	t.Helper()
	e, err := ort.Open(ort.Options{Provider: inference.CPU, Threads: 1})
	if err != nil {
		t.Skip("no ONNX Runtime: ", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// open prepares training of the small network behind a cut.
func open(t testing.TB, e inference.Engine, o learner.Options) *learner.Learner {
	t.Helper()
	r, err := zoo.Init(zoo.InitOptions{Arch: "resnet_tiny", Classes: 3, Input: 40, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	if o.From == "" {
		o.From = "image"
	}
	o.Logits, o.Classes, o.Momentum = "logits", 3, .1
	if o.Loss.Kind == "" {
		o.Loss.Kind = learner.Cross
	}
	if o.Params == nil {
		if o.Params, err = grad.Trainable(r.Model, o.From, "logits"); err != nil {
			t.Fatal(err)
		}
	}
	l, err := learner.New(e, r.Model, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func batch(t testing.TB, l *learner.Learner, n int, seed uint64) *learner.Batch {
	t.Helper()
	b, err := l.NewBatch(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // before the learner
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range b.X {
		b.X[i] = float32(rng.NormFloat64())
	}
	for i := range b.Y {
		b.Y[i] = float32(rng.IntN(2))
		b.W[i] = float32(rng.IntN(3)) / float32(2*len(b.Y))
	}
	return b
}

func step(t testing.TB, l *learner.Learner, b *learner.Batch) float64 {
	t.Helper()
	loss, err := l.Step(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// Losses and their derivatives by the logits against autograd in doubles
// (testdata/peers/train_reference.py), through a network that is one linear layer
// with the identity as its weight: its bias gradient is the logits', summed.
func TestLossesEqualAutograd(t *testing.T) {
	e := openEngine(t)
	var ref struct {
		Logits, Labels, Weights [][]float32
		Cases                   []struct {
			Loss     learner.Loss
			Value    float64
			Gradient [][]float64
		}
	}
	b, err := os.ReadFile("testdata/losses.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	if len(ref.Cases) != 3 {
		t.Fatalf("%d cases", len(ref.Cases))
	}
	m := graph.NewModel("identity", 17)
	m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3))}
	m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("w", []float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3),
		graph.NewFloats("b", make([]float32, 3), 3)}
	m.Graph.AddNode("Gemm", []string{"x", "w", "b"}, []string{"z"}, graph.IntAttr("transB", 1))
	m.Graph.AddOutput(graph.NewValueInfo("z", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3)))
	for _, c := range ref.Cases {
		l, err := learner.New(e, m, learner.Options{From: "x", Logits: "z", Params: []string{"b"}, Classes: 3,
			Loss: c.Loss})
		if err != nil {
			t.Fatal(err)
		}
		value := 0.0
		one, err := l.NewBatch(1)
		if err != nil {
			t.Fatal(err)
		}
		for row, z := range ref.Logits { // one film at a time: the gradient of each
			copy(one.X, z)
			copy(one.Y, ref.Labels[row])
			copy(one.W, ref.Weights[row])
			value += step(t, l, one)
			for k, want := range c.Gradient[row] {
				if got := float64(l.Grads.Data[k]); !(math.Abs(got-want) <= 2e-6) {
					t.Errorf("%s: derivative by logit %v (label %v) is %g, want %g", c.Loss.Kind, z[k],
						ref.Labels[row][k], got, want)
				}
			}
		}
		if !(math.Abs(value-c.Value) <= 1e-5*math.Abs(c.Value)) {
			t.Errorf("%s: %g, want %g", c.Loss.Kind, value, c.Value)
		}
		if err := one.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The joined step (plain rules, then the kernels of graph/cpustep) against the plain
// rules alone: loss, gradients, running statistics, for two sizes of batch.
func TestFastAndPlainStepsAgree(t *testing.T) {
	e := openEngine(t)
	for _, stats := range []bool{true, false} {
		quick, plain := open(t, e, learner.Options{BatchStats: stats}),
			open(t, e, learner.Options{BatchStats: stats, Plain: true})
		for _, n := range []int{5, 3} {
			if fast, err := quick.Fast(n); err != nil || !fast {
				t.Fatalf("fast: %v, %v", fast, err)
			}
			if fast, err := plain.Fast(n); err != nil || fast {
				t.Fatalf("plain: %v, %v", fast, err)
			}
			a, b := step(t, quick, batch(t, quick, n, 9)), step(t, plain, batch(t, plain, n, 9))
			if math.Abs(a-b) > 1e-5*b {
				t.Errorf("stats %v, %d films: loss %g and %g", stats, n, a, b)
			}
			compare(t, "gradient", quick.Grads, plain.Grads)
			compare(t, "running statistics", quick.Stats, plain.Stats)
		}
	}
}

func compare(t *testing.T, what string, a, b learner.Vector) {
	t.Helper()
	if !slices.Equal(a.Names, b.Names) {
		t.Fatalf("%s of %v and %v", what, a.Names, b.Names)
	}
	for i, name := range a.Names {
		from, to := a.Range(i)
		d, top := 0.0, 1e-4
		for k := from; k < to; k++ {
			d, top = max(d, math.Abs(float64(a.Data[k]-b.Data[k]))), max(top, math.Abs(float64(b.Data[k])))
		}
		if !(d <= 2e-4*top) {
			t.Errorf("%s of %s differ by %g of %g", what, name, d, top)
		}
	}
}

// Gradients against differences of the loss along them, which knows nothing of
// the rules: (f(p + h g) - f(p - h g)) / 2h = |g|^2.
func TestGradientIsTheSlopeOfTheLoss(t *testing.T) {
	l := open(t, openEngine(t), learner.Options{BatchStats: true})
	b := batch(t, l, 6, 2)
	step(t, l, b)
	start, g := slices.Clone(l.Params.Data), slices.Clone(l.Grads.Data)
	square := 0.0
	for _, x := range g {
		square += float64(x) * float64(x)
	}
	const h = 1e-2
	at := func(sign float32) float64 {
		for i := range g {
			l.Params.Data[i] = start[i] + sign*h*g[i]
		}
		return step(t, l, b)
	}
	if slope := (at(1) - at(-1)) / (2 * h); math.Abs(slope/square-1) > .02 {
		t.Errorf("slope %g, squared norm %g", slope, square)
	}
}

// Labels of weight 0 must not matter, and Model must give what was trained, at
// the names and with what is frozen as it was.
func TestUnknownLabelsAndModel(t *testing.T) {
	l := open(t, openEngine(t), learner.Options{From: "body.1", BatchStats: true})
	b := batch(t, l, 4, 7)
	for i := range b.W {
		b.W[i] = float32(i%2) / 6
	}
	first := step(t, l, b)
	grads := slices.Clone(l.Grads.Data)
	for i := range b.Y {
		if b.W[i] == 0 {
			b.Y[i] = 1 - b.Y[i]
		}
	}
	if again := step(t, l, b); again != first || !slices.Equal(grads, l.Grads.Data) {
		t.Error("labels that are not known change loss or gradient")
	}
	for i := range l.Params.Data {
		l.Params.Data[i] += 1
	}
	m := l.Model(l.Params.Data, l.Stats.Data)
	for i, name := range l.Params.Names {
		got, err := m.Graph.Initializer(name).Floats()
		from, to := l.Params.Range(i)
		if err != nil || !slices.Equal(got, l.Params.Data[from:to]) {
			t.Errorf("%s is not what was trained (%v)", name, err)
		}
	}
	if slices.ContainsFunc(l.Params.Names, func(s string) bool {
		return strings.HasPrefix(s, "stem") || strings.HasPrefix(s, "body.1")
	}) {
		t.Errorf("frozen layers are trained: %v", l.Params.Names)
	}
}

func TestRefusals(t *testing.T) {
	e := openEngine(t)
	r, err := zoo.Init(zoo.InitOptions{Arch: "resnet_tiny", Classes: 3, Input: 40, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]learner.Options{
		"no such value": {From: "nothing", Logits: "logits", Classes: 3, Loss: learner.Loss{Kind: learner.Cross}},
		"no such weight": {From: "image", Logits: "logits", Params: []string{"nothing"}, Classes: 3,
			Loss: learner.Loss{Kind: learner.Cross}},
		"no such loss": {From: "image", Logits: "logits", Params: []string{"head.weight"}, Classes: 3,
			Loss: learner.Loss{Kind: "hinge"}},
	} {
		l, err := learner.New(e, r.Model, o)
		if err == nil {
			_, err = l.NewBatch(2)
			_ = l.Close()
		}
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
