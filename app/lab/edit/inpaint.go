package edit

import (
	"context"
	"math"
	"math/rand/v2"

	"hilum/internal/message"
)

// Numbers of the patch search.
const (
	patchSide  = 7 // Wexler, Shechtman and Irani 2007 use 5 to 9
	patchHalf  = patchSide / 2
	roughHole  = 10 // the coarsest level's hole is about so many pixels across
	roundsFine = 3  // of search and vote at the finest level, one more at each coarser
)

// inPainting fills a region with patches of its surroundings: it looks as if nothing
// had been there.
func inPainting() Operation {
	return Operation{
		Kind: InPaint, Title: always("In-paint"), Doing: always("In-painting this"), Placed: true,
		Apply: func(ctx context.Context, s *Sheet, e Edit, _ Images) error {
			w, h := s.Pixels()
			at := e.Region.pixels(w, h)
			return s.replace(ctx, e, max(at.w(), at.h(), 4*patchSide),
				func(ctx context.Context, g grid, hole []bool) error {
					return inpaint(ctx, g, hole, e.Seed)
				})
		},
		Tools: []Tool{{Text: "In-paint", Group: ChangesPlaces, Drawn: true, Edit: Edit{Kind: InPaint, Shape: Ellipse}}},
	}
}

// inpaint fills the hole with texture of its surroundings: an image whose every
// patch looks like some patch outside the hole (space-time completion of Wexler,
// Shechtman and Irani 2007, in two dimensions), found coarse to fine by PatchMatch
// (Barnes et al. 2009). Without a whole patch outside the hole the smooth surface
// stays. The same seed gives the same filling.
func inpaint(ctx context.Context, g grid, hole []bool, seed uint64) error {
	harmonic(g, hole)
	levels := pyramidOf(g, hole)
	rng := rand.New(rand.NewPCG(seed, uint64(g.w)<<32|uint64(g.h)))
	var coarser *quilt
	for k := len(levels) - 1; k >= 0; k-- {
		q := levels[k]
		if len(q.sources) == 0 {
			continue
		}
		q.begin(coarser, rng)
		for range roundsFine + k {
			if err := ctx.Err(); err != nil {
				return message.Errorf("in-painting: %w", err)
			}
			q.search(rng)
			q.vote()
		}
		coarser = q
	}
	return nil
}

// quilt is one level: a grid with a hole, and for every patch that touches the
// hole the nearest one found among those that do not.
type quilt struct {
	grid
	hole    []bool
	whole   []bool // by pixel: it is the centre of a patch without hole
	sources []int  // these pixels
	targets []int  // centres of patches that touch the hole
	nearest []int  // by pixel: centre of the patch found; -1 for none
	cost    []float32
}

// pyramidOf gives the level of g itself first. The finest shares g's pixels.
func pyramidOf(g grid, hole []bool) []*quilt {
	levels := []*quilt{newQuilt(g, hole)}
	for {
		q := levels[len(levels)-1]
		if math.Sqrt(float64(count(q.hole))) <= roughHole || min(q.w, q.h) < 4*patchSide {
			return levels
		}
		small := newGrid((q.w+1)/2, (q.h+1)/2)
		holes := make([]bool, len(small.p))
		for y := range small.h {
			for x := range small.w {
				var sum, n float32
				for _, d := range [4][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
					u, v := min(2*x+d[0], q.w-1), min(2*y+d[1], q.h-1)
					sum, n = sum+q.p[v*q.w+u], n+1
					holes[y*small.w+x] = holes[y*small.w+x] || q.hole[v*q.w+u]
				}
				small.p[y*small.w+x] = sum / n
			}
		}
		levels = append(levels, newQuilt(small, holes))
	}
}

func count(b []bool) int {
	n := 0
	for _, v := range b {
		if v {
			n++
		}
	}
	return n
}

func newQuilt(g grid, hole []bool) *quilt {
	q := &quilt{grid: g, hole: hole, whole: make([]bool, len(g.p)), nearest: make([]int, len(g.p)),
		cost: make([]float32, len(g.p))}
	touched := newTally(hole, g.w, g.h)
	for y := range g.h {
		for x := range g.w {
			i := y*g.w + x
			q.nearest[i] = -1
			switch {
			case touched.any(x, y):
				q.targets = append(q.targets, i)
			case x >= patchHalf && y >= patchHalf && x < g.w-patchHalf && y < g.h-patchHalf:
				q.whole[i] = true
				q.sources = append(q.sources, i)
			}
		}
	}
	return q
}

