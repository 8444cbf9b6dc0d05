package edit

// Numbers of the multigrid solver: enough that the test's exact solutions are
// met to a thousandth of the grey scale.
const (
	sweeps      = 24
	coarsest    = 4   // pixels; below it sweeps alone converge
	overRelaxed = 1.8 // successive over-relaxation, 1..2
)

// harmonic fills the hole with the solution of Laplace's equation whose values
// on the hole's rim are the surroundings': the smoothest surface there is, free of
// maxima of its own. Where the hole reaches the grid's edge, the surface meets it
// at right angles. A coarse solution is refined (nested iteration), each level by
// over-relaxed Gauss-Seidel. A grid that is all hole stays as it is.
func harmonic(g grid, hole []bool) {
	if g.w > coarsest && g.h > coarsest {
		small, known := halve(g, hole)
		if known {
			coarse := make([]bool, len(small.p))
			markCoarse(coarse, hole, g, small.w)
			harmonic(small, coarse)
			for y := range g.h {
				for x := range g.w {
					if hole[y*g.w+x] {
						g.p[y*g.w+x] = small.at((float64(x)-0.5)/2, (float64(y)-0.5)/2)
					}
				}
			}
		}
	}
	for range sweeps {
		relax(g, hole)
	}
}

// halve averages the known pixels of each two by two; known is false where there
// are none at all.
func halve(g grid, hole []bool) (small grid, known bool) {
	small = newGrid((g.w+1)/2, (g.h+1)/2)
	for y := range small.h {
		for x := range small.w {
			var sum, n float32
			for _, d := range [4][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
				u, v := 2*x+d[0], 2*y+d[1]
				if u < g.w && v < g.h && !hole[v*g.w+u] {
					sum, n = sum+g.p[v*g.w+u], n+1
				}
			}
			if n > 0 {
				small.p[y*small.w+x], known = sum/n, true
			}
		}
	}
	return small, known
}

// markCoarse marks the coarse pixels that cover nothing known.
func markCoarse(coarse, hole []bool, g grid, w int) {
	for i := range coarse {
		coarse[i] = true
	}
	for y := range g.h {
		for x := range g.w {
			if !hole[y*g.w+x] {
				coarse[y/2*w+x/2] = false
			}
		}
	}
}

// relax is one sweep over the hole.
func relax(g grid, hole []bool) {
	for y := range g.h {
		for x := range g.w {
			i := y*g.w + x
			if !hole[i] {
				continue
			}
			var sum, n float32
			if x > 0 {
				sum, n = sum+g.p[i-1], n+1
			}
			if x < g.w-1 {
				sum, n = sum+g.p[i+1], n+1
			}
			if y > 0 {
				sum, n = sum+g.p[i-g.w], n+1
			}
			if y < g.h-1 {
				sum, n = sum+g.p[i+g.w], n+1
			}
			if n > 0 {
				g.p[i] += overRelaxed * (sum/n - g.p[i])
			}
		}
	}
}

// at interpolates between pixel centres; outside, the edge goes on.
func (g grid) at(x, y float64) float32 {
	x, y = min(max(x, 0), float64(g.w-1)), min(max(y, 0), float64(g.h-1))
	i, j := int(x), int(y)
	u, v := min(i+1, g.w-1), min(j+1, g.h-1)
	tx, ty := float32(x-float64(i)), float32(y-float64(j))
	a := g.p[j*g.w+i]*(1-tx) + g.p[j*g.w+u]*tx
	b := g.p[v*g.w+i]*(1-tx) + g.p[v*g.w+u]*tx
	return a*(1-ty) + b*ty
}
