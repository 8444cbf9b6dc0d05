package phantom

import "math"

// Pneumothorax: the lung shrinks towards its root and leaves air, which has no
// vessels, behind a hair-thin line.

func (l *lesion) gap() float64 { return 0.6 + 5.1*l.sev }

func (l *lesion) pushAway(b *build) { b.shift -= l.sg * 1.1 * l.sev * l.sev }

// edge is the distance of the visceral pleura from the midline at level y.
func (l *lesion) edge(y float64) float64 {
	gap := l.gap()
	k := max(0, 1-y/24)
	w := float64(l.f.now.level(y - gap*0.75*k*k).lungW[l.side])
	return w - gap*(0.25+0.75*k)*min(1, 1.3*k+0.15) + 0.1*math.Sin(y*0.9)
}

func (l *lesion) letAirIn() {
	f := l.f
	f.deform = append(f.deform, func(v vec) vec {
		if !l.here(v.x) {
			return v
		}
		w := max(float64(f.now.level(v.y).lungW[l.side]), 1)
		v.x *= min(1, max(l.edge(v.y)-0.1, 0)/w)
		return v
	})
	bottom := f.now.domes[l.side].top + 5
	l.lungs(func(i int, x, y float64) {
		if !l.here(x) || y < 0 {
			return
		}
		t := f.lung.p[i]
		e := l.edge(y)
		slope := (l.edge(y+0.1) - e) / 0.1
		d := float32((x*l.sg - e) / math.Sqrt(1+slope*slope))
		if e <= 0.5 {
			d = 1
		}
		out := smooth32(-0.05, 0.06, d)
		f.lung.p[i] = t * (1 - out)                                                 // air gets no parenchyma later
		f.soft.p[i] += t * (1 - out) * 0.10 * float32(l.sev)                        // collapsed lung is denser
		f.soft.p[i] += 0.30 * float32(bell(float64(d)/0.063)) * smooth32(0, 1.5, t) // the pleural line
		l.mask[i] = out > 0.5 && y < bottom && f.open.p[i] > openEnough
	})
}

// Effusion: fluid sinks to the bases with a meniscus that climbs the wall; in
// some patients who lie down it spreads behind the lung as a veil.

func (l *lesion) pourFluid() {
	d := l.f.now.domes[l.side]
	top := d.top + 2.2 - 10.5*l.sev // height of the fluid towards the midline
	rise := 3.0 + 2.0*l.r.Float64()
	if l.r.chance(0.3) && l.f.now.ap {
		l.veil(top, d.top)
	} else {
		l.meniscus(top, rise)
	}
	l.settle(0.15, 0.15, 0.5)
}

func (l *lesion) veil(top, dome float64) {
	l.lungs(func(i int, x, y float64) {
		if l.here(x) {
			l.fill(i, float32(0.12+(0.18+0.4*l.sev)*smooth(top-4, dome+2, y)))
		}
	})
}

func (l *lesion) meniscus(top, rise float64) {
	f := l.f
	ripple := l.wander()
	l.lungs(func(i int, x, y float64) {
		if !l.here(x) {
			return
		}
		t := f.lung.p[i]
		a := min(1, x*l.sg/max(float64(f.now.level(y).lungW[l.side]), 1))
		a2 := a * a
		m2 := (1 - a) * (1 - a)
		surface := top - rise*a2*a2*a - 0.8*m2*m2 + 0.08*float64(f.grain.huge.at(x+ripple, 0))
		k := smooth32(-0.2, 2.4, float32(y-surface)) // the front and back of the meniscus
		if k > 0 {
			l.add(i, t*k*(1-float32(f.now.aer)))
			f.soft.p[i] += t * k * float32(f.now.aer) // no parenchyma comes there later
			f.lung.p[i] = t * (1 - k)
		}
	})
}

// Pleural thickening: a rind along the lateral wall, or a cap over the apex.

func (l *lesion) drawPleura() {
	r := l.r
	apical := r.chance(0.4)
	y0, y1 := r.f(5, 9), r.f(17, 22)
	if apical {
		y0, y1 = -1, r.f(3.5, 5.5)
	}
	thick := 0.45 + 1.2*l.sev
	o := l.wander()
	f := l.f
	l.lungs(func(i int, x, y float64) {
		if !l.here(x) || y < y0 || y > y1 {
			return
		}
		t := f.lung.p[i]
		depth := float64(f.now.level(y).lungW[l.side]) - x*l.sg
		envelope := smooth(y0, y0+1.5, y) * smooth(y1, y1-2, y)
		if apical { // under the dome of the apex depth counts downwards too
			envelope = smooth(y1, 0, y)
			depth = min(depth, y-0.1)
		}
		e := thick*envelope*(1+0.3*float64(f.grain.huge.at(o, y+o))+0.1*float64(f.grain.broad.at(o, y+o))) - depth
		if e > 0 {
			l.add(i, (2.0+3*float32(l.sev))*smooth32(0, 0.25, float32(e))*min(1, t/2))
		}
	})
	l.settle(0, 0.25, 0.3)
}
