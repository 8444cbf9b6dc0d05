package phantom

import "math"

// lesion is one finding in the making.
type lesion struct {
	recipe
	class  int
	sev    float64
	side   int     // 0 the viewer's left
	sg     float64 // -1 or 1 with side
	r      *rng
	f      *sheet
	effect *grid         // cm of tissue that the finding put in or took away
	mask   []bool        // where it shows
	later  func(vec) vec // moves what lies in the lung, set by reform
}

// attach gives the lesion its film.
func (l *lesion) attach(f *sheet) {
	l.f = f
	l.effect = f.blank()
	l.mask = make([]bool, f.w*f.h)
}

// add puts cm of tissue (or, below zero, air) into pixel i.
func (l *lesion) add(i int, cm float32) {
	l.f.soft.p[i] += cm
	l.effect.p[i] += abs32(cm)
}

// fill replaces a fraction of the air along a ray by tissue or fluid.
func (l *lesion) fill(i int, fraction float32) {
	l.add(i, l.f.lung.p[i]*(1-float32(l.f.now.aer))*fraction)
}

// here tells whether x lies on the lesion's side.
func (l *lesion) here(x float64) bool { return x*l.sg > 0 }

// lungs visits every pixel that has lung, with its patient coordinates.
func (l *lesion) lungs(visit func(i int, x, y float64)) {
	f := l.f
	for v := range f.h {
		for u, t := range f.lung.row(v) {
			if t > 0 {
				x, y := f.ruler.at(u, v)
				visit(v*f.w+u, x, y)
			}
		}
	}
}

// Least share of lung that must be free in front of and behind a finding for
// it to count as seen: elsewhere heart, spine or diaphragm hide it.
const openEnough = 0.5

// settle makes the mask from what the finding did to the film: where its
// effect, blurred over reach cm, exceeds share of its peak and floor cm.
func (l *lesion) settle(reach, share, floor float64) {
	f := l.f
	e := l.effect
	if reach > 0 {
		e = f.copied(e)
		defer f.store.put(e)
		e.blur(reach * f.cam.s)
	}
	var peak float32
	for i, v := range e.p {
		if v > peak && f.open.p[i] > openEnough {
			peak = v
		}
	}
	cut := max(float32(share)*peak, float32(floor))
	for i, v := range e.p {
		l.mask[i] = v > cut && (l.hidden || f.open.p[i] > openEnough)
	}
}

// spot picks a place well inside the lung, clear of heart and diaphragm on the
// film of a usual day, with margin cm around it and between levels y0 and y1. It
// is the same on every visit and gives where that place lies today.
func (l *lesion) spot(margin, y0, y1 float64) vec {
	home := l.f.home
	stand := pose{fov: 1, levelY: 14, distance: standCm}
	ray := newTracer(home, stand.camera(home.build, 1, 1))
	for range 200 {
		v, ok := home.lungPoint(l.r, l.side)
		if ok && v.y >= y0 && v.y <= y1 && roomy(ray, v, margin) {
			return l.f.moved(v)
		}
	}
	return l.f.moved(vec{l.sg * 7.5, 11, 0})
}

// Least depth of lung around a finding, cm.
const deepEnough = 3.5

// roomy tells whether lung lies all around a place, margin cm away.
func roomy(ray *tracer, v vec, margin float64) bool {
	var s shadow
	for k := range 8 {
		sn, cs := math.Sincos(float64(k) * math.Pi / 4)
		ray.trace(&s, float32(v.x+margin*cs), float32(v.y+margin*sn), 0)
		if s.lung < deepEnough || s.open < openEnough {
			return false
		}
	}
	return true
}

// lobules is a texture of airspaces from 0 to about 1: confluent patches with
// lung left between.
func (l *lesion) lobules(x, y, o float64) float32 {
	t := l.f.grain.Textures
	k := 0.66 + 0.20*t.huge.at(x+o, y) + 0.14*t.broad.at(x, y+o) + 0.08*t.mid.at(x+o, y+o)
	return min(max(k, 0), 1)
}

// wander draws an offset into the textures, cm.
func (l *lesion) wander() float64 { return l.r.f(0, tileN/texelsCm) }
