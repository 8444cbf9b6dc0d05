package window

import (
	"slices"

	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/shape"
)

// geometry is a convolution with everything known: input and output sizes and
// padding along each spatial axis.
type geometry struct {
	shape.Window
	group         int64
	in, out       []int64 // spatial sizes
	before, after []int64 // padding
}

func geometryOf(b emit.Emitter, n *graph.Node) (geometry, error) {
	w, err := emit.Static(b, n.Input(1), 0)
	if err != nil {
		return geometry{}, err
	}
	in, err := emit.Static(b, n.Input(0), 2)
	if err != nil {
		return geometry{}, err
	}
	win, err := shape.WindowOf(n, w[2:])
	if err != nil {
		return geometry{}, err
	}
	g := geometry{Window: win, group: n.Int("group", 1), in: in}
	for i, size := range in {
		out, before, after := win.Along(i, size)
		g.out, g.before, g.after = append(g.out, out), append(g.before, before), append(g.after, after)
	}
	return g, nil
}

// convRule: dX by the transposed convolution, dW by convolving X with dY, dB
// by summing (Dumoulin and Visin 2016, chapter 4).
func convRule(b emit.Emitter, n *graph.Node, dy []string) error {
	g, err := geometryOf(b, n)
	if err != nil {
		return err
	}
	if b.Wants(n.Input(0)) {
		b.Give(n.Input(0), g.byInput(b, dy[0], n.Input(1)))
	}
	if b.Wants(n.Input(1)) {
		d, err := g.byKernel(b, n.Input(0), dy[0], n.Input(1))
		if err != nil {
			return err
		}
		b.Give(n.Input(1), d)
	}
	if b.Wants(n.Input(2)) {
		b.Give(n.Input(2), b.Sum(dy[0], false, emit.AllBut(len(g.in)+2, 1)...))
	}
	return nil
}

// byInput is the derivative of a convolution by its input. The full
// transposed result has (o-1)s + span positions; the input covers n of them
// from the padding on, so the end is cropped or, where a stride left positions
// unread, filled with zeros.
func (g geometry) byInput(b emit.Emitter, dy, w string) string {
	k := len(g.in)
	pads, extra := make([]int64, 2*k), make([]int64, k)
	for i := range k {
		full := (g.out[i]-1)*g.Strides[i] + (g.Kernel[i]-1)*g.Dilations[i] + 1
		pads[i] = g.before[i]
		pads[k+i] = max(full-g.before[i]-g.in[i], 0)
		extra[i] = max(g.before[i]+g.in[i]-full, 0)
	}
	return b.Op("ConvTranspose", []string{dy, w}, graph.IntsAttr("kernel_shape", g.Kernel...),
		graph.IntsAttr("strides", g.Strides...), graph.IntsAttr("dilations", g.Dilations...),
		graph.IntsAttr("pads", pads...),
		graph.IntsAttr("output_padding", extra...), graph.IntAttr("group", g.group))
}

// byKernel is the derivative by the kernel: channels and batch change roles,
// stride and dilation too. With G groups of c input and m output channels, X
// becomes [c, G n, ...] and dY the kernel [G m, n, ...] of a convolution in G
// groups that gives [c, G m, k...].
func (g geometry) byKernel(b emit.Emitter, x, dy, w string) (string, error) {
	wd, err := emit.Static(b, w, 0)
	if err != nil {
		return "", err
	}
	k, m, c := len(g.in), wd[0]/g.group, wd[1]
	if g.byTaps(wd) {
		return g.kernelByTaps(b, x, dy, wd), nil
	}
	axes := make([]int64, k)
	for i := range axes {
		axes[i] = int64(i + 3)
	}
	xs := b.Op("Reshape", []string{x, b.Ints(slices.Concat([]int64{0, g.group, c}, g.in)...)})
	xs = b.Transpose(xs, slices.Concat([]int64{2, 1, 0}, axes)...)
	xs = b.Op("Reshape", []string{xs, b.Ints(slices.Concat([]int64{c, -1}, g.in)...)})
	ds := b.Op("Reshape", []string{dy, b.Ints(slices.Concat([]int64{0, g.group, m}, g.out)...)})
	ds = b.Transpose(ds, slices.Concat([]int64{1, 2, 0}, axes)...)
	ds = b.Op("Reshape", []string{ds, b.Ints(slices.Concat([]int64{wd[0], -1}, g.out)...)})
	pads, crop := g.kernelPads()
	d := b.Op("Conv", []string{xs, ds}, graph.IntsAttr("strides", g.Dilations...),
		graph.IntsAttr("dilations", g.Strides...),
		graph.IntsAttr("pads", pads...), graph.IntAttr("group", g.group))
	if crop {
		spatial := make([]int64, k)
		for i := range spatial {
			spatial[i] = int64(i + 2)
		}
		d = b.Slice(d, make([]int64, k), g.Kernel, spatial, slices.Repeat([]int64{1}, k))
	}
	back := []int64{1, 0}
	for i := range k {
		back = append(back, int64(i+2))
	}
	return b.Transpose(d, back...), nil
}

