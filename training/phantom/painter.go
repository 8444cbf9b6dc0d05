package phantom

import "math"

// node is a station on a tube: centre, two half-axes and their directions.
type node struct {
	p    vec
	a, b float64
	A, B vec
}

// painter deposits solids into a map. Depositing points of known volume makes
// obliquity come out by itself: bright lateral turns of ribs, vessels end-on.
type painter struct {
	c *camera
	m *grid
}

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
func (q *painter) tube(path []node, w wall) {
	phase := 0.5
	for i := 0; i+1 < len(path); i++ {
		n0, n1 := path[i], path[i+1]
		l := n1.p.sub(n0.p).len()
		// Stations lie about a pixel apart on the film, as then splatting shows no
		// stripes; those behind one another are one.
		u0, v0 := q.c.project(n0.p)
		u1, v1 := q.c.project(n1.p)
		steps := max(1, int(sqrt32((u1-u0)*(u1-u0)+(v1-v0)*(v1-v0))+0.5))
		for k := range steps {
			t := (float64(k) + 0.5) / float64(steps)
			n := node{n0.p.mix(n1.p, t), n0.a + (n1.a-n0.a)*t, n0.b + (n1.b-n0.b)*t, n0.A, n0.B}
			phase += goldenStep
			phase -= math.Floor(phase)
			q.ring(n, w, l/float64(steps), phase)
		}
	}
}

// ring lays ds cm of tube at one station. Its offsets are small enough to be
// projected linearly.
func (q *painter) ring(n node, w wall, ds, phase float64) {
	var e flatDisc
	e.u, e.v = q.c.project(n.p)
	e.au, e.av = q.c.direction(n.p.z, n.A.mul(n.a))
	e.bu, e.bv = q.c.direction(n.p.z, n.B.mul(n.b))
	around := math.Pi * (n.a + n.b)
	area := ds * q.c.s * q.c.s * w.gain // of a station, in square pixels
	num := max(3, int(around*q.c.s*ringPoints))
	if shell := float32(around * w.shell * area / float64(num)); shell > 0 {
		for j := range num {
			th := int((float64(j) + phase) * circleN / float64(num))
			cs, sn := circle[th&(circleN-1)], circle[(th+circleN*3/4)&(circleN-1)]
			q.m.splat(e.u+cs*e.au+sn*e.bu, e.v+cs*e.av+sn*e.bv, shell)
		}
	}
	if core := float32(math.Pi * n.a * n.b * w.core * area); core > 0 {
		q.fill(e, core)
	}
}

// flatDisc is the shadow of a disc: centre and two half-axes, pixels.
type flatDisc struct{ u, v, au, av, bu, bv float32 }

// fill spreads vol evenly over a disc: chords across the longer axis fillStep
// apart, each as many points as it is long.
func (q *painter) fill(e flatDisc, vol float32) {
	la, lb := e.au*e.au+e.av*e.av, e.bu*e.bu+e.bv*e.bv
	if lb > la {
		e.au, e.av, e.bu, e.bv = e.bu, e.bv, e.au, e.av
		la, lb = lb, la
	}
	n := int(2/fillStep*sqrt32(la)) + 1
	wide := 2 / fillStep * sqrt32(lb)
	unit := vol / chordSum(n)
	for i := range n {
		t := (float32(i)+0.5)/float32(n)*2 - 1
		c := sqrt32(1 - t*t)
		m := int(wide*c) + 1
		k := unit * c / float32(m)
		for j := range m {
			g := ((float32(j)+0.5)/float32(m)*2 - 1) * c
			q.m.splat(e.u+t*e.au+g*e.bu, e.v+t*e.av+g*e.bv, k)
		}
	}
}

// chordSums are the sums of the lengths of n chords of a disc of radius 1/2.
var chordSums = func() (t [256]float32) {
	for n := 1; n < len(t); n++ {
		for i := range n {
			e := (float32(i)+0.5)/float32(n)*2 - 1
			t[n] += sqrt32(1 - e*e)
		}
	}
	return t
}()

func chordSum(n int) float32 {
	if n < len(chordSums) {
		return chordSums[n]
	}
	return float32(n) * math.Pi / 4
}

// rod lays a solid round rod (vessel, airway, wire) from radius r0 to r1.
func (q *painter) rod(p0, p1 vec, r0, r1, gain float64) {
	u0, v0 := q.c.project(p0)
	u1, v1 := q.c.project(p1)
	du, dv := float64(u1-u0), float64(v1-v0)
	l := math.Sqrt(du*du + dv*dv)
	steps := max(1, int(math.Ceil(l/rodStep)))
	nx, ny := 1.0, 0.0
	if l >= 0.5 { // end-on any direction will do
		nx, ny = -dv/l, du/l
	}
	ds := p1.sub(p0).len() / float64(steps)
	for k := range steps {
		t := (float64(k) + 0.5) / float64(steps)
		r := r0 + (r1-r0)*t
		vol := math.Pi * r * r * ds * q.c.s * q.c.s * gain
		q.chord(float64(u0)+du*t, float64(v0)+dv*t, vec{nx * r * q.c.s, ny * r * q.c.s, 0}, vol)
	}
}

// chord spreads vol across a rod: half is the half-width in pixels, and a round
// rod is thickest in the middle.
func (q *painter) chord(u, v float64, half vec, vol float64) {
	n := int(math.Ceil(2 / rodStep * half.len()))
	if n <= 1 {
		q.m.splat(float32(u), float32(v), float32(vol))
		return
	}
	var sum float64
	for j := range n {
		e := (float64(j)+0.5)/float64(n)*2 - 1
		sum += math.Sqrt(1 - e*e)
	}
	for j := range n {
		e := (float64(j)+0.5)/float64(n)*2 - 1
		q.m.splat(float32(u+half.x*e), float32(v+half.y*e), float32(vol*math.Sqrt(1-e*e)/sum))
	}
}

// wire lays a rod of one radius along a smooth path.
func (q *painter) wire(pts []vec, radius, gain float64) {
	flat := make([]float64, len(pts))
	n := strut(pts, flat, flat)
	for i := 0; i+1 < len(n); i++ {
		q.rod(n[i].p, n[i+1].p, radius, radius, gain)
	}
}

// disc is a station whose section is perpendicular to dir.
func disc(p vec, a, b float64, dir vec) node {
	d := dir.unit()
	up := vec{0, 1, 0}
	if math.Abs(d.y) > 0.9 {
		up = vec{1, 0, 0}
	}
	major := up.sub(d.mul(up.dot(d))).unit()
	return node{p, a, b, major, d.cross(major)}
}

// strut is a tube through points with half-heights a and half-depths b,
// subdivided by Catmull-Rom so that long bones do not look like bent sticks.
func strut(pts []vec, a, b []float64) []node {
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

func catmullRom(pts []vec, i int, t float64) vec {
	at := func(k int) vec { return pts[min(max(k, 0), len(pts)-1)] }
	p0, p1, p2, p3 := at(i-1), at(i), at(i+1), at(i+2)
	f := func(a, b, c, d float64) float64 {
		return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
	}
	return vec{f(p0.x, p1.x, p2.x, p3.x), f(p0.y, p1.y, p2.y, p3.y), f(p0.z, p1.z, p2.z, p3.z)}
}
