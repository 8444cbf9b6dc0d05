package chest

import (
	"math"

	"hilum/internal/phantom/canvas"
)

// branch is a piece of a vascular tree with its radii at both ends.
type branch struct {
	a, b   Vec
	ra, rb float64
}

// LungPoint draws a point inside a lung of the healthy person, clear of heart
// and diaphragm; false when it found none.
func (a *Anatomy) LungPoint(r *canvas.Source, side int) (Vec, bool) {
	sg := float64(2*side - 1)
	for range 40 {
		y := r.Between(0.3, 27) * a.Scale
		l := a.Level(y)
		ax := r.Between(0.8, float64(max(l.LungW[side], 1)))
		u := r.Float64()
		var lung, e Span
		if !lungSpan(l, float32(ax), side, &lung) || ax < 2.2 {
			continue
		}
		v := Vec{sg * ax, y, (float64(lung.a) + u*float64(lung.b-lung.a)) * 0.8}
		if DomeSpan(&a.Domes[side], float32(v.X), float32(y-0.2), &e) && float32(v.Z) > e.a && float32(v.Z) < e.b {
			continue
		}
		t := (v.X - float64(l.MedX)) / float64(l.medW)
		if t*t < 1 && math.Abs(v.Z-float64(l.medZ)) < float64(l.medHalf(float32(t*t))) {
			continue
		}
		return v, true
	}
	return Vec{}, false
}

// grower splits the places a tree must reach again and again; radii follow the
// number of places served, so the tree tapers the way vessels do.
type grower struct {
	r    *canvas.Source
	unit float64 // radius of a vessel that serves one place, cm
	out  []branch
}

func (g *grower) radius(n int) float64 { return g.unit * canvas.Pow(float64(n), 0.42) }

func (g *grower) grow(from, dir Vec, pts []Vec) {
	n := len(pts)
	if n == 0 {
		return
	}
	if n == 1 {
		l := pts[0].sub(from).len()
		m := from.Mix(pts[0], 0.5).Add(dir.Mul(0.12 * l))
		g.out = append(g.out, branch{from, m, g.unit, g.unit * 0.8}, branch{m, pts[0], g.unit * 0.8, g.unit * 0.45})
		return
	}
	c := centroid(pts)
	to := c.sub(from)
	l := to.len()
	// A short step towards the centroid, bending from the parent's direction.
	d := to.unit().Mul(0.75).Add(dir.Mul(0.25 + g.r.Float64()*0.25)).unit()
	step := l * g.r.Between(0.4, 0.7)
	if n > 16 { // big vessels give off side branches often
		step = l * g.r.Between(0.16, 0.36)
	}
	mid := from.Add(d.Mul(step * 0.5)).Add(Vec{g.r.Normal(0, 0.04), g.r.Normal(0, 0.04), g.r.Normal(0, 0.04)}.Mul(step))
	end := from.Add(d.Mul(step))
	w := g.radius(n)
	g.out = append(g.out, branch{from, mid, w, w * 0.97}, branch{mid, end, w * 0.97, w * 0.92})
	i := g.split(pts, c, d, l)
	g.grow(end, d, pts[:i:i])
	g.grow(end, d, pts[i:])
}

func centroid(pts []Vec) Vec {
	var c Vec
	for _, p := range pts {
		c = c.Add(p)
	}
	return c.Mul(1 / float64(len(pts)))
}

// split parts the places across their widest direction through a random tilt,
// unevenly, and returns how many come first.
func (g *grower) split(pts []Vec, c, d Vec, l float64) int {
	var v Vec
	for _, p := range pts {
		e := p.sub(c)
		v = v.Add(Vec{e.X * e.X, e.Y * e.Y, e.Z * e.Z})
	}
	ax := Vec{math.Sqrt(v.X) * g.r.Normal(1, 0.5), math.Sqrt(v.Y) * g.r.Normal(1, 0.5),
		math.Sqrt(v.Z) * g.r.Normal(1, 0.5)}.unit()
	// Siblings fork sideways, not along the direction of travel.
	ax = ax.sub(d.Mul(ax.dot(d) * 0.7)).unit()
	cut := c.dot(ax) + g.r.Normal(0, 0.25)*l*0.3
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
	root, up, low Vec
	unit          float64
	stems         [4]float64 // radii: upper start and end, lower start and end
}

// trunks are the artery, which runs down and out from the hilum, and the vein,
// which makes for the left atrium lower down.
func (a *Anatomy) trunks(side int) [2]trunk {
	sg := float64(2*side - 1)
	hy := Hilum(a.Build, side)
	x := float64(a.Level(hy).MedX) * 0.3
	artery := Vec{sg*3.0 + x, hy, 0.6}
	vein := Vec{sg*2.8 + x, hy + 2.6, 1.0}
	return [2]trunk{
		{artery, artery.Add(Vec{sg * 1.2, -1.7, -0.3}), artery.Add(Vec{sg * 1.7, 3.6, 1.2}), 0.052,
			[4]float64{0.44, 0.36, 0.54, 0.42}},
		{vein, vein.Add(Vec{sg * 1.2, -1.7, -0.3}), vein.Add(Vec{sg * 1.9, 1.3, 0.8}), 0.047,
			[4]float64{0.38, 0.32, 0.42, 0.36}},
	}
}

// Hilum is the level of a lung root; the left one sits higher.
func Hilum(b *Build, side int) float64 { return (10.6 - 0.9*float64(side)) * b.Scale }

const vesselEnds = 560 // places each tree reaches

