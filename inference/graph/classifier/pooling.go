package classifier

import (
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// isHead tells whether a node is the one nearest to the logits.
func isHead(n *graph.Node, back []*graph.Node) bool { return len(back) > 0 && back[0] == n }

// pooling tells which spatial map is averaged over all its places into value at,
// and how that map lies. It returns why not when that is not how at is made.
func (ix *finder) pooling(at string) (feature string, l Layout, why message.Message) {
	n := ix.Makers[at]
	if n == nil || !n.IsONNX() {
		return "", l, message.Of("the linear layer reads %q, not pooled features", at)
	}
	if l, err := ix.layouts.layout(n.Input(0)); err == nil && ix.averagesPlaces(n, l) {
		return n.Input(0), l, message.Message{}
	}
	switch n.Op {
	case "GlobalAveragePool":
		if ix.mapShape(n.Input(0)) != nil || ix.shapes[n.Input(0)] == nil {
			return n.Input(0), channelsFirst(), message.Message{}
		}
		return "", l, message.Of("%v averages over more than places", n)
	case "ReduceMean":
		feature, why = ix.reduceMean(n)
		if why.IsZero() && !ix.mayBeFirst(feature) {
			why = message.Of("%v averages over axes that are not height and width", n)
		}
		return feature, channelsFirst(), why
	case "AveragePool":
		if ix.coversMap(n) {
			return n.Input(0), channelsFirst(), message.Message{}
		}
		return "", l, message.Of("%v is not known to cover the whole map", n)
	}
	return "", l, message.Of("the linear layer reads %v, not a global average", n)
}

// averagesPlaces tells whether a node is the mean over all places of a value, and
// over nothing else.
func (ix *finder) averagesPlaces(n *graph.Node, l Layout) bool {
	if l.Before+l.After > 0 {
		return false
	}
	var on []int64
	switch n.Op {
	case "GlobalAveragePool":
		on = []int64{2} // every axis behind the second
		if l.Rows > 0 {
			on = append(on, 3)
		}
	case "ReduceMean":
		on = ix.layouts.reduced(n)
	default:
		return false
	}
	want := []int64{int64(l.Places)}
	if l.Rows > 0 {
		want = []int64{int64(min(l.Rows, l.Columns)), int64(max(l.Rows, l.Columns))}
	}
	return slices.Equal(on, want)
}

// mayBeFirst is false for a value that is known to lie otherwise than [N, K, h, w].
func (ix *finder) mayBeFirst(name string) bool {
	a := ix.layouts.of[name]
	return !a.known() || a.is(nchw)
}

// reduceMean accepts a mean over H and W at once, over one after the other, and
// over the merged axis of a map reshaped to [N, C, h*w].
func (ix *finder) reduceMean(n *graph.Node) (feature string, why message.Message) {
	axes := ix.axes(n)
	refuse := message.Of("%v averages over axes %v, not over height and width", n, axes)
	if slices.Equal(axes, []int64{2, 3}) {
		return n.Input(0), message.Message{}
	}
	if !slices.Equal(axes, []int64{2}) && !slices.Equal(axes, []int64{3}) {
		return "", refuse
	}
	before := ix.Makers[n.Input(0)]
	if before == nil || !before.IsONNX() {
		return "", refuse
	}
	switch {
	case before.Op == "ReduceMean" && ix.otherAxis(before, n):
		return before.Input(0), message.Message{}
	case before.Op == "Reshape" && ix.mergesSpace(before):
		return before.Input(0), message.Message{}
	}
	return "", refuse
}

// otherAxis tells whether two means in sequence cover height and width.
func (ix *finder) otherAxis(first, second *graph.Node) bool {
	a, b := ix.axes(first), ix.axes(second)
	if len(a) != 1 || len(b) != 1 {
		return false
	}
	if first.Int("keepdims", 1) == 0 { // the second axis has moved down to 2
		return a[0] >= 2 && (b[0] == 2 || b[0] == 3)
	}
	return a[0]+b[0] == 5 && a[0] != b[0]
}

// mergesSpace tells whether a Reshape makes [N, C, h*w] from a map: its shape
// is constant with -1 last, or the map's own first two sizes followed by -1.
func (ix *finder) mergesSpace(n *graph.Node) bool {
	if shape := ix.Ints(n.Input(1)); shape != nil {
		return ix.keepsChannels(n, shape)
	}
	cat := ix.Makers[n.Input(1)]
	if cat == nil || cat.Op != "Concat" || len(cat.Inputs) != 2 || !slices.Equal(ix.Ints(cat.Input(1)), []int64{-1}) {
		return false
	}
	first := ix.Makers[cat.Input(0)]
	if first == nil || first.Op != "Slice" || !slices.Equal(ix.Ints(first.Input(1)), []int64{0}) ||
		!slices.Equal(ix.Ints(first.Input(2)), []int64{2}) {
		return false
	}
	shape := ix.Makers[first.Input(0)]
	return shape != nil && shape.Op == "Shape" && shape.Input(0) == n.Input(0)
}

// keepsChannels tells whether a constant shape is [N, C, h*w] of n's input.
func (ix *finder) keepsChannels(n *graph.Node, shape []int64) bool {
	if len(shape) != 3 {
		return false
	}
	copied := shape[1] == 0 && n.Int("allowzero", 0) == 0
	if shape[2] == -1 && (copied || shape[1] > 0) {
		return true
	}
	d := ix.mapShape(n.Input(0))
	return d != nil && d[1].Known && d[2].Known && d[3].Known && (copied || shape[1] == d[1].Value) &&
		shape[2] == d[2].Value*d[3].Value
}

// mapShape returns what is known of the shape of a rank-4 value, else nil.
func (ix *finder) mapShape(name string) []graph.Dim {
	d, ok := ix.shapes.Dims(name)
	if !ok || len(d) != 4 {
		return nil
	}
	return d
}

// axes returns the sorted axes of a reduction, counted for a rank-4 value:
// from the attribute, or from the second input as of operator set 18.
func (ix *finder) axes(n *graph.Node) []int64 {
	axes := slices.Clone(n.Ints("axes"))
	if axes == nil && n.Input(1) != "" {
		axes = slices.Clone(ix.Ints(n.Input(1)))
	}
	for i, a := range axes {
		if a < 0 {
			axes[i] = a + 4
		}
	}
	slices.Sort(axes)
	return axes
}

// coversMap tells whether an AveragePool takes the whole map in one window:
// the map's declared size equals the kernel and nothing is padded.
func (ix *finder) coversMap(n *graph.Node) bool {
	k := n.Ints("kernel_shape")
	for _, p := range n.Ints("pads") {
		if p != 0 {
			return false
		}
	}
	d := ix.mapShape(n.Input(0))
	return len(k) == 2 && d != nil && d[2].Known && d[3].Known && d[2].Value == k[0] && d[3].Value == k[1]
}

// lastMap finds the default feature map of a head without closed form: what a
// transformer's last block works on, the input of the last pooling over the whole
// map that leads to the logits, the map that the first fully connected part
// flattens, or else the last map on the way. It is "" where there is none.
func (ix *finder) lastMap(logits string) (string, Layout) {
	back := ix.ancestors(logits)
	if name := ix.lastTokens(back); name != "" {
		if l, err := ix.layouts.layout(name); err == nil {
			return name, l
		}
	}
	for _, n := range back {
		name := ix.pooledBy(n)
		if name == "" {
			continue
		}
		if l, err := ix.layouts.layout(name); err == nil && ix.hasPlaces(name, l) {
			return name, l
		}
		if d, ok := ix.shapes.Dims(name); (!ok || len(d) == 4) &&
			ix.mayBeFirst(name) { // as every exporter of convolutions has it
			return name, channelsFirst()
		}
	}
	for _, n := range back {
		name := n.Output(0)
		if l, err := ix.layouts.layout(name); err == nil && ix.shapes.Elem(name).IsFloat() && ix.hasPlaces(name, l) {
			return name, l
		}
	}
	return "", Layout{}
}

// pooledBy is the map that a node pools or flattens, "" where it does neither.
func (ix *finder) pooledBy(n *graph.Node) string {
	if !n.IsONNX() {
		return ""
	}
	switch n.Op {
	case "GlobalAveragePool", "GlobalMaxPool":
		return n.Input(0)
	case "ReduceMean", "ReduceMax":
		if l, err := ix.layouts.layout(n.Input(0)); err == nil {
			on := ix.layouts.reduced(n)
			if slices.Contains(on, int64(l.Places)) || slices.Contains(on, int64(l.Rows)) {
				return n.Input(0)
			}
			return ""
		}
		if slices.Equal(ix.axes(n), []int64{2, 3}) {
			return n.Input(0)
		}
	case "Flatten", "Reshape":
		if x := ix.skip(n.Input(0), []string{"Identity", "Dropout"}); ix.isMap(x) {
			return x
		}
	}
	return ""
}

// hasPlaces is false for maps of a single place, and where height or width is
// known to be one.
func (ix *finder) hasPlaces(name string, l Layout) bool {
	if l.Places > 0 {
		return l.Height*l.Width > 1
	}
	d, ok := ix.shapes.Dims(name)
	return ok && !(d[l.Rows].Is(1) && d[l.Columns].Is(1))
}

// lastTokens finds a transformer's default feature: the last normalisation from which
// attention leads to the logits, what the first normalisation of its last block gives,
// say, or what a pooling by attention reads. Behind it the tokens of places are not looked
// at any more: only the class token takes part in the logits.
func (ix *finder) lastTokens(back []*graph.Node) string {
	mixed := make(map[string]bool) // values that attention lies behind
	norms, found := 0, ""
	for _, n := range back {
		mixes := n.IsONNX() && (n.Op == "Attention" || n.Op == "Softmax" && !isHead(n, back))
		if mixes || slices.ContainsFunc(n.Outputs, func(o string) bool { return o != "" && mixed[o] }) {
			for in := range n.Uses() {
				mixed[in] = true
			}
		}
		out := ix.normalised(n)
		if out == "" {
			continue
		}
		norms++
		if found == "" && mixed[out] {
			found = out
		}
	}
	if norms < 3 { // no transformer: networks of convolutions attend here and there
		return ""
	}
	return found
}

// normalised is what a layer normalisation gives that ends in n, "" where n ends
// none: an operator of its own, or, as older operator sets write it,
// (x - mean) / sqrt(variance + eps) * weight + bias.
func (ix *finder) normalised(n *graph.Node) string {
	if !n.IsONNX() {
		return ""
	}
	if n.Op == "LayerNormalization" {
		return n.Output(0)
	}
	if n.Op != "Add" {
		return ""
	}
	for i := range 2 {
		mul := ix.Makers[n.Input(i)]
		if mul == nil || mul.Op != "Mul" || ix.Constant(n.Input(1-i)) == nil {
			continue
		}
		for k := range 2 {
			if ix.standardised(ix.Makers[mul.Input(k)]) && ix.Constant(mul.Input(1-k)) != nil {
				return n.Output(0)
			}
		}
	}
	return ""
}

// standardised tells whether a node divides by a root what a mean over the last
// axis was taken from.
func (ix *finder) standardised(div *graph.Node) bool {
	if div == nil || div.Op != "Div" {
		return false
	}
	sub, root := ix.Makers[div.Input(0)], ix.Makers[div.Input(1)]
	if sub == nil || sub.Op != "Sub" || root == nil || root.Op != "Sqrt" {
		return false
	}
	mean := ix.Makers[sub.Input(1)]
	if mean == nil || mean.Op != "ReduceMean" || mean.Input(0) != sub.Input(0) {
		return false
	}
	d, ok := ix.shapes.Dims(sub.Input(0))
	on := ix.layouts.reduced(mean)
	return ok && len(on) == 1 && on[0] == int64(len(d)-1)
}
