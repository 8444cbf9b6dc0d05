// Package canvas is what phantoms are drawn on and with: grids of material, which
// go from film to film, textures, streams of random numbers, and functions that are
// quick and the same everywhere. Its core type is [Grid]. It imports the standard
// library only.
package canvas

import "math"

// Grid is a one-channel float picture, row-major; those of material hold
// centimetres along the ray.
type Grid struct {
	W, H int
	P    []float32
}

func newGrid(w, h int) *Grid { return &Grid{w, h, make([]float32, w*h)} }

// Row is one row of the grid, to be written to.
func (m *Grid) Row(y int) []float32 { return m.P[y*m.W : (y+1)*m.W] }

// Splat deposits k at (u, v), shared among the four nearest pixels: placing
// material between pixels is what keeps thin bones and vessels free of steps.
func (m *Grid) Splat(u, v, k float32) {
	u -= 0.5
	v -= 0.5
	if u < 0 || v < 0 || u >= float32(m.W-1) || v >= float32(m.H-1) {
		return
	}
	iu, fu := Whole(u)
	iv, fv := Whole(v)
	i := iv*m.W + iu
	Share(m.P, i, k*(1-fv), fu)
	Share(m.P, i+m.W, k*fv, fu)
}

// Lay splats k along a line through (u, v), where chords of a disc of radius c lie
// that is stretched to (du, dv). All of it is on the grid, so nothing is looked
// at again.
func (m *Grid) Lay(u, v, du, dv, c, k float32, along []Chord) {
	p, w := m.P, m.W
	for _, s := range along {
		g := s.At * c
		iu, fu := Whole(u + g*du - 0.5)
		iv, fv := Whole(v + g*dv - 0.5)
		i := iv*w + iu
		Share(p, i, k*(1-fv), fu)
		Share(p, i+w, k*fv, fu)
	}
}

// Whole parts a number that is not negative from its fraction.
func Whole(x float32) (int, float32) {
	i := int(x)
	return i, x - float32(i)
}

// Share deposits k between neighbours i and i+1.
func Share(p []float32, i int, k, f float32) {
	p[i] += k * (1 - f)
	p[i+1] += k * f
}

// Shrink averages k x k blocks; broad blurs are done on shrunken grids.
func (m *Grid) Shrink(k int) *Grid {
	s := NewShrinker(m.W, m.H, k)
	for y := range m.H {
		s.Add(m.Row(y))
	}
	return s.Mean()
}

// Shrinker averages k x k blocks of rows that come one by one from the top.
type Shrinker struct {
	*Grid
	k, rows int
}

// NewShrinker averages blocks of k x k pixels of rows that come one after another.
func NewShrinker(w, h, k int) *Shrinker {
	return &Shrinker{Grid: newGrid(max(w/k, 1), max(h/k, 1)), k: k}
}

// Add takes the next row.
func (s *Shrinker) Add(row []float32) {
	y := s.rows / s.k
	s.rows++
	if y >= s.H { // no whole block any more
		return
	}
	sums := s.Row(y)
	for x, sum := range sums {
		for _, v := range row[x*s.k : (x+1)*s.k] {
			sum += v
		}
		sums[x] = sum
	}
}

// Mean is the shrunken grid, when all rows were added.
func (s *Shrinker) Mean() *Grid {
	inv := 1 / float32(s.k*s.k)
	for i := range s.P {
		s.P[i] *= inv
	}
	return s.Grid
}

// Enlarged reads a shrunken grid at the pixels it was shrunk from: between pixel
// centres, clamped at the border. Rows are asked for from the top, and what a
// row of the grid is at every column is worked out once.
type Enlarged struct {
	m            *Grid
	inv          float32 // pixels of m a pixel
	left         []int   // the pixels of m around every column
	past         []float32
	top          int       // row of m that upper holds
	upper, lower []float32 // two rows of m at every column
}

// Enlarge gives a grid back its k-fold size, w pixels across, row by row.
func (m *Grid) Enlarge(w, k int) *Enlarged {
	e := &Enlarged{m: m, inv: 1 / float32(k), left: make([]int, w), past: make([]float32, w), top: -2,
		upper: make([]float32, w), lower: make([]float32, w)}
	for u := range w {
		e.left[u], e.past[u] = e.between(u, m.W)
	}
	return e
}

// between gives the pixel among n before a row or column, and how far past it.
func (e *Enlarged) between(k, n int) (int, float32) {
	x := min(max((float32(k)+0.5)*e.inv-0.5, 0), float32(n)-1.001)
	i := int(x)
	return i, x - float32(i)
}

// Row gives the two rows around row v, and how far it lies from upper to lower.
func (e *Enlarged) Row(v int) (upper, lower []float32, f float32) {
	i, f := e.between(v, e.m.H)
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

func (e *Enlarged) stretch(out []float32, y int) {
	row := e.m.Row(min(y, e.m.H-1)) // a very wide film shrinks to a single row
	past := e.past[:len(out)]
	for u, i := range e.left[:len(out)] {
		out[u] = row[i] + (row[i+1]-row[i])*past[u]
	}
}

// Blur is three box passes, close enough to a Gaussian of sigma pixels.
func (m *Grid) Blur(sigma float64) {
	r := max(1, int(math.Round((math.Sqrt(4*sigma*sigma+1)-1)/2)))
	for range 3 {
		m.boxRows(r)
		m.boxColumns(r)
	}
}

func (m *Grid) boxRows(r int) {
	inv := 1 / float32(2*r+1)
	wide := make([]float32, m.W+2*r+1) // a row drawn out at both ends
	for y := range m.H {
		row := m.Row(y)
		for i := range r {
			wide[i] = row[0]
		}
		copy(wide[r:], row)
		for i := r + m.W; i < len(wide); i++ {
			wide[i] = row[m.W-1]
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
func (m *Grid) boxColumns(r int) {
	inv := 1 / float32(2*r+1)
	kept := newGrid(m.W, r+1)
	sum := make([]float32, m.W)
	row := func(y int) []float32 { return m.Row(min(max(y, 0), m.H-1)) }
	for i := -r; i <= r; i++ {
		for x, v := range row(i) {
			sum[x] += v
		}
	}
	for y := range m.H {
		out := m.Row(y)
		copy(kept.Row(y%kept.H), out)
		add, sub := row(y+r+1), kept.Row(max(y-r, 0)%kept.H)
		for x := range out {
			out[x] = sum[x] * inv
			sum[x] += add[x] - sub[x]
		}
	}
}

// Soften blurs by the given variance in square pixels with small binomial
// kernels, for unsharpness of a pixel or less.
func (m *Grid) Soften(variance float64) {
	for variance > 1e-3 {
		k := min(1, 2*variance) // kernel k/4, 1-k/2, k/4 has variance k/2
		m.binomial(float32(k))
		variance -= k / 2
	}
}

// binomial keeps three rows that are softened along themselves and writes from
// them the one in the middle, softened downwards too.
func (m *Grid) binomial(k float32) {
	a, b := 1-k/2, k/4
	upper, middle, lower := make([]float32, m.W), make([]float32, m.W), make([]float32, m.W)
	binomialRow(middle, m.Row(0), a, b)
	copy(upper, middle)
	for y := range m.H {
		if y+1 < m.H {
			binomialRow(lower, m.Row(y+1), a, b)
		} else {
			copy(lower, middle)
		}
		row := m.Row(y)
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

// Chord runs through the middle of a part: how far from the centre of the disc,
// and half its length.
type Chord struct{ At, Half float32 }
