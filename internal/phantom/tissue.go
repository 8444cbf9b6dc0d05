package phantom

import "math"

// fillLung puts into the lungs what solids cannot give: parenchyma and mottle,
// and the vessels as far as there is lung around them.
func (f *sheet) fillLung() {
	g := f.grain
	aer, vessel := float32(f.now.aer), 1.75*(1-float32(f.now.aer))
	for v := range f.h {
		_, y := f.cam.unproject(f.cam.cx, float64(v)+0.5)
		low := float32(1 + 0.38*smooth(7, 22, y)) // the bases hold more blood
		mid, fine := g.band(g.mid, v, g.ox, g.oy), g.band(g.fine, v, g.oy, g.ox)
		broad, huge := g.band(g.broad, v, g.ox+200, g.oy), g.band(g.huge, v, g.ox, g.oy+99)
		vess, soft := f.vess.row(v), f.soft.row(v)
		for u, t := range f.lung.row(v) {
			if t <= 0 {
				vess[u] = 0
				continue
			}
			x, fx := g.x.i[u], g.x.f[u]
			m := 0.004*mid.at(x, fx) + 0.007*fine.at(x, fx) + 0.004*broad.nearest(x)
			vess[u] *= vessel * smooth32(0, 2, t)
			soft[u] += t*aer*low*(1+0.05*huge.nearest(x)) + t*m*0.75 + vess[u]
		}
	}
}

// fillBody adds muscle fibres and fat planes to the trunk and trabeculae to bone.
func (f *sheet) fillBody() {
	g := f.grain
	for v := range f.h {
		huge, broad := g.band(g.huge, v, g.oy, g.ox), g.band(g.broad, v, g.ox, g.oy)
		soft := f.soft.row(v)
		for u, b := range f.body.row(v) {
			if b > 0 {
				x := g.x.i[u]
				soft[u] += (0.08*huge.nearest(x) + 0.02*broad.nearest(x)) * min(b*0.25, 3)
			}
		}
		fine, mid := g.band(g.fine, v, g.ox+7, g.oy+3), g.band(g.mid, v, g.oy, g.ox)
		bone := f.bone.row(v)
		for u, b := range bone {
			if b > 0.05 {
				x, fx := g.x.i[u], g.x.f[u]
				bone[u] *= 1 + 0.07*fine.at(x, fx) + 0.05*mid.at(x, fx)
			}
		}
	}
}

// ellipse is a region in patient coordinates; warp > 0 makes its rim lobulated.
type ellipse struct {
	x, y, a, b float64 // centre and half-axes, cm
	tilt, warp float64
	ou, ov     float64 // where it reads the textures, cm
}

// seeded gives the rim its own irregularity.
func (e ellipse) seeded(r *rng) ellipse {
	e.ou, e.ov = r.f(0, tileN/texelsCm), r.f(0, tileN/texelsCm)
	return e
}

// each visits the pixels inside e; d is 1 at the centre and 0 on the rim.
func (f *sheet) each(e ellipse, visit func(i int, d float32)) {
	st, ct := math.Sincos(e.tilt)
	cu, cv := f.cam.project(vec{e.x, e.y, 0})
	reach := (max(e.a, e.b)*1.75 + 0.1) * f.cam.s
	tx := f.grain.Textures
	for v := max(0, int(float64(cv)-reach)); v < min(f.h, int(float64(cv)+reach)+1); v++ {
		for u := max(0, int(float64(cu)-reach)); u < min(f.w, int(float64(cu)+reach)+1); u++ {
			px, py := f.ruler.at(u, v)
			dx, dy := px-e.x, py-e.y
			ex, ey := (dx*ct+dy*st)/e.a, (-dx*st+dy*ct)/e.b
			d := ex*ex + ey*ey
			if d >= 3 {
				continue
			}
			if e.warp != 0 { // the floor keeps a strong warp inside the visited square
				t := newTexel(dx+e.ou, dy+e.ov)
				d *= max(0.34, 1+e.warp*float64(t.read(tx.huge, 0, 0)+0.6*t.read(tx.broad, 0, 0)))
			}
			if d < 1 {
				visit(v*f.w+u, float32(1-d))
			}
		}
	}
}

