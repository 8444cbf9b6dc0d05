package layout

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/internal/message"
)

// gridSampleRule writes a sampling of maps at computed places in its steps: the four
// nearest positions by index, each with its share (Jaderberg et al. 2015).
func gridSampleRule(b emit.Emitter, n *graph.Node, dy []string) error {
	return b.Through(dy[0], func() (string, error) { return gridSample(b, n) })
}

// place is where along one axis, of the size given, samples are taken.
type place struct {
	at   string // [N, H, W], in positions
	size int64
}

func gridSample(b emit.Emitter, n *graph.Node) (string, error) {
	mode := n.Text("mode", "linear")
	size, err := emit.Static(b, n.Input(0), 1)
	if err != nil {
		return "", err
	}
	if len(size) != 3 || mode == "cubic" || mode == "bicubic" {
		return "", message.Errorf("%w: sampling by mode %q of %d axes", emit.ErrNotDifferentiable, mode, len(size)+1)
	}
	var p [2]place // x, y
	for i := range p {
		at := b.Op("Gather", []string{n.Input(1), b.Constant(graph.NewInts("", []int64{int64(i)}))},
			graph.IntAttr("axis", 3))
		p[i] = place{at, size[2-i]}
		p[i].at = position(b, n, p[i])
	}
	if mode == "nearest" {
		for i := range p {
			p[i].at = b.Op("Round", []string{p[i].at})
		}
		return likeMap(b, take(b, n, p, ""), n, size[0]), nil
	}
	var parts []string
	low := [2]string{b.Op("Floor", []string{p[0].at}), b.Op("Floor", []string{p[1].at})}
	for corner := range 4 {
		c, share := p, ""
		for i := range c {
			far := b.Sub(p[i].at, low[i])
			w := b.Sub(b.Scalar(far, 1), far)
			c[i].at = low[i]
			if corner>>i&1 == 1 {
				c[i].at, w = b.Add(low[i], b.Scalar(far, 1)), far
			}
			if share == "" {
				share = w
			} else {
				share = b.Mul(share, w)
			}
		}
		parts = append(parts, take(b, n, c, share))
	}
	return likeMap(b, b.Op("Sum", parts), n, size[0]), nil
}

// position turns grid coordinates from -1 to 1 into positions, folded back inside as the
// padding mode says.
func position(b emit.Emitter, n *graph.Node, p place) string {
	g, last := p.at, float64(p.size-1)
	lo, hi := 0., last
	at := b.Scale(b.Add(g, b.Scalar(g, 1)), g, last/2)
	if n.Int("align_corners", 0) == 0 {
		at = b.Sub(b.Scale(b.Add(g, b.Scalar(g, 1)), g, float64(p.size)/2), b.Scalar(g, .5))
		lo, hi = -.5, last+.5
	}
	inside := func(v string) string {
		return b.Op("Min", []string{b.Op("Max", []string{v, b.Scalar(g, 0)}), b.Scalar(g, last)})
	}
	switch n.Text("padding_mode", "zeros") {
	case "border":
		return inside(at)
	case "reflection": // to and fro between lo and hi
		far := b.Op("Abs", []string{b.Sub(at, b.Scalar(g, lo))})
		far = b.Op("Mod", []string{far, b.Scalar(g, max(2*(hi-lo), 1e-6))}, graph.IntAttr("fmod", 1))
		back := b.Op("Abs", []string{b.Sub(far, b.Scalar(g, hi-lo))})
		return inside(b.Sub(b.Scalar(g, hi), back))
	}
	return at
}

// take reads the maps at whole positions, 0 outside them, times a share: [N, C, HW].
func take(b emit.Emitter, n *graph.Node, p [2]place, share string) string {
	x := n.Input(0)
	dims, _ := b.Shapes().Dims(x)
	flat := b.Op("Reshape", []string{x, b.Ints(0, dims[1].Value, -1)})
	var kept [2]string
	for i, q := range p {
		last := b.Scalar(q.at, float64(q.size-1))
		kept[i] = b.Op("Min", []string{b.Op("Max", []string{q.at, b.Scalar(q.at, 0)}), last})
		inside := b.Mask(b.Op("Equal", []string{kept[i], q.at}), q.at)
		if share == "" {
			share = inside
		} else {
			share = b.Mul(share, inside)
		}
	}
	idx := b.Op("Cast", []string{b.Add(b.Scale(kept[1], x, float64(p[0].size)), kept[0])},
		graph.IntAttr("to", int64(graph.Int64)))
	row := func(v string) string { return b.Op("Reshape", []string{v, b.Ints(0, 1, -1)}) }
	whole := b.Op("Concat", []string{b.Op("Shape", []string{idx}), b.Ints(dims[1].Value)},
		graph.IntAttr("axis", 0)) // N, H, W, C
	count := b.Op("ReduceProd", []string{b.Slice(whole, []int64{1}, []int64{3}, []int64{0}, []int64{1})},
		graph.IntAttr("keepdims", 1))
	to := b.Op("Concat", []string{b.Slice(whole, []int64{0}, []int64{1}, []int64{0}, []int64{1}),
		b.Ints(dims[1].Value), count}, graph.IntAttr("axis", 0))
	read := b.Op("GatherElements", []string{flat, b.Op("Expand", []string{row(idx), to})}, graph.IntAttr("axis", 2))
	return b.Mul(read, row(share))
}

// likeMap gives [N, C, HW] the shape of the node's result.
func likeMap(b emit.Emitter, v string, n *graph.Node, channels int64) string {
	if s, ok := b.Shapes().Static(n.Output(0)); ok {
		return b.Op("Reshape", []string{v, b.Ints(s...)})
	}
	grid := b.Op("Shape", []string{n.Input(1)})
	hw := b.Slice(grid, []int64{1}, []int64{3}, []int64{0}, []int64{1})
	return b.Op("Reshape", []string{v, b.Op("Concat", []string{b.Ints(0, channels), hw}, graph.IntAttr("axis", 0))})
}
