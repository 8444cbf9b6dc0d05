package findings

import (
	"math"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

// patch is an area of filled airspaces; past the fissure there is none.
type patch struct {
	chest.Ellipse
	density float32
	fissure bool
	cut     float64 // level of the fissure at the centre
	slope   float64
	dir     float64 // 1: the lung above the fissure is filled, -1: below
	o       float64 // texture offset
}

// drawConsolidation is a dense patch with open airways in it.
func (l *Drawing) drawConsolidation() {
	r := l.r
	c := l.spot(2.0, 5, 19)
	p := patch{Ellipse: chest.Ellipse{X: c.X, Y: c.Y, A: (r.Between(2.2, 3.0) + 2.0*l.sev) * 1.25,
		B:    (r.Between(2.0, 2.8) + 1.6*l.sev) * 1.25,
		Tilt: r.Normal(0, 0.4), Warp: 0.30}.Seeded(r),
		density: float32(0.38 + 0.36*l.sev), o: l.wander()}
	l.fillPatch(p)
	l.openAirways(c, p, 2+int(4*l.sev))
}

// drawPneumonia fills a part of a lobe, cut off sharply by a fissure.
func (l *Drawing) drawPneumonia() {
	r := l.r
	c := l.spot(2.0, 5, 19)
	p := patch{Ellipse: chest.Ellipse{X: c.X, Y: c.Y, A: (r.Between(4.2, 5.4) + 2.2*l.sev) * 1.25,
		B:    (r.Between(3.4, 4.4) + 1.8*l.sev) * 1.25,
		Tilt: r.Normal(0, 0.4), Warp: 0.30}.Seeded(r),
		density: float32(0.26 + 0.32*l.sev), fissure: true, dir: 1, o: l.wander()}
	off := r.Between(0.1, 0.6) * p.B / 1.25 * 0.6
	p.cut = c.Y + off
	if c.Y > 12 {
		p.cut, p.dir = c.Y-off, -1
	}
	p.slope = r.Normal(0, 0.08) - 0.10*l.Sg*p.dir
	l.fillPatch(p)
	l.openAirways(c, p, int(1+3*l.sev))
}

func (l *Drawing) fillPatch(p patch) {
	f := l.f
	f.Each(p.Ellipse, func(i int, d float32) {
		x, y := f.Place(i)
		if f.Lung.P[i] <= 0 || !l.here(x) { // it does not cross the mediastinum
			return
		}
		k := canvas.Smooth32(0, 0.55, d) * (0.45 + 0.55*l.lobules(x, y, p.o)) * p.density
		if p.fissure {
			dx := x - p.X
			k *= canvas.Smooth32(-0.12, 0.25, float32((p.cut+p.slope*dx-0.012*dx*dx-y)*p.dir))
		}
		l.fill(i, k)
	})
	l.settle(0.25, 0.30, 0.3)
}

// openAirways draws air bronchograms: airways stay open and turn dark against
// the filled lung.
func (l *Drawing) openAirways(c chest.Vec, p patch, n int) {
	r := l.r
	q := chest.NewPainter(l.f.Cam, l.f.Soft)
	from := c.Add(chest.V(-l.Sg*p.A*0.7, (10-c.Y)*0.25, 0))
	air := -0.9 * float64(p.density)
	for range n {
		to := c.Add(chest.V(r.Normal(l.Sg*p.A*0.25, p.A*0.28), r.Normal(0, p.B*0.36), 0))
		m := from.Mix(to, 0.5).Add(chest.V(r.Normal(0, 0.3), r.Normal(0, 0.3), 0))
		q.Rod(from.Mix(m, 0.4), m, 0.2, 0.16, air)
		q.Rod(m, to, 0.16, 0.08, air)
	}
}

// drawInfiltrate is a scatter of faint, ill-defined patches.
func (l *Drawing) drawInfiltrate() {
	f, r := l.f, l.r
	o := l.wander()
	sum := f.Blank()
	defer f.Store.Put(sum)
	c := l.spot(1.5, 6, 19)
	for range 6 + int(9*l.sev) {
		rad := r.Between(0.8, 2.1)
		e := chest.Ellipse{X: c.X + r.Normal(0, 2.7), Y: c.Y + r.Normal(0, 3.2), A: rad * 1.5, B: rad * 1.3,
			Tilt: r.Between(0, 3), Warp: 0.4}.Seeded(r)
		g := float32(r.Between(0.09, 0.17) + 0.14*l.sev)
		f.Each(e, func(i int, d float32) { sum.P[i] += g * canvas.Smooth32(0, 0.9, d) })
	}
	l.lungs(func(i int, x, y float64) {
		if k := sum.P[i]; k > 0 && l.here(x) {
			l.fill(i, min(k*l.lobules(x, y, o), 0.5))
		}
	})
	l.settle(0.4, 0.28, 0.2)
}

// Edema: fluid spreads from both hila like wings, the upper vessels fill and
// septa show as Kerley lines.

func (l *Drawing) congest(b *chest.Build) {
	b.Heart.Size *= 1.05 + 0.08*l.sev
	b.Vessel *= 1 + 0.4*l.sev
}

func (l *Drawing) drawEdema() {
	o := l.wander()
	s := float32(0.12 + 0.88*l.sev)
	l.lungs(func(i int, x, y float64) {
		ax := math.Abs(x) - 4.2
		wing := float32(canvas.Bell(math.Sqrt(ax*ax/16 + (y-12.8)*(y-12.8)/34)))
		l.fill(i, s*(0.85*wing*l.lobules(x, y, o)+0.14*float32(canvas.Smooth(6, 22, y))))
	})
	l.settle(0.3, 0.38, 0.2)
	l.drawKerley()
}

func (l *Drawing) drawKerley() {
	f, r := l.f, l.r
	q := chest.NewPainter(f.Cam, f.Soft)
	for side, sg := range []float64{-1, 1} {
		for range int(6 + 12*l.sev) { // B: short level lines against the wall
			y := r.Between(14.5, 21)
			w := float64(f.Now.Level(y).LungW[side]) - 0.15
			n := r.Between(0.8, 1.7)
			q.Rod(chest.V(sg*w, y, 0), chest.V(sg*(w-n), y+r.Normal(0, 0.1), 0), 0.05, 0.04, 4)
		}
		for range int(5 + 9*l.sev) { // A: longer lines towards the hilum
			a := chest.V(sg*r.Between(5, 9), r.Between(5, 13), 0)
			q.Rod(a, a.Add(chest.V(-sg*r.Between(1.5, 3), r.Between(0.8, 2.2), 0)), 0.05, 0.05, 1.8)
		}
	}
}
