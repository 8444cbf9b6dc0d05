package mapcheck

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"hilum/inference/calib"
	"hilum/inference/saliency"
	"hilum/inference/tensor"
)

// The streams of the draws.
const (
	shiftStream uint64 = iota + 1
	noiseStream
	placeStream
)

// meanOf is the mean of two draws or more with Student's 95% interval.
func meanOf(values []float64) Figure {
	mean := stat.Mean(values, nil)
	n := float64(len(values))
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * stat.StdDev(values, nil) / math.Sqrt(n)
	return Figure{Value: mean, Lo: mean - half, Hi: mean + half}
}

// measureRandomisation holds the map against those of shuffled models (the
// model-parameter randomisation test of Adebayo et al. 2018). A shuffled model whose
// map is the same everywhere has nothing left of it: 0.
func measureRandomisation(ctx context.Context, t *trial) (Figure, error) {
	left := make([]float64, t.o.Draws)
	for i := range left {
		m, err := t.Forgotten(ctx, t.Image, t.o.Seed+uint64(i))
		if err != nil {
			return Figure{}, err
		}
		if nothing(m).IsZero() {
			left[i] = saliency.RankCorrelation(t.m.Values, m.Values)
		}
	}
	return meanOf(left), nil
}

// order is what a map is used for: to take a picture away or to build it up.
type order int

const (
	deleting order = iota
	inserting
)

// measureOrder compares the mean logit along the map's order of places with that along
// the orders of the same map moved elsewhere (deletion and insertion, Petsiuk et al. 2018;
// the former is the pixel flipping of Bach et al. 2015).
func measureOrder(ctx context.Context, t *trial, by order) (Figure, error) {
	cells := t.cellMeans(t.full)
	along := func(values []float64) (float64, error) {
		curve, err := t.curve(ctx, descending(values), by)
		return area(curve), err
	}
	own, err := along(cells)
	if err != nil {
		return Figure{}, err
	}
	rng := t.random(placeStream)
	gains := make([]float64, t.o.Tries)
	for i := range gains {
		other, err := along(rolled(cells, t.o.Cells, farPlace(t.o.Cells, rng.IntN)))
		if err != nil {
			return Figure{}, err
		}
		if gains[i] = other - own; by == inserting {
			gains[i] = own - other
		}
	}
	f := Figure{Value: stat.Mean(gains, nil)}
	middle, _ := calib.Percentiles(gains, 0.95)
	f.Lo, f.Hi = middle.Lo, middle.Hi
	for _, g := range gains {
		if g <= 0 {
			f.Against += 1 / float64(len(gains))
		}
	}
	return f, nil
}

// farPlace draws by how many cells a map is moved, round the edges: at least a quarter
// of the picture in one direction.
func farPlace(cells int, draw func(int) int) (by [2]int) {
	far := func(n int) bool { return min(n, cells-n)*4 >= cells }
	for {
		by = [2]int{draw(cells), draw(cells)}
		if cells < 2 || far(by[0]) || far(by[1]) {
			return by
		}
	}
}

// rolled moves the values of cells, n a side, down and right, round the edges.
func rolled(values []float64, n int, by [2]int) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[(i/n+by[0])%n*n+(i%n+by[1])%n] = v
	}
	return out
}

// descending lists the places of the values from the largest to the least.
func descending(values []float64) []int {
	at := make([]int, len(values))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return at
}

// area is the mean of a curve by the trapezoidal rule.
func area(curve []float64) float64 {
	sum := 0.0
	for i := 1; i < len(curve); i++ {
		sum += (curve[i-1] + curve[i]) / 2
	}
	return sum / float64(len(curve)-1)
}

// size is that of the picture.
func (t *trial) size() (channels, h, w int) {
	s := t.Image.Shape
	return int(s[1]), int(s[2]), int(s[3])
}

// cell gives the pixels of a cell: rows y0..y1-1, columns x0..x1-1.
func (t *trial) cell(i int) (y0, y1, x0, x1 int) {
	_, h, w := t.size()
	n := t.o.Cells
	return i / n * h / n, (i/n + 1) * h / n, i % n * w / n, (i%n + 1) * w / n
}

// cellMeans averages a map at the picture's resolution in the cells.
func (t *trial) cellMeans(m saliency.Map) []float64 {
	out := make([]float64, t.o.Cells*t.o.Cells)
	for i := range out {
		y0, y1, x0, x1 := t.cell(i)
		for y := y0; y < y1; y++ {
			for _, v := range m.Values[y*m.W+x0 : y*m.W+x1] {
				out[i] += float64(v)
			}
		}
		out[i] /= float64((y1 - y0) * (x1 - x0))
	}
	return out
}

