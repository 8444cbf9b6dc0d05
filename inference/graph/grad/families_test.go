package grad_test

import (
	"math/rand/v2"
	"slices"

	"hilum/inference/graph"
)

func oneOf[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// shifted draws x in (low, low + 1) times scale by a constant added first: the domains of
// some functions are narrow.
func elementary() family {
	f := family{}
	for _, op := range []string{"Tan", "Sinh", "Cosh", "Asinh", "Atan", "Tanh", "Exp"} {
		f[op] = func(r *rand.Rand) opCase {
			return opCase{op: op, inputs: []input{x(some(r, 1, 3), some(r, 1, 3))}}
		}
	}
	for _, op := range []string{"Asin", "Acos", "Atanh"} {
		f[op] = func(r *rand.Rand) opCase {
			return opCase{op: op, inputs: []input{x(some(r, 1, 3), some(r, 1, 4))}}
		}
	}
	f["Acosh"] = func(r *rand.Rand) opCase {
		return opCase{op: "Acosh",
			inputs: []input{{name: "x", shape: []int64{some(r, 2, 4), 3}, positive: true, above: 1.2}}}
	}
	f["Celu"] = unary("Celu", graph.FloatAttr("alpha", .7))
	f["ThresholdedRelu"] = unary("ThresholdedRelu", graph.FloatAttr("alpha", .3))
	f["Shrink"] = func(r *rand.Rand) opCase {
		return opCase{op: "Shrink", coarse: true, inputs: []input{x(shapeOf(r, 2)...)},
			attrs: []*graph.Attribute{graph.FloatAttr("lambd", .3), graph.FloatAttr("bias", .1)}}
	}
	f["Mean"] = func(r *rand.Rand) opCase {
		return opCase{op: "Mean",
			inputs: []input{x(2, 3), {name: "z", shape: []int64{3}}, {name: "w", shape: []int64{2, 1}}}}
	}
	for _, op := range []string{"Max", "Min"} {
		f[op+" of three"] = func(r *rand.Rand) opCase {
			return opCase{op: op, inputs: []input{x(4, 3), {name: "z", shape: []int64{3}, positive: true},
				{name: "w", shape: []int64{4, 1}, above: .05}}}
		}
	}
	f["Mod"] = func(r *rand.Rand) opCase {
		return opCase{op: "Mod", inputs: []input{x(3, 4), {name: "z", shape: []int64{4}, positive: true, above: .71}},
			attrs: []*graph.Attribute{graph.IntAttr("fmod", 1)}}
	}
	f["Clip by values"] = func(r *rand.Rand) opCase { // limits of rank 0 that are computed
		lo, hi := input{name: "lo", fixed: true, shape: []int64{}, scalar: .2, hidden: true},
			input{name: "hi", fixed: true, shape: []int64{}, scalar: .5}
		return opCase{op: "Clip", inputs: []input{x(shapeOf(r, 3)...), lo, hi}}
	}
	f["Pow of whole"] = func(r *rand.Rand) opCase {
		return opCase{op: "Pow", inputs: []input{x(3, 4), {name: "p", ints: []int64{3, 2, 1, 0}, shape: []int64{4}}}}
	}
	return f
}

func moreReductions() family {
	f := family{}
	for _, op := range []string{"ReduceL1", "ReduceProd", "ReduceLogSum", "ReduceLogSumExp", "ReduceL2", "ReduceMax"} {
		f[op] = func(r *rand.Rand) opCase {
			axes := oneOf(r, []int64{0}, []int64{1}, []int64{-1}, []int64{0, -1}, []int64{1, 2}, nil)
			c := opCase{op: op, inputs: []input{{name: "x", shape: shapeOf(r, 3), positive: op == "ReduceLogSum"}},
				attrs: []*graph.Attribute{graph.IntAttr("keepdims", some(r, 0, 1))}}
			switch old := r.IntN(2) == 0; {
			case axes == nil:
				c.attrs[0].Int = 1
			case old:
				c.opset, c.attrs = 13, append(c.attrs, graph.IntsAttr("axes", axes...))
			default:
				c.inputs = append(c.inputs, input{name: "axes", ints: axes, shape: []int64{int64(len(axes))}})
			}
			return c
		}
	}
	return f
}

func moreNorms() family {
	return family{
		"InstanceNormalization": func(r *rand.Rand) opCase {
			s := append([]int64{some(r, 1, 2), some(r, 1, 3)}, oneOf(r, []int64{5}, []int64{3, 4}, []int64{2, 2, 3})...)
			return opCase{op: "InstanceNormalization",
				inputs: []input{x(s...), {name: "scale", shape: s[1:2]}, {name: "shift", shape: s[1:2]}},
				attrs:  []*graph.Attribute{graph.FloatAttr("epsilon", .01)}}
		},
		"GroupNormalization": func(r *rand.Rand) opCase {
			groups := some(r, 1, 3)
			s := []int64{some(r, 1, 2), groups * some(r, 1, 2), some(r, 2, 3), some(r, 2, 3)}
			return opCase{op: "GroupNormalization", coarse: true, opset: 21,
				inputs: []input{x(s...), {name: "scale", shape: s[1:2]}, {name: "shift", shape: s[1:2]}},
				attrs:  []*graph.Attribute{graph.IntAttr("num_groups", groups), graph.FloatAttr("epsilon", .01)}}
		},
		"GroupNormalization of groups": func(r *rand.Rand) opCase {
			groups := some(r, 1, 3)
			s := []int64{some(r, 1, 2), groups * some(r, 1, 2), some(r, 2, 3), some(r, 2, 3)}
			return opCase{op: "GroupNormalization", coarse: true, opset: 18,
				inputs: []input{x(s...), {name: "scale", shape: []int64{groups}},
					{name: "shift", shape: []int64{groups}}},
				attrs: []*graph.Attribute{graph.IntAttr("num_groups", groups), graph.FloatAttr("epsilon", .01)}}
		},
		"RMSNormalization": func(r *rand.Rand) opCase {
			s := []int64{some(r, 1, 3), some(r, 2, 4), some(r, 2, 4)}
			axis := some(r, 1, 2)
			return opCase{op: "RMSNormalization", opset: 23,
				inputs: []input{x(s...), {name: "scale", shape: s[axis:]}},
				attrs:  []*graph.Attribute{graph.IntAttr("axis", axis), graph.FloatAttr("epsilon", .01)}}
		},
		"MeanVarianceNormalization": func(r *rand.Rand) opCase {
			c := opCase{op: "MeanVarianceNormalization", inputs: []input{x(2, 3, 3, 4)}}
			if r.IntN(2) == 0 {
				c.attrs = []*graph.Attribute{graph.IntsAttr("axes", 2, 3)}
			}
			return c
		},
		"LpNormalization": func(r *rand.Rand) opCase {
			return opCase{op: "LpNormalization", inputs: []input{x(shapeOf(r, 3)...)},
				attrs: []*graph.Attribute{graph.IntAttr("axis", some(r, -3, 2)), graph.IntAttr("p", some(r, 1, 2))}}
		},
		"LRN": func(r *rand.Rand) opCase {
			return opCase{op: "LRN", inputs: []input{x(some(r, 1, 2), some(r, 2, 6), 2, 3)},
				attrs: []*graph.Attribute{graph.IntAttr("size", 2*some(r, 0, 2)+1),
					graph.FloatAttr("alpha", .7), graph.FloatAttr("beta", .6), graph.FloatAttr("bias", 1.3)}}
		},
	}
}

func morePoolings() family {
	lp := func(r *rand.Rand) opCase {
		xs := []int64{some(r, 1, 2), some(r, 1, 3)}
		var k, s, p []int64
		for range 2 {
			size := some(r, 1, 3)
			k, s, p = append(k, size), append(s, some(r, 1, 3)), append(p, some(r, 0, size/2))
			xs = append(xs, size+some(r, 0, 4))
		}
		return opCase{op: "LpPool", inputs: []input{x(xs...)}, opset: 18,
			attrs: []*graph.Attribute{graph.IntsAttr("kernel_shape", k...), graph.IntsAttr("strides", s...),
				graph.IntsAttr("pads", slices.Concat(p, p)...), graph.IntAttr("p", some(r, 1, 3))}}
	}
	return family{"LpPool": lp,
		"GlobalLpPool": func(r *rand.Rand) opCase {
			return opCase{op: "GlobalLpPool", inputs: []input{x(shapeOf(r, 4)...)},
				attrs: []*graph.Attribute{graph.IntAttr("p", some(r, 1, 3))}}
		},
		"MaxPool by columns": func(r *rand.Rand) opCase {
			return opCase{op: "MaxPool", inputs: []input{x(1, 2, 5, 4)}, outputs: 1,
				attrs: []*graph.Attribute{graph.IntsAttr("kernel_shape", 3, 2), graph.IntAttr("storage_order", 1),
					graph.IntsAttr("strides", 2, 1)}}
		},
		"MaxPool dilated": func(r *rand.Rand) opCase {
			return opCase{op: "MaxPool", inputs: []input{x(1, 2, 7, 6)},
				attrs: []*graph.Attribute{graph.IntsAttr("kernel_shape", 2, 3), graph.IntsAttr("dilations", 3, 2),
					graph.IntsAttr("pads", 1, 1, 0, 1)}}
		},
		"ConvTranspose auto": drawConvTransposeAuto,
		"Conv 3D": func(r *rand.Rand) opCase {
			return opCase{op: "Conv", linear: true,
				inputs: []input{x(1, 2, 4, 3, 4), {name: "w", shape: []int64{3, 2, 2, 3, 2}}},
				attrs: []*graph.Attribute{graph.IntsAttr("strides", 2, 1, 1),
					graph.IntsAttr("pads", 0, 1, 1, 0, 1, 0)}}
		},
	}
}

func drawConvTransposeAuto(r *rand.Rand) opCase {
	xs, ws := []int64{1, 2, some(r, 2, 4), some(r, 2, 4)}, []int64{2, 2, some(r, 2, 3), some(r, 2, 3)}
	strides := []int64{some(r, 1, 2), some(r, 1, 2)}
	attrs := []*graph.Attribute{graph.IntsAttr("strides", strides...)}
	if r.IntN(2) == 0 {
		attrs = append(attrs, graph.TextAttr("auto_pad", oneOf(r, "SAME_UPPER", "SAME_LOWER", "VALID")))
	} else {
		attrs = append(attrs, graph.IntsAttr("output_shape", (xs[2]-1)*strides[0]+ws[2]-some(r, 0, 2),
			(xs[3]-1)*strides[1]+ws[3]-1))
	}
	return opCase{op: "ConvTranspose", linear: true, inputs: []input{x(xs...), {name: "w", shape: ws}}, attrs: attrs}
}

func einsums() family {
	f := family{}
	for _, e := range []struct {
		name, equation string
		shapes         [][]int64
	}{
		{"matrix", "ij,jk->ik", [][]int64{{2, 3}, {3, 4}}}, {"implicit", "ij,jk", [][]int64{{2, 3}, {3, 2}}},
		{"mix", "bchw,oc->bohw", [][]int64{{2, 3, 2, 2}, {4, 3}}},
		{"turned", "bij,bkj->ikb", [][]int64{{2, 3, 2}, {2, 4, 2}}},
		{"attention", "bkn,bcn->bc", [][]int64{{2, 1, 4}, {2, 3, 4}}},
		{"ellipsis", "...ij,...jk->...ik", [][]int64{{2, 2, 3, 2}, {2, 2, 2, 3}}},
		{"ellipsis of other ranks", "...ij,jk->...ik", [][]int64{{2, 2, 3, 2}, {2, 3}}},
		{"ellipsis of size one", "...ij,...jk->...ik", [][]int64{{1, 3, 2}, {4, 2, 3}}},
		{"ellipsis summed", "...i,...i->...", [][]int64{{2, 3, 2}, {2, 3, 2}}},
		{"summed away", "bij->b", [][]int64{{2, 3, 4}}},
		{"summed away of two", "bij,bk->bk", [][]int64{{2, 3, 4}, {2, 3}}},
		{"permuted", "abc->cab", [][]int64{{2, 3, 4}}}, {"diagonal", "bii->bi", [][]int64{{2, 3, 3}}},
		{"trace", "bii,b->b", [][]int64{{2, 3, 3}, {2}}}, {"three", "bi,ij,bj->b", [][]int64{{2, 3}, {3, 4}, {2, 4}}},
		{"four", "ab,bc,cd,de->ae", [][]int64{{2, 3}, {3, 2}, {2, 2}, {2, 3}}},
		{"outer", "i,j->ij", [][]int64{{3}, {2}}}, {"capitals", "Bn, nC -> BC", [][]int64{{2, 3}, {3, 2}}},
		{"all", "ij,ij->j", [][]int64{{3, 2}, {3, 2}}},
	} {
		f["Einsum "+e.name] = func(r *rand.Rand) opCase {
			c := opCase{op: "Einsum", attrs: []*graph.Attribute{graph.TextAttr("equation", e.equation)}}
			for i, s := range e.shapes {
				c.inputs = append(c.inputs, input{name: string(rune('p' + i)), shape: s})
			}
			return c
		}
	}
	for name, s := range map[string][2][]int64{"MatMul row": {{3}, {3, 2}}, "MatMul column": {{2, 3}, {3}},
		"MatMul stack by column": {{2, 2, 3}, {3}}} {
		f[name] = func(r *rand.Rand) opCase {
			return opCase{op: "MatMul", linear: true, inputs: []input{x(s[0]...), {name: "z", shape: s[1]}}}
		}
	}
	return f
}

func scatters() family {
	return family{
		"TopK": func(r *rand.Rand) opCase {
			axis := some(r, -2, 1)
			return opCase{op: "TopK", spare: 1, inputs: []input{x(4, 5), vector("k", some(r, 1, 4))},
				attrs: []*graph.Attribute{graph.IntAttr("axis", axis), graph.IntAttr("largest", some(r, 0, 1)),
					graph.IntAttr("sorted", 1)}}
		},
		"GatherElements": func(r *rand.Rand) opCase {
			return opCase{op: "GatherElements", linear: true,
				inputs: []input{x(3, 4), {name: "i", ints: []int64{0, 2, -1, 0, 1, 1}, shape: []int64{2, 3}}},
				attrs:  []*graph.Attribute{graph.IntAttr("axis", some(r, 0, 1))}}
		},
		"ScatterElements": func(r *rand.Rand) opCase {
			how := oneOf(r, "none", "add", "mul", "max", "min")
			idx := []int64{0, 2, 1, 2, 1, 0}
			if how != "none" && how != "mul" {
				idx = []int64{0, 2, 1, 0, 2, 1}
			}
			return opCase{op: "ScatterElements", opset: 18,
				inputs: []input{x(3, 3), {name: "i", ints: idx, shape: []int64{2, 3}},
					{name: "u", shape: []int64{2, 3}, above: .05}},
				attrs: []*graph.Attribute{graph.IntAttr("axis", 0), graph.TextAttr("reduction", how)}}
		},
		"GatherND": func(r *rand.Rand) opCase {
			return oneOf(r,
				opCase{op: "GatherND", linear: true,
					inputs: []input{x(3, 4, 2), {name: "i", ints: []int64{2, 1, 0, 3, 2, 1}, shape: []int64{3, 2}}}},
				opCase{op: "GatherND", linear: true,
					inputs: []input{x(3, 4), {name: "i", ints: []int64{2, -1, 0}, shape: []int64{3, 1}}}},
				opCase{op: "GatherND", linear: true,
					inputs: []input{x(2, 3, 4), {name: "i", ints: []int64{2, 0, 1, 1}, shape: []int64{2, 2, 1}}},
					attrs:  []*graph.Attribute{graph.IntAttr("batch_dims", 1)}},
				opCase{op: "GatherND", linear: true,
					inputs: []input{x(2, 2, 3), {name: "i", ints: []int64{2, 0, 1, 1}, shape: []int64{2, 2, 1}}},
					attrs:  []*graph.Attribute{graph.IntAttr("batch_dims", 2)}})
		},
		"ScatterND": func(r *rand.Rand) opCase {
			return opCase{op: "ScatterND", opset: 18,
				inputs: []input{x(4, 3), {name: "i", ints: []int64{2, 0}, shape: []int64{2, 1}},
					{name: "u", shape: []int64{2, 3}, above: .05}},
				attrs: []*graph.Attribute{graph.TextAttr("reduction", oneOf(r, "none", "add", "mul", "max", "min"))}}
		},
		"CumSum": func(r *rand.Rand) opCase {
			return opCase{op: "CumSum", linear: true,
				inputs: []input{x(shapeOf(r, 3)...), {name: "a", ints: []int64{some(r, -3, 2)}, shape: []int64{}}},
				attrs: []*graph.Attribute{graph.IntAttr("exclusive", some(r, 0, 1)),
					graph.IntAttr("reverse", some(r, 0, 1))}}
		},
		"Trilu": func(r *rand.Rand) opCase {
			return opCase{op: "Trilu", linear: true,
				inputs: []input{x(2, 4, 3), {name: "k", ints: []int64{some(r, -2, 2)}, shape: []int64{}}},
				attrs:  []*graph.Attribute{graph.IntAttr("upper", some(r, 0, 1))}}
		},
		"DepthToSpace": func(r *rand.Rand) opCase {
			b := some(r, 1, 3)
			return opCase{op: "DepthToSpace", linear: true, inputs: []input{x(2, b*b*2, 2, 3)},
				attrs: []*graph.Attribute{graph.IntAttr("blocksize", b),
					graph.TextAttr("mode", oneOf(r, "CRD", "DCR"))}}
		},
		"SpaceToDepth": func(r *rand.Rand) opCase {
			b := some(r, 1, 3)
			return opCase{op: "SpaceToDepth", linear: true, inputs: []input{x(2, 2, 2*b, b)},
				attrs: []*graph.Attribute{graph.IntAttr("blocksize", b)}}
		},
		"Pad by modes": func(r *rand.Rand) opCase {
			mode := oneOf(r, "reflect", "edge", "wrap", "constant")
			c := opCase{op: "Pad", linear: true, opset: 19,
				inputs: []input{x(2, 4, 3), vector("pads", 0, some(r, 0, 3), some(r, 0, 2), 1, some(r, 0, 2),
					some(r, 0, 2))}, attrs: []*graph.Attribute{graph.TextAttr("mode", mode)}}
			if r.IntN(3) == 0 {
				c.inputs = []input{x(2, 4, 3), vector("pads", 1, 2, 0, 1), {}, vector("axes", -1, 1)}
			}
			return c
		},
		"Resize more": drawResizeMore,
		"Upsample": func(r *rand.Rand) opCase {
			return opCase{op: "Upsample", linear: true, opset: 9,
				inputs: []input{x(1, 2, 3, 2), {name: "s", fixed: true, list: []float64{1, 1, 2, 3}, shape: []int64{4},
					single: true}}, attrs: []*graph.Attribute{graph.TextAttr("mode", oneOf(r, "nearest", "linear"))}}
		},
	}
}

func attentions() family {
	return family{
		"Attention": func(r *rand.Rand) opCase {
			heads, shared := int64(4), oneOf[int64](r, 4, 2)
			in := []input{{name: "q", shape: []int64{2, heads, 3, 2}}, {name: "k", shape: []int64{2, shared, 3, 2}},
				{name: "v", shape: []int64{2, shared, 3, 5}}}
			attrs := []*graph.Attribute{graph.FloatAttr("scale", .6), graph.IntAttr("is_causal", some(r, 0, 1))}
			if r.IntN(2) == 0 {
				in = []input{{name: "q", shape: []int64{2, 3, heads * 2}},
					{name: "k", shape: []int64{2, 3, shared * 2}}, {name: "v", shape: []int64{2, 3, shared * 5}}}
				attrs = append(attrs, graph.IntAttr("q_num_heads", heads), graph.IntAttr("kv_num_heads", shared))
			}
			if attrs[1].Int == 0 && r.IntN(2) == 0 {
				in = append(in, input{name: "m", shape: []int64{3, 3}, fixed: true})
			}
			return opCase{op: "Attention", opset: 23, inputs: in, attrs: attrs, coarse: true}
		},
		"GridSample": func(r *rand.Rand) opCase {
			mode := oneOf(r, "linear", "linear", "nearest") // the nearest does not change with the grid
			return opCase{op: "GridSample", opset: 20,
				inputs: []input{x(2, 2, 4, 5),
					{name: "g", shape: []int64{2, 2, 3, 2}, above: .03, fixed: mode == "nearest"}},
				attrs: []*graph.Attribute{graph.TextAttr("padding_mode", oneOf(r, "zeros", "border", "reflection")),
					graph.IntAttr("align_corners", some(r, 0, 1)), graph.TextAttr("mode", mode)}}
		},
	}
}

func drawResizeMore(r *rand.Rand) opCase {
	h, w := some(r, 3, 6), some(r, 3, 6)
	mode := oneOf(r, "nearest", "linear", "cubic")
	attrs := []*graph.Attribute{graph.TextAttr("mode", mode),
		graph.FloatAttr("cubic_coeff_a", oneOf[float32](r, -.75, -.5)), graph.IntAttr("exclude_outside", 0),
		graph.TextAttr("coordinate_transformation_mode",
			oneOf(r, "half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "half_pixel_symmetric"))}
	if mode == "cubic" {
		attrs[2].Int = some(r, 0, 1)
	}
	if mode != "nearest" && r.IntN(2) == 0 {
		attrs = append(attrs, graph.IntAttr("antialias", 1))
	}
	c := opCase{op: "Resize", linear: true, opset: 19,
		inputs: []input{x(1, 2, h, w), {}, {}, vector("s", 1, 2, some(r, 2, 9), some(r, 2, 9))}, attrs: attrs}
	switch r.IntN(3) {
	case 0:
		c.inputs = []input{x(1, 2, h, w), {},
			{name: "k", fixed: true, single: true, list: []float64{1, 1, oneOf(r, .5, 1.5, 2), oneOf(r, .7, 1, 3)},
				shape: []int64{4}}}
	case 1:
		c.inputs[3] = vector("s", some(r, 2, 9), some(r, 2, 9))
		c.attrs = append(c.attrs, graph.IntsAttr("axes", 2, 3))
	}
	return c
}