// begin gives every target a patch: the coarser level's at twice its place, else
// a random one.
func (q *quilt) begin(coarser *quilt, rng *rand.Rand) {
	for _, t := range q.targets {
		s := -1
		if coarser != nil {
			x, y := t%q.w, t/q.w
			if from := coarser.nearest[min(y/2, coarser.h-1)*coarser.w+min(x/2, coarser.w-1)]; from >= 0 {
				s = q.source(2*(from%coarser.w)+x%2, 2*(from/coarser.w)+y%2)
			}
		}
		if s < 0 {
			s = q.sources[rng.IntN(len(q.sources))]
		}
		q.nearest[t] = s
	}
	if coarser != nil {
		for _, t := range q.targets {
			q.cost[t] = q.distance(t, q.nearest[t], math.MaxFloat32)
		}
		q.vote()
	}
}

// source is the pixel there when a whole patch lies around it, else -1.
func (q *quilt) source(x, y int) int {
	if x < 0 || y < 0 || x >= q.w || y >= q.h || !q.whole[y*q.w+x] {
		return -1
	}
	return y*q.w + x
}

// search improves all matches twice, forth and back: from the neighbours' and by
// samples at random around the best, over half the distance each time.
func (q *quilt) search(rng *rand.Rand) {
	for _, t := range q.targets { // the patches have changed
		q.cost[t] = q.distance(t, q.nearest[t], math.MaxFloat32)
	}
	for _, t := range q.targets {
		q.improve(t, -1, rng)
	}
	for i := len(q.targets) - 1; i >= 0; i-- {
		q.improve(q.targets[i], 1, rng)
	}
}

func (q *quilt) improve(t, step int, rng *rand.Rand) {
	for _, d := range [2][2]int{{step, 0}, {0, step}} {
		x, y := t%q.w+d[0], t/q.w+d[1]
		if x < 0 || y < 0 || x >= q.w || y >= q.h {
			continue
		}
		if s := q.nearest[y*q.w+x]; s >= 0 {
			q.try(t, q.source(s%q.w-d[0], s/q.w-d[1]))
		}
	}
	for r := max(q.w, q.h); r >= 1; r /= 2 {
		best := q.nearest[t]
		q.try(t, q.source(best%q.w+rng.IntN(2*r+1)-r, best/q.w+rng.IntN(2*r+1)-r))
	}
}

func (q *quilt) try(t, s int) {
	if s < 0 || s == q.nearest[t] {
		return
	}
	if c := q.distance(t, s, q.cost[t]); c < q.cost[t] {
		q.nearest[t], q.cost[t] = s, c
	}
}

// distance is the mean squared difference of two patches over the part of the
// target's that lies on the grid; it may stop above limit.
func (q *quilt) distance(t, s int, limit float32) float32 {
	tx, ty := t%q.w, t/q.w
	x0, x1 := max(-patchHalf, -tx), min(patchHalf, q.w-1-tx)
	y0, y1 := max(-patchHalf, -ty), min(patchHalf, q.h-1-ty)
	n := float32((x1 - x0 + 1) * (y1 - y0 + 1))
	var sum float32
	for dy := y0; dy <= y1; dy++ {
		a := q.p[t+dy*q.w+x0 : t+dy*q.w+x1+1]
		b := q.p[s+dy*q.w+x0 : s+dy*q.w+x1+1]
		for i, v := range a {
			d := v - b[i]
			sum += d * d
		}
		if sum >= limit*n {
			break
		}
	}
	return sum / n
}

// vote makes the hole's pixels the mean of what the patches over them propose,
// good matches counting more: weight exp(-cost/(2 sigma^2)), sigma^2 the mean cost.
func (q *quilt) vote() {
	var spread float64
	for _, t := range q.targets {
		spread += float64(q.cost[t])
	}
	spread = max(spread/float64(len(q.targets)), 1e-12)
	sum, weight := make([]float32, len(q.p)), make([]float32, len(q.p))
	for _, t := range q.targets {
		wt := float32(math.Exp(-float64(q.cost[t])/(2*spread))) + 1e-6
		s, tx, ty := q.nearest[t], t%q.w, t/q.w
		for dy := max(-patchHalf, -ty); dy <= min(patchHalf, q.h-1-ty); dy++ {
			for dx := max(-patchHalf, -tx); dx <= min(patchHalf, q.w-1-tx); dx++ {
				if i := t + dy*q.w + dx; q.hole[i] {
					sum[i] += wt * q.p[s+dy*q.w+dx]
					weight[i] += wt
				}
			}
		}
	}
	for i, w := range weight {
		if w > 0 {
			q.p[i] = sum[i] / w
		}
	}
}
