package classifier

import (
	"bytes"
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
)

// follow gives the axes of a node's output of shape d.
func (l *layouts) follow(n *graph.Node, output int, d []graph.Dim) axes {
	switch n.Op {
	case "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool",
		"DepthToSpace", "SpaceToDepth",
		"QLinearConv", "ConvInteger", "MaxUnpool", "LRN":
		if len(d) == 4 {
			return axes{roles: []byte(nchw)}
		}
		return l.of[n.Input(0)]
	case "BatchNormalization", "InstanceNormalization", "GroupNormalization":
		if a := l.of[n.Input(0)]; a.known() || len(d) != 4 {
			return a
		}
		return axes{roles: []byte(nchw)}
	case "MatMul":
		return l.matMul(n, d)
	case "LayerNormalization":
		return l.lastAxis(l.of[n.Input(0)], d)
	case "Transpose":
		return l.transpose(n, d)
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		in, ok := l.shapes.Dims(n.Input(0))
		if !ok {
			return axes{}
		}
		return regroup(l.of[n.Input(0)], in, d)
	case "Concat":
		return l.concat(n, d)
	case "Slice":
		return l.slice(n)
	case "Gather":
		return l.gather(n, d)
	case "Split":
		return l.split(n, output)
	case "ReduceMean", "ReduceMax", "ReduceSum", "ReduceL2", "ReduceMin", "ReduceProd", "ReduceLogSumExp",
		"ReduceSumSquare":
		return l.reduce(n)
	case "Shape", "Size", "Einsum", "Range", "ConstantOfShape", "NonZero", "TopK", "GatherND", "Constant":
		return axes{}
	}
	return l.join(n, d)
}

// join takes the axes of the operand of full rank that says most.
func (l *layouts) join(n *graph.Node, d []graph.Dim) axes {
	var best axes
	for _, in := range n.Inputs {
		a := l.of[in]
		if len(a.roles) != len(d) || l.ix.Constant(in) != nil {
			continue
		}
		if best.roles == nil || a.known() && !best.known() {
			best = a
		}
	}
	return best
}

// lastAxis takes the last axis for the channels where nothing is known yet:
// normalisations and dense layers work on it.
func (l *layouts) lastAxis(a axes, d []graph.Dim) axes {
	switch {
	case a.known():
		return a
	case len(d) == 4:
		return axes{roles: []byte(nhwc)}
	case len(d) == 3:
		return axes{roles: []byte(ntc)}
	}
	return a
}

func (l *layouts) matMul(n *graph.Node, d []graph.Dim) axes {
	a, b := l.of[n.Input(0)], l.of[n.Input(1)]
	if w := l.ix.Constant(n.Input(1)); w != nil || len(d) == 2 {
		return l.lastAxis(a, d)
	}
	if in, ok := l.shapes.Dims(n.Input(1)); ok && b.known() && slices.EqualFunc(in, d, graph.Dim.Same) {
		return b // weights of attention times values
	}
	return axes{}
}

func (l *layouts) transpose(n *graph.Node, d []graph.Dim) axes {
	a := l.of[n.Input(0)]
	perm := graph.PermOf(n, len(d))
	if len(a.roles) != len(perm) {
		return axes{}
	}
	roles := make([]byte, len(perm))
	for i, p := range perm {
		if p < 0 || int(p) >= len(a.roles) {
			return axes{}
		}
		roles[i] = a.roles[p]
	}
	a.roles = roles
	return a
}

// concat adds tokens before or behind the places.
func (l *layouts) concat(n *graph.Node, d []graph.Dim) axes {
	out := l.join(n, d)
	at, err := shape.AxisOf(n.Int("axis", 0), len(d))
	if err != nil || out.roles == nil || out.roles[at] != tokenAxis {
		return out
	}
	var before, after int64
	found := false
	for _, in := range n.Inputs {
		if a := l.of[in]; !found && a.at(tokenAxis) == at && a.grid == out.grid && l.ix.Constant(in) == nil {
			found = true
			continue
		}
		size, ok := l.shapes.Dims(in)
		if !ok || !size[at].Known {
			return axes{}
		}
		if found {
			after += size[at].Value
		} else {
			before += size[at].Value
		}
	}
	out.before, out.after = out.before+before, out.after+after
	return out
}

func (l *layouts) slice(n *graph.Node) axes {
	a := l.of[n.Input(0)]
	d, ok := l.shapes.Dims(n.Input(0))
	if !ok || len(a.roles) != len(d) {
		return axes{}
	}
	starts, ends, on, steps := l.sliceOf(n)
	if starts == nil || ends == nil {
		return axes{}
	}
	for i, s := range starts {
		at := int64(i)
		if i < len(on) {
			at = on[i]
		}
		k, err := shape.AxisOf(at, len(d))
		if err != nil || i >= len(ends) {
			return axes{}
		}
		if a.roles[k] != tokenAxis {
			continue
		}
		if !d[k].Known || i < len(steps) && steps[i] != 1 {
			return axes{}
		}
		from, count := shape.SliceRange(s, ends[i], 1, d[k].Value)
		a = a.cut(k, d[k].Value, from, count)
	}
	return a
}

// sliceOf reads a slice's constants: inputs, or attributes as before operator
// set 10.
func (l *layouts) sliceOf(n *graph.Node) (starts, ends, on, steps []int64) {
	if v := n.Ints("starts"); v != nil {
		return v, n.Ints("ends"), n.Ints("axes"), nil
	}
	ints := func(i int) []int64 {
		if v := l.ix.Ints(n.Input(i)); v != nil {
			return v
		}
		v, _ := l.shapes.Ints(n.Input(i))
		return v
	}
	return ints(1), ints(2), ints(3), ints(4)
}

