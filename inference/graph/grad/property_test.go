package grad_test

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/grad"
)

// draw functions: every call gives another instance of the operator.
type family map[string]func(r *rand.Rand) opCase

func some(r *rand.Rand, lo, hi int64) int64 { return lo + r.Int64N(hi-lo+1) }

func shapeOf(r *rand.Rand, rank int) []int64 {
	s := make([]int64, rank)
	for i := range s {
		s[i] = some(r, 1, 4)
	}
	return s
}

func x(shape ...int64) input { return input{name: "x", shape: shape} }

func unary(op string, attrs ...*graph.Attribute) func(*rand.Rand) opCase {
	return func(r *rand.Rand) opCase {
		return opCase{op: op, inputs: []input{x(shapeOf(r, 1+r.IntN(3))...)}, attrs: attrs, opset: 20}
	}
}

func positive(op string) func(*rand.Rand) opCase {
	return func(r *rand.Rand) opCase {
		return opCase{op: op, inputs: []input{{name: "x", shape: shapeOf(r, 2), positive: true}}}
	}
}

func activations() family {
	clip := func(r *rand.Rand) opCase {
		lo, hi := input{name: "lo", fixed: true, shape: []int64{}, scalar: -.2},
			input{name: "hi", fixed: true, shape: []int64{}, scalar: .3}
		return opCase{op: "Clip", inputs: []input{x(shapeOf(r, 3)...), lo, hi}}
	}
	axis := func(op string) func(*rand.Rand) opCase {
		return func(r *rand.Rand) opCase {
			return opCase{op: op, inputs: []input{x(shapeOf(r, 3)...)},
				attrs: []*graph.Attribute{graph.IntAttr("axis", some(r, -3, 2))}}
		}
	}
	f := family{
		"LeakyRelu":   unary("LeakyRelu", graph.FloatAttr("alpha", .3)),
		"Elu":         unary("Elu", graph.FloatAttr("alpha", .7)),
		"HardSigmoid": unary("HardSigmoid", graph.FloatAttr("alpha", .25), graph.FloatAttr("beta", .4)), "Clip": clip,
		"GeluTanh": unary("Gelu", graph.TextAttr("approximate", "tanh")), "Softmax": axis("Softmax"),
		"LogSoftmax": axis("LogSoftmax"),
		"PRelu": func(r *rand.Rand) opCase {
			s := shapeOf(r, 3)
			return opCase{op: "PRelu", inputs: []input{x(s...), {name: "slope", shape: []int64{s[1], 1}}}}
		},
	}
	for _, op := range []string{"Relu", "Sigmoid", "HardSwish", "Tanh", "Gelu", "Mish", "Softplus", "Softsign", "Selu",
		"Identity", "Dropout"} {
		f[op] = unary(op)
	}
	return f
}

// broadcast draws two shapes that broadcast to each other.
func broadcast(r *rand.Rand) (a, b []int64) {
	a = shapeOf(r, 1+r.IntN(3))
	b = slices.Clone(a[r.IntN(len(a)):])
	for i := range b {
		if r.IntN(3) == 0 {
			b[i] = 1
		}
	}
	for i := range a {
		if r.IntN(4) == 0 && i >= len(a)-len(b) {
			a[i] = 1
		}
	}
	if r.IntN(2) == 0 {
		return b, a
	}
	return a, b
}

func arithmetic() family {
	binary := func(op string, pos bool) func(*rand.Rand) opCase {
		return func(r *rand.Rand) opCase {
			p, q := broadcast(r)
			return opCase{op: op,
				inputs: []input{{name: "x", shape: p, positive: pos}, {name: "z", shape: q, positive: true}}}
		}
	}
	f := family{
		"Add": binary("Add", false), "Sub": binary("Sub", false), "Mul": binary("Mul", false),
		"Div": binary("Div", false),
		"Pow": binary("Pow", true), "Log": positive("Log"), "Sqrt": positive("Sqrt"),
		"Reciprocal": positive("Reciprocal"),
		"Max":        extreme("Max"), "Min": extreme("Min"),
		"Sum": func(r *rand.Rand) opCase {
			return opCase{op: "Sum",
				inputs: []input{x(2, 3), {name: "z", shape: []int64{3}}, {name: "w", shape: []int64{2, 1}}}}
		},
		"Where": func(r *rand.Rand) opCase {
			p, q := broadcast(r)
			return opCase{op: "Where", inputs: []input{{name: "c", shape: []int64{p[len(p)-1]}, bools: true},
				{name: "x", shape: p}, {name: "z", shape: q}}}
		},
	}
	for _, op := range []string{"Neg", "Abs", "Exp", "Sin", "Cos", "Erf"} {
		f[op] = unary(op)
	}
	return f
}

