package phantom

import "math"

// grid is a one-channel float picture, row-major; those of material hold
// centimetres along the ray.
type grid struct {
	w, h int
	p    []float32
}

func newGrid(w, h int) *grid { return &grid{w, h, make([]float32, w*h)} }

func (m *grid) row(y int) []float32 { return m.p[y*m.w : (y+1)*m.w] }

// splat deposits k at (u, v), shared among the four nearest pixels: placing
// material between pixels is what keeps thin bones and vessels free of steps.
func (m *grid) splat(u, v, k float32) {
	u -= 0.5
	v -= 0.5
	if u < 0 || v < 0 || u >= float32(m.w-1) || v >= float32(m.h-1) {
		return
	}
	iu, fu := whole(u)
	iv, fv := whole(v)
	i := iv*m.w + iu
	share(m.p, i, k*(1-fv), fu)
	share(m.p, i+m.w, k*fv, fu)
}

// lay splats k along a line through (u, v), where chords of a disc of radius c lie
// that is stretched to (du, dv). All of it is on the grid, so nothing is looked
// at again.
func (m *grid) lay(u, v, du, dv, c, k float32, along []chord) {
	p, w := m.p, m.w
	for _, s := range along {
		g := s.at * c
		iu, fu := whole(u + g*du - 0.5)
		iv, fv := whole(v + g*dv - 0.5)
		i := iv*w + iu
		share(p, i, k*(1-fv), fu)
		share(p, i+w, k*fv, fu)
	}
}

// whole parts a number that is not negative from its fraction.
func whole(x float32) (int, float32) {
	i := int(x)
	return i, x - float32(i)
}

// share deposits k between neighbours i and i+1.
func share(p []float32, i int, k, f float32) {
	p[i] += k * (1 - f)
	p[i+1] += k * f
}

// shrink averages k x k blocks; broad blurs are done on shrunken grids.
func (m *grid) shrink(k int) *grid {
	s := newShrinker(m.w, m.h, k)
	for y := range m.h {
		s.add(m.row(y))
	}
	return s.mean()
}

// shrinker averages k x k blocks of rows that come one by one from the top.
type shrinker struct {
	*grid
	k, rows int
}

func newShrinker(w, h, k int) *shrinker {
	return &shrinker{grid: newGrid(max(w/k, 1), max(h/k, 1)), k: k}
}

func (s *shrinker) add(row []float32) {
	y := s.rows / s.k
	s.rows++
	if y >= s.h { // no whole block any more
		return
	}
	sums := s.row(y)
	for x, sum := range sums {
		for _, v := range row[x*s.k : (x+1)*s.k] {
			sum += v
		}
		sums[x] = sum
	}
}

func (s *shrinker) mean() *grid {
	inv := 1 / float32(s.k*s.k)
	for i := range s.p {
		s.p[i] *= inv
	}
	return s.grid
}

// enlarged reads a shrunken grid at the pixels it was shrunk from: between pixel
// centres, clamped at the border. Rows are asked for from the top, and what a
// row of the grid is at every column is worked out once.
type enlarged struct {
	m            *grid
	inv          float32 // pixels of m a pixel
	left         []int   // the pixels of m around every column
	past         []float32
	top          int       // row of m that upper holds
	upper, lower []float32 // two rows of m at every column
}

func (m *grid) enlarge(w, k int) *enlarged {
	e := &enlarged{m: m, inv: 1 / float32(k), left: make([]int, w), past: make([]float32, w), top: -2, upper: make([]float32, w), lower: make([]float32, w)}
	for u := range w {
		e.left[u], e.past[u] = e.between(u, m.w)
	}
	return e
}

// between gives the pixel among n before a row or column, and how far past it.
func (e *enlarged) between(k, n int) (int, float32) {
	x := min(max((float32(k)+0.5)*e.inv-0.5, 0), float32(n)-1.001)
	i := int(x)
	return i, x - float32(i)
}

