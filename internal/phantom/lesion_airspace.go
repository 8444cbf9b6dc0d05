package phantom

import "math"

// patch is an area of filled airspaces; past the fissure there is none.
type patch struct {
	ellipse
	density float32
	fissure bool
	cut     float64 // level of the fissure at the centre
	slope   float64
	dir     float64 // 1: the lung above the fissure is filled, -1: below
	o       float64 // texture offset
}

// drawConsolidation is a dense patch with open airways in it.
func (l *lesion) drawConsolidation() {
	r := l.r
	c := l.spot(2.0, 5, 19)
	p := patch{ellipse: ellipse{x: c.x, y: c.y, a: (r.f(2.2, 3.0) + 2.0*l.sev) * 1.25, b: (r.f(2.0, 2.8) + 1.6*l.sev) * 1.25,
		tilt: r.n(0, 0.4), warp: 0.30}.seeded(r),
		density: float32(0.38 + 0.36*l.sev), o: l.wander()}
	l.fillPatch(p)
	l.openAirways(c, p, 2+int(4*l.sev))
}

// drawPneumonia fills a part of a lobe, cut off sharply by a fissure.
func (l *lesion) drawPneumonia() {
	r := l.r
	c := l.spot(2.0, 5, 19)
	p := patch{ellipse: ellipse{x: c.x, y: c.y, a: (r.f(4.2, 5.4) + 2.2*l.sev) * 1.25, b: (r.f(3.4, 4.4) + 1.8*l.sev) * 1.25,
		tilt: r.n(0, 0.4), warp: 0.30}.seeded(r),
		density: float32(0.26 + 0.32*l.sev), fissure: true, dir: 1, o: l.wander()}
	off := r.f(0.1, 0.6) * p.b / 1.25 * 0.6
	p.cut = c.y + off
	if c.y > 12 {
		p.cut, p.dir = c.y-off, -1
	}
	p.slope = r.n(0, 0.08) - 0.10*l.sg*p.dir
	l.fillPatch(p)
	l.openAirways(c, p, int(1+3*l.sev))
}

func (l *lesion) fillPatch(p patch) {
	f := l.f
	f.each(p.ellipse, func(i int, d float32) {
		x, y := f.place(i)
		if f.lung.p[i] <= 0 || !l.here(x) { // it does not cross the mediastinum
			return
		}
		k := smooth32(0, 0.55, d) * (0.45 + 0.55*l.lobules(x, y, p.o)) * p.density
		if p.fissure {
			dx := x - p.x
			k *= smooth32(-0.12, 0.25, float32((p.cut+p.slope*dx-0.012*dx*dx-y)*p.dir))
		}
		l.fill(i, k)
	})
	l.settle(0.25, 0.30, 0.3)
}

// openAirways draws air bronchograms: airways stay open and turn dark against
// the filled lung.
func (l *lesion) openAirways(c vec, p patch, n int) {
	r := l.r
	q := &painter{l.f.cam, l.f.soft}
	from := c.add(vec{-l.sg * p.a * 0.7, (10 - c.y) * 0.25, 0})
	air := -0.9 * float64(p.density)
	for range n {
		to := c.add(vec{r.n(l.sg*p.a*0.25, p.a*0.28), r.n(0, p.b*0.36), 0})
		m := from.mix(to, 0.5).add(vec{r.n(0, 0.3), r.n(0, 0.3), 0})
		q.rod(from.mix(m, 0.4), m, 0.2, 0.16, air)
		q.rod(m, to, 0.16, 0.08, air)
	}
}

// drawInfiltrate is a scatter of faint, ill-defined patches.
func (l *lesion) drawInfiltrate() {
	f, r := l.f, l.r
	o := l.wander()
	sum := f.blank()
	defer f.store.put(sum)
	c := l.spot(1.5, 6, 19)
	for range 6 + int(9*l.sev) {
		rad := r.f(0.8, 2.1)
		e := ellipse{x: c.x + r.n(0, 2.7), y: c.y + r.n(0, 3.2), a: rad * 1.5, b: rad * 1.3, tilt: r.f(0, 3), warp: 0.4}.seeded(r)
		g := float32(r.f(0.09, 0.17) + 0.14*l.sev)
		f.each(e, func(i int, d float32) { sum.p[i] += g * smooth32(0, 0.9, d) })
	}
	l.lungs(func(i int, x, y float64) {
		if k := sum.p[i]; k > 0 && l.here(x) {
			l.fill(i, min(k*l.lobules(x, y, o), 0.5))
		}
	})
	l.settle(0.4, 0.28, 0.2)
}

// Edema: fluid spreads from both hila like wings, the upper vessels fill and
// septa show as Kerley lines.

func (l *lesion) congest(b *build) {
	b.heart.size *= 1.05 + 0.08*l.sev
	b.vessel *= 1 + 0.4*l.sev
}

func (l *lesion) drawEdema() {
	o := l.wander()
	s := float32(0.12 + 0.88*l.sev)
	l.lungs(func(i int, x, y float64) {
		ax := math.Abs(x) - 4.2
		wing := float32(bell(math.Sqrt(ax*ax/16 + (y-12.8)*(y-12.8)/34)))
		l.fill(i, s*(0.85*wing*l.lobules(x, y, o)+0.14*float32(smooth(6, 22, y))))
	})
	l.settle(0.3, 0.38, 0.2)
	l.drawKerley()
}

func (l *lesion) drawKerley() {
	f, r := l.f, l.r
	q := &painter{f.cam, f.soft}
	for side, sg := range []float64{-1, 1} {
		for range int(6 + 12*l.sev) { // B: short level lines against the wall
			y := r.f(14.5, 21)
			w := float64(f.now.level(y).lungW[side]) - 0.15
			n := r.f(0.8, 1.7)
			q.rod(vec{sg * w, y, 0}, vec{sg * (w - n), y + r.n(0, 0.1), 0}, 0.05, 0.04, 4)
		}
		for range int(5 + 9*l.sev) { // A: longer lines towards the hilum
			a := vec{sg * r.f(5, 9), r.f(5, 13), 0}
			q.rod(a, a.add(vec{-sg * r.f(1.5, 3), r.f(0.8, 2.2), 0}), 0.05, 0.05, 1.8)
		}
	}
}