// extreme draws operands that are never equal: one spaced draw is positive and
// shifted by a third of the spacing.
func extreme(op string) func(*rand.Rand) opCase {
	return func(r *rand.Rand) opCase {
		p, q := broadcast(r)
		return opCase{op: op, inputs: []input{{name: "x", shape: p}, {name: "z", shape: q, positive: true}}}
	}
}

func products() family {
	return family{
		"Gemm": func(r *rand.Rand) opCase {
			m, k, n := some(r, 1, 4), some(r, 1, 4), some(r, 1, 4)
			p, q, c := []int64{m, k}, []int64{k, n}, [][]int64{{m, n}, {n}, {1, n}, {m, 1}}[r.IntN(4)]
			ta, tb := some(r, 0, 1), some(r, 0, 1)
			if ta == 1 {
				p = []int64{k, m}
			}
			if tb == 1 {
				q = []int64{n, k}
			}
			in := []input{{name: "x", shape: p}, {name: "z", shape: q}, {name: "c", shape: c}}
			return opCase{op: "Gemm", linear: true, inputs: in[:2+r.IntN(2)],
				attrs: []*graph.Attribute{graph.IntAttr("transA", ta), graph.IntAttr("transB", tb),
					graph.FloatAttr("alpha", .5), graph.FloatAttr("beta", 1.5)}}
		},
		"MatMul": func(r *rand.Rand) opCase {
			p, q := broadcast(r)
			m, k, n := some(r, 1, 4), some(r, 1, 4), some(r, 1, 4)
			if r.IntN(3) == 0 {
				q = nil
			}
			return opCase{op: "MatMul", linear: true,
				inputs: []input{{name: "x", shape: append(slices.Clone(p), m, k)},
					{name: "z", shape: append(slices.Clone(q), k, n)}}}
		},
		"Conv": drawConv, "ConvTranspose": drawConvTranspose, "Conv of many channels": drawWideConv,
	}
}

func drawConv(r *rand.Rand) opCase {
	rank := 1 + r.IntN(2)
	group := some(r, 1, 3)
	c, m := some(r, 1, 2), some(r, 1, 2)
	if r.IntN(3) == 0 { // depthwise
		c = 1
	}
	xs, ws := []int64{some(r, 1, 3), c * group}, []int64{m * group, c}
	var strides, dilations, before, after []int64
	for range rank {
		k, d, s := some(r, 1, 3), some(r, 1, 2), some(r, 1, 3)
		strides, dilations = append(strides, s), append(dilations, d)
		before, after = append(before, some(r, 0, 2)), append(after, some(r, 0, 2))
		ws = append(ws, k)
		xs = append(xs, (k-1)*d+1+some(r, 0, 4))
	}
	attrs := []*graph.Attribute{graph.IntAttr("group", group), graph.IntsAttr("strides", strides...)}
	switch auto := []string{"", "", "SAME_UPPER", "SAME_LOWER", "VALID"}[r.IntN(5)]; auto {
	case "":
		attrs = append(attrs, graph.IntsAttr("pads", slices.Concat(before, after)...),
			graph.IntsAttr("dilations", dilations...))
	default:
		attrs = append(attrs, graph.TextAttr("auto_pad", auto))
	}
	in := []input{x(xs...), {name: "w", shape: ws}, {name: "b", shape: ws[:1]}}
	return opCase{op: "Conv", linear: true, inputs: in[:2+r.IntN(2)], attrs: attrs}
}

// drawWideConv has channels and positions enough for a product a tap.
func drawWideConv(r *rand.Rand) opCase {
	xs, ws := []int64{some(r, 1, 2), 8}, []int64{some(r, 1, 3), 8}
	var strides, dilations, pads []int64
	for range 2 {
		k, s := some(r, 1, 3), some(r, 1, 2)
		strides, dilations, ws = append(strides, s), append(dilations, some(r, 1, 2)), append(ws, k)
		pads = append(pads, some(r, 0, k-1))
		xs = append(xs, some(r, 8, 9))
	}
	return opCase{op: "Conv", linear: true, inputs: []input{x(xs...), {name: "w", shape: ws}},
		attrs: []*graph.Attribute{
			graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...),
			graph.IntsAttr("pads", slices.Concat(pads, pads)...)}}
}

