package phantom

import "math"

// grid is a one-channel float picture, row-major; those of material hold
// centimetres along the ray.
type grid struct {
	w, h int
	p    []float32
}

func newGrid(w, h int) *grid { return &grid{w, h, make([]float32, w*h)} }

func (m *grid) clone() *grid { return &grid{m.w, m.h, append([]float32(nil), m.p...)} }

// splat deposits k at (u, v), shared among the four nearest pixels: placing
// material between pixels is what keeps thin bones and vessels free of steps.
func (m *grid) splat(u, v, k float32) {
	u -= 0.5
	v -= 0.5
	if u < 0 || v < 0 || u >= float32(m.w-1) || v >= float32(m.h-1) {
		return
	}
	iu, iv := int(u), int(v)
	fu, fv := u-float32(iu), v-float32(iv)
	i := iv*m.w + iu
	a := k * (1 - fv)
	b := k * fv
	p := m.p[i : i+m.w+2]
	p[0] += a * (1 - fu)
	p[1] += a * fu
	p[m.w] += b * (1 - fu)
	p[m.w+1] += b * fu
}

// shrink averages k x k blocks; broad blurs are done on shrunken grids.
func (m *grid) shrink(k int) *grid {
	o := newGrid(max(m.w/k, 1), max(m.h/k, 1))
	inv := 1 / float32(k*k)
	for y := range o.h {
		for x := range o.w {
			var s float32
			for j := range k {
				row := m.p[(y*k+j)*m.w+x*k:]
				for i := range k {
					s += row[i]
				}
			}
			o.p[y*o.w+x] = s * inv
		}
	}
	return o
}

// at samples between pixel centres, clamped at the border.
func (m *grid) at(u, v float32) float32 {
	u = min(max(u-0.5, 0), float32(m.w)-1.001)
	v = min(max(v-0.5, 0), float32(m.h)-1.001)
	iu, iv := int(u), int(v)
	fu, fv := u-float32(iu), v-float32(iv)
	i := iv*m.w + iu
	a := m.p[i] + (m.p[i+1]-m.p[i])*fu
	b := m.p[i+m.w] + (m.p[i+m.w+1]-m.p[i+m.w])*fu
	return a + (b-a)*fv
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
	buf := make([]float32, m.w)
	for y := range m.h {
		row := m.p[y*m.w : (y+1)*m.w]
		copy(buf, row)
		var s float32
		for i := -r; i <= r; i++ {
			s += buf[min(max(i, 0), m.w-1)]
		}
		for x := range row {
			row[x] = s * inv
			s += buf[min(x+r+1, m.w-1)] - buf[max(x-r, 0)]
		}
	}
}

// boxColumns goes row by row with a running sum per column, for the cache's sake.
func (m *grid) boxColumns(r int) {
	inv := 1 / float32(2*r+1)
	src := append([]float32(nil), m.p...)
	sum := make([]float32, m.w)
	row := func(y int) []float32 { return src[min(max(y, 0), m.h-1)*m.w:] }
	for i := -r; i <= r; i++ {
		add := row(i)
		for x := range sum {
			sum[x] += add[x]
		}
	}
	for y := range m.h {
		out := m.p[y*m.w : (y+1)*m.w]
		add, sub := row(y+r+1), row(y-r)
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

func (m *grid) binomial(k float32) {
	a, b := 1-k/2, k/4
	for y := range m.h {
		row := m.p[y*m.w : (y+1)*m.w]
		left := row[0]
		for x := range row {
			right := row[min(x+1, m.w-1)]
			c := row[x]
			row[x] = a*c + b*(left+right)
			left = c
		}
	}
	prev := append([]float32(nil), m.p[:m.w]...)
	cur := make([]float32, m.w)
	for y := range m.h {
		row := m.p[y*m.w : (y+1)*m.w]
		next := m.p[min(y+1, m.h-1)*m.w:]
		copy(cur, row)
		for x := range row {
			row[x] = a*cur[x] + b*(prev[x]+next[x])
		}
		prev, cur = cur, prev
	}
}
