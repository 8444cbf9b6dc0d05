package findings

import (
	"math"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

// Small nodules that are seen at all hold some lime, which the factor on their
// density stands for.
func (l *Drawing) drawNodule() {
	l.ball(ball{radius: 0.55 + 0.9*l.sev, margin: 1.2, warp: 0.10, density: 1.9 - 0.6*l.sev})
}

func (l *Drawing) drawMass() {
	l.ball(ball{radius: 1.8 + 2.0*l.sev, margin: 2.8, warp: 0.20, density: 1, spicules: 14})
}

// ball is a lobulated solid, with up to so many spicules; density is relative
// to soft tissue.
type ball struct {
	radius, warp, density float64
	margin                float64 // of lung around its place, whatever its size
	spicules              int
}

func (l *Drawing) ball(b ball) {
	f, r, radius := l.f, l.r, b.radius
	c := l.spot(b.margin, 2.5, 20)
	cu, cv := f.Cam.Project(c)
	x, y := f.Cam.Unproject(float64(cu), float64(cv))
	e := chest.Ellipse{X: x, Y: y, A: radius * r.Between(0.9, 1.15), B: radius * r.Between(0.85, 1.05),
		Tilt: r.Between(0, 3), Warp: b.warp}.Seeded(r)
	f.Each(e, func(i int, d float32) {
		t := 2 * float32(radius) * canvas.Sqrt32(d)
		l.add(i, float32(b.density)*min(t, f.Lung.P[i]+0.3)*(1-float32(f.Now.Aer))*canvas.Smooth32(0, 2, f.Lung.P[i]))
	})
	l.settle(0, 0.22, 0.15)
	q := chest.NewPainter(f.Cam, f.Soft)
	for range r.IntN(b.spicules + 1) {
		sn, cs := math.Sincos(r.Between(0, 2*math.Pi))
		d := chest.V(cs, sn, 0)
		q.Rod(c.Add(d.Mul(radius*0.8)), c.Add(d.Mul(radius*r.Between(1.1, 1.5))), 0.09, 0.03, 0.9)
	}
}

// drawHernia is stomach behind the heart, with gas above a level of fluid.
func (l *Drawing) drawHernia() {
	f, r := l.f, l.r
	rad := 2.3 + 2.2*l.sev
	dome := &f.Now.Domes[1]
	c := chest.V(r.Between(-0.6, 2.4), dome.Top-0.5-rad*0.45, 5)
	level := c.Y + r.Between(-0.25, 0.15)*rad
	e := chest.Ellipse{X: c.X, Y: c.Y, A: rad * 1.15, B: rad, Tilt: r.Normal(0, 0.5), Warp: 0.12}.Seeded(r)
	f.Each(e, func(i int, d float32) {
		x, y := f.Place(i)
		t := 1.3 * float32(rad) * canvas.Sqrt32(d) * canvas.Smooth32(0, 0.2, d)
		l.add(i, min(f.Lung.P[i], t)*(1-float32(f.Now.Aer))+0.15*t)
		// Gas lies inside a wall of some millimetres and ends at a straight level.
		if in := d - 0.16; in > 0 {
			l.add(i, -1.45*float32(rad)*in*(1.8-in)*canvas.Smooth32(0.06, -0.06, float32(y-level)))
		}
		var s chest.Span
		l.Mask[i] = !chest.DomeSpan(dome, float32(x), float32(y-0.8), &s) &&
			!chest.DomeSpan(&f.Now.Domes[0], float32(x), float32(y-0.8), &s)
	})
}

// Cardiomegaly changes only the heart; its mask is the heart's silhouette.

func (l *Drawing) enlargeHeart(b *chest.Build) { b.Heart.Size = 1.24 + 0.31*l.sev }

func (l *Drawing) outlineHeart() {
	f := l.f
	b := f.Now
	low := b.Domes[1].Top + 1.9 + 0.5*b.Heart.Apex // the apex dips below the dome's summit
	mid := b.Level(low - 3)
	centre := float64(mid.MedX)
	for i, heart := range f.Heart {
		if heart {
			x, y := f.Place(i)
			d := x - centre
			l.Mask[i] = y > 10.5*b.Scale+0.03*d*d && y < low+0.05*d-0.022*d*d
		}
	}
}
