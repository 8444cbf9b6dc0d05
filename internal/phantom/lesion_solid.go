package phantom

import "math"

// Small nodules that are seen at all hold some lime, which the factor on their
// density stands for.
func (l *lesion) drawNodule() {
	l.ball(ball{radius: 0.55 + 0.9*l.sev, margin: 1.2, warp: 0.10, density: 1.9 - 0.6*l.sev})
}

func (l *lesion) drawMass() {
	l.ball(ball{radius: 1.8 + 2.0*l.sev, margin: 2.8, warp: 0.20, density: 1, spicules: 14})
}

// ball is a lobulated solid, with up to so many spicules; density is relative
// to soft tissue.
type ball struct {
	radius, warp, density float64
	margin                float64 // of lung around its place, whatever its size
	spicules              int
}

func (l *lesion) ball(b ball) {
	f, r, radius := l.f, l.r, b.radius
	c := l.spot(b.margin, 2.5, 20)
	cu, cv := f.cam.project(c)
	x, y := f.cam.unproject(float64(cu), float64(cv))
	e := ellipse{x: x, y: y, a: radius * r.f(0.9, 1.15), b: radius * r.f(0.85, 1.05), tilt: r.f(0, 3), warp: b.warp}.seeded(r)
	f.each(e, func(i int, d float32) {
		t := 2 * float32(radius) * sqrt32(d)
		l.add(i, float32(b.density)*min(t, f.lung.p[i]+0.3)*(1-float32(f.now.aer))*smooth32(0, 2, f.lung.p[i]))
	})
	l.settle(0, 0.22, 0.15)
	q := &painter{f.cam, f.soft}
	for range r.IntN(b.spicules + 1) {
		sn, cs := math.Sincos(r.f(0, 2*math.Pi))
		d := vec{cs, sn, 0}
		q.rod(c.add(d.mul(radius*0.8)), c.add(d.mul(radius*r.f(1.1, 1.5))), 0.09, 0.03, 0.9)
	}
}

// drawHernia is stomach behind the heart, with gas above a level of fluid.
func (l *lesion) drawHernia() {
	f, r := l.f, l.r
	rad := 2.3 + 2.2*l.sev
	dome := &f.now.domes[1]
	c := vec{r.f(-0.6, 2.4), dome.top - 0.5 - rad*0.45, 5}
	level := c.y + r.f(-0.25, 0.15)*rad
	e := ellipse{x: c.x, y: c.y, a: rad * 1.15, b: rad, tilt: r.n(0, 0.5), warp: 0.12}.seeded(r)
	f.each(e, func(i int, d float32) {
		x, y := f.place(i)
		t := 1.3 * float32(rad) * sqrt32(d) * smooth32(0, 0.2, d)
		l.add(i, min(f.lung.p[i], t)*(1-float32(f.now.aer))+0.15*t)
		// Gas lies inside a wall of some millimetres and ends at a straight level.
		if in := d - 0.16; in > 0 {
			l.add(i, -1.45*float32(rad)*in*(1.8-in)*smooth32(0.06, -0.06, float32(y-level)))
		}
		var s span
		l.mask[i] = !domeSpan(dome, float32(x), float32(y-0.8), &s) && !domeSpan(&f.now.domes[0], float32(x), float32(y-0.8), &s)
	})
}

// Cardiomegaly changes only the heart; its mask is the heart's silhouette.

func (l *lesion) enlargeHeart(b *build) { b.heart.size = 1.24 + 0.31*l.sev }

func (l *lesion) outlineHeart() {
	f := l.f
	b := f.now
	low := b.domes[1].top + 1.9 + 0.5*b.heart.apex // the apex dips below the dome's summit
	mid := b.level(low - 3)
	centre := float64(mid.medX)
	for i, heart := range f.heart {
		if heart {
			x, y := f.place(i)
			d := x - centre
			l.mask[i] = y > 10.5*b.scale+0.03*d*d && y < low+0.05*d-0.022*d*d
		}
	}
}
