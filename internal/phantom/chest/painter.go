package chest

import (
	"math"

	"hilum/internal/phantom/canvas"
)

// node is a station on a tube: centre, two half-axes and their directions.
type node struct {
	p    Vec
	a, b float64
	A, B Vec
}

// Painter deposits solids into a map. Depositing points of known volume makes
// obliquity come out by itself: bright lateral turns of ribs, vessels end-on.
type Painter struct {
	c *Camera
	m *canvas.Grid
}

// NewPainter paints into a map.
func NewPainter(c *Camera, m *canvas.Grid) *Painter { return &Painter{c, m} }

// wall is what a tube is made of, as thickness of cortex in cm and density of
// the filling relative to cortex; gain scales both.
type wall struct{ shell, core, gain float64 }

const (
	circleN    = 1024
	fillStep   = 1.25         // pixels between points of a filling: splatting and blur even them out
	rodStep    = 1.1          // the same for rods
	ringPoints = 0.45         // of the shell, per pixel of circumference
	goldenStep = 0.6180339887 // turns successive rings so that no pattern shows
)

var circle = func() (t [circleN]float32) {
	for i := range t {
		t[i] = float32(math.Cos(float64(i) * 2 * math.Pi / circleN))
	}
	return t
}()

// tube lays a hollow tube along path.
func (q *Painter) tube(path []node, w wall) {
	phase := 0.5
	for i := 0; i+1 < len(path); i++ {
		n0, n1 := path[i], path[i+1]
		l := n1.p.sub(n0.p).len()
		// Stations lie about a pixel apart on the film, as then splatting shows no
		// stripes; those behind one another are one.
		u0, v0 := q.c.Project(n0.p)
		u1, v1 := q.c.Project(n1.p)
		steps := max(1, int(canvas.Sqrt32((u1-u0)*(u1-u0)+(v1-v0)*(v1-v0))+0.5))
		for k := range steps {
			t := (float64(k) + 0.5) / float64(steps)
			n := node{n0.p.Mix(n1.p, t), n0.a + (n1.a-n0.a)*t, n0.b + (n1.b-n0.b)*t, n0.A, n0.B}
			phase += goldenStep
			phase -= math.Floor(phase)
			q.ring(n, w, l/float64(steps), phase)
		}
	}
}

// ring lays ds cm of tube at one station. Its offsets are small enough to be
// projected linearly.
func (q *Painter) ring(n node, w wall, ds, phase float64) {
	var e flatDisc
	e.u, e.v = q.c.Project(n.p)
	e.au, e.av = q.c.direction(n.p.Z, n.A.Mul(n.a))
	e.bu, e.bv = q.c.direction(n.p.Z, n.B.Mul(n.b))
	if e.beside(q.m) {
		return
	}
	around := math.Pi * (n.a + n.b)
	area := ds * q.c.S * q.c.S * w.gain // of a station, in square pixels
	num := max(3, int(around*q.c.S*ringPoints))
	if shell := float32(around * w.shell * area / float64(num)); shell > 0 {
		q.shell(e, num, phase, shell)
	}
	if core := float32(math.Pi * n.a * n.b * w.core * area); core > 0 {
		q.fill(e, core)
	}
}

// shell lays num points of k around the rim of a disc.
func (q *Painter) shell(e flatDisc, num int, phase float64, k float32) {
	if !e.within(q.m) {
		for j := range num {
			u, v := e.rim(j, num, phase)
			q.m.Splat(u, v, k)
		}
		return
	}
	p, w := q.m.P, q.m.W
	for j := range num {
		u, v := e.rim(j, num, phase)
		iu, fu := canvas.Whole(u - 0.5)
		iv, fv := canvas.Whole(v - 0.5)
		i := iv*w + iu
		canvas.Share(p, i, k*(1-fv), fu)
		canvas.Share(p, i+w, k*fv, fu)
	}
}