func drawConvTranspose(r *rand.Rand) opCase {
	group, c, m := some(r, 1, 2), some(r, 1, 2), some(r, 1, 2)
	xs, ws := []int64{some(r, 1, 2), c * group}, []int64{c * group, m}
	var strides, dilations, pads, extra []int64
	for range 2 {
		k, s := some(r, 1, 3), some(r, 1, 3)
		strides, dilations, ws = append(strides, s), append(dilations, some(r, 1, 2)), append(ws, k)
		pads, extra = append(pads, some(r, 0, (k-1)/2)), append(extra, some(r, 0, s-1))
		xs = append(xs, some(r, 2, 4))
	}
	attrs := []*graph.Attribute{graph.IntAttr("group", group), graph.IntsAttr("strides", strides...),
		graph.IntsAttr("dilations", dilations...),
		graph.IntsAttr("pads", slices.Concat(pads, pads)...), graph.IntsAttr("output_padding", extra...)}
	in := []input{x(xs...), {name: "w", shape: ws}, {name: "b", shape: []int64{m * group}}}
	return opCase{op: "ConvTranspose", linear: true, inputs: in[:2+r.IntN(2)], attrs: attrs}
}

func poolings() family {
	pool := func(op string) func(r *rand.Rand) opCase {
		return func(r *rand.Rand) opCase {
			xs := []int64{some(r, 1, 2), some(r, 1, 3)}
			var k, s, p []int64
			for range 2 {
				size := some(r, 1, 3)
				k, s, p = append(k, size), append(s, some(r, 1, 3)), append(p, some(r, 0, size/2))
				xs = append(xs, size+some(r, 0, 4))
			}
			attrs := []*graph.Attribute{graph.IntsAttr("kernel_shape", k...), graph.IntsAttr("strides", s...),
				graph.IntsAttr("pads", slices.Concat(p, p)...), graph.IntAttr("ceil_mode", some(r, 0, 1))}
			if op == "AveragePool" {
				attrs = append(attrs, graph.IntAttr("count_include_pad", some(r, 0, 1)))
			}
			return opCase{op: op, inputs: []input{x(xs...)}, attrs: attrs, linear: op == "AveragePool", opset: 19}
		}
	}
	global := func(op string) func(r *rand.Rand) opCase {
		return func(r *rand.Rand) opCase {
			return opCase{op: op, inputs: []input{x(shapeOf(r, 4)...)}, linear: op == "GlobalAveragePool"}
		}
	}
	return family{"MaxPool": pool("MaxPool"), "AveragePool": pool("AveragePool"),
		"GlobalAveragePool": global("GlobalAveragePool"), "GlobalMaxPool": global("GlobalMaxPool")}
}

func reductions() family {
	f := family{}
	for _, op := range []string{"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare"} {
		f[op] = func(r *rand.Rand) opCase {
			axes := [][]int64{{0}, {1}, {-1}, {0, 2}, {1, 2}, nil}[r.IntN(6)]
			c := opCase{op: op, inputs: []input{x(shapeOf(r, 3)...)},
				attrs: []*graph.Attribute{graph.IntAttr("keepdims", some(r, 0, 1))}}
			switch old := r.IntN(2) == 0; {
			case axes == nil: // all axes, kept: the binding takes no result of rank 0
				c.attrs[0].Int = 1
			case old && op != "ReduceSum":
				c.opset, c.attrs = 13, append(c.attrs, graph.IntsAttr("axes", axes...))
			default:
				c.inputs = append(c.inputs, input{name: "axes", ints: axes, shape: []int64{int64(len(axes))}})
			}
			return c
		}
	}
	return f
}

