package findings

import (
	"math"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

// Atelectasis: plates of collapsed lung above a raised diaphragm.

func (l *Drawing) loseVolume(b *chest.Build) {
	b.Domes[l.side].Top -= 0.6 + 1.8*l.sev
	b.Shift += l.Sg * 0.7 * l.sev
}

func (l *Drawing) drawPlates() {
	f, r := l.f, l.r
	d := f.Now.Domes[l.side]
	for n := range 1 + int(2.5*l.sev) {
		e := chest.Ellipse{Y: d.Top - 0.9 - 1.5*float64(n) - r.Between(0, 0.8), X: l.Sg * r.Between(6.2, 8.8),
			A: r.Between(2.4, 3.6) + 1.2*l.sev, B: r.Between(0.2, 0.3) + 0.28*l.sev,
			Tilt: r.Normal(-0.15*l.Sg, 0.18), Warp: 0.22}.Seeded(r)
		f.Each(e, func(i int, k float32) {
			l.add(i, (2.0+2.4*float32(l.sev))*canvas.Sqrt32(k)*canvas.Smooth32(0, 3, f.Lung.P[i]))
		})
	}
	l.settle(0, 0.22, 0.2)
	// crowded, hazy lung around the plates
	e := chest.Ellipse{X: l.Sg * 7.2, Y: d.Top - 0.5, A: 5.5, B: 2.6, Warp: 0.3}.Seeded(r)
	f.Each(e, func(i int, k float32) { l.fill(i, 0.20*float32(l.sev)*canvas.Smooth32(0, 0.9, k)) })
}

// Emphysema: big dark lungs over low flat diaphragms, a slim heart, and walls
// and vessels eaten away in blotches, mostly in the upper zones.

func (l *Drawing) inflate(b *chest.Build) {
	hy := chest.Hilum(b, 0)
	before := b.Domes[0].Top
	for i := range b.Domes {
		b.Domes[i].Top += 1.3 + 1.8*l.sev
		b.Domes[i].H *= 1 - 0.25 - 0.5*l.sev
	}
	if b.Heart.Size < 1.15 {
		b.Heart.Size = min(b.Heart.Size, 1) * (1 - 0.14*l.sev)
	}
	stretch := (b.Domes[0].Top - hy) / (before - hy)
	l.Later = func(v chest.Vec) chest.Vec {
		if v.Y > hy {
			v.Y = hy + (v.Y-hy)*stretch
		}
		return v
	}
}

func (l *Drawing) drawEmphysema() {
	f, r := l.f, l.r
	o := l.wander()
	basal := r.Chance(0.15) // the inherited form starts below
	t := f.Grain.Textures
	l.lungs(func(i int, x, y float64) {
		zone := canvas.Smooth(19, 5, y)
		if basal {
			zone = canvas.Smooth(8, 19, y)
		}
		blotch := 0.65 + 0.25*float64(t.Huge.At(x+o, y)) + 0.12*float64(t.Broad.At(x, y+o))
		k := float32((0.45 + 0.55*l.sev) * (0.2 + 0.8*zone) * min(max(blotch, 0), 1))
		l.add(i, -k*(0.65*f.Lung.P[i]*float32(f.Now.Aer)+0.7*f.Vess.P[i]))
	})
	l.settle(0.5, 0.42, 0.1)
	for range int(1 + 6*l.sev) {
		l.drawBulla(o, basal)
	}
}

// drawBulla is a hair-thin ring around air.
func (l *Drawing) drawBulla(o float64, basal bool) {
	f, r := l.f, l.r
	c := chest.V(r.Sign()*r.Between(5, 10.5), r.Between(2, 11), 0)
	if basal {
		c.Y += 8
	}
	a, b := r.Between(0.9, 2.4), r.Between(0.9, 2.2)
	f.Each(chest.Ellipse{X: c.X, Y: c.Y, A: a, B: b, Warp: 0.08, Ou: o}, func(i int, k float32) {
		l.add(i, -0.35*canvas.Sqrt32(k)*canvas.Smooth32(2, 5, f.Lung.P[i]))
	})
	q := chest.NewPainter(f.Cam, f.Soft)
	at := func(k int) chest.Vec {
		sn, cs := math.Sincos(float64(k) * math.Pi / 20)
		return c.Add(chest.V(a*cs, b*sn, 0))
	}
	var s chest.Shadow
	for k := range 40 {
		p := at(k)
		if f.Ray.Trace(&s, float32(p.X), float32(p.Y), 0); s.Open > OpenEnough {
			q.Rod(p, at(k+1), 0.035, 0.035, 2.2*canvas.Smooth(-1.3, 1, math.Sin(float64(k)*math.Pi/20*1.5+c.X)))
		}
	}
}

// Fibrosis: a net of short strands in shrunken lungs, coarsest at the bases and
// towards the wall.

func (l *Drawing) stiffen(b *chest.Build) {
	before, hy := b.Domes[0].Top, chest.Hilum(b, 0)
	for i := range b.Domes {
		b.Domes[i].Top -= 1.6 * l.sev
	}
	squeeze := (b.Domes[0].Top - hy) / (before - hy)
	l.Later = func(v chest.Vec) chest.Vec {
		if v.Y > hy {
			v.Y = hy + (v.Y-hy)*squeeze
		}
		return v
	}
}

// reticular is how much net there is at a place, 0..1.
func (l *Drawing) reticular(x, y float64, side int) float64 {
	w := min(math.Abs(x)/max(float64(l.f.Now.Level(y).LungW[side]), 1), 1)
	return canvas.Smooth(7, 20, y) * (0.25 + 0.75*w*w)
}

func (l *Drawing) drawFibrosis() {
	f, r := l.f, l.r
	net := f.Blank()
	defer f.Store.Put(net)
	q := chest.NewPainter(f.Cam, net)
	for range int(3400 + 5200*l.sev) {
		side := r.IntN(2)
		v, ok := f.Home.LungPoint(r, side)
		if keep := r.Float64(); !ok || keep > l.reticular(v.X, v.Y, side) {
			continue
		}
		l.strand(q, f.Moved(v))
	}
	l.lungs(func(i int, x, y float64) {
		side := 0
		if x > 0 {
			side = 1
		}
		l.add(i, net.P[i]*canvas.Smooth32(0, 2, f.Lung.P[i]))
		l.fill(i, float32((0.05+0.14*l.sev)*l.reticular(x, y, side)))
	})
	l.settle(0.7, 0.40, 0.1)
}

// strand is a short bent thread of scar.
func (l *Drawing) strand(q *chest.Painter, v chest.Vec) {
	r := l.r
	n := r.Between(0.4, 1.3) / 2
	a, b := r.Between(0, 2*math.Pi), r.Normal(0, 0.5)
	step := func(a float64) chest.Vec {
		sn, cs := math.Sincos(a)
		return chest.V(n*cs, n*sn, 2*b*n)
	}
	m := v.Add(step(a))
	w := r.Between(0.03, 0.065) * (0.85 + 0.6*l.sev)
	q.Rod(v, m, w, w, 2.9)
	q.Rod(m, m.Add(step(a+r.Normal(0, 0.9))), w, w, 2.9)
}
