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

const circleN = 1024

var (
	circle = func() (t [circleN]float32) {
		for i := range t {
			t[i] = float32(math.Cos(float64(i) * 2 * math.Pi / circleN))
		}
		return t
	}()
	// radii that fill a disc evenly
	discRadii = func() (t [11]float32) {
		for i := range t {
			t[i] = float32(math.Sqrt((float64(i) + 0.5) / 11))
		}
		return t
	}()
)

// tube lays a hollow tube along path.
func (q *painter) tube(path []node, w wall) {
	px := 1 / q.c.s
	phase, turn := 0.5, 0
	for i := 0; i+1 < len(path); i++ {
		n0, n1 := path[i], path[i+1]
		l := n1.p.sub(n0.p).len()
		steps := max(1, int(l/(0.9*px)))
		for k := range steps {
			t := (float64(k) + 0.5) / float64(steps)
			n := node{n0.p.mix(n1.p, t), n0.a + (n1.a-n0.a)*t, n0.b + (n1.b-n0.b)*t, n0.A, n0.B}
			phase += 0.618034 // golden steps spread the points of successive rings
			phase -= math.Floor(phase)
			turn++
			q.ring(n, w, l/float64(steps), phase, turn)
		}
	}
}

// ring lays ds cm of tube at one station. Its offsets are small enough to be
// projected linearly.
func (q *painter) ring(n node, w wall, ds, phase float64, turn int) {
	u0, v0 := q.c.project(n.p)
	au, av := q.c.direction(n.p.z, n.A.mul(n.a))
	bu, bv := q.c.direction(n.p.z, n.B.mul(n.b))
	around := math.Pi * (n.a + n.b)
	num := max(6, int(around*q.c.s))
	unit := ds * q.c.s * q.c.s * w.gain / float64(num)
	shell := float32(around * w.shell * unit)
	core := float32(math.Pi * n.a * n.b * w.core * unit)
	for j := range num {
		th := int((float64(j) + phase) * circleN / float64(num))
		cs, sn := circle[th&(circleN-1)], circle[(th+circleN*3/4)&(circleN-1)]
		ou, ov := cs*au+sn*bu, cs*av+sn*bv
		if shell > 0 {
			q.m.splat(u0+ou, v0+ov, shell)
		}
		if core > 0 {
			f := discRadii[(j*7+turn*3)%len(discRadii)]
			q.m.splat(u0+ou*f, v0+ov*f, core)
		}
	}
}

// rod lays a solid round rod (vessel, airway, wire) from radius r0 to r1.
func (q *painter) rod(p0, p1 vec, r0, r1, gain float64) {
	u0, v0 := q.c.project(p0)
	u1, v1 := q.c.project(p1)
	du, dv := float64(u1-u0), float64(v1-v0)
	l := math.Sqrt(du*du + dv*dv)
	steps := max(1, int(math.Ceil(l/0.85)))
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
	n := int(math.Ceil(2 * half.len()))
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
