package ort

import (
	"math"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/graph"
)

func sigmoids(l []float64) []float64 {
	out := make([]float64, len(l))
	for i, x := range l {
		out[i] = 1 / (1 + math.Exp(-x))
	}
	return out
}

func exps(l []float64) []float64 {
	out := make([]float64, len(l))
	for i, x := range l {
		out[i] = math.Exp(x)
	}
	return out
}

func asTheyAre(v []float64) []float64 { return v }

// end is a way in which networks make an output "out" of their logits "raw".
type end struct {
	name      string
	write     func(n *net)
	means     func(out []float64) []float64 // the probabilities that the output tells
	meaning   inference.Meaning
	exclusive bool
}

func ends() []end {
	one := func(n *net, op string, attrs ...*graph.Attribute) { n.as("out", op, []string{"raw"}, attrs...) }
	opNorm := func(n *net) {
		p, t := n.op("Sigmoid", []string{"raw"}), n.numbers(.2, .4, .6)
		below := n.op("Div", []string{p, n.op("Mul", []string{t, n.number(2)})})
		rest := n.op("Mul", []string{n.op("Sub", []string{n.number(1), t}), n.number(2)})
		above := n.op("Sub", []string{n.number(1), n.op("Div", []string{n.op("Sub", []string{n.number(1), p}), rest})})
		n.as("out", "Where", []string{n.op("Less", []string{p, t}), below, above})
	}
	return []end{
		{"logits", func(n *net) { one(n, "Identity") }, sigmoids, inference.Logits, false},
		{"scaled logits", func(n *net) { n.as("out", "Div", []string{"raw", n.number(3)}) }, sigmoids,
			inference.Logits, false},
		{"clipped logits", func(n *net) { n.as("out", "Clip", []string{"raw", n.number(-9), n.number(9)}) }, sigmoids,
			inference.Logits, false},
		{"sigmoid", func(n *net) { one(n, "Sigmoid") }, asTheyAre, inference.Probabilities, false},
		{"hard sigmoid", func(n *net) { one(n, "HardSigmoid") }, asTheyAre, inference.Probabilities, false},
		{"clip", func(n *net) {
			n.as("out", "Clip", []string{n.op("Sigmoid", []string{"raw"}), n.number(.01), n.number(.99)})
		}, asTheyAre, inference.Probabilities, false},
		{"1/(1+exp(-x))", func(n *net) {
			x := n.op("Exp", []string{n.op("Neg", []string{"raw"})})
			n.as("out", "Reciprocal", []string{n.op("Add", []string{x, n.number(1)})})
		}, asTheyAre, inference.Probabilities, false},
		{"(tanh(x/2)+1)/2", func(n *net) {
			x := n.op("Tanh", []string{n.op("Mul", []string{"raw", n.number(.5)})})
			n.as("out", "Mul", []string{n.op("Add", []string{x, n.number(1)}), n.number(.5)})
		}, asTheyAre, inference.Probabilities, false},
		{"1-sigmoid", func(n *net) { n.as("out", "Sub", []string{n.number(1), n.op("Sigmoid", []string{"raw"})}) },
			asTheyAre, inference.Probabilities, false},
		{"sigmoid twice", func(n *net) { n.as("out", "Sigmoid", []string{n.op("Sigmoid", []string{"raw"})}) },
			asTheyAre, inference.Probabilities, false},
		{"operating points", opNorm, asTheyAre, inference.Probabilities, false},
		{"mean of two sigmoids", func(n *net) {
			b := n.op("Sigmoid", []string{n.op("Add", []string{"raw", n.number(.7)})})
			n.as("out", "Mean", []string{n.op("Sigmoid", []string{"raw"}), b})
		}, asTheyAre, inference.Probabilities, false},
		{"log sigmoid", func(n *net) {
			n.as("out", "Neg",
				[]string{n.op("Softplus", []string{n.op("Neg", []string{"raw"})})})
		}, exps, inference.Probabilities, false},
		{"softmax", func(n *net) { one(n, "Softmax", graph.IntAttr("axis", 1)) }, asTheyAre, inference.Softmax, true},
		{"softmax at a temperature",
			func(n *net) { n.as("out", "Softmax", []string{n.op("Div", []string{"raw", n.number(2)})}) }, asTheyAre,
			inference.Softmax, true},
		{"log softmax", func(n *net) { one(n, "LogSoftmax") }, exps, inference.Softmax, true},
		{"exp over its sum", func(n *net) {
			x := n.op("Exp", []string{"raw"})
			n.as("out", "Div", []string{x, n.op("ReduceSum", []string{x, n.ints(1)})})
		}, asTheyAre, inference.Softmax, true},
		{"mean of two softmaxes", func(n *net) {
			b := n.op("Softmax", []string{n.op("Add", []string{"raw", n.numbers(1, 0, -1)})})
			n.as("out", "Mean", []string{n.op("Softmax", []string{"raw"}), b})
		}, asTheyAre, inference.Softmax, true},
		{"sigmoids over their sum", func(n *net) {
			x := n.op("Sigmoid", []string{"raw"})
			n.as("out", "Div", []string{x, n.op("ReduceSum", []string{x, n.ints(1)})})
		}, asTheyAre, inference.Softmax, true},
	}
}

