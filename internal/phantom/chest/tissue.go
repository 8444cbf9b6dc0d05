package chest

import (
	"math"

	"hilum/internal/phantom/canvas"
)

// fillLung puts into the lungs what solids cannot give: parenchyma and mottle,
// and the vessels as far as there is lung around them.
func (f *Sheet) fillLung() {
	g := f.Grain
	aer, vessel := float32(f.Now.Aer), 1.75*(1-float32(f.Now.Aer))
	for v := range f.H {
		_, y := f.Cam.Unproject(f.Cam.cx, float64(v)+0.5)
		low := float32(1 + 0.38*canvas.Smooth(7, 22, y)) // the bases hold more blood
		mid, fine := g.Band(g.Mid, v, g.Ox, g.Oy), g.Band(g.Fine, v, g.Oy, g.Ox)
		broad, huge := g.Band(g.Broad, v, g.Ox+200, g.Oy), g.Band(g.Huge, v, g.Ox, g.Oy+99)
		vess, soft := f.Vess.Row(v), f.Soft.Row(v)
		for u, t := range f.Lung.Row(v) {
			if t <= 0 {
				vess[u] = 0
				continue
			}
			x, fx := g.X.I[u], g.X.F[u]
			m := 0.004*mid.At(x, fx) + 0.007*fine.At(x, fx) + 0.004*broad.Nearest(x)
			vess[u] *= vessel * canvas.Smooth32(0, 2, t)
			soft[u] += t*aer*low*(1+0.05*huge.Nearest(x)) + t*m*0.75 + vess[u]
		}
	}
}

// fillBody adds muscle fibres and fat planes to the trunk and trabeculae to bone.
func (f *Sheet) fillBody() {
	g := f.Grain
	for v := range f.H {
		huge, broad := g.Band(g.Huge, v, g.Oy, g.Ox), g.Band(g.Broad, v, g.Ox, g.Oy)
		soft := f.Soft.Row(v)
		for u, b := range f.Body.Row(v) {
			if b > 0 {
				x := g.X.I[u]
				soft[u] += (0.08*huge.Nearest(x) + 0.02*broad.Nearest(x)) * min(b*0.25, 3)
			}
		}
		fine, mid := g.Band(g.Fine, v, g.Ox+7, g.Oy+3), g.Band(g.Mid, v, g.Oy, g.Ox)
		bone := f.Bone.Row(v)
		for u, b := range bone {
			if b > 0.05 {
				x, fx := g.X.I[u], g.X.F[u]
				bone[u] *= 1 + 0.07*fine.At(x, fx) + 0.05*mid.At(x, fx)
			}
		}
	}
}

// Ellipse is a region in patient coordinates; warp > 0 makes its rim lobulated.
type Ellipse struct {
	X, Y, A, B float64 // centre and half-axes, cm
	Tilt, Warp float64
	Ou, ov     float64 // where it reads the textures, cm
}

// Seeded gives the rim its own irregularity.
func (e Ellipse) Seeded(r *canvas.Source) Ellipse {
	e.Ou, e.ov = r.Between(0, canvas.TileN/canvas.TexelsCm), r.Between(0, canvas.TileN/canvas.TexelsCm)
	return e
}

// Each visits the pixels inside e; d is 1 at the centre and 0 on the rim.
func (f *Sheet) Each(e Ellipse, visit func(i int, d float32)) {
	st, ct := math.Sincos(e.Tilt)
	cu, cv := f.Cam.Project(Vec{e.X, e.Y, 0})
	reach := (max(e.A, e.B)*1.75 + 0.1) * f.Cam.S
	tx := f.Grain.Textures
	for v := max(0, int(float64(cv)-reach)); v < min(f.H, int(float64(cv)+reach)+1); v++ {
		for u := max(0, int(float64(cu)-reach)); u < min(f.W, int(float64(cu)+reach)+1); u++ {
			px, py := f.Ruler.At(u, v)
			dx, dy := px-e.X, py-e.Y
			ex, ey := (dx*ct+dy*st)/e.A, (-dx*st+dy*ct)/e.B
			d := ex*ex + ey*ey
			if d >= 3 {
				continue
			}
			if e.Warp != 0 { // the floor keeps a strong warp inside the visited square
				t := canvas.NewTexel(dx+e.Ou, dy+e.ov)
				d *= max(0.34, 1+e.Warp*float64(t.Read(tx.Huge, 0, 0)+0.6*t.Read(tx.Broad, 0, 0)))
			}
			if d < 1 {
				visit(v*f.W+u, float32(1-d))
			}
		}
	}
}