func norms() family {
	return family{
		"BatchNormalization": func(r *rand.Rand) opCase {
			s := shapeOf(r, 2+r.IntN(3))
			c := s[1:2]
			return opCase{op: "BatchNormalization",
				inputs: []input{x(s...), {name: "scale", shape: c}, {name: "shift", shape: c},
					{name: "mean", shape: c, fixed: true}, {name: "var", shape: c, fixed: true, positive: true}}}
		},
		"LayerNormalization": func(r *rand.Rand) opCase {
			s := []int64{some(r, 1, 3), some(r, 2, 4), some(r, 2, 4)}
			axis := some(r, 1, 2)
			in := []input{x(s...), {name: "scale", shape: s[axis:]}, {name: "shift", shape: s[axis:]}}
			return opCase{op: "LayerNormalization", inputs: in[:2+r.IntN(2)],
				attrs: []*graph.Attribute{graph.IntAttr("axis", axis), graph.FloatAttr("epsilon", .01)}}
		},
	}
}

func vector(name string, v ...int64) input {
	return input{name: name, ints: v, shape: []int64{int64(len(v))}}
}

func layouts() family {
	return family{
		"Reshape": func(r *rand.Rand) opCase {
			return opCase{op: "Reshape", linear: true, inputs: []input{x(2, 3, 4), vector("s", 0, -1)}}
		},
		"Flatten": func(r *rand.Rand) opCase {
			return opCase{op: "Flatten", linear: true, inputs: []input{x(shapeOf(r, 3)...)},
				attrs: []*graph.Attribute{graph.IntAttr("axis", some(r, 0, 3))}}
		},
		"Squeeze": func(r *rand.Rand) opCase {
			return opCase{op: "Squeeze", linear: true, inputs: []input{x(2, 1, 3, 1), vector("a", 1, -1)}}
		},
		"Unsqueeze": func(r *rand.Rand) opCase {
			return opCase{op: "Unsqueeze", linear: true, inputs: []input{x(2, 3), vector("a", 0, some(r, 1, 3))}}
		},
		"Transpose": func(r *rand.Rand) opCase {
			c := opCase{op: "Transpose", linear: true, inputs: []input{x(shapeOf(r, 3)...)}}
			if r.IntN(3) > 0 {
				perm := []int64{0, 1, 2}
				r.Shuffle(3, func(i, j int) { perm[i], perm[j] = perm[j], perm[i] })
				c.attrs = []*graph.Attribute{graph.IntsAttr("perm", perm...)}
			}
			return c
		},
		"Expand": func(r *rand.Rand) opCase {
			return opCase{op: "Expand", linear: true,
				inputs: []input{x(3, 1), vector("s", some(r, 1, 3), 1, some(r, 1, 4))}}
		},
		"Tile": func(r *rand.Rand) opCase {
			return opCase{op: "Tile", linear: true,
				inputs: []input{x(shapeOf(r, 2)...), vector("n", some(r, 1, 3), some(r, 1, 3))}}
		},
		"Concat": func(r *rand.Rand) opCase {
			s, at := shapeOf(r, 3), r.IntN(3)
			q := slices.Clone(s)
			q[at] = some(r, 1, 3)
			return opCase{op: "Concat", linear: true, inputs: []input{x(s...), {name: "z", shape: q}},
				attrs: []*graph.Attribute{graph.IntAttr("axis", int64(at)-3*some(r, 0, 1))}}
		},
		"Split": func(r *rand.Rand) opCase {
			return opCase{op: "Split", linear: true, outputs: 3, inputs: []input{x(2, 6, 2), vector("s", 1, 3, 2)},
				attrs: []*graph.Attribute{graph.IntAttr("axis", -2)}, opset: 13}
		},
		"Resize": drawResize,
	}
}

func drawResize(r *rand.Rand) opCase {
	h, w := some(r, 2, 4), some(r, 2, 4)
	attrs := []*graph.Attribute{graph.TextAttr("mode", []string{"nearest", "linear"}[r.IntN(2)]),
		graph.TextAttr("coordinate_transformation_mode",
			[]string{"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"}[r.IntN(4)]),
		graph.TextAttr("nearest_mode", []string{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}[r.IntN(4)])}
	return opCase{op: "Resize", linear: true,
		inputs: []input{x(1, 2, h, w), {}, {}, vector("s", 1, 2, some(r, 1, 7), some(r, 1, 7))}, attrs: attrs}
}

