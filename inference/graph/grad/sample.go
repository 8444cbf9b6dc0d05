package grad

import (
	"hilum/inference/graph"
	"hilum/internal/message"
)

// gridSampleRule writes a sampling of maps at computed places in its steps: the four
// nearest positions by index, each with its share (Jaderberg et al. 2015).
func gridSampleRule(b *builder, n *graph.Node, dy []string) error {
	return b.through(dy[0], func() (string, error) { return b.gridSample(n) })
}

// place is where along one axis, of the size given, samples are taken.
type place struct {
	at   string // [N, H, W], in positions
	size int64
}

func (b *builder) gridSample(n *graph.Node) (string, error) {
	mode := n.Text("mode", "linear")
	size, err := b.static(n.Input(0), 1)
	if err != nil {
		return "", err
	}
	if len(size) != 3 || mode == "cubic" || mode == "bicubic" {
		return "", message.Errorf("%w: sampling by mode %q of %d axes", ErrNotDifferentiable, mode, len(size)+1)
	}
	var p [2]place // x, y
	for i := range p {
		at := b.op("Gather", []string{n.Input(1), b.constant(graph.NewInts("", []int64{int64(i)}))}, graph.IntAttr("axis", 3))
		p[i] = place{at, size[2-i]}
		p[i].at = b.position(n, p[i])
	}
	if mode == "nearest" {
		for i := range p {
			p[i].at = b.op("Round", []string{p[i].at})
		}
		return b.likeMap(b.take(n, p, ""), n, size[0]), nil
	}
	var parts []string
	low := [2]string{b.op("Floor", []string{p[0].at}), b.op("Floor", []string{p[1].at})}
	for corner := range 4 {
		c, share := p, ""
		for i := range c {
			far := b.sub(p[i].at, low[i])
			w := b.sub(b.scalar(far, 1), far)
			c[i].at = low[i]
			if corner>>i&1 == 1 {
				c[i].at, w = b.add(low[i], b.scalar(far, 1)), far
			}
			if share == "" {
				share = w
			} else {
				share = b.mul(share, w)
			}
		}
		parts = append(parts, b.take(n, c, share))
	}
	return b.likeMap(b.op("Sum", parts), n, size[0]), nil
}

// position turns grid coordinates from -1 to 1 into positions, folded back inside as the
// padding mode says.
func (b *builder) position(n *graph.Node, p place) string {
	g, last := p.at, float64(p.size-1)
	lo, hi := 0., last
	at := b.scale(b.add(g, b.scalar(g, 1)), g, last/2)
	if n.Int("align_corners", 0) == 0 {
		at = b.sub(b.scale(b.add(g, b.scalar(g, 1)), g, float64(p.size)/2), b.scalar(g, .5))
		lo, hi = -.5, last+.5
	}
	inside := func(v string) string {
		return b.op("Min", []string{b.op("Max", []string{v, b.scalar(g, 0)}), b.scalar(g, last)})
	}
	switch n.Text("padding_mode", "zeros") {
	case "border":
		return inside(at)
	case "reflection": // to and fro between lo and hi
		far := b.op("Abs", []string{b.sub(at, b.scalar(g, lo))})
		far = b.op("Mod", []string{far, b.scalar(g, max(2*(hi-lo), 1e-6))}, graph.IntAttr("fmod", 1))
		back := b.op("Abs", []string{b.sub(far, b.scalar(g, hi-lo))})
		return inside(b.sub(b.scalar(g, hi), back))
	}
	return at
}

// take reads the maps at whole positions, 0 outside them, times a share: [N, C, HW].
func (b *builder) take(n *graph.Node, p [2]place, share string) string {
	x := n.Input(0)
	dims, _ := b.shapes.Dims(x)
	flat := b.op("Reshape", []string{x, b.ints(0, dims[1].Value, -1)})
	var kept [2]string
	for i, q := range p {
		last := b.scalar(q.at, float64(q.size-1))
		kept[i] = b.op("Min", []string{b.op("Max", []string{q.at, b.scalar(q.at, 0)}), last})
		inside := b.mask(b.op("Equal", []string{kept[i], q.at}), q.at)
		if share == "" {
			share = inside
		} else {
			share = b.mul(share, inside)
		}
	}
	idx := b.op("Cast", []string{b.add(b.scale(kept[1], x, float64(p[0].size)), kept[0])}, graph.IntAttr("to", int64(graph.Int64)))
	row := func(v string) string { return b.op("Reshape", []string{v, b.ints(0, 1, -1)}) }
	whole := b.op("Concat", []string{b.op("Shape", []string{idx}), b.ints(dims[1].Value)}, graph.IntAttr("axis", 0)) // N, H, W, C
	count := b.op("ReduceProd", []string{b.slice(whole, []int64{1}, []int64{3}, []int64{0}, []int64{1})}, graph.IntAttr("keepdims", 1))
	to := b.op("Concat", []string{b.slice(whole, []int64{0}, []int64{1}, []int64{0}, []int64{1}), b.ints(dims[1].Value), count}, graph.IntAttr("axis", 0))
	read := b.op("GatherElements", []string{flat, b.op("Expand", []string{row(idx), to})}, graph.IntAttr("axis", 2))
	return b.mul(read, row(share))
}

// likeMap gives [N, C, HW] the shape of the node's result.
func (b *builder) likeMap(v string, n *graph.Node, channels int64) string {
	if s, ok := b.shapes.Static(n.Output(0)); ok {
		return b.op("Reshape", []string{v, b.ints(s...)})
	}
	grid := b.op("Shape", []string{n.Input(1)})
	hw := b.slice(grid, []int64{1}, []int64{3}, []int64{0}, []int64{1})
	return b.op("Reshape", []string{v, b.op("Concat", []string{b.ints(0, channels), hw}, graph.IntAttr("axis", 0))})
}
