package phantom

// sheet carries the material maps of one exposure while it is being drawn.
type sheet struct {
	seeds  seeds
	cam    *camera
	w, h   int      // pixels
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
	deform []func(vec) vec // how findings move what lies in the lung

	shown       []ConfounderKind // asked for
	confounders []ConfounderMark // drawn
}

func newSheet(s seeds, well, now *anatomy, cam *camera, w, h int) *sheet {
	f := &sheet{seeds: s, cam: cam, w: w, h: h, well: well, now: now, ray: newTracer(now, cam)}
	for _, g := range []**grid{&f.soft, &f.bone, &f.lung, &f.vess, &f.body, &f.open} {
		*g = newGrid(w, h)
	}
	f.heart = make([]bool, w*h)
	r := s.today(streamGrain)
	f.grain = &weave{textures: loadTextures(), x: newAxis(w, cam.s, cam.cx), y: newAxis(h, cam.s, cam.cy),
		ox: r.IntN(tileN), oy: r.IntN(tileN)}
	return f
}

// cast fills body, lung and heart. Rays are traced on a lattice; where its
// corners agree the pixels between are interpolated, elsewhere, along outlines,
// every pixel has its ray.
func (f *sheet) cast() {
	k := max(1, int(latticeCm*f.cam.s))
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

func (f *sheet) castRow(out []shadow, v, k int) {
	for j := range out {
		out[j] = f.cross(j*k, v)
	}
}

// castCell fills up to k x k pixels whose first is a corner.
func (f *sheet) castCell(c *[4]shadow, u0, v0, k int) {
	even := k > 1 && f.even(c, u0+k/2, v0+k/2)
	inv := 1 / float32(k)
	for v := v0; v < min(v0+k, f.h); v++ {
		i, n := v*f.w+u0, min(k, f.w-u0)
		if even { // straight from corner to corner
			left, right := c[0].mix(&c[2], float32(v-v0)*inv), c[1].mix(&c[3], float32(v-v0)*inv)
			f.castRun(i, n, left, right.less(&left, inv))
			continue
		}
		for j := range n {
			if j == 0 && v == v0 {
				f.keep(i, &c[0])
			} else {
				s := f.cross(u0+j, v)
				f.keep(i+j, &s)
			}
		}
	}
}

// even tells whether a cell may be interpolated: its corners are on one side of
// every outline, and they differ little or (u, v) in the middle is their mean.
func (f *sheet) even(c *[4]shadow, u, v int) bool {
	if !sameSide(c) {
		return false
	}
	if d := spread(c); d.lung < evenLung && d.body < evenBody && d.edge < evenEdge {
		return true
	}
	s := f.cross(u, v)
	a, b := c[0].mix(&c[1], 0.5), c[2].mix(&c[3], 0.5)
	m := a.mix(&b, 0.5)
	return abs32(s.lung-m.lung) < straight && abs32(s.body-m.body) < straight && abs32(s.edge-m.edge) < straight
}

// castRun fills n pixels from i on, each a step from the last.
func (f *sheet) castRun(i, n int, s, step shadow) {
	body, soft, lung, open := f.body.p[i:i+n], f.soft.p[i:i+n], f.lung.p[i:i+n], f.open.p[i:i+n]
	if s.heart {
		for j := range n {
			f.heart[i+j] = true
		}
	}
	tissue, dTissue := s.body-s.lung+s.edge, step.body-step.lung+step.edge
	for j := range body {
		t := float32(j)
		body[j], soft[j], lung[j], open[j] = s.body+t*step.body, tissue+t*dTissue, s.lung+t*step.lung, s.open+t*step.open
	}
}

func (f *sheet) keep(i int, s *shadow) {
	f.body.p[i] = s.body
	f.soft.p[i] = s.body - s.lung + s.edge
	f.lung.p[i] = s.lung
	f.open.p[i] = s.open
	f.heart[i] = s.heart
}

// cross traces the ray of one pixel. A millimetre of warp keeps outlines from
// looking computed.
func (f *sheet) cross(u, v int) shadow {
	g := f.grain
	x, y := f.cam.unproject(float64(u)+0.5, float64(v)+0.5)
	t := newTexel(x, y)
	w1 := 0.035 * t.read(g.broad, g.ox, g.oy)
	w2 := 0.035 * t.read(g.broad, g.oy+91, g.ox+37)
	h := 0.10 * t.read(g.huge, g.oy, g.ox)
	return f.ray.trace(float32(x)+w1+h, float32(y)+w2-h, w2)
}

// place gives the patient coordinates of the centre of pixel i.
func (f *sheet) place(i int) (x, y float64) {
	return f.cam.unproject(float64(i%f.w)+0.5, float64(i/f.w)+0.5)
}

// moved applies the displacement of every finding to a point in the lung.
func (f *sheet) moved(v vec) vec {
	for _, d := range f.deform {
		v = d(v)
	}
	return v
}