func selections() family {
	return family{
		"Slice": func(r *rand.Rand) opCase {
			n := some(r, 3, 7)
			step := []int64{1, 2, 3, -1, -2}[r.IntN(5)]
			from, to := some(r, 0, n-2), n
			if step < 0 {
				from, to = some(r, 1, n-1), -n-1
			}
			return opCase{op: "Slice", linear: true,
				inputs: []input{x(2, n, 3), vector("from", from, 1), vector("to", to, 3), vector("axes", 1, -1),
					vector("steps", step, 1)}}
		},
		"Pad": func(r *rand.Rand) opCase {
			return opCase{op: "Pad", linear: true,
				inputs: []input{x(2, 4, 3), vector("pads", 0, some(r, -1, 2), 1, some(r, 0, 1), some(r, -1, 1), 0)}}
		},
		"Gather computed": func(r *rand.Rand) opCase {
			idx := []input{{name: "i", ints: []int64{2, 0, 1, 2}, shape: []int64{4}, hidden: true},
				{name: "i", ints: []int64{0, 1, 2, 1}, shape: []int64{2, 2}, hidden: true}}[r.IntN(2)]
			return opCase{op: "Gather", linear: true, inputs: []input{x(3, 4, 3), idx},
				attrs: []*graph.Attribute{graph.IntAttr("axis", some(r, -1, 2))}}
		},
		"Gather": func(r *rand.Rand) opCase {
			idx := []input{vector("i", 2, 0, -1, 2), {name: "i", ints: []int64{1}, shape: []int64{}},
				{name: "i", ints: []int64{0, 1, 2, 1}, shape: []int64{2, 2}}}[r.IntN(3)]
			return opCase{op: "Gather", linear: true, inputs: []input{x(3, 3, 3), idx},
				attrs: []*graph.Attribute{graph.IntAttr("axis", some(r, -1, 2))}}
		},
	}
}

// old draws cases of operator set 11, where axes are attributes.
func old() family {
	return family{
		"Add 11": func(r *rand.Rand) opCase {
			return opCase{op: "Add", inputs: []input{x(2, 3), {name: "z", shape: []int64{2, 1}}}, opset: 11}
		},
		"ReduceMean 11": func(r *rand.Rand) opCase {
			return opCase{op: "ReduceMean", inputs: []input{x(shapeOf(r, 3)...)}, opset: 11,
				attrs: []*graph.Attribute{graph.IntsAttr("axes", 0, 2), graph.IntAttr("keepdims", some(r, 0, 1))}}
		},
		"Softmax 11": func(r *rand.Rand) opCase {
			return opCase{op: "Softmax", inputs: []input{x(3, 4)}, opset: 11,
				attrs: []*graph.Attribute{graph.IntAttr("axis", some(r, -1, 0)*2+1)}}
		},
		"Split 11": func(r *rand.Rand) opCase {
			return opCase{op: "Split", linear: true, outputs: 2, inputs: []input{x(5, 2)}, opset: 11,
				attrs: []*graph.Attribute{graph.IntsAttr("split", 2, 3)}}
		},
	}
}

// Oracle: central differences computed by ONNX Runtime; see compare for the
// tolerances. Draws are seeded by the operator's name, so a failure repeats.
func TestRulesAgainstCentralDifferences(t *testing.T) {
	draws := map[string]int{"Conv": 60, "Conv of many channels": 20, "ConvTranspose": 25, "MaxPool": 25,
		"AveragePool": 25, "Resize": 30, "Slice": 15, "MatMul": 15, "Gemm": 20,
		"Resize more": 40, "GridSample": 12, "Attention": 10, "Pad by modes": 25, "LpPool": 15, "ScatterElements": 15,
		"ScatterND": 15, "ConvTranspose auto": 15, "GatherND": 10}
	for _, f := range []family{activations(), arithmetic(), products(), poolings(), reductions(), norms(), layouts(),
		selections(), old(),
		elementary(), moreReductions(), moreNorms(), morePoolings(), einsums(), scatters(), attentions()} {
		for name, make := range f {
			t.Run(name, func(t *testing.T) {
				h := fnv.New64()
				h.Write([]byte(name))
				rng := rand.New(rand.NewPCG(h.Sum64(), 7))
				for range max(draws[name], 6) {
					c := make(rng)
					if !grad.Supported(c.op) && c.op != "Upsample" { // which becomes a Resize
						t.Fatalf("%s has no rule", c.op)
					}
					c.check(t, rng)
					if t.Failed() {
						return
					}
				}
			})
		}
	}
}