// row gives the two rows around row v, and how far it lies from upper to lower.
func (e *enlarged) row(v int) (upper, lower []float32, f float32) {
	i, f := e.between(v, e.m.h)
	if i != e.top {
		if i == e.top+1 {
			e.upper, e.lower = e.lower, e.upper
		} else {
			e.stretch(e.upper, i)
		}
		e.stretch(e.lower, i+1)
		e.top = i
	}
	return e.upper, e.lower, f
}

func (e *enlarged) stretch(out []float32, y int) {
	row := e.m.row(min(y, e.m.h-1)) // a very wide film shrinks to a single row
	past := e.past[:len(out)]
	for u, i := range e.left[:len(out)] {
		out[u] = row[i] + (row[i+1]-row[i])*past[u]
	}
}

// blur is three box passes, close enough to a Gaussian of sigma pixels.
func (m *grid) blur(sigma float64) {
	r := max(1, int(math.Round((math.Sqrt(4*sigma*sigma+1)-1)/2)))
	for range 3 {
		m.boxRows(r)
		m.boxColumns(r)
	}
}

func (m *grid) boxRows(r int) {
	inv := 1 / float32(2*r+1)
	wide := make([]float32, m.w+2*r+1) // a row drawn out at both ends
	for y := range m.h {
		row := m.row(y)
		for i := range r {
			wide[i] = row[0]
		}
		copy(wide[r:], row)
		for i := r + m.w; i < len(wide); i++ {
			wide[i] = row[m.w-1]
		}
		var s float32
		for _, v := range wide[:2*r+1] {
			s += v
		}
		add := wide[2*r+1:]
		for x := range row {
			row[x] = s * inv
			s += add[x] - wide[x]
		}
	}
}

// boxColumns goes row by row with a running sum per column, for the cache's sake,
// and keeps the rows that are to leave the sum.
func (m *grid) boxColumns(r int) {
	inv := 1 / float32(2*r+1)
	kept := newGrid(m.w, r+1)
	sum := make([]float32, m.w)
	row := func(y int) []float32 { return m.row(min(max(y, 0), m.h-1)) }
	for i := -r; i <= r; i++ {
		for x, v := range row(i) {
			sum[x] += v
		}
	}
	for y := range m.h {
		out := m.row(y)
		copy(kept.row(y%kept.h), out)
		add, sub := row(y+r+1), kept.row(max(y-r, 0)%kept.h)
		for x := range out {
			out[x] = sum[x] * inv
			sum[x] += add[x] - sub[x]
		}
	}
}

// soften blurs by the given variance in square pixels with small binomial
// kernels, for unsharpness of a pixel or less.
func (m *grid) soften(variance float64) {
	for variance > 1e-3 {
		k := min(1, 2*variance) // kernel k/4, 1-k/2, k/4 has variance k/2
		m.binomial(float32(k))
		variance -= k / 2
	}
}

// binomial keeps three rows that are softened along themselves and writes from
// them the one in the middle, softened downwards too.
func (m *grid) binomial(k float32) {
	a, b := 1-k/2, k/4
	upper, middle, lower := make([]float32, m.w), make([]float32, m.w), make([]float32, m.w)
	binomialRow(middle, m.row(0), a, b)
	copy(upper, middle)
	for y := range m.h {
		if y+1 < m.h {
			binomialRow(lower, m.row(y+1), a, b)
		} else {
			copy(lower, middle)
		}
		row := m.row(y)
		up, mid, low := upper[:len(row)], middle[:len(row)], lower[:len(row)]
		for x := range row {
			row[x] = a*mid[x] + b*(up[x]+low[x])
		}
		upper, middle, lower = middle, lower, upper
	}
}

func binomialRow(out, row []float32, a, b float32) {
	last := len(row) - 1
	out = out[:len(row)]
	left, c := row[0], row[0]
	for x, right := range row[1:] {
		out[x] = a*c + b*(left+right)
		left, c = c, right
	}
	out[last] = a*c + b*(left+c)
}

// chord runs through the middle of a part: how far from the centre of the disc,
// and half its length.
type chord struct{ at, half float32 }
