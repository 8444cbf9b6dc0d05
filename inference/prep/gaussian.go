package prep

import "math"

// The resampling here is that of skimage.transform.resize with order 1, mode
// "constant" and its default antialiasing, which TorchXRayVision's XRayResizer
// calls: a Gaussian of standard deviation (s - 1)/2 for a reduction by s, cut at
// four of them, then linear interpolation between the pixels next to the centre of
// each output pixel (scipy.ndimage.gaussian_filter and zoom with grid_mode). What
// lies outside the picture has one value, 0 on the network's scale. Sums are
// doubles and what is stored between the steps is float32, as there.

// gaussianCut is where scipy cuts a Gaussian, in standard deviations.
const gaussianCut = 4

// kernel is half of a symmetric Gaussian: the weights at 0, 1, 2 ...
func kernel(reduction float64) []float64 {
	sigma := max(0, (reduction-1)/2)
	if sigma <= 1e-15 {
		return []float64{1}
	}
	w := make([]float64, int(gaussianCut*sigma+0.5)+1)
	sum := 0.0
	for i := range w {
		w[i] = math.Exp(-0.5 / (sigma * sigma) * float64(i*i))
		sum += w[i]
		if i > 0 {
			sum += w[i]
		}
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// sample is where an output pixel lies between two input pixels: at, and share t
// of the next. At the edges one of them lies outside.
type sample struct {
	at int
	t  float64
}

// samples places m output pixels over n input pixels.
func samples(n, m int) []sample {
	out := make([]sample, m)
	for i := range out {
		c := (float64(i)+0.5)*(float64(n)/float64(m)) - 0.5
		at := math.Floor(c)
		out[i] = sample{int(at), c - at}
	}
	return out
}

// gaussianResize resamples a channel to w x h; what lies outside it has the value
// outside.
func gaussianResize(src lines[float32], w, h int, outside float32) plane[float32] {
	g := &gaussian{src: src, outside: outside, columns: samples(src.w, w), across: kernel(float64(src.w) / float64(w)),
		down: kernel(float64(src.h) / float64(h)), lo: float32(math.Inf(1)), hi: float32(math.Inf(-1))}
	dst := plane[float32]{w, h, make([]float32, w*h)}
	for y, s := range samples(src.h, h) {
		g.blend(dst.pix[y*w:(y+1)*w], s)
	}
	g.readTo(src.h)
	g.clip(dst.pix, outside)
	return dst
}

// gaussian makes filtered lines of a channel in order, reading it once.
type gaussian struct {
	src          lines[float32]
	outside      float32
	columns      []sample
	across, down []float64
	read         int         // lines of src that were read
	recent       [][]float32 // the last of them, the line at hand last
	made         []madeLine  // the two last filtered ones
	sum          []float64   // the line that is filtered: its sums and values
	row          []float32
	lo, hi       float32 // of all values
}

// madeLine is a filtered line at the places of the output's columns: pairs of
// neighbours.
type madeLine struct {
	y     int
	pairs []float32
}

// blend interpolates an output line.
func (g *gaussian) blend(out []float32, s sample) {
	a, b := g.line(s.at), g.line(s.at+1)
	for x, c := range g.columns {
		top := float64(a[2*x])*(1-c.t) + float64(a[2*x+1])*c.t
		bottom := float64(b[2*x])*(1-c.t) + float64(b[2*x+1])*c.t
		out[x] = float32(top*(1-s.t) + bottom*s.t)
	}
}

// line is filtered line y.
func (g *gaussian) line(y int) []float32 {
	for _, m := range g.made {
		if m.y == y {
			return m.pairs
		}
	}
	m := madeLine{y, make([]float32, 2*len(g.columns))}
	if y < 0 || y >= g.src.h {
		for i := range m.pairs {
			m.pairs[i] = g.outside
		}
	} else {
		g.filterAcross(m.pairs, g.filterDown(y))
	}
	g.made = append(g.made, m)
	if len(g.made) > 2 {
		g.made = g.made[1:]
	}
	return m.pairs
}

// readTo reads the lines before end and keeps those that a filtered line can need.
func (g *gaussian) readTo(end int) {
	keep := 2*len(g.down) + 1
	for ; g.read < min(end, g.src.h); g.read++ {
		var row []float32
		if len(g.recent) >= keep {
			row, g.recent = g.recent[0], g.recent[1:]
		} else {
			row = make([]float32, g.src.w)
		}
		g.src.line(g.read, row)
		for _, v := range row {
			g.lo, g.hi = min(g.lo, v), max(g.hi, v)
		}
		g.recent = append(g.recent, row)
	}
}

// filterDown is line y after the filter from line to line.
func (g *gaussian) filterDown(y int) []float32 {
	r := len(g.down) - 1
	g.readTo(y + r + 1)
	first := g.read - len(g.recent) // the line that recent begins with
	if g.sum == nil {
		g.sum, g.row = make([]float64, g.src.w), make([]float32, g.src.w)
	}
	sum, missing := g.sum, 0.0
	clear(sum)
	for k := -r; k <= r; k++ {
		weight := g.down[max(k, -k)]
		if y+k < 0 || y+k >= g.src.h {
			missing += weight
			continue
		}
		for x, v := range g.recent[y+k-first] {
			sum[x] += weight * float64(v)
		}
	}
	for x, v := range sum {
		g.row[x] = float32(v + missing*float64(g.outside))
	}
	return g.row
}

// filterAcross filters a line at the places that the output's columns need.
func (g *gaussian) filterAcross(pairs, row []float32) {
	for x, c := range g.columns {
		pairs[2*x], pairs[2*x+1] = g.at(row, c.at), g.at(row, c.at+1)
	}
}

// at is a filtered value of a line.
func (g *gaussian) at(row []float32, x int) float32 {
	if x < 0 || x >= len(row) {
		return g.outside
	}
	value := func(i int) float64 {
		if i < 0 || i >= len(row) {
			return float64(g.outside)
		}
		return float64(row[i])
	}
	sum := g.across[0] * value(x)
	for k := 1; k < len(g.across); k++ {
		sum += g.across[k] * (value(x-k) + value(x+k))
	}
	return float32(sum)
}

// clip keeps the output within the values of the input, to which the outer value
// belongs where the output has it (skimage's clip).
func (g *gaussian) clip(out []float32, outside float32) {
	least, most := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range out {
		least, most = min(least, v), max(most, v)
	}
	if outside >= least && outside <= most {
		g.lo, g.hi = min(g.lo, outside), max(g.hi, outside)
	}
	for i, v := range out {
		out[i] = min(max(v, g.lo), g.hi)
	}
}
