package chest

import (
	"math"
	"slices"

	"hilum/internal/phantom/canvas"
)

// DrawDevices lays what patients wear: leads, lines, tubes, pacemakers, wires.
// Every kind draws from a stream of its own; what was implanted is the person's
// and stays from visit to visit.
func (f *Sheet) DrawDevices() {
	b := f.Well
	kinds := []struct {
		odds  float64
		stays bool
		draw  func(*Sheet, *canvas.Source)
	}{
		{pick(b.Ap, 0.6, 0.12), false, (*Sheet).drawLeads},
		{pick(b.Ap, 0.47, 0.04), false, (*Sheet).drawLine},
		{pick(b.Ap, 0.25, 0), false, (*Sheet).drawTube},
		{pick(b.Home.Age > 60, 0.1, 0), true, (*Sheet).drawPacemaker},
		{pick(b.Home.Age > 55, 0.08, 0), true, (*Sheet).drawSternalWires},
	}
	for i, k := range kinds {
		r := f.Seeds.Today(canvas.StreamDevices + canvas.Stream(1000*(i+1)))
		if k.stays {
			r = f.Seeds.Person(canvas.StreamDevices + canvas.Stream(1000*(i+1)))
		}
		if r.Chance(k.odds) {
			k.draw(f, r)
		}
	}
}

func pick(yes bool, a, b float64) float64 {
	if yes {
		return a
	}
	return b
}

// drawLeads lays ECG buttons with wires that wander off the film.
func (f *Sheet) drawLeads(r *canvas.Source) {
	q := &Painter{f.Cam, f.Bone}
	for range 2 + r.IntN(3) {
		s := r.Sign()
		c := Vec{s * r.Between(5, 15), r.Between(0, 24), -11}
		q.tube([]node{disc(c, 0.75, 0.75, axisZ), disc(c.Add(Vec{0, 0, 0.12}), 0.75, 0.75, axisZ)},
			wall{0.25, 0.6, 1.5})
		q.tube([]node{disc(c, 0.28, 0.28, axisZ), disc(c.Add(Vec{0, 0, 0.3}), 0.28, 0.28, axisZ)}, wall{0.4, 3, 2})
		e := Vec{c.X + s*r.Between(2, 9), c.Y + r.Between(8, 22), -12}
		q.wire([]Vec{c, c.Add(Vec{s * r.Between(-2, 3), r.Between(2, 6), 0}),
			c.Mix(e, 0.6).Add(Vec{r.Normal(0, 2), 0, 0}),
			e}, 0.075, 5)
	}
}

// drawLine lays a central line into the superior cava.
func (f *Sheet) drawLine(r *canvas.Source) {
	q := &Painter{f.Cam, f.Bone}
	y := r.Between(8, 11.5)
	if r.Chance(0.5) { // jugular
		q.wire([]Vec{{-5.5, -10, -3}, {-4.0, -3, -3}, {-2.6, 2, -3}, {-2.2, 6, -2}, {-2.0, y, -2}}, 0.11, 3.2)
		return
	}
	s := r.Sign() // subclavian
	q.wire([]Vec{{s * 13, 7, -7}, {s * 10, 3.4, -6}, {s * 5, 2.2, -4}, {s*1.5 - 1, 4, -3}, {-2.0, 7, -2},
		{-2.0, y, -2}},
		0.11, 3.2)
}

// drawTube lays an endotracheal tube with its marker line.
func (f *Sheet) drawTube(r *canvas.Source) {
	q := &Painter{f.Cam, f.Bone}
	tip := r.Between(2, 5)
	q.wire([]Vec{{0.1, -14, 1}, {0, -2, 1.5}, {-0.1, tip, 1.8}}, 0.36, 0.35)
	q.wire([]Vec{{0.4, -14, 1}, {0.3, -2, 1.5}, {0.2, tip, 1.8}}, 0.06, 6)
}

// DrawDrain lays a chest drain on side s (-1 or 1) and gives the boxes of its
// shadow, which follow it: one box around all of it would be a third of the lung.
func (f *Sheet) DrawDrain(s float64) []PixelBox {
	r := f.Seeds.Today(canvas.StreamDrain)
	q := &Painter{f.Cam, f.Bone}
	y := r.Normal(0, 0.8)
	path := []Vec{{s * 19, 15 + y, 0}, {s * 14, 12 + y, 2}, {s * 10, 7 + y, 1}, {s * 8, 3.5 + y, 0}}
	q.wire(path, drainRadius, 0.85)
	stripe := slices.Clone(path)
	for i := range stripe {
		stripe[i].Y += 0.1
	}
	q.wire(stripe, 0.09, 16)
	return f.wireBoxes(path, drainRadius, DrainBoxes)
}

