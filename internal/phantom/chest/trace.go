package chest

import "hilum/internal/phantom/canvas"

// Shadow is what one ray meets.
type Shadow struct {
	body  float32 // cm of body, arms included
	Lung  float32 // cm of lung
	Open  float32 // fraction of the lung's own extent that is not heart, diaphragm or spine
	edge  float32 // cm of chest wall met edge-on
	heart bool    // inside the silhouette of heart and great vessels
}

// Differences at the corners of a cell, cm, up to which no outline runs through
// it, and how far its middle may be from their mean.
const (
	evenLung = 0.5
	evenBody = 0.7
	evenEdge = 0.2
	straight = 0.12
)

// sameSide tells whether the corners of a cell lie on one side of every outline.
func sameSide(c *[4]Shadow) bool {
	for i := 1; i < 4; i++ {
		if s := &c[i]; s.heart != c[0].heart || (s.Lung > 0) != (c[0].Lung > 0) || (s.body > 0) != (c[0].body > 0) {
			return false
		}
	}
	return true
}

// spread is how much the corners of a cell differ.
func spread(a, b, c, d float32) float32 { return max(a, b, c, d) - min(a, b, c, d) }

// mean is what the middle of a straight cell has.
func mean(a, b, c, d float32) float32 {
	top, bottom := a+(b-a)*0.5, c+(d-c)*0.5
	return top + (bottom-top)*0.5
}

// Span is an interval of depth.
type Span struct{ a, b float32 }

// Tracer intersects rays with an anatomy; mag and turn are those of its camera
// at the heart.
type Tracer struct {
	*Anatomy
	mag, turn float32
}

// NewTracer follows rays from a camera through a person.
func NewTracer(a *Anatomy, c *Camera) *Tracer {
	return &Tracer{a, float32(c.mag(-2.6)), float32(c.sr)}
}

// Trace follows the ray through (x, y) at mid-depth. fuzz moves the heart's
// edge by up to a millimetre.
func (t *Tracer) Trace(s *Shadow, x, y, fuzz float32) {
	l := t.Level(float64(y))
	*s = Shadow{body: t.bodyAt(l, x, y)}
	if y < -0.5 || y > 34 {
		return
	}
	side, ax := 0, -x
	if x > 0 {
		side, ax = 1, x
	}
	s.edge = wallEdge(l, side, ax, y)
	rel := ((x+0.5*fuzz-l.medZ*t.turn)/t.mag - l.MedX) / l.medW
	s.heart = y > 9 && rel*rel < 1
	var lung Span
	if !lungSpan(l, ax, side, &lung) {
		return
	}
	var buf [6]Span
	cs := buf[:0]
	var e Span
	if DomeSpan(&t.Domes[side], x, y, &e) {
		cs = append(cs, e)
	}
	if r2 := rel * rel; r2 < 1 {
		d := l.medHalf(r2)
		cs = append(cs, Span{l.medZ - d, l.medZ + d})
	}
	cs = t.behind(cs, l, x, y)
	s.Lung = uncovered(lung, cs)
	s.Open = s.Lung / (lung.b - lung.a)
}

// behind adds what fills the midline, the spine and the descending aorta, whose
// edge runs down behind the heart.
func (t *Tracer) behind(cs []Span, l *Level, x, y float32) []Span {
	rel := (x - l.spineX) / l.coreW
	if r2 := rel * rel; r2 < 1 {
		d := l.coreD * (1 - r2)
		cs = append(cs, Span{-d, d})
	}
	rel = (x - l.spineX - 5.5*t.turn) / l.spineW
	if r2 := rel * rel; r2 < 1 {
		cs = append(cs, Span{7.2 - 4.2*(1-r2), 20})
	}
	if l.aortaR > 0 {
		rel = (x - l.aortaX - 3.5*t.turn) / l.aortaR
		if r2 := rel * rel; r2 < 1 {
			d := l.aortaR * canvas.Sqrt32(1-r2)
			cs = append(cs, Span{4.2 - d, 4.2 + d})
		}
	}
	return cs
}

// wallEdge is rib and intercostal muscle seen edge-on: the pale rim that joins
// the lateral turns of the ribs, which otherwise look like beads.
func wallEdge(l *Level, side int, ax, y float32) float32 {
	e := (ax - l.LungW[side] - 0.42) / 0.62
	if e*e >= 1 || y < 1.5 || y > 27 {
		return 0
	}
	return 1.3 * (1 - e*e) * canvas.Smooth32(1.5, 5, y) * canvas.Smooth32(27, 23, y)
}