// tree grows one tree in the healthy lung.
func (a *Anatomy) tree(r *canvas.Source, side int, t trunk) []branch {
	sg := float64(2*side - 1)
	pts := make([]Vec, 0, vesselEnds)
	for range vesselEnds {
		if v, ok := a.LungPoint(r, side); ok {
			pts = append(pts, v)
		}
	}
	i := 0
	for j := range pts {
		if pts[j].Y < t.root.Y+r.Normal(-0.5, 1) {
			pts[i], pts[j] = pts[j], pts[i]
			i++
		}
	}
	// two pieces to a place and two to a fork
	g := &grower{r: r, unit: t.unit * a.Vessel, out: make([]branch, 0, 4*vesselEnds)}
	g.out = append(g.out, branch{t.root, t.up, t.stems[0], t.stems[1]}, branch{t.root, t.low, t.stems[2], t.stems[3]})
	g.grow(t.up, Vec{sg * 0.5, -0.8, 0}.unit(), pts[:i:i])
	g.grow(t.low, Vec{sg * 0.4, 0.9, 0.2}.unit(), pts[i:])
	return g.out
}

// lungTree paints what branches from the hila on a sheet.
type lungTree struct{ *Sheet }

// drawVessels paints arteries and veins of both lungs, moved by the findings.
func (f lungTree) drawVessels() {
	q := &Painter{f.Cam, f.Vess}
	wider := f.Now.Vessel / f.Well.Vessel
	for side := range 2 {
		for k, t := range f.Home.trunks(side) {
			r := f.Seeds.Person(canvas.StreamVessels + canvas.Stream(1000*(2*side+k+1)))
			for _, b := range f.Home.tree(r, side, t) {
				p0, p1 := f.Moved(b.a), f.Moved(b.b)
				q.Rod(p0, p1, min(b.ra*wider, 0.52), min(b.rb*wider, 0.52), endOn(p0, p1, b.ra))
			}
		}
		f.drawHilum(side)
	}
}

// endOn thins a straight piece that runs along the beam: vessels bend, so that
// no more of one lies end-on than a few times its width.
func endOn(p0, p1 Vec, radius float64) float64 {
	d := p1.sub(p0)
	l := d.len()
	return min(1, (math.Hypot(d.X, d.Y)+2.5*radius)/max(l, 1e-9))
}

// drawHilum adds the nodes, fat and crowded small vessels that blur a lung root.
func (f lungTree) drawHilum(side int) {
	r := f.Seeds.Person(canvas.StreamHila + canvas.Stream(1000*(side+1)))
	sg := float64(2*side - 1)
	k := f.Well.Scale
	fat := f.Moved(Vec{sg * 4.0, (11.9 - 1.0*float64(side)) * k, 0})
	f.Each(Ellipse{X: fat.X, Y: fat.Y, A: 2.0, B: 3.1, Tilt: -0.25 * sg, Warp: 0.25}.Seeded(r), func(i int, d float32) {
		f.Vess.P[i] += d * canvas.Smooth32(0, 0.7, d)
	})
	q := &Painter{f.Cam, f.Vess}
	hy := (11 - float64(side)) * k
	for range 70 {
		a := Vec{sg * (3.0 + math.Abs(r.Normal(0, 0.9))), hy + r.Normal(0.2, 1.5), r.Normal(0.5, 1)}
		d := Vec{r.Normal(sg*0.5, 0.5), r.Normal(0.3, 0.7), r.Normal(0, 0.6)}
		w := math.Abs(r.Normal(0.14, 0.09)) + 0.06
		q.Rod(f.Moved(a), f.Moved(a.Add(d)), w, w*0.6, 0.45)
	}
	for range r.IntN(2) { // a bronchus seen end-on
		c := Vec{sg * r.Between(3.6, 5.2), hy - 0.4 + r.Normal(0, 1.6), 0}
		w := r.Between(0.16, 0.3)
		q.tube([]node{disc(f.Moved(c), w, w, axisZ), disc(f.Moved(c.Add(Vec{0, 0, 0.9})), w, w, axisZ)},
			wall{0.09, 0, 1})
	}
}

// drawAirways takes trachea and main bronchi out of the soft tissue.
func (f lungTree) drawAirways() {
	b := f.Now
	r := f.Seeds.Person(canvas.StreamAirways)
	q := &Painter{f.Cam, f.Soft}
	k, shift := b.Scale, b.Shift
	w := 0.86 * k
	if b.Male {
		w = 0.98 * k
	}
	// An unfolded aorta pushes the trachea to the patient's right; few are straight.
	bend, lean := r.Normal(0, 0.15)-0.35*b.unfold, r.Normal(0, 0.2)
	top := Vec{b.midline(-6) + lean, -14, 1.2}
	pts := []Vec{top, {b.midline(-4)*0.5 + lean*0.6, -5, 1.5}, {0.05 + shift*0.2, 0, 1.6}, {bend + shift*0.5, 4, 1.8},
		{-0.3 + bend*0.7 + shift*0.8, 7.0 * k, 2}}
	width := []float64{0.8 * w, 0.86 * w, 0.92 * w, 0.96 * w, w}
	air := []float64{-0.55, -0.65, -0.8, -0.95, -1.0}
	n := strut(pts, width, air)
	for i := 0; i+1 < len(n); i++ {
		q.Rod(n[i].p, n[i+1].p, n[i].a, n[i+1].a, n[i].b)
	}
	carina := pts[4].Add(Vec{0.05, 0.4 * k, 0})
	f.bronchus(q, carina, Vec{-3.0 + shift, 9.7 * k, 1.6}, 0.66*k)
	f.bronchus(q, carina, Vec{3.4 + shift, 9.9 * k, 1.6}, 0.56*k)
}

func (f lungTree) bronchus(q *Painter, carina, end Vec, w float64) {
	q.Rod(carina, end, w, w*0.9, -1.0)
	q.Rod(end, end.Add(Vec{math.Copysign(1.1, end.X), 1.8, 0.3}), w*0.75, w*0.5, -0.5)
}