const drainRadius = 0.45 // cm; a drain of 28 French is 9.3 mm across

// DrainBoxes is how many boxes a drain has.
const DrainBoxes = 3

// wireBoxes are n rectangles of pixels that a wire shades, one after the other
// along it; each begins well before the last one ends, so that erasing them in
// turn leaves nothing of the wire where they meet.
func (f *Sheet) wireBoxes(path []Vec, radius float64, n int) []PixelBox {
	flat := make([]float64, len(path))
	nodes := strut(path, flat, flat)
	last := len(nodes) - 1
	const shared = 2 // nodes
	out := make([]PixelBox, n)
	for i := range out {
		out[i] = f.wireBox(nodes[max(0, last*i/n-shared/2):min(last, last*(i+1)/n+shared/2)+1], radius)
	}
	return out
}

// wireBox is the rectangle of pixels that a wire shades.
func (f *Sheet) wireBox(nodes []node, radius float64) PixelBox {
	box := PixelBox{f.W, f.H, 0, 0}
	margin := float32(radius*f.Cam.S) + 1
	for _, n := range nodes {
		u, v := f.Cam.Project(n.p)
		box.X0, box.Y0 = min(box.X0, int(u-margin)), min(box.Y0, int(v-margin))
		box.X1, box.Y1 = max(box.X1, int(u+margin)+1), max(box.Y1, int(v+margin)+1)
	}
	return box
}

// drawPacemaker lays can, spare lead and leads to atrium and ventricle.
func (f *Sheet) drawPacemaker(r *canvas.Source) {
	q := &Painter{f.Cam, f.Bone}
	c := Vec{10.5, 5.5, -9}
	cu, cv := f.Cam.Project(c)
	x, y := f.Cam.Unproject(float64(cu), float64(cv)) // where the can's shadow falls
	f.Each(Ellipse{X: x, Y: y, A: 1.7, B: 2.0, Tilt: 0.3}, func(i int, d float32) {
		f.Bone.P[i] += 3.2 * canvas.Smooth32(0, 0.12, d)
	})
	f.Each(Ellipse{X: x, Y: y + 0.5, A: 1.2, B: 1.0, Tilt: 0.3}, func(i int, d float32) {
		f.Bone.P[i] += 4 * canvas.Smooth32(0, 0.2, d)
	})
	for range 14 { // parts of the circuit
		a := c.Add(Vec{r.Between(-1.1, 1.1), r.Between(-1.4, 0.2), 0})
		q.Rod(a, a.Add(Vec{r.Between(-0.4, 0.4), r.Between(-0.3, 0.3), 0}), 0.09, 0.09, 14)
	}
	var loop []Vec
	for i := range 9 {
		sn, cs := math.Sincos(float64(i) * 0.7)
		loop = append(loop, c.Add(Vec{2.3 * cs, 2.5 * sn, 0}))
	}
	q.wire(loop, 0.06, 8)
	q.wire([]Vec{c, {9, 3, -7}, {5, 2.4, -5}, {-1, 4.5, -3}, {-2.4, 9, -2}, {-2.2, 15, -2}, {1, 19.5, -4},
		{5, 19.8, -6}},
		0.07, 8)
	q.wire([]Vec{c, {9.2, 3.2, -7}, {5, 2.7, -5}, {-0.8, 4.9, -3}, {-2.1, 9, -2}, {-2.6, 13, -2}, {-1.6, 13.5, -4}},
		0.06,
		8)
}

// drawSternalWires lays the loops that close a sternum after heart surgery.
func (f *Sheet) drawSternalWires(r *canvas.Source) {
	q := &Painter{f.Cam, f.Bone}
	for i := range 6 {
		y := 4.5 + 2.6*float64(i) + r.Normal(0, 0.2)
		q.wire([]Vec{{-0.6, y, -9}, {r.Normal(0, 0.1), y - 0.4, -9}, {0.7, y + r.Normal(0, 0.2), -9}}, 0.05, 9)
		q.wire([]Vec{{-0.6, y, -9}, {-0.3, y + 0.5, -9}, {0.5, y + 0.4, -9}, {0.7, y, -9}}, 0.05, 9)
	}
}