// cut keeps tokens from .. from+count of size; where places are lost the axis is
// one of tokens no more.
func (a axes) cut(at int, size, from, count int64) axes {
	a.roles = slices.Clone(a.roles)
	lost := size - from - count
	if from > a.before || lost > a.after {
		a.roles[at] = otherAxis
		a.grid, a.before, a.after = [2]int64{}, 0, 0
		return a
	}
	a.before, a.after = a.before-from, a.after-lost
	return a
}

func (l *layouts) gather(n *graph.Node, d []graph.Dim) axes {
	a := l.of[n.Input(0)]
	at, err := shape.AxisOf(n.Int("axis", 0), max(len(a.roles), 1))
	if err != nil || len(a.roles) == 0 {
		return axes{}
	}
	a.roles = slices.Clone(a.roles)
	if len(d) == len(a.roles)-1 {
		a.roles = slices.Delete(a.roles, at, at+1)
	} else if a.roles[at] == tokenAxis {
		a.roles[at] = otherAxis
	}
	return a
}

func (l *layouts) split(n *graph.Node, output int) axes {
	a := l.of[n.Input(0)]
	at, err := shape.AxisOf(n.Int("axis", 0), max(len(a.roles), 1))
	if err != nil || len(a.roles) == 0 || a.roles[at] != tokenAxis {
		return a
	}
	var from, all int64
	for i, out := range n.Outputs {
		d, ok := l.shapes.Dims(out)
		if !ok || !d[at].Known {
			return axes{}
		}
		if i < output {
			from += d[at].Value
		}
		all += d[at].Value
	}
	d, _ := l.shapes.Dims(n.Outputs[output])
	return a.cut(at, all, from, d[at].Value)
}

func (l *layouts) reduce(n *graph.Node) axes {
	a := l.of[n.Input(0)]
	if n.Int("keepdims", 1) != 0 || a.roles == nil {
		return a
	}
	on := l.reduced(n)
	if on == nil {
		return axes{}
	}
	a.roles = slices.Clone(a.roles)
	for i := range slices.Backward(a.roles) {
		if slices.Contains(on, int64(i)) {
			a.roles = slices.Delete(a.roles, i, i+1)
		}
	}
	return a
}

// reduced gives the axes that a reduction works on, counted from the front; nil
// where they are not known or all.
func (l *layouts) reduced(n *graph.Node) []int64 {
	on := n.Ints("axes")
	if on == nil && n.Input(1) != "" {
		on = l.ix.Ints(n.Input(1))
	}
	d, ok := l.shapes.Dims(n.Input(0))
	if !ok || len(on) == 0 {
		return nil
	}
	out := make([]int64, 0, len(on))
	for _, a := range on {
		k, err := shape.AxisOf(a, len(d))
		if err != nil {
			return nil
		}
		out = append(out, int64(k))
	}
	slices.Sort(out)
	return out
}

// regroup follows axes through a change of shape: axes that are merged or split
// are found by their sizes.
func regroup(a axes, from, to []graph.Dim) axes {
	if a.roles == nil || len(a.roles) != len(from) {
		return axes{}
	}
	out := axes{grid: a.grid, before: a.before, after: a.after}
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		gi, gj, ok := group(from[i:], to[j:])
		if !ok {
			return axes{}
		}
		out.merge(a, groupOf{from[i : i+gi], a.roles[i : i+gi], to[j : j+gj]})
		i, j = i+gi, j+gj
	}
	return out
}

// groupOf are axes that become others, of equal size together.
type groupOf struct {
	from  []graph.Dim
	roles []byte
	to    []graph.Dim
}

// group finds how many axes of each side belong together at their front.
func group(from, to []graph.Dim) (i, j int, ok bool) {
	switch {
	case len(from) == 0:
		return 0, 1, to[0].Is(1)
	case len(to) == 0:
		return 1, 0, from[0].Is(1)
	case from[0].Same(to[0]):
		return 1, 1, true
	case from[0].Is(1):
		return 1, 0, true
	case to[0].Is(1):
		return 0, 1, true
	case !from[0].Known || !to[0].Known:
		return 0, 0, false
	}
	i, j = 1, 1
	a, b := from[0].Value, to[0].Value
	for a != b {
		if a < b {
			if i == len(from) || !from[i].Known || from[i].Value < 1 {
				return 0, 0, false
			}
			a *= from[i].Value
			i++
			continue
		}
		if j == len(to) || !to[j].Known || to[j].Value < 1 {
			return 0, 0, false
		}
		b *= to[j].Value
		j++
	}
	return i, j, true
}

// merge adds the roles of one group.
func (a *axes) merge(was axes, g groupOf) {
	roles := bytes.Repeat([]byte{otherAxis}, len(g.to))
	switch {
	case len(g.from) == 1 && len(g.to) == 1:
		roles[0] = g.roles[0]
	case len(g.to) == 1 && string(g.roles) == "HW":
		roles[0], a.grid = tokenAxis, [2]int64{g.from[0].Value, g.from[1].Value}
	case len(g.from) == 1 && len(g.to) == 2 && g.roles[0] == tokenAxis && was.before == 0 && was.after == 0:
		copy(roles, "HW")
	}
	a.roles = append(a.roles, roles...)
}
