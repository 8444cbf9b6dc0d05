package phantom

// sheet carries the material maps of one exposure while it is being drawn.
type sheet struct {
	seeds  seeds
	cam    *camera
	w, h   int      // pixels
	ruler  *ruler   // reaches a cell of the lattice past the film
	home   *anatomy // the person on no particular day: where things in the lung belong
	well   *anatomy // the person today, without findings
	now    *anatomy // with the findings that change anatomy
	ray    *tracer  // through now
	soft   *grid    // cm of soft tissue
	bone   *grid    // cm of cortical bone, beyond soft tissue
	lung   *grid    // cm of aerated lung
	vess   *grid    // cm of vessel tissue inside lung
	body   *grid    // cm of body, for scatter
	open   *grid    // fraction of lung not behind heart, diaphragm or spine
	heart  []bool   // silhouette of heart and great vessels
	grain  *weave
	pose   pose
	store  *gridPool
	deform []func(vec) vec // how findings move what lies in the lung

	shown       []ConfounderKind // asked for
	confounders []ConfounderMark // drawn
}

func newSheet(s seeds, well, now *anatomy, cam *camera, st *gridPool) *sheet {
	w, h := st.w, st.h
	f := &sheet{seeds: s, cam: cam, w: w, h: h, well: well, now: now, ray: newTracer(now, cam), store: st}
	f.ruler = cam.ruler(w+f.cell(), h+f.cell())
	f.bone, f.vess = f.blank(), f.blank()
	f.body, f.soft, f.lung, f.open = st.take(), st.take(), st.take(), st.take() // filled by cast
	f.heart = make([]bool, w*h)
	r := s.today(streamGrain)
	f.grain = &weave{Textures: loadTextures(), x: newAxis(w, cam.s, cam.cx), y: newAxis(h, cam.s, cam.cy),
		ox: r.IntN(tileN), oy: r.IntN(tileN)}
	return f
}

// blank is a grid of the film's size with nothing on it.
func (f *sheet) blank() *grid {
	g := f.store.take()
	clear(g.p)
	return g
}

func (f *sheet) copied(g *grid) *grid {
	c := f.store.take()
	copy(c.p, g.p)
	return c
}

// cast fills body, lung and heart. Rays are traced on a lattice; where its
// corners agree the pixels between are interpolated, elsewhere, along outlines,
// every pixel has its ray.
func (f *sheet) cast() {
	k := f.cell()
	n := (f.w-1)/k + 2
	above, below := make([]shadow, n), make([]shadow, n)
	f.castRow(above, 0, k)
	for v := 0; v < f.h; v += k {
		f.castRow(below, v+k, k)
		for j := range n - 1 {
			corners := [4]shadow{above[j], above[j+1], below[j], below[j+1]}
			f.castCell(&corners, j*k, v, k)
		}
		above, below = below, above
	}
}

// latticeCm is the width of a cell of the lattice; nothing traced is thinner.
const latticeCm = 0.3

// cell is the same in pixels.
func (f *sheet) cell() int { return max(1, int(latticeCm*f.cam.s)) }

func (f *sheet) castRow(out []shadow, v, k int) {
	for j := range out {
		f.cross(&out[j], j*k, v)
	}
}

// castCell fills up to k x k pixels whose first is a corner.
func (f *sheet) castCell(c *[4]shadow, u0, v0, k int) {
	if k > 1 && f.even(c, u0+k/2, v0+k/2) {
		f.castEven(c, u0, v0, k)
		return
	}
	var inside shadow
	for v := v0; v < min(v0+k, f.h); v++ {
		for u := u0; u < min(u0+k, f.w); u++ {
			s := &c[0]
			if u > u0 || v > v0 {
				s = &inside
				f.cross(s, u, v)
			}
			f.keep(v*f.w+u, s)
		}
	}
}

// even tells whether a cell may be interpolated: its corners are on one side of
// every outline, and they differ little or (u, v) in the middle is their mean.
func (f *sheet) even(c *[4]shadow, u, v int) bool {
	if !sameSide(c) {
		return false
	}
	a, b, d, e := &c[0], &c[1], &c[2], &c[3]
	if spread(a.lung, b.lung, d.lung, e.lung) < evenLung && spread(a.body, b.body, d.body, e.body) < evenBody &&
		spread(a.edge, b.edge, d.edge, e.edge) < evenEdge {
		return true
	}
	var s shadow
	f.cross(&s, u, v)
	return abs32(s.lung-mean(a.lung, b.lung, d.lung, e.lung)) < straight && abs32(s.body-mean(a.body, b.body, d.body, e.body)) < straight &&
		abs32(s.edge-mean(a.edge, b.edge, d.edge, e.edge)) < straight
}