// rim is point j of num, the first of them turned by phase.
func (e *flatDisc) rim(j, num int, phase float64) (u, v float32) {
	th := int((float64(j) + phase) * circleN / float64(num))
	cs, sn := circle[th&(circleN-1)], circle[(th+circleN*3/4)&(circleN-1)]
	return e.u + cs*e.au + sn*e.bu, e.v + cs*e.av + sn*e.bv
}

// flatDisc is the shadow of a disc: centre and two half-axes, pixels.
type flatDisc struct{ u, v, au, av, bu, bv float32 }

// reach is how far at most points of the disc lie from its centre, and a pixel more.
func (e *flatDisc) reach() (du, dv float32) {
	return canvas.Abs32(e.au) + canvas.Abs32(e.bu) + 1, canvas.Abs32(e.av) + canvas.Abs32(e.bv) + 1
}

// beside tells that no point of the disc can lie on the map.
func (e *flatDisc) beside(m *canvas.Grid) bool {
	du, dv := e.reach()
	return e.u+du < 0 || e.v+dv < 0 || e.u-du > float32(m.W) || e.v-dv > float32(m.H)
}

// within tells that every point of the disc lies on the map, so that they need
// not be looked at one by one.
func (e *flatDisc) within(m *canvas.Grid) bool {
	du, dv := e.reach()
	return e.u > du && e.v > dv && e.u+du < float32(m.W) && e.v+dv < float32(m.H)
}

// fill spreads vol evenly over a disc: chords across the longer axis fillStep
// apart, each as many points as it is long.
func (q *Painter) fill(e flatDisc, vol float32) {
	la, lb := e.au*e.au+e.av*e.av, e.bu*e.bu+e.bv*e.bv
	if lb > la {
		e.au, e.av, e.bu, e.bv = e.bu, e.bv, e.au, e.av
		la, lb = lb, la
	}
	wide := 2 / fillStep * canvas.Sqrt32(lb)
	across := chords(int(2/fillStep*canvas.Sqrt32(la)) + 1)
	unit := vol / across.sum
	within := e.within(q.m)
	for _, c := range across.chords {
		n := int(wide*c.Half) + 1
		k := unit * c.Half / float32(n)
		u, v := e.u+c.At*e.au, e.v+c.At*e.av
		along := chords(n).chords
		if within {
			q.m.Lay(u, v, e.bu, e.bv, c.Half, k, along)
			continue
		}
		for _, p := range along {
			g := p.At * c.Half
			q.m.Splat(u+g*e.bu, v+g*e.bv, k)
		}
	}
}

// cut is a disc of radius 1 cut into parts of one width, with the sum of halves of
// their chords.
type cut struct {
	chords []canvas.Chord
	sum    float32
}

// chords cuts a disc into n parts.
func chords(n int) *cut {
	if n < len(cutTable) {
		return &cutTable[n]
	}
	c := newCut(n)
	c.sum = float32(n) * math.Pi / 4
	return &c
}

func newCut(n int) cut {
	c := cut{chords: make([]canvas.Chord, n)}
	for i := range n {
		t := (float32(i)+0.5)/float32(n)*2 - 1
		c.chords[i] = canvas.Chord{At: t, Half: canvas.Sqrt32(1 - t*t)}
		c.sum += c.chords[i].Half
	}
	return c
}

// cutTable holds all but the finest cuts, whose sum is that of an ideal disc.
var cutTable = func() (t [256]cut) {
	for n := range t {
		t[n] = newCut(n)
	}
	return t
}()

// Rod lays a solid round rod (vessel, airway, wire) from radius r0 to r1.
func (q *Painter) Rod(p0, p1 Vec, r0, r1, gain float64) {
	u0, v0 := q.c.Project(p0)
	u1, v1 := q.c.Project(p1)
	du, dv := float64(u1-u0), float64(v1-v0)
	l := math.Sqrt(du*du + dv*dv)
	steps := max(1, int(math.Ceil(l/rodStep)))
	nx, ny := 1.0, 0.0
	if l >= 0.5 { // end-on any direction will do
		nx, ny = -dv/l, du/l
	}
	ds := p1.sub(p0).len() / float64(steps)
	scale := q.c.S
	for k := range steps {
		t := (float64(k) + 0.5) / float64(steps)
		r := r0 + (r1-r0)*t
		vol := math.Pi * r * r * ds * scale * scale * gain
		q.chord(float64(u0)+du*t, float64(v0)+dv*t, nx*r*scale, ny*r*scale, vol)
	}
}

