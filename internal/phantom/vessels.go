package phantom

import "math"

// branch is a piece of a vascular tree with its radii at both ends.
type branch struct {
	a, b   vec
	ra, rb float64
}

// lungPoint draws a point inside a lung of the healthy person, clear of heart
// and diaphragm; false when it found none.
func (a *anatomy) lungPoint(r *rng, side int) (vec, bool) {
	sg := float64(2*side - 1)
	for range 40 {
		y := r.f(0.3, 27) * a.scale
		l := a.level(y)
		ax := r.f(0.8, float64(max(l.lungW[side], 1)))
		u := r.Float64()
		var lung, e span
		if !lungSpan(l, float32(ax), side, &lung) || ax < 2.2 {
			continue
		}
		v := vec{sg * ax, y, (float64(lung.a) + u*float64(lung.b-lung.a)) * 0.8}
		if domeSpan(&a.domes[side], float32(v.x), float32(y-0.2), &e) && float32(v.z) > e.a && float32(v.z) < e.b {
			continue
		}
		t := (v.x - float64(l.medX)) / float64(l.medW)
		if t*t < 1 && math.Abs(v.z-float64(l.medZ)) < float64(l.medHalf(float32(t*t))) {
			continue
		}
		return v, true
	}
	return vec{}, false
}

// grower splits the places a tree must reach again and again; radii follow the
// number of places served, so the tree tapers the way vessels do.
type grower struct {
	r    *rng
	unit float64 // radius of a vessel that serves one place, cm
	out  []branch
}

func (g *grower) radius(n int) float64 { return g.unit * pow(float64(n), 0.42) }

func (g *grower) grow(from, dir vec, pts []vec) {
	n := len(pts)
	if n == 0 {
		return
	}
	if n == 1 {
		l := pts[0].sub(from).len()
		m := from.mix(pts[0], 0.5).add(dir.mul(0.12 * l))
		g.out = append(g.out, branch{from, m, g.unit, g.unit * 0.8}, branch{m, pts[0], g.unit * 0.8, g.unit * 0.45})
		return
	}
	c := centroid(pts)
	to := c.sub(from)
	l := to.len()
	// A short step towards the centroid, bending from the parent's direction.
	d := to.unit().mul(0.75).add(dir.mul(0.25 + g.r.Float64()*0.25)).unit()
	step := l * g.r.f(0.4, 0.7)
	if n > 16 { // big vessels give off side branches often
		step = l * g.r.f(0.16, 0.36)
	}
	mid := from.add(d.mul(step * 0.5)).add(vec{g.r.n(0, 0.04), g.r.n(0, 0.04), g.r.n(0, 0.04)}.mul(step))
	end := from.add(d.mul(step))
	w := g.radius(n)
	g.out = append(g.out, branch{from, mid, w, w * 0.97}, branch{mid, end, w * 0.97, w * 0.92})
	i := g.split(pts, c, d, l)
	g.grow(end, d, pts[:i:i])
	g.grow(end, d, pts[i:])
}

func centroid(pts []vec) vec {
	var c vec
	for _, p := range pts {
		c = c.add(p)
	}
	return c.mul(1 / float64(len(pts)))
}

// split parts the places across their widest direction through a random tilt,
// unevenly, and returns how many come first.
func (g *grower) split(pts []vec, c, d vec, l float64) int {
	var v vec
	for _, p := range pts {
		e := p.sub(c)
		v = v.add(vec{e.x * e.x, e.y * e.y, e.z * e.z})
	}
	ax := vec{math.Sqrt(v.x) * g.r.n(1, 0.5), math.Sqrt(v.y) * g.r.n(1, 0.5), math.Sqrt(v.z) * g.r.n(1, 0.5)}.unit()
	// Siblings fork sideways, not along the direction of travel.
	ax = ax.sub(d.mul(ax.dot(d) * 0.7)).unit()
	cut := c.dot(ax) + g.r.n(0, 0.25)*l*0.3
	i := 0
	for j := range pts {
		if pts[j].dot(ax) < cut {
			pts[i], pts[j] = pts[j], pts[i]
			i++
		}
	}
	return i
}

// trunk is where a tree leaves the mediastinum: an upper and a lower stem.
type trunk struct {
	root, up, low vec
	unit          float64
	stems         [4]float64 // radii: upper start and end, lower start and end
}

// trunks are the artery, which runs down and out from the hilum, and the vein,
// which makes for the left atrium lower down.
func (a *anatomy) trunks(side int) [2]trunk {
	sg := float64(2*side - 1)
	hy := hilum(a.build, side)
	x := float64(a.level(hy).medX) * 0.3
	artery := vec{sg*3.0 + x, hy, 0.6}
	vein := vec{sg*2.8 + x, hy + 2.6, 1.0}
	return [2]trunk{
		{artery, artery.add(vec{sg * 1.2, -1.7, -0.3}), artery.add(vec{sg * 1.7, 3.6, 1.2}), 0.052, [4]float64{0.44, 0.36, 0.54, 0.42}},
		{vein, vein.add(vec{sg * 1.2, -1.7, -0.3}), vein.add(vec{sg * 1.9, 1.3, 0.8}), 0.047, [4]float64{0.38, 0.32, 0.42, 0.36}},
	}
}

// hilum is the level of a lung root; the left one sits higher.
func hilum(b *build, side int) float64 { return (10.6 - 0.9*float64(side)) * b.scale }

const vesselEnds = 560 // places each tree reaches