// curve gives the logits while cells are replaced in an order, from none to all: greyed
// out, or put back into a grey picture. Grey is the mean of the picture.
func (t *trial) curve(ctx context.Context, cells []int, by order) ([]float64, error) {
	grey := t.grey()
	now, then := t.Image, grey
	if by == inserting {
		now, then = grey, t.Image
	}
	steps := min(t.o.Steps, len(cells))
	all := now.Repeat(steps + 1)
	size := len(now.Data)
	for s := 1; s <= steps; s++ {
		picture := all.Data[s*size : (s+1)*size]
		for _, c := range cells[:s*len(cells)/steps] {
			t.replace(picture, then.Data, c)
		}
	}
	return t.Scores(ctx, all)
}

// replace copies a cell of all channels.
func (t *trial) replace(to, from []float32, cell int) {
	channels, h, w := t.size()
	y0, y1, x0, x1 := t.cell(cell)
	for c := range channels {
		for y := y0; y < y1; y++ {
			at := (c*h + y) * w
			copy(to[at+x0:at+x1], from[at+x0:at+x1])
		}
	}
}

// grey is a picture of the mean of the picture.
func (t *trial) grey() tensor.Tensor {
	sum := 0.0
	for _, v := range t.Image.Data {
		sum += float64(v)
	}
	out := tensor.New(t.Image.Shape...)
	for i := range out.Data {
		out.Data[i] = float32(sum / float64(len(out.Data)))
	}
	return out
}

// measurePrior correlates with the map that sees no picture. The interval is Fisher's with
// the standard error of Bonett and Wright 2000 for ranks, over the cells of the map.
func measurePrior(_ context.Context, t *trial) (Figure, error) {
	prior := t.Prior.Resized(t.m.H, t.m.W)
	r := saliency.RankCorrelation(t.m.Values, prior.Values)
	if math.IsNaN(r) { // boxes that cover everything say nothing
		r = 0
	}
	return rankInterval(r, len(t.m.Values)), nil
}

func rankInterval(r float64, n int) Figure {
	if n < 4 {
		return Figure{Value: r, Lo: -1, Hi: 1}
	}
	const most = 1 - 1e-12 // of which the transform is finite
	r = max(-most, min(most, r))
	z := math.Atanh(r)
	half := distuv.UnitNormal.Quantile(0.975) * math.Sqrt((1+r*r/2)/float64(n-3))
	return Figure{Value: r, Lo: math.Tanh(z - half), Hi: math.Tanh(z + half)}
}

// measurePointing plays the pointing game (Zhang et al. 2018) with the map and its copies.
func measurePointing(_ context.Context, t *trial) (Figure, error) {
	hits, n := 0, 1
	if t.hits(t.m, 0, 0) {
		hits++
	}
	for _, c := range t.near {
		n++
		if t.hits(c.m, c.dx, c.dy) {
			hits++
		}
	}
	i := calib.Wilson(hits, n)
	return Figure{Value: float64(hits) / float64(n), Lo: i.Lo, Hi: i.Hi, Against: covered(t.Boxes)}, nil
}

// hits tells whether the middle of the strongest cell of a map lies in a box, moved as
// the picture was.
func (t *trial) hits(m saliency.Map, dx, dy int) bool {
	best := 0
	for i, v := range m.Values {
		if v > m.Values[best] {
			best = i
		}
	}
	_, h, w := t.size()
	x := (float64(best%m.W)+.5)/float64(m.W) - float64(dx)/float64(w)
	y := (float64(best/m.W)+.5)/float64(m.H) - float64(dy)/float64(h)
	return slices.ContainsFunc(t.Boxes, func(b Box) bool { return x >= b.X0 && x < b.X1 && y >= b.Y0 && y < b.Y1 })
}

// covered is the share of the picture that lies in boxes, on a grid of 256 x 256.
func covered(boxes []Box) float64 {
	const side = 256
	n := 0
	for i := range side * side {
		x, y := (float64(i%side)+.5)/side, (float64(i/side)+.5)/side
		if slices.ContainsFunc(boxes, func(b Box) bool { return x >= b.X0 && x < b.X1 && y >= b.Y0 && y < b.Y1 }) {
			n++
		}
	}
	return float64(n) / (side * side)
}
