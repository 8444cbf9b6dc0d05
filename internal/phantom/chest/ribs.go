package chest

import (
	"math"

	"hilum/internal/phantom/canvas"
)

// What twelve ribs look like from the back round to the front: level and slope
// at the spine, how far round the bone goes (degrees) and its height (cm).
var (
	ribLevel = [15]float64{-0.3, 1.2, 3.0, 5.1, 7.4, 9.7, 12.1, 14.5, 16.9, 19.4, 22.0, 24.6, 27.3, 30.2, 33.2}
	ribSlope = [12]float64{0.26, 0.34, 0.41, 0.46, 0.50, 0.53, 0.55, 0.57, 0.58, 0.57, 0.52, 0.45}
	ribEnd   = [12]float64{150, 146, 144, 143, 142, 142, 140, 136, 130, 122, 92, 60}
	ribTall  = [12]float64{0.74, 0.66, 0.62, 0.62, 0.63, 0.64, 0.64, 0.63, 0.60, 0.55, 0.46, 0.36}
)

const (
	ribStations = 56
	ribPiece    = 4
	ribStart    = 0.045 // radians from the back, where the head meets the spine
)

// rib is one rib as it is about to be laid.
type rib struct {
	i                 int
	side              float64
	level, slope, end float64
	tall, deep, box   float64
	wave, phase       float64 // its own slight waviness
}

func (f skeleton) newRib(i int, side float64) rib {
	b := f.Well.Build
	k := canvas.Stream(i)
	if side > 0 {
		k += 12
	}
	r := f.Seeds.Person(canvas.StreamRibs + k)
	h := b.Ribs
	o := rib{i: i, side: side, deep: 8.6, box: 0.6}
	o.level = (ribLevel[i] + r.Normal(0, 0.13) + h.lag*side) * b.Scale
	o.slope = ribSlope[i]*h.slope*(1-0.06*b.Insp) + r.Normal(0, 0.018) + h.tilt*side
	o.end = (ribEnd[i] + r.Normal(0, 4)) * math.Pi / 180
	o.tall = ribTall[i] * h.tall * r.Normal(1, 0.06)
	o.wave, o.phase = r.Normal(0, 0.10), r.Between(0, 6)
	if i == 0 {
		o.slope, o.deep, o.box = o.slope*1.9, 4.6, 0.95
	}
	return o
}

// point follows the cage in a plane that slopes down towards the front; ph is
// the angle from the back, 0..pi.
func (f skeleton) ribPoint(o rib, ph float64) Vec {
	b := f.Well
	sn, cs := math.Sincos(ph)
	y := o.level + o.slope*o.deep*b.Scale*(1-cs) + o.wave*math.Sin(2.2*ph+o.phase)*sn
	l := b.Level(y)
	w, d := float64(l.cageW), float64(l.cageD)
	if o.i == 0 { // a small tight hoop
		w, d = min(w, 6.4*b.Scale), 5*b.Scale
	}
	x := w * canvas.Pow(sn, o.box)
	z := d * math.Copysign(canvas.Pow(math.Abs(cs), o.box), cs)
	back := canvas.Bell(x / 3.4)
	n := float64(o.i)
	y += (0.055*canvas.Smooth(1, 5, n) + 0.13*canvas.Smooth(7, 11, n)) * max(0, x-3) // bucket handle
	y += 0.55 * canvas.Bell((x-1.5)/1.79) * b.Scale
	z -= 3.2 * back // towards the body of the vertebra
	return Vec{o.side*x + b.midline(o.level)*back, y, z}
}

func (f skeleton) ribPath(o rib) []node {
	b := f.Well
	const n = ribStations
	var pts [n + 1]Vec
	for k := range pts {
		pts[k] = f.ribPoint(o, ribStart+(o.end-ribStart)*float64(k)/n)
	}
	path := make([]node, 0, n+1)
	for k := range pts {
		along := pts[min(k+1, n)].sub(pts[max(k-1, 0)]).unit()
		l := b.Level(pts[k].Y)
		w, d := float64(l.cageW), float64(l.cageD)
		out := Vec{pts[k].X / (w * w), 0, pts[k].Z / (d * d)}.unit()
		up := out.cross(along).unit()
		if o.i == 0 { // the first rib lies flat, like a shelf
			up = out.Mul(0.9).Add(up.Mul(0.5)).unit()
			out = along.cross(up).unit()
		}
		s := float64(k) / n
		h := o.tall * b.Scale * (0.45 + 0.55*canvas.Smooth(0, 0.16, s) + 0.16*canvas.Smooth(0.6, 1, s))
		path = append(path, node{pts[k], h, 0.34 * b.Scale, up, out})
	}
	return path
}

func (f skeleton) drawRib(i int, side float64) {
	q := &Painter{f.Cam, f.Bone}
	o := f.newRib(i, side)
	path := f.ribPath(o)
	gain := f.Well.porosity
	switch {
	case i == 0:
		gain *= 0.6
	case i >= 9:
		gain *= 0.55
	}
	for k := 0; k < ribStations; k += ribPiece {
		q.tube(path[k:k+ribPiece+1], o.wall((float64(k)+ribPiece/2)/ribStations, gain))
	}
}

// wall is what a rib is made of at s from back (0) to front (1): cortex and
// marrow thin forwards, and the flank, met edge-on, is thinner than the rest.
func (o rib) wall(s, gain float64) wall {
	front := canvas.Smooth(0.35, 0.95, s)
	flank := canvas.Bell((ribStart + (o.end-ribStart)*s - math.Pi/2) / 0.42)
	return wall{shell: 0.084 - 0.044*front, core: 0.43 - 0.16*front,
		gain: gain * (1.25 - 0.3*front) * (1 - 0.72*flank) * (0.45 + 0.55*canvas.Smooth(0.02, 0.17, s))}
}

// drawCartilage sprinkles the flecks of calcified rib cartilage seen with age.
func (f skeleton) drawCartilage() {
	r := f.Seeds.Person(canvas.StreamCartilage)
	q := &Painter{f.Cam, f.Bone}
	for i := range 10 {
		for _, side := range []float64{-1, 1} {
			amount := (f.Well.Age - 45) / 40 * r.Float64()
			if i == 0 {
				amount *= 2.5
			}
			end := f.ribPoint(f.newRib(i, side), ribEnd[i]*math.Pi/180)
			for range int(26 * max(amount, 0)) {
				t := math.Abs(r.Normal(0, 0.7))
				a := end.Add(Vec{-side * t * 1.6, t*0.7 + r.Normal(0, 0.35), 0})
				q.Rod(a, a.Add(Vec{r.Normal(0, 0.22), r.Normal(0, 0.16), 0}), 0.06, 0.03, r.Between(0.5, 1.8))
			}
		}
	}
}