// tree grows one tree in the healthy lung.
func (a *anatomy) tree(r *rng, side int, t trunk) []branch {
	sg := float64(2*side - 1)
	pts := make([]vec, 0, vesselEnds)
	for range vesselEnds {
		if v, ok := a.lungPoint(r, side); ok {
			pts = append(pts, v)
		}
	}
	i := 0
	for j := range pts {
		if pts[j].y < t.root.y+r.n(-0.5, 1) {
			pts[i], pts[j] = pts[j], pts[i]
			i++
		}
	}
	g := &grower{r: r, unit: t.unit * a.vessel, out: make([]branch, 0, 4*vesselEnds)} // two pieces to a place and two to a fork
	g.out = append(g.out, branch{t.root, t.up, t.stems[0], t.stems[1]}, branch{t.root, t.low, t.stems[2], t.stems[3]})
	g.grow(t.up, vec{sg * 0.5, -0.8, 0}.unit(), pts[:i:i])
	g.grow(t.low, vec{sg * 0.4, 0.9, 0.2}.unit(), pts[i:])
	return g.out
}

// drawVessels paints arteries and veins of both lungs, moved by the findings.
func (f *sheet) drawVessels() {
	q := &painter{f.cam, f.vess}
	wider := f.now.vessel / f.well.vessel
	for side := range 2 {
		for k, t := range f.home.trunks(side) {
			r := f.seeds.person(streamVessels + stream(1000*(2*side+k+1)))
			for _, b := range f.home.tree(r, side, t) {
				p0, p1 := f.moved(b.a), f.moved(b.b)
				q.rod(p0, p1, min(b.ra*wider, 0.52), min(b.rb*wider, 0.52), endOn(p0, p1, b.ra))
			}
		}
		f.drawHilum(side)
	}
}

// endOn thins a straight piece that runs along the beam: vessels bend, so that
// no more of one lies end-on than a few times its width.
func endOn(p0, p1 vec, radius float64) float64 {
	d := p1.sub(p0)
	l := d.len()
	return min(1, (math.Hypot(d.x, d.y)+2.5*radius)/max(l, 1e-9))
}

// drawHilum adds the nodes, fat and crowded small vessels that blur a lung root.
func (f *sheet) drawHilum(side int) {
	r := f.seeds.person(streamHila + stream(1000*(side+1)))
	sg := float64(2*side - 1)
	k := f.well.scale
	fat := f.moved(vec{sg * 4.0, (11.9 - 1.0*float64(side)) * k, 0})
	f.each(ellipse{x: fat.x, y: fat.y, a: 2.0, b: 3.1, tilt: -0.25 * sg, warp: 0.25}.seeded(r), func(i int, d float32) {
		f.vess.p[i] += d * smooth32(0, 0.7, d)
	})
	q := &painter{f.cam, f.vess}
	hy := (11 - float64(side)) * k
	for range 70 {
		a := vec{sg * (3.0 + math.Abs(r.n(0, 0.9))), hy + r.n(0.2, 1.5), r.n(0.5, 1)}
		d := vec{r.n(sg*0.5, 0.5), r.n(0.3, 0.7), r.n(0, 0.6)}
		w := math.Abs(r.n(0.14, 0.09)) + 0.06
		q.rod(f.moved(a), f.moved(a.add(d)), w, w*0.6, 0.45)
	}
	for range r.IntN(2) { // a bronchus seen end-on
		c := vec{sg * r.f(3.6, 5.2), hy - 0.4 + r.n(0, 1.6), 0}
		w := r.f(0.16, 0.3)
		q.tube([]node{disc(f.moved(c), w, w, axisZ), disc(f.moved(c.add(vec{0, 0, 0.9})), w, w, axisZ)}, wall{0.09, 0, 1})
	}
}

// drawAirways takes trachea and main bronchi out of the soft tissue.
func (f *sheet) drawAirways() {
	b := f.now
	r := f.seeds.person(streamAirways)
	q := &painter{f.cam, f.soft}
	k, shift := b.scale, b.shift
	w := 0.86 * k
	if b.male {
		w = 0.98 * k
	}
	// An unfolded aorta pushes the trachea to the patient's right; few are straight.
	bend, lean := r.n(0, 0.15)-0.35*b.unfold, r.n(0, 0.2)
	top := vec{b.midline(-6) + lean, -14, 1.2}
	pts := []vec{top, {b.midline(-4)*0.5 + lean*0.6, -5, 1.5}, {0.05 + shift*0.2, 0, 1.6}, {bend + shift*0.5, 4, 1.8},
		{-0.3 + bend*0.7 + shift*0.8, 7.0 * k, 2}}
	width := []float64{0.8 * w, 0.86 * w, 0.92 * w, 0.96 * w, w}
	air := []float64{-0.55, -0.65, -0.8, -0.95, -1.0}
	n := strut(pts, width, air)
	for i := 0; i+1 < len(n); i++ {
		q.rod(n[i].p, n[i+1].p, n[i].a, n[i+1].a, n[i].b)
	}
	carina := pts[4].add(vec{0.05, 0.4 * k, 0})
	f.bronchus(q, carina, vec{-3.0 + shift, 9.7 * k, 1.6}, 0.66*k)
	f.bronchus(q, carina, vec{3.4 + shift, 9.9 * k, 1.6}, 0.56*k)
}

func (f *sheet) bronchus(q *painter, carina, end vec, w float64) {
	q.rod(carina, end, w, w*0.9, -1.0)
	q.rod(end, end.add(vec{math.Copysign(1.1, end.x), 1.8, 0.3}), w*0.75, w*0.5, -0.5)
}