// drawAbdomen puts gas into stomach and colon; without it the lower film is blank.
func (f *sheet) drawAbdomen() {
	b, r := f.now, f.seeds.today(streamGas)
	gas := func(x, y, rx, ry, depth float64, warp float64) {
		f.each(ellipse{x: x, y: y, a: rx, b: ry, tilt: r.n(0, 0.4), warp: warp}.seeded(r), func(i int, d float32) {
			t := float32(depth) * d * (1.5 - 0.5*d)
			f.soft.p[i] -= min(t, max(0, f.soft.p[i]-5)*0.8) * smooth32(0.3, 0, f.lung.p[i]*0.2)
		})
	}
	d := b.domes[1]
	if r.chance(0.75) { // stomach bubble below the left dome
		a := r.f(1.4, 3.6)
		gas(r.f(4.5, 8), d.top+1.2+a*0.55, a, a*r.f(0.45, 0.75), r.f(1.5, 5), 0.3)
	}
	for range r.IntN(4) { // splenic flexure; haustra are overlapping blobs
		x, y := r.f(4, 11), d.top+r.f(3.5, 9)
		for range 1 + r.IntN(4) {
			gas(x+r.n(0, 1), y+r.n(0, 0.7), r.f(0.7, 1.7), r.f(0.6, 1.2), r.f(0.5, 1.7), 0.4)
		}
	}
	if r.chance(0.2) {
		for range 1 + r.IntN(4) {
			gas(-r.f(3, 12), b.domes[0].top+r.f(6, 11), r.f(0.7, 1.6), r.f(0.5, 1), r.f(0.5, 1.6), 0.25)
		}
	}
}

// drawAorta puts flecks of lime into the wall of an old aortic knob.
func (f *sheet) drawAorta() {
	b, r := f.well, f.seeds.person(streamAorta)
	if b.unfold < 0.5 || !r.chance(0.7) {
		return
	}
	q := &painter{f.cam, f.bone}
	for k := range 9 {
		t := -0.9 + 0.16*float64(k) + r.n(0, 0.05)
		a := vec{1.9 + b.unfold*0.5 + b.heart.knob + 1.7*math.Cos(t), 6.9 + 1.7*math.Sin(t), -2}
		q.rod(a, a.add(vec{0.05, 0.25, 0}), 0.07, 0.05, r.f(0.3, 1.3))
	}
}

// drawSkin adds folds and lines of the wall.
func (f *sheet) drawSkin() {
	b, r := f.well, f.seeds.person(streamSkin)
	q := &painter{f.cam, f.soft}
	for _, s := range []float64{-1, 1} {
		// latissimus and axillary fold: long faint edges outside the ribs
		x0, x1 := 17.3*b.wide+r.n(0, 0.4), 15.9*b.wide+r.n(0, 0.3)
		q.tube(strut([]vec{{s * (x0 + 1.5), 7, 0}, {s * x0, 12, 2}, {s * x1, 19, 2}, {s * (x1 + 0.1), 30, 1},
			{s * (x1 + 0.4), 46, 1}}, []float64{1.3, 1.0, 0.6, 0.5, 0.5},
			[]float64{1.6, 1.1, 0.7, 0.6, 0.6}), wall{0.12, 0.25, 1})
		// skin over the clavicle
		q.tube(strut([]vec{{s * 3.5, 2.0, -8}, {s * 8, 0.9, -8}, {s * 13, -0.8, -4}}, []float64{0.1, 0.4, 0.15},
			[]float64{0.1, 0.3, 0.1}), wall{0.02, 0.4, 1})
		// sternomastoid edge in the neck
		q.tube(strut([]vec{{s * 1.4, 2.2, -6}, {s * 3.0, -3, -4}, {s * 4.6, -12, -2}}, []float64{0.6, 0.9, 1.1},
			[]float64{0.6, 0.8, 0.9}), wall{0.03, 0.15, 1})
	}
}