// byTaps tells whether the kernel's derivative is quicker as one matrix product a
// tap: the convolution with dY as its kernel, a kernel as large as the map, runs at
// a third of the speed. Few channels make poor products, and channels beyond the
// number of positions would make the products of single pictures larger than the
// map that they are made of.
func (g geometry) byTaps(kernel []int64) bool {
	const fewest = 8
	if len(g.in) != 2 || g.group != 1 || kernel[1] < fewest {
		return false
	}
	return g.out[0]*g.out[1] >= max(kernel[0], kernel[1])
}

// kernelByTaps multiplies dY [n, m, positions] for each tap of the kernel with
// what the tap read, [n, positions, c], and sums over the pictures.
func (g geometry) kernelByTaps(b emit.Emitter, x, dy string, wd []int64) string {
	m, c, positions := wd[0], wd[1], g.out[0]*g.out[1]
	pads := make([]int64, 8)
	reach := make([]int64, 2)
	for i := range reach {
		reach[i] = (g.out[i]-1)*g.Strides[i] + 1
		pads[2+i] = g.before[i]
		pads[6+i] = max((g.Kernel[i]-1)*g.Dilations[i]+reach[i]-g.in[i]-g.before[i], 0)
	}
	xp := b.Pad(x, pads)
	d := b.Op("Reshape", []string{dy, b.Ints(0, m, positions)})
	var taps []string
	for u := range g.Kernel[0] {
		for v := range g.Kernel[1] {
			from := []int64{u * g.Dilations[0], v * g.Dilations[1]}
			read := b.Slice(xp, from, []int64{from[0] + reach[0], from[1] + reach[1]}, []int64{2, 3}, g.Strides)
			read = b.Transpose(b.Op("Reshape", []string{read, b.Ints(0, c, positions)}), 0, 2, 1)
			each := b.Sum(b.Op("MatMul", []string{d, read}), false, 0)
			taps = append(taps, b.Op("Reshape", []string{each, b.Ints(m, c, 1)}))
		}
	}
	all := b.Op("Concat", taps, graph.IntAttr("axis", 2))
	return b.Op("Reshape", []string{all, b.Ints(wd...)})
}

// kernelPads are the pads with which the kernel's derivative has the kernel's
// size; crop tells that positions the stride never reached make it larger.
func (g geometry) kernelPads() (pads []int64, crop bool) {
	k := len(g.in)
	pads = make([]int64, 2*k)
	for i := range k {
		pads[i] = g.before[i]
		need := (g.Kernel[i]-1)*g.Dilations[i] + (g.out[i]-1)*g.Strides[i] + 1 - g.in[i] - g.before[i]
		pads[k+i] = max(need, 0)
		crop = crop || need < 0
	}
	return pads, crop
}

// convTransposeRule: the roles of input and output are exchanged.
func convTransposeRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x, w, y := n.Input(0), n.Input(1), n.Output(0)
	wd, err := emit.Static(b, w, 0)
	if err != nil {
		return err
	}
	win, err := shape.WindowOf(n, wd[2:])
	if err != nil {
		return err
	}
	g := geometry{Window: win, group: n.Int("group", 1)}
	if g.in, err = emit.Static(b, y, 2); err != nil {
		return err
	}
	if g.out, err = emit.Static(b, x, 2); err != nil {
		return err
	}
	k := len(g.in)
	for i, size := range g.out {
		_, before, after := win.Upward(n, i, size)
		g.before, g.after = append(g.before, before), append(g.after, after)
	}
	if b.Wants(x) {
		b.Give(x, g.forward(b, dy[0], w))
	}
	if b.Wants(w) {
		d, err := g.byKernel(b, dy[0], x, w)
		if err != nil {
			return err
		}
		b.Give(w, d)
	}
	if b.Wants(n.Input(2)) {
		b.Give(n.Input(2), b.Sum(dy[0], false, emit.AllBut(k+2, 1)...))
	}
	return nil
}

// forward is the convolution that a transposed one undoes. Output padding
// adds positions at the end that no window reads: they are cut off first.
func (g geometry) forward(b emit.Emitter, dy, w string) string {
	k := len(g.in)
	cut := make([]int64, 2*(k+2))
	pads := slices.Concat(g.before, g.after)
	for i := range k {
		span := (g.out[i]-1)*g.Strides[i] + (g.Kernel[i]-1)*g.Dilations[i] + 1
		need := span - g.in[i] - g.before[i]
		pads[k+i] = max(need, 0)
		cut[k+2+2+i] = min(need, 0)
	}
	return b.Op("Conv", []string{b.Pad(dy, cut), w}, graph.IntsAttr("kernel_shape", g.Kernel...),
		graph.IntsAttr("strides", g.Strides...), graph.IntsAttr("dilations", g.Dilations...),
		graph.IntsAttr("pads", pads...), graph.IntAttr("group", g.group))
}
