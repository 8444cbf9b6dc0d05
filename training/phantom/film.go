package phantom

// sheet carries the material maps of one exposure while it is being drawn.
type sheet struct {
	seeds  seeds
	cam    *camera
	w, h   int      // pixels
	well   *anatomy // the person without findings
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

// cast fills body, lung and heart by one ray per pixel.
func (f *sheet) cast() {
	g := f.grain
	for v := range f.h {
		for u := range f.w {
			// A millimetre of warp keeps outlines from looking computed.
			w1 := 0.035 * g.read(g.broad, u, v, g.ox, g.oy)
			w2 := 0.035 * g.read(g.broad, u, v, g.oy+91, g.ox+37)
			h := 0.10 * g.read(g.huge, u, v, g.oy, g.ox)
			x, y := f.cam.unproject(float64(u)+0.5, float64(v)+0.5)
			s := f.ray.trace(float32(x)+w1+h, float32(y)+w2-h, w2)
			i := v*f.w + u
			f.body.p[i] = s.body
			f.soft.p[i] = s.body - s.lung + s.edge
			f.lung.p[i] = s.lung
			f.open.p[i] = s.open
			f.heart[i] = s.heart
		}
	}
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