// chord spreads vol across a rod: (du, dv) is its half-width in pixels, and a
// round rod is thickest in the middle.
func (q *Painter) chord(u, v, du, dv, vol float64) {
	n := int(math.Ceil(2 / rodStep * math.Sqrt(du*du+dv*dv)))
	if n <= 1 {
		q.m.Splat(float32(u), float32(v), float32(vol))
		return
	}
	s := sectionOf(n)
	for _, p := range s.points {
		q.m.Splat(float32(u+du*p.at), float32(v+dv*p.at), float32(vol*p.thick/s.sum))
	}
}

// section is what n points across a round rod get: where they lie from -1 to 1,
// how thick the rod is there, and the sum of that.
type section struct {
	points []struct{ at, thick float64 }
	sum    float64
}

func sectionOf(n int) section {
	if n < len(sections) {
		return sections[n]
	}
	return newSection(n)
}

func newSection(n int) section {
	s := section{points: make([]struct{ at, thick float64 }, n)}
	for i := range n {
		p := &s.points[i]
		p.at = (float64(i)+0.5)/float64(n)*2 - 1
		p.thick = math.Sqrt(1 - p.at*p.at)
		s.sum += p.thick
	}
	return s
}

// sections are those of all but the widest rods.
var sections = func() (t [64]section) {
	for n := range t {
		t[n] = newSection(n)
	}
	return t
}()

// wire lays a rod of one radius along a smooth path.
func (q *Painter) wire(pts []Vec, radius, gain float64) {
	flat := make([]float64, len(pts))
	n := strut(pts, flat, flat)
	for i := 0; i+1 < len(n); i++ {
		q.Rod(n[i].p, n[i+1].p, radius, radius, gain)
	}
}

// disc is a station whose section is perpendicular to dir.
func disc(p Vec, a, b float64, dir Vec) node {
	d := dir.unit()
	up := Vec{0, 1, 0}
	if math.Abs(d.Y) > 0.9 {
		up = Vec{1, 0, 0}
	}
	major := up.sub(d.Mul(up.dot(d))).unit()
	return node{p, a, b, major, d.cross(major)}
}

// strut is a tube through points with half-heights a and half-depths b,
// subdivided by Catmull-Rom so that long bones do not look like bent sticks.
func strut(pts []Vec, a, b []float64) []node {
	const sub = 6
	var out []node
	for i := 0; i+1 < len(pts); i++ {
		for k := range sub {
			t := float64(k) / sub
			out = append(out, node{p: catmullRom(pts, i, t), a: a[i] + (a[i+1]-a[i])*t, b: b[i] + (b[i+1]-b[i])*t})
		}
	}
	last := len(pts) - 1
	out = append(out, node{p: pts[last], a: a[last], b: b[last]})
	for i := range out {
		along := out[min(i+1, len(out)-1)].p.sub(out[max(i-1, 0)].p)
		out[i] = disc(out[i].p, out[i].a, out[i].b, along)
	}
	return out
}

func catmullRom(pts []Vec, i int, t float64) Vec {
	at := func(k int) Vec { return pts[min(max(k, 0), len(pts)-1)] }
	p0, p1, p2, p3 := at(i-1), at(i), at(i+1), at(i+2)
	f := func(a, b, c, d float64) float64 {
		return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
	}
	return Vec{f(p0.X, p1.X, p2.X, p3.X), f(p0.Y, p1.Y, p2.Y, p3.Y), f(p0.Z, p1.Z, p2.Z, p3.Z)}
}