// Oracle: ONNX Runtime's own value of the output, for the same tensor, to 1e-5.
func TestProbabilitiesAreThoseOfTheOutput(t *testing.T) {
	e := openEngine(t)
	for _, c := range ends() {
		t.Run(c.name, func(t *testing.T) {
			n := newNet(11)
			classifier(n, 3)
			c.write(n)
			onnx := encoded(t, n.model(picture(), value("out", graph.Float, 3)))
			m := openNet(t, e, source(onnx, 3))
			r, err := m.Score(t.Context(), testImage())
			if err != nil {
				t.Fatal(err)
			}
			in, _, err := m.Spec.Prep.Tensor(testImage())
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.means(told(t, e, onnx, "out", in)) {
				if got := r.Findings[i].Probability; !(math.Abs(got-want) <= 1e-5) {
					t.Errorf("class %d: probability %v, the model's is %v", i, got, want)
				}
			}
			if got := m.Contract.Meaning; got.Value != string(c.meaning) || got.From != inference.Proved ||
				r.Exclusive != c.exclusive {
				t.Errorf("meaning %v, exclusive %v; want %v, %v", got, r.Exclusive, c.meaning, c.exclusive)
			}
			if maps, err := m.Maps(t.Context(), testImage(), r); err != nil || len(maps) != 3 {
				t.Errorf("%d maps, %v", len(maps), err)
			}
		})
	}
}

// Shapes of outputs: one value without an axis of classes, axes of one, two values
// a class. Oracle: as above.
func TestOutputsOfEveryShape(t *testing.T) {
	e := openEngine(t)
	for name, c := range map[string]struct {
		classes, values int64
		write           func(n *net)
		out             *graph.ValueInfo
		want            func([]float64) []float64
	}{
		"[N]": {1, 1, func(n *net) {
			n.as("out", "Squeeze", []string{n.op("Sigmoid", []string{"raw"}), n.ints(1)})
		}, value("out", graph.Float), asTheyAre},
		"[N, C, 1, 1]": {3, 3, func(n *net) {
			n.as("out", "Reshape", []string{n.op("Sigmoid", []string{"raw"}), n.ints(-1, 3, 1, 1)})
		}, value("out", graph.Float, 3, 1, 1), asTheyAre},
		"[N, C, 2]": {3, 6, func(n *net) {
			n.as("out", "Softmax", []string{n.op("Reshape", []string{"raw", n.ints(-1, 3, 2)})},
				graph.IntAttr("axis", -1))
		}, value("out", graph.Float, 3, 2), func(v []float64) []float64 { return []float64{v[1], v[3], v[5]} }},
		"16-bit": {3, 3, func(n *net) {
			n.as("out", "Cast", []string{n.op("Sigmoid", []string{"raw"})}, graph.IntAttr("to", int64(graph.Float16)))
		}, value("out", graph.Float16, 3), nil},
	} {
		n := newNet(12)
		classifier(n, c.values)
		c.write(n)
		onnx := encoded(t, n.model(picture(), c.out))
		m := openNet(t, e, source(onnx, int(c.classes)))
		r, err := m.Score(t.Context(), testImage())
		if err != nil {
			t.Fatal(name, err)
		}
		if c.want == nil {
			continue // the engine's sessions give no 16-bit values to compare with
		}
		in, _, _ := m.Spec.Prep.Tensor(testImage())
		for i, want := range c.want(told(t, e, onnx, "out", in)) {
			if got := r.Findings[i].Probability; !(math.Abs(got-want) <= 1e-5) {
				t.Errorf("%s, class %d: probability %v, the model's is %v", name, i, got, want)
			}
		}
	}
}

// Of several outputs the one that a linear layer makes for just these classes.
func TestOutputIsChosen(t *testing.T) {
	e := openEngine(t)
	all := map[string]*graph.ValueInfo{
		"emb": value("emb", graph.Float, 6), "z": value("z", graph.Float, 3), "raw": value("raw", graph.Float, 3),
		"p": value("p", graph.Float, 3), "features": value("features", graph.Float, 6, 8, 8),
		"logits": value("logits", graph.Float, 3), // so called, and no classifier's
	}
	for _, c := range []struct{ order, want, stated string }{
		{"emb raw", "raw", ""}, {"z raw", "raw", ""}, {"features raw", "raw", ""}, {"p raw", "raw", ""},
		{"raw p", "raw", ""},
		{"z p", "p", ""}, {"p emb", "p", ""}, {"emb z p raw", "raw", ""}, {"logits raw", "raw", ""},
		{"raw logits", "raw", ""}, {"z raw", "z", "z"}, {"raw p", "p", "p"},
	} {
		n := newNet(13)
		x := n.features("image")
		n.as("features", "Identity", []string{x})
		n.as("emb", "Identity", []string{n.pooled(x)})
		n.as("z", "Slice", []string{"emb", n.ints(0), n.ints(3), n.ints(1)})
		n.as("logits", "Identity", []string{"z"})
		n.linear("raw", "emb", 6, 3)
		n.as("p", "Sigmoid", []string{"raw"})
		var outs []*graph.ValueInfo
		for _, o := range strings.Fields(c.order) {
			outs = append(outs, all[o])
		}
		src := source(encoded(t, n.model(picture(), outs...)), 3)
		src.Stated.Output = c.stated
		if got := openNet(t, e, src).Contract.Output.Value; got != c.want {
			t.Errorf("of %s (said %q) %q was taken, want %q", c.order, c.stated, got, c.want)
		}
	}
}