// castEven fills a cell straight from corner to corner.
func (f *sheet) castEven(c *[4]shadow, u0, v0, k int) {
	p, q, r, s := &c[0], &c[1], &c[2], &c[3]
	inv := 1 / float32(k)
	for v := v0; v < min(v0+k, f.h); v++ {
		t := float32(v-v0) * inv
		body := newRamp(p.body, q.body, r.body, s.body, t, inv)
		lung := newRamp(p.lung, q.lung, r.lung, s.lung, t, inv)
		open := newRamp(p.open, q.open, r.open, s.open, t, inv)
		edge := newRamp(p.edge, q.edge, r.edge, s.edge, t, inv)
		soft := ramp{body.from - lung.from + edge.from, body.step - lung.step + edge.step}
		i, j := v*f.w+u0, v*f.w+min(u0+k, f.w)
		bodies, softs, lungs, opens, hearts := f.body.p[i:j], f.soft.p[i:j], f.lung.p[i:j], f.open.p[i:j], f.heart[i:j]
		for n := range bodies {
			t := float32(n)
			bodies[n], softs[n], lungs[n], opens[n], hearts[n] = body.at(t), soft.at(t), lung.at(t), open.at(t), p.heart
		}
	}
}

// ramp is one value on a row of pixels: at the first, and from each to the next.
type ramp struct{ from, step float32 }

// newRamp goes from between a and c to between b and d, t of the way down, in
// steps of inv.
func newRamp(a, b, c, d, t, inv float32) ramp {
	from := a + (c-a)*t
	return ramp{from, (b + (d-b)*t - from) * inv}
}

func (r ramp) at(n float32) float32 { return r.from + n*r.step }

func (f *sheet) keep(i int, s *shadow) {
	f.body.p[i] = s.body
	f.soft.p[i] = s.body - s.lung + s.edge
	f.lung.p[i] = s.lung
	f.open.p[i] = s.open
	f.heart[i] = s.heart
}

// cross traces the ray of one pixel. A millimetre of warp keeps outlines from
// looking computed.
func (f *sheet) cross(s *shadow, u, v int) {
	g := f.grain
	x, y := f.ruler.at(u, v)
	t := newTexel(x, y)
	w1 := 0.035 * t.read(g.broad, g.ox, g.oy)
	w2 := 0.035 * t.read(g.broad, g.oy+91, g.ox+37)
	h := 0.10 * t.read(g.huge, g.oy, g.ox)
	f.ray.trace(s, float32(x)+w1+h, float32(y)+w2-h, w2)
}

// place gives the patient coordinates of the centre of pixel i.
func (f *sheet) place(i int) (x, y float64) { return f.ruler.at(i%f.w, i/f.w) }

// moved applies the displacement of every finding to a point in the lung.
func (f *sheet) moved(v vec) vec {
	for _, d := range f.deform {
		v = d(v)
	}
	return v
}

// breathed moves a place in the lung of a usual breath to where it lies today:
// below its root the lung is drawn out by the diaphragm.
func (f *sheet) breathed(v vec) vec {
	side := 0
	if v.x > 0 {
		side = 1
	}
	root := hilum(f.well.build, side)
	if v.y > root {
		v.y = root + (v.y-root)*(f.well.domes[side].top-root)/(f.home.domes[side].top-root)
	}
	return v
}

// shifted moves what lies near the mediastinum along with it.
func (f *sheet) shifted(v vec) vec {
	if d := f.now.shift - f.well.shift; d != 0 {
		v.x += d * bell(v.x/9)
	}
	return v
}

// drawOrgans draws the healthy part of what the beam meets, before the findings that
// are laid on top.
func (f *sheet) drawOrgans() {
	f.drawVessels()
	f.fillLung()
	f.drawAirways()
	f.drawBones()
	f.drawSkin()
	f.fillBody()
	f.drawAbdomen()
	f.drawAorta()
}