// drawAbdomen puts gas into stomach and colon; without it the lower film is blank.
func (f *Sheet) drawAbdomen() {
	b, r := f.Now, f.Seeds.Today(canvas.StreamGas)
	gas := func(x, y, rx, ry, depth float64, warp float64) {
		f.Each(Ellipse{X: x, Y: y, A: rx, B: ry, Tilt: r.Normal(0, 0.4), Warp: warp}.Seeded(r), func(i int, d float32) {
			t := float32(depth) * d * (1.5 - 0.5*d)
			f.Soft.P[i] -= min(t, max(0, f.Soft.P[i]-5)*0.8) * canvas.Smooth32(0.3, 0, f.Lung.P[i]*0.2)
		})
	}
	d := b.Domes[1]
	if r.Chance(0.75) { // stomach bubble below the left dome
		a := r.Between(1.4, 3.6)
		gas(r.Between(4.5, 8), d.Top+1.2+a*0.55, a, a*r.Between(0.45, 0.75), r.Between(1.5, 5), 0.3)
	}
	for range r.IntN(4) { // splenic flexure; haustra are overlapping blobs
		x, y := r.Between(4, 11), d.Top+r.Between(3.5, 9)
		for range 1 + r.IntN(4) {
			gas(x+r.Normal(0, 1), y+r.Normal(0, 0.7), r.Between(0.7, 1.7), r.Between(0.6, 1.2), r.Between(0.5, 1.7),
				0.4)
		}
	}
	if r.Chance(0.2) {
		for range 1 + r.IntN(4) {
			gas(-r.Between(3, 12), b.Domes[0].Top+r.Between(6, 11), r.Between(0.7, 1.6), r.Between(0.5, 1),
				r.Between(0.5, 1.6),
				0.25)
		}
	}
}

// drawAorta puts flecks of lime into the wall of an old aortic knob.
func (f *Sheet) drawAorta() {
	b, r := f.Well, f.Seeds.Person(canvas.StreamAorta)
	if b.unfold < 0.5 || !r.Chance(0.7) {
		return
	}
	q := &Painter{f.Cam, f.Bone}
	for k := range 9 {
		t := -0.9 + 0.16*float64(k) + r.Normal(0, 0.05)
		a := Vec{1.9 + b.unfold*0.5 + b.Heart.knob + 1.7*math.Cos(t), 6.9 + 1.7*math.Sin(t), -2}
		q.Rod(a, a.Add(Vec{0.05, 0.25, 0}), 0.07, 0.05, r.Between(0.3, 1.3))
	}
}

// drawSkin adds folds and lines of the wall.
func (f *Sheet) drawSkin() {
	b, r := f.Well, f.Seeds.Person(canvas.StreamSkin)
	q := &Painter{f.Cam, f.Soft}
	for _, s := range []float64{-1, 1} {
		// latissimus and axillary fold: long faint edges outside the ribs
		x0, x1 := 17.3*b.wide+r.Normal(0, 0.4), 15.9*b.wide+r.Normal(0, 0.3)
		q.tube(strut([]Vec{{s * (x0 + 1.5), 7, 0}, {s * x0, 12, 2}, {s * x1, 19, 2}, {s * (x1 + 0.1), 30, 1},
			{s * (x1 + 0.4), 46, 1}}, []float64{1.3, 1.0, 0.6, 0.5, 0.5},
			[]float64{1.6, 1.1, 0.7, 0.6, 0.6}), wall{0.12, 0.25, 1})
		// skin over the clavicle
		q.tube(strut([]Vec{{s * 3.5, 2.0, -8}, {s * 8, 0.9, -8}, {s * 13, -0.8, -4}}, []float64{0.1, 0.4, 0.15},
			[]float64{0.1, 0.3, 0.1}), wall{0.02, 0.4, 1})
		// sternomastoid edge in the neck
		q.tube(strut([]Vec{{s * 1.4, 2.2, -6}, {s * 3.0, -3, -4}, {s * 4.6, -12, -2}}, []float64{0.6, 0.9, 1.1},
			[]float64{0.6, 0.8, 0.9}), wall{0.03, 0.15, 1})
	}
}
