package chest

import (
	"math"

	"hilum/internal/phantom/canvas"
)

// Pose is how patient, tube and detector stood, whatever the size of the film.
type Pose struct {
	Fov      float64 // width of the film in cm at mid-depth of the patient
	dx, dy   float64 // off-centring, cm
	tilt     float64 // of the detector, radians
	LevelY   float64 // height of the central ray, patient cm
	Distance float64 // tube to detector, cm
}

// Distances of the usual chest stand and of a portable, and the mid-depth of
// the patient before the detector, cm.
const (
	StandCm    = 183.0
	portableCm = 110.0
	midDepthCm = 15.0
)

// NewPose draws how a person is placed today.
func NewPose(r *canvas.Source, b *Build) Pose {
	p := Pose{Fov: r.Normal(36.8, 2.6) * b.Scale * (0.55 + 0.45*b.wide), dx: r.Normal(0, 0.9), dy: r.Normal(0, 1.5),
		tilt: r.Normal(0, 0.028)}
	// Radiographers centre on the lungs, as far as they can.
	p.LevelY = (14.4 + 0.5*b.Insp) * b.Scale
	p.Distance = StandCm
	if b.Ap {
		p.Distance = portableCm
	}
	return p
}

// Camera maps patient space to pixels: diverging beam, rotation of the patient
// about the long axis, tilt of the detector.
type Camera struct {
	S, cx, cy      float64 // pixels per cm at mid-depth; image of the central ray
	levelY         float64
	ct, st, cr, sr float64
	distance       float64
	ap             bool
}

// Camera is the pose for a film of w x h pixels.
func (p Pose) Camera(b *Build, w, h int) *Camera {
	c := &Camera{S: float64(w) / p.Fov, levelY: p.LevelY, distance: p.Distance, ap: b.Ap}
	c.cx = float64(w)/2 + p.dx*c.S
	c.cy = float64(h)/2 + p.dy*c.S
	c.st, c.ct = math.Sincos(p.tilt)
	c.sr, c.cr = math.Sincos(b.rotation)
	return c
}

// mag is the magnification at depth z relative to mid-depth. Whatever lies away
// from the detector grows: the back on a PA film, the heart on an AP film.
func (c *Camera) mag(z float64) float64 {
	d := midDepthCm + z
	if c.ap {
		d = midDepthCm - z
	}
	return (c.distance - midDepthCm) / (c.distance - d)
}

// Project gives the pixel coordinates of a point.
func (c *Camera) Project(v Vec) (float32, float32) {
	x := v.X*c.cr + v.Z*c.sr
	m := c.mag(v.Z*c.cr - v.X*c.sr)
	dx, dy := x*m, (v.Y-c.levelY)*m
	return float32(c.cx + c.S*(dx*c.ct-dy*c.st)), float32(c.cy + c.S*(dx*c.st+dy*c.ct))
}

// direction projects a small offset at depth z.
func (c *Camera) direction(z float64, d Vec) (float32, float32) {
	m := c.mag(z) * c.S
	x := d.X*c.cr + d.Z*c.sr
	return float32(m * (x*c.ct - d.Y*c.st)), float32(m * (x*c.st + d.Y*c.ct))
}

// Unproject gives the patient coordinates at mid-depth of a place on the film.
func (c *Camera) Unproject(u, v float64) (x, y float64) {
	du, dv := (u-c.cx)/c.S, (v-c.cy)/c.S
	return du*c.ct + dv*c.st, -du*c.st + dv*c.ct + c.levelY
}

// ruler holds what unproject gives for the centres of pixels, apart for columns
// and rows: findings ask for the place of every pixel of the lungs.
type ruler struct {
	ux, uy []float64 // of columns
	vx, vy []float64 // of rows
	levelY float64
}

func (c *Camera) ruler(w, h int) *ruler {
	r := &ruler{make([]float64, w), make([]float64, w), make([]float64, h), make([]float64, h), c.levelY}
	for u := range w {
		du := (float64(u) + 0.5 - c.cx) / c.S
		r.ux[u], r.uy[u] = du*c.ct, -du*c.st
	}
	for v := range h {
		dv := (float64(v) + 0.5 - c.cy) / c.S
		r.vx[v], r.vy[v] = dv*c.st, dv*c.ct
	}
	return r
}

// At gives the patient coordinates at mid-depth of the centre of a pixel.
func (r *ruler) At(u, v int) (x, y float64) {
	return r.ux[u] + r.vx[v], r.uy[u] + r.vy[v] + r.levelY
}

// Pitch is the pixel spacing at the detector, mm.
func (c *Camera) Pitch() float64 {
	return 10 / c.S * c.distance / (c.distance - midDepthCm)
}