// What nothing proves is asked for in a sentence that names the flag.
func TestContractsAreAskedFor(t *testing.T) {
	e := openEngine(t)
	for name, c := range map[string]struct {
		write   func(n *net)
		out     *graph.ValueInfo
		classes int
		stated  inference.Statement
		want    string
	}{
		"percent": {func(n *net) {
			n.as("out", "Mul",
				[]string{n.op("Sigmoid", []string{"raw"}), n.number(100)})
		}, nil, 3, inference.Statement{}, "--contract out:logits"},
		"tanh": {func(n *net) { n.as("out", "Tanh", []string{"raw"}) }, nil, 3, inference.Statement{},
			"--contract out:logits"},
		"constant": {func(n *net) { n.as("out", "Mul", []string{"raw", n.number(0)}) }, nil, 3,
			inference.Statement{}, "says nothing"},
		"sigmoid as logits": {func(n *net) { n.as("out", "Sigmoid", []string{"raw"}) }, nil, 3,
			inference.Statement{Meaning: inference.Logits}, "out:probabilities"},
		"sigmoid as softmax": {func(n *net) { n.as("out", "Sigmoid", []string{"raw"}) }, nil, 3,
			inference.Statement{Meaning: inference.Softmax}, "do not add up to one"},
		"logits as chances": {func(n *net) { n.as("out", "Identity", []string{"raw"}) }, nil, 3,
			inference.Statement{Meaning: inference.Probabilities}, "no probabilities"},
		"no such output": {func(n *net) { n.as("out", "Identity", []string{"raw"}) }, nil, 3,
			inference.Statement{Output: "foo"}, `no output "foo"`},
		"labels": {func(n *net) { n.as("out", "Softmax", []string{"raw"}) }, nil, 2, inference.Statement{},
			"3 classes and has 2 labels"},
		"mixed": {func(n *net) {
			cut := func(from, to int64) string {
				return n.op("Slice", []string{"raw", n.ints(from), n.ints(to), n.ints(1)})
			}
			n.as("out", "Concat", []string{n.op("Sigmoid", []string{cut(0, 1)}), cut(1, 3)}, graph.IntAttr("axis", 1))
		}, nil, 3, inference.Statement{}, "probabilities for some classes"},
		"two heads": {nil, value("aux", graph.Float, 3), 3, inference.Statement{}, `"out", "aux"`},
	} {
		n := newNet(14)
		x := n.pooled(n.features("image"))
		n.linear("raw", x, 6, 3)
		if name == "two heads" {
			n.linear("out", x, 6, 3)
			n.linear("aux", x, 6, 3)
		} else {
			c.write(n)
		}
		outs := []*graph.ValueInfo{value("out", graph.Float, 3)}
		if c.out != nil {
			outs = append(outs, c.out)
		}
		src := source(encoded(t, n.model(picture(), outs...)), c.classes)
		src.Stated = c.stated
		m, err := inference.OpenModel(e, src)
		if err == nil {
			t.Errorf("%s was opened", name)
			m.Close()
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// What is stated counts: logits of exclusive classes, a Tanh that is called logits;
// and what RecordContract writes is read again.
func TestStatedContracts(t *testing.T) {
	e := openEngine(t)
	n := newNet(15)
	classifier(n, 3)
	n.as("out", "Identity", []string{"raw"})
	g := n.model(picture(), value("out", graph.Float, 3))
	src := source(encoded(t, g), 3)
	src.Stated.Meaning = inference.Softmax
	check := func(m *inference.Model, from inference.Provenance) {
		t.Helper()
		r, err := m.Score(t.Context(), testImage())
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.
		for _, f := range r.Findings {
			sum += f.Probability
		}
		if math.Abs(sum-1) > 1e-6 || !r.Exclusive || m.Contract.Meaning.From != from {
			t.Errorf("probabilities add up to %v, exclusive %v, %+v", sum, r.Exclusive, m.Contract.Meaning)
		}
	}
	check(openNet(t, e, src), inference.Stated)
	if err := inference.RecordContract(g, "out", inference.Softmax); err != nil {
		t.Fatal(err)
	}
	src.ONNX, src.Stated = encoded(t, g), inference.Statement{}
	check(openNet(t, e, src), inference.Recorded)
	g.SetMetadata("hilum.contract", "out:softmax") // as people write it
	src.ONNX = encoded(t, g)
	check(openNet(t, e, src), inference.Recorded)
}
