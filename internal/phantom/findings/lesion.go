package findings

import (
	"math"

	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
)

// Drawing is one finding in the making.
type Drawing struct {
	recipe
	class  int
	sev    float64
	side   int     // 0 the viewer's left
	Sg     float64 // -1 or 1 with side
	r      *canvas.Source
	f      *chest.Sheet
	Effect *canvas.Grid              // cm of tissue that the finding put in or took away
	Mask   []bool                    // where it shows
	Later  func(chest.Vec) chest.Vec // moves what lies in the lung, set by reform
}

// Attach gives the lesion its film.
func (l *Drawing) Attach(f *chest.Sheet) {
	l.f = f
	l.Effect = f.Blank()
	l.Mask = make([]bool, f.W*f.H)
}

// add puts cm of tissue (or, below zero, air) into pixel i.
func (l *Drawing) add(i int, cm float32) {
	l.f.Soft.P[i] += cm
	l.Effect.P[i] += canvas.Abs32(cm)
}

// fill replaces a fraction of the air along a ray by tissue or fluid.
func (l *Drawing) fill(i int, fraction float32) {
	l.add(i, l.f.Lung.P[i]*(1-float32(l.f.Now.Aer))*fraction)
}

// here tells whether x lies on the lesion's side.
func (l *Drawing) here(x float64) bool { return x*l.Sg > 0 }

// lungs visits every pixel that has lung, with its patient coordinates.
func (l *Drawing) lungs(visit func(i int, x, y float64)) {
	f := l.f
	for v := range f.H {
		for u, t := range f.Lung.Row(v) {
			if t > 0 {
				x, y := f.Ruler.At(u, v)
				visit(v*f.W+u, x, y)
			}
		}
	}
}

// OpenEnough is the least share of lung that must be free in front of and behind a finding for
// it to count as seen: elsewhere heart, spine or diaphragm hide it.
const OpenEnough = 0.5

// settle makes the mask from what the finding did to the film: where its
// effect, blurred over reach cm, exceeds share of its peak and floor cm.
func (l *Drawing) settle(reach, share, floor float64) {
	f := l.f
	e := l.Effect
	if reach > 0 {
		e = f.Copied(e)
		defer f.Store.Put(e)
		e.Blur(reach * f.Cam.S)
	}
	var peak float32
	for i, v := range e.P {
		if v > peak && f.Open.P[i] > OpenEnough {
			peak = v
		}
	}
	cut := max(float32(share)*peak, float32(floor))
	for i, v := range e.P {
		l.Mask[i] = v > cut && (l.hidden || f.Open.P[i] > OpenEnough)
	}
}

// spot picks a place well inside the lung, clear of heart and diaphragm on the
// film of a usual day, with margin cm around it and between levels y0 and y1. It
// is the same on every visit and gives where that place lies today.
func (l *Drawing) spot(margin, y0, y1 float64) chest.Vec {
	home := l.f.Home
	stand := chest.Pose{Fov: 1, LevelY: 14, Distance: chest.StandCm}
	ray := chest.NewTracer(home, stand.Camera(home.Build, 1, 1))
	for range 200 {
		v, ok := home.LungPoint(l.r, l.side)
		if ok && v.Y >= y0 && v.Y <= y1 && roomy(ray, v, margin) {
			return l.f.Moved(v)
		}
	}
	return l.f.Moved(chest.V(l.Sg*7.5, 11, 0))
}

// Least depth of lung around a finding, cm.
const deepEnough = 3.5

// roomy tells whether lung lies all around a place, margin cm away.
func roomy(ray *chest.Tracer, v chest.Vec, margin float64) bool {
	var s chest.Shadow
	for k := range 8 {
		sn, cs := math.Sincos(float64(k) * math.Pi / 4)
		ray.Trace(&s, float32(v.X+margin*cs), float32(v.Y+margin*sn), 0)
		if s.Lung < deepEnough || s.Open < OpenEnough {
			return false
		}
	}
	return true
}

// lobules is a texture of airspaces from 0 to about 1: confluent patches with
// lung left between.
func (l *Drawing) lobules(x, y, o float64) float32 {
	t := l.f.Grain.Textures
	k := 0.66 + 0.20*t.Huge.At(x+o, y) + 0.14*t.Broad.At(x, y+o) + 0.08*t.Mid.At(x+o, y+o)
	return min(max(k, 0), 1)
}

// wander draws an offset into the textures, cm.
func (l *Drawing) wander() float64 { return l.r.Between(0, canvas.TileN/canvas.TexelsCm) }