// lungSpan intersects a ray at distance ax from the midline with one lung.
func lungSpan(l *Level, ax float32, side int, out *Span) bool {
	w := l.LungW[side]
	if w <= 0 || ax >= w {
		return false
	}
	t := ax / w
	q := canvas.Sqrt32(1 - t*t*t*canvas.Sqrt32(t))
	if l.medial > 0 { // round the apex off towards the midline
		e := (ax - l.medial) / 2.6
		if e <= 0 {
			return false
		}
		if e < 1 {
			e = 1 - e
			q *= 1 - e*e
		}
	}
	// The gutter beside the spine is shallow, or the spine would have hard edges.
	out.a, out.b = -l.lungD*q, l.lungD*q*(0.62+0.38*canvas.Smooth32(1.2, 6, ax))
	return out.b > out.a
}

// DomeSpan is the part of a ray within a hemidiaphragm; false where it misses.
func DomeSpan(d *Dome, x, y float32, out *Span) bool {
	top, h := float32(d.Top), float32(d.H)
	if y <= top {
		return false
	}
	rx := (x - float32(d.x)) / float32(d.a)
	ry := (top + h - y) / h
	b := float32(d.b)
	if ry < 0 { // below the equator the recess closes quickly
		g := 1 - ry*h*0.07
		rx /= g
		b *= g
		ry = 0
	}
	q := 1 - rx*rx - ry*ry
	if q <= 0 {
		return false
	}
	e := b * canvas.Sqrt32(q)
	out.a, out.b = float32(d.z)-e, float32(d.z)+e
	return true
}

// uncovered is the length of l that no span covers; spans are few and unsorted.
func uncovered(l Span, cs []Span) float32 {
	for i := 1; i < len(cs); i++ {
		for j := i; j > 0 && cs[j].a < cs[j-1].a; j-- {
			cs[j], cs[j-1] = cs[j-1], cs[j]
		}
	}
	var free float32
	at := l.a
	for _, c := range cs {
		if c.a > at {
			free += min(c.a, l.b) - at
		}
		at = max(at, c.b)
		if at >= l.b {
			return free
		}
	}
	return free + l.b - at
}

// bodyAt is the thickness of trunk, arms, flank muscle and breast or pectoral.
func (t *Tracer) bodyAt(l *Level, x, y float32) float32 {
	ax := canvas.Abs32(x)
	var body float32
	if r := ax / l.bodyW; r < 1 {
		body = 2 * l.bodyD * canvas.Sqrt32(1-r*r*r*r*canvas.Sqrt32(r))
	}
	if r := (ax - l.armX) / l.armR; l.armR > 0 && r*r < 1 {
		arm := 2 * l.armR * canvas.Sqrt32(1-r*r)
		a2, b2 := body*body, arm*arm
		body = canvas.Sqrt32(canvas.Sqrt32(a2*a2 + b2*b2))
	}
	if body <= 0 {
		return 0
	}
	if e := (ax - l.cageW - 0.9) / 2.6; e*e < 1 && y > 5 {
		e = 1 - e*e
		body += 2.2 * e * e * canvas.Smooth32(5, 10, y) * canvas.Smooth32(30, 22, y) * min(1, body/6)
	}
	if t.breast > 0 {
		return body + t.breastAt(x, y)
	}
	return body + t.pectoralAt(x, y)
}

func (t *Tracer) pectoralAt(x, y float32) float32 {
	k := float32(t.Scale)
	dx, dy := t.bulge(x, y, 11.5*k, 6.2*k)
	dx /= 7.2 * k
	if dy < 0 {
		dy /= 6 * k
	} else {
		dy /= 5.6 * k
	}
	q := 1 - dx*dx - dy*dy
	if q <= 0 {
		return 0
	}
	return 0.9 * q * canvas.Smooth32(0, 0.25, q)
}

// breastAt fades upwards but hangs over a crisp lower edge; towards the midline
// it melts into the chest wall.
func (t *Tracer) breastAt(x, y float32) float32 {
	k, b := float32(t.Scale), float32(t.breast)
	dx, dy := t.bulge(x, y, 9.1*k, (16.3+2.8*b)*k)
	dx /= (6.6 + 1.2*b) * k
	q := 1 - dx*dx
	if q <= 0 {
		return 0
	}
	g := (0.9 + 3.1*b) * canvas.Smooth32(1.2, 6.5, canvas.Abs32(x))
	if dy < 0 {
		return g * canvas.Sqrt32(q) * canvas.Smooth32(-1, 0.15, dy/(10*k)) * 1.12
	}
	dy /= (3.4 + 0.8*b) * k
	return g * canvas.Sqrt32(q-dy*dy)
}

// bulge gives the offset from the centre of a breast or pectoral, each side a
// little different.
func (t *Tracer) bulge(x, y, cx, cy float32) (dx, dy float32) {
	ax, sg := x, float32(1)
	if x < 0 {
		ax, sg = -x, -1
	}
	dx = ax - cx + sg*float32(t.flank[0])
	dy = y - cy - sg*float32(t.flank[1]) + 0.012*(ax-cx)*(ax-cx)
	return dx, dy
}
