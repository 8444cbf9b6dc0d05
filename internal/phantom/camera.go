package phantom

import "math"

// pose is how patient, tube and detector stood, whatever the size of the film.
type pose struct {
	fov      float64 // width of the film in cm at mid-depth of the patient
	dx, dy   float64 // off-centring, cm
	tilt     float64 // of the detector, radians
	levelY   float64 // height of the central ray, patient cm
	distance float64 // tube to detector, cm
}

// Distances of the usual chest stand and of a portable, and the mid-depth of
// the patient before the detector, cm.
const (
	standCm    = 183.0
	portableCm = 110.0
	midDepthCm = 15.0
)

func newPose(r *rng, b *build) pose {
	p := pose{fov: r.n(36.8, 2.6) * b.scale * (0.55 + 0.45*b.wide), dx: r.n(0, 0.9), dy: r.n(0, 1.5), tilt: r.n(0, 0.028)}
	// Radiographers centre on the lungs, as far as they can.
	p.levelY = (14.4 + 0.5*b.insp) * b.scale
	p.distance = standCm
	if b.ap {
		p.distance = portableCm
	}
	return p
}

// camera maps patient space to pixels: diverging beam, rotation of the patient
// about the long axis, tilt of the detector.
type camera struct {
	s, cx, cy      float64 // pixels per cm at mid-depth; image of the central ray
	levelY         float64
	ct, st, cr, sr float64
	distance       float64
	ap             bool
}

func (p pose) camera(b *build, w, h int) *camera {
	c := &camera{s: float64(w) / p.fov, levelY: p.levelY, distance: p.distance, ap: b.ap}
	c.cx = float64(w)/2 + p.dx*c.s
	c.cy = float64(h)/2 + p.dy*c.s
	c.st, c.ct = math.Sincos(p.tilt)
	c.sr, c.cr = math.Sincos(b.rotation)
	return c
}

// mag is the magnification at depth z relative to mid-depth. Whatever lies away
// from the detector grows: the back on a PA film, the heart on an AP film.
func (c *camera) mag(z float64) float64 {
	d := midDepthCm + z
	if c.ap {
		d = midDepthCm - z
	}
	return (c.distance - midDepthCm) / (c.distance - d)
}

// project gives the pixel coordinates of a point.
func (c *camera) project(v vec) (float32, float32) {
	x := v.x*c.cr + v.z*c.sr
	m := c.mag(v.z*c.cr - v.x*c.sr)
	dx, dy := x*m, (v.y-c.levelY)*m
	return float32(c.cx + c.s*(dx*c.ct-dy*c.st)), float32(c.cy + c.s*(dx*c.st+dy*c.ct))
}

// direction projects a small offset at depth z.
func (c *camera) direction(z float64, d vec) (float32, float32) {
	m := c.mag(z) * c.s
	x := d.x*c.cr + d.z*c.sr
	return float32(m * (x*c.ct - d.y*c.st)), float32(m * (x*c.st + d.y*c.ct))
}

// unproject gives the patient coordinates at mid-depth of a place on the film.
func (c *camera) unproject(u, v float64) (x, y float64) {
	du, dv := (u-c.cx)/c.s, (v-c.cy)/c.s
	return du*c.ct + dv*c.st, -du*c.st + dv*c.ct + c.levelY
}

// ruler holds what unproject gives for the centres of pixels, apart for columns
// and rows: findings ask for the place of every pixel of the lungs.
type ruler struct {
	ux, uy []float64 // of columns
	vx, vy []float64 // of rows
	levelY float64
}

func (c *camera) ruler(w, h int) *ruler {
	r := &ruler{make([]float64, w), make([]float64, w), make([]float64, h), make([]float64, h), c.levelY}
	for u := range w {
		du := (float64(u) + 0.5 - c.cx) / c.s
		r.ux[u], r.uy[u] = du*c.ct, -du*c.st
	}
	for v := range h {
		dv := (float64(v) + 0.5 - c.cy) / c.s
		r.vx[v], r.vy[v] = dv*c.st, dv*c.ct
	}
	return r
}

// at gives the patient coordinates at mid-depth of the centre of a pixel.
func (r *ruler) at(u, v int) (x, y float64) {
	return r.ux[u] + r.vx[v], r.uy[u] + r.vy[v] + r.levelY
}

// pitch is the pixel spacing at the detector, mm.
func (c *camera) pitch() float64 {
	return 10 / c.s * c.distance / (c.distance - midDepthCm)
}
