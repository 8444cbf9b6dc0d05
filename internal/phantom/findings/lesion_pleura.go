package findings

import (
	"math"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

// Pneumothorax: the lung shrinks towards its root and leaves air, which has no
// vessels, behind a hair-thin line.

func (l *Drawing) gap() float64 { return 0.6 + 5.1*l.sev }

func (l *Drawing) pushAway(b *chest.Build) { b.Shift -= l.Sg * 1.1 * l.sev * l.sev }

// edge is the distance of the visceral pleura from the midline at level y.
func (l *Drawing) edge(y float64) float64 {
	gap := l.gap()
	k := max(0, 1-y/24)
	w := float64(l.f.Now.Level(y - gap*0.75*k*k).LungW[l.side])
	return w - gap*(0.25+0.75*k)*min(1, 1.3*k+0.15) + 0.1*math.Sin(y*0.9)
}

func (l *Drawing) letAirIn() {
	f := l.f
	f.Deform = append(f.Deform, func(v chest.Vec) chest.Vec {
		if !l.here(v.X) {
			return v
		}
		w := max(float64(f.Now.Level(v.Y).LungW[l.side]), 1)
		v.X *= min(1, max(l.edge(v.Y)-0.1, 0)/w)
		return v
	})
	bottom := f.Now.Domes[l.side].Top + 5
	l.lungs(func(i int, x, y float64) {
		if !l.here(x) || y < 0 {
			return
		}
		t := f.Lung.P[i]
		e := l.edge(y)
		slope := (l.edge(y+0.1) - e) / 0.1
		d := float32((x*l.Sg - e) / math.Sqrt(1+slope*slope))
		if e <= 0.5 {
			d = 1
		}
		out := canvas.Smooth32(-0.05, 0.06, d)
		// air gets no parenchyma later
		f.Lung.P[i] = t * (1 - out)
		f.Soft.P[i] += t * (1 - out) * 0.10 * float32(l.sev)                                      // collapsed lung is denser
		f.Soft.P[i] += 0.30 * float32(canvas.Bell(float64(d)/0.063)) * canvas.Smooth32(0, 1.5, t) // the pleural line
		l.Mask[i] = out > 0.5 && y < bottom && f.Open.P[i] > OpenEnough
	})
}

// fluid is an effusion: it sinks to the bases with a meniscus that climbs the wall; in
// some patients who lie down it spreads behind the lung as a veil.
type fluid struct{ *Drawing }

func (l *Drawing) pourFluid() {
	d := l.f.Now.Domes[l.side]
	top := d.Top + 2.2 - 10.5*l.sev // height of the fluid towards the midline
	rise := 3.0 + 2.0*l.r.Float64()
	if l.r.Chance(0.3) && l.f.Now.Ap {
		fluid{l}.veil(top, d.Top)
	} else {
		fluid{l}.meniscus(top, rise)
	}
	l.settle(0.15, 0.15, 0.5)
}

func (l fluid) veil(top, dome float64) {
	l.lungs(func(i int, x, y float64) {
		if l.here(x) {
			l.fill(i, float32(0.12+(0.18+0.4*l.sev)*canvas.Smooth(top-4, dome+2, y)))
		}
	})
}

func (l fluid) meniscus(top, rise float64) {
	f := l.f
	ripple := l.wander()
	l.lungs(func(i int, x, y float64) {
		if !l.here(x) {
			return
		}
		t := f.Lung.P[i]
		a := min(1, x*l.Sg/max(float64(f.Now.Level(y).LungW[l.side]), 1))
		a2 := a * a
		m2 := (1 - a) * (1 - a)
		surface := top - rise*a2*a2*a - 0.8*m2*m2 + 0.08*float64(f.Grain.Huge.At(x+ripple, 0))
		k := canvas.Smooth32(-0.2, 2.4, float32(y-surface)) // the front and back of the meniscus
		if k > 0 {
			l.add(i, t*k*(1-float32(f.Now.Aer)))
			f.Soft.P[i] += t * k * float32(f.Now.Aer) // no parenchyma comes there later
			f.Lung.P[i] = t * (1 - k)
		}
	})
}

// Pleural thickening: a rind along the lateral wall, or a cap over the apex.

func (l *Drawing) drawPleura() {
	r := l.r
	apical := r.Chance(0.4)
	y0, y1 := r.Between(5, 9), r.Between(17, 22)
	if apical {
		y0, y1 = -1, r.Between(3.5, 5.5)
	}
	thick := 0.45 + 1.2*l.sev
	o := l.wander()
	f := l.f
	l.lungs(func(i int, x, y float64) {
		if !l.here(x) || y < y0 || y > y1 {
			return
		}
		t := f.Lung.P[i]
		depth := float64(f.Now.Level(y).LungW[l.side]) - x*l.Sg
		envelope := canvas.Smooth(y0, y0+1.5, y) * canvas.Smooth(y1, y1-2, y)
		if apical { // under the dome of the apex depth counts downwards too
			envelope = canvas.Smooth(y1, 0, y)
			depth = min(depth, y-0.1)
		}
		e := thick*envelope*(1+0.3*float64(f.Grain.Huge.At(o, y+o))+0.1*float64(f.Grain.Broad.At(o, y+o))) - depth
		if e > 0 {
			l.add(i, (2.0+3*float32(l.sev))*canvas.Smooth32(0, 0.25, float32(e))*min(1, t/2))
		}
	})
	l.settle(0, 0.25, 0.3)
}
