package phantom

import "math"

// Atelectasis: plates of collapsed lung above a raised diaphragm.

func (l *lesion) loseVolume(b *build) {
	b.domes[l.side].top -= 0.6 + 1.8*l.sev
	b.shift += l.sg * 0.7 * l.sev
}

func (l *lesion) drawPlates() {
	f, r := l.f, l.r
	d := f.now.domes[l.side]
	for n := range 1 + int(2.5*l.sev) {
		e := ellipse{y: d.top - 0.9 - 1.5*float64(n) - r.f(0, 0.8), x: l.sg * r.f(6.2, 8.8), a: r.f(2.4, 3.6) + 1.2*l.sev, b: r.f(0.2, 0.3) + 0.28*l.sev,
			tilt: r.n(-0.15*l.sg, 0.18), warp: 0.22}.seeded(r)
		f.each(e, func(i int, k float32) {
			l.add(i, (2.0+2.4*float32(l.sev))*sqrt32(k)*smooth32(0, 3, f.lung.p[i]))
		})
	}
	l.settle(0, 0.22, 0.2)
	// crowded, hazy lung around the plates
	e := ellipse{x: l.sg * 7.2, y: d.top - 0.5, a: 5.5, b: 2.6, warp: 0.3}.seeded(r)
	f.each(e, func(i int, k float32) { l.fill(i, 0.20*float32(l.sev)*smooth32(0, 0.9, k)) })
}

// Emphysema: big dark lungs over low flat diaphragms, a slim heart, and walls
// and vessels eaten away in blotches, mostly in the upper zones.

func (l *lesion) inflate(b *build) {
	hy := hilum(b, 0)
	before := b.domes[0].top
	for i := range b.domes {
		b.domes[i].top += 1.3 + 1.8*l.sev
		b.domes[i].h *= 1 - 0.25 - 0.5*l.sev
	}
	if b.heart.size < 1.15 {
		b.heart.size = min(b.heart.size, 1) * (1 - 0.14*l.sev)
	}
	stretch := (b.domes[0].top - hy) / (before - hy)
	l.later = func(v vec) vec {
		if v.y > hy {
			v.y = hy + (v.y-hy)*stretch
		}
		return v
	}
}

func (l *lesion) drawEmphysema() {
	f, r := l.f, l.r
	o := l.wander()
	basal := r.chance(0.15) // the inherited form starts below
	t := f.grain.Textures
	l.lungs(func(i int, x, y float64) {
		zone := smooth(19, 5, y)
		if basal {
			zone = smooth(8, 19, y)
		}
		blotch := 0.65 + 0.25*float64(t.huge.at(x+o, y)) + 0.12*float64(t.broad.at(x, y+o))
		k := float32((0.45 + 0.55*l.sev) * (0.2 + 0.8*zone) * min(max(blotch, 0), 1))
		l.add(i, -k*(0.65*f.lung.p[i]*float32(f.now.aer)+0.7*f.vess.p[i]))
	})
	l.settle(0.5, 0.42, 0.1)
	for range int(1 + 6*l.sev) {
		l.drawBulla(o, basal)
	}
}

// drawBulla is a hair-thin ring around air.
func (l *lesion) drawBulla(o float64, basal bool) {
	f, r := l.f, l.r
	c := vec{r.sign() * r.f(5, 10.5), r.f(2, 11), 0}
	if basal {
		c.y += 8
	}
	a, b := r.f(0.9, 2.4), r.f(0.9, 2.2)
	f.each(ellipse{x: c.x, y: c.y, a: a, b: b, warp: 0.08, ou: o}, func(i int, k float32) {
		l.add(i, -0.35*sqrt32(k)*smooth32(2, 5, f.lung.p[i]))
	})
	q := &painter{f.cam, f.soft}
	at := func(k int) vec {
		sn, cs := math.Sincos(float64(k) * math.Pi / 20)
		return c.add(vec{a * cs, b * sn, 0})
	}
	var s shadow
	for k := range 40 {
		p := at(k)
		if f.ray.trace(&s, float32(p.x), float32(p.y), 0); s.open > openEnough {
			q.rod(p, at(k+1), 0.035, 0.035, 2.2*smooth(-1.3, 1, math.Sin(float64(k)*math.Pi/20*1.5+c.x)))
		}
	}
}

// Fibrosis: a net of short strands in shrunken lungs, coarsest at the bases and
// towards the wall.

func (l *lesion) stiffen(b *build) {
	before, hy := b.domes[0].top, hilum(b, 0)
	for i := range b.domes {
		b.domes[i].top -= 1.6 * l.sev
	}
	squeeze := (b.domes[0].top - hy) / (before - hy)
	l.later = func(v vec) vec {
		if v.y > hy {
			v.y = hy + (v.y-hy)*squeeze
		}
		return v
	}
}

// reticular is how much net there is at a place, 0..1.
func (l *lesion) reticular(x, y float64, side int) float64 {
	w := min(math.Abs(x)/max(float64(l.f.now.level(y).lungW[side]), 1), 1)
	return smooth(7, 20, y) * (0.25 + 0.75*w*w)
}

func (l *lesion) drawFibrosis() {
	f, r := l.f, l.r
	net := f.blank()
	defer f.store.put(net)
	q := &painter{f.cam, net}
	for range int(3400 + 5200*l.sev) {
		side := r.IntN(2)
		v, ok := f.home.lungPoint(r, side)
		if keep := r.Float64(); !ok || keep > l.reticular(v.x, v.y, side) {
			continue
		}
		l.strand(q, f.moved(v))
	}
	l.lungs(func(i int, x, y float64) {
		side := 0
		if x > 0 {
			side = 1
		}
		l.add(i, net.p[i]*smooth32(0, 2, f.lung.p[i]))
		l.fill(i, float32((0.05+0.14*l.sev)*l.reticular(x, y, side)))
	})
	l.settle(0.7, 0.40, 0.1)
}

// strand is a short bent thread of scar.
func (l *lesion) strand(q *painter, v vec) {
	r := l.r
	n := r.f(0.4, 1.3) / 2
	a, b := r.f(0, 2*math.Pi), r.n(0, 0.5)
	step := func(a float64) vec {
		sn, cs := math.Sincos(a)
		return vec{n * cs, n * sn, 2 * b * n}
	}
	m := v.add(step(a))
	w := r.f(0.03, 0.065) * (0.85 + 0.6*l.sev)
	q.rod(v, m, w, w, 2.9)
	q.rod(m, m.add(step(a+r.n(0, 0.9))), w, w, 2.9)
}
