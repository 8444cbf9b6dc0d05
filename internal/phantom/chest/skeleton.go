package chest

import (
	"math"

	"hilum/internal/phantom/canvas"
)

var axisX, axisY, axisZ = Vec{1, 0, 0}, Vec{0, 1, 0}, Vec{0, 0, 1}

// skeleton lays the bones of a person on a sheet.
type skeleton struct{ *Sheet }

// draw lays the skeleton of the healthy person: no finding here moves bone.
func (f skeleton) draw() {
	for _, side := range []float64{-1, 1} {
		for i := range 12 {
			f.drawRib(i, side)
		}
		f.drawGirdle(side)
	}
	f.drawCartilage()
	r := f.Seeds.Person(canvas.StreamSpine)
	for i := range 17 {
		f.drawVertebra(i, r)
	}
	k := f.Well.Scale
	(&Painter{f.Cam, f.Bone}).tube([]node{{Vec{0, 3.9 * k, -8.0}, 2.5, 0.5, axisX, axisZ},
		{Vec{0, 6.5 * k, -9.2}, 1.7, 0.5, axisX, axisZ},
		{Vec{0, 12 * k, -10.5}, 1.8, 0.45, axisX, axisZ}}, wall{0.03, 0.05, 1})
}

// drawVertebra lays body, endplates, pedicles and processes; two levels above
// the first rib are cervical.
func (f skeleton) drawVertebra(i int, r *canvas.Source) {
	b := f.Well
	k := b.Scale
	y := (ribLevel[0] - 2.0*float64(2-i)) * k
	if i >= 2 {
		y = ribLevel[i-2] * k
	}
	y += 0.25 + r.Normal(0, 0.06)
	big := 0.82 + 0.032*float64(i)
	tall := (1.35 + 0.07*float64(i)) * k * min(big, 1) * r.Normal(1, 0.03)
	half, deep := 1.42*big*k, 1.2*big*k
	x, z := b.midline(y), 4.6+0.6*math.Sin(float64(i)*0.25)
	// Necks show little of this detail: jaw and shoulders scatter there.
	g := (0.9 + 0.45*canvas.Smooth(1, 6, float64(i))) * b.porosity
	q := &Painter{f.Cam, f.Bone}
	ring := func(yy, w float64) node { return node{Vec{x, yy, z}, half * w, deep * w, axisX, axisZ} }
	q.tube([]node{ring(y, 1.07), ring(y+tall*0.25, 0.97), ring(y+tall*0.5, 0.93), ring(y+tall*0.75, 0.97),
		ring(y+tall, 1.08)}, wall{0.02, 0.07, 0.7 * g})
	for _, e := range []float64{y, y + tall} {
		q.tube([]node{ring(e-0.05, 1.05), ring(e+0.05, 1.05)}, wall{0.03, 0.24, g * r.Between(0.55, 1.2)})
	}
	for _, s := range []float64{-1, 1} {
		pedicle := Vec{x + s*half*0.66, y + tall*0.33, z + 1.0}
		q.tube([]node{{pedicle, 0.46 * big, 0.3 * big, axisY, axisX},
			{pedicle.Add(Vec{s * 0.1, 0.1, 1.3}), 0.46 * big, 0.3 * big, axisY, axisX}},
			wall{0.02, 0.06, g * r.Between(0.5, 1.1)})
		if i >= 2 && i < 14 {
			q.tube(strut([]Vec{{x + s*half*0.8, y + tall*0.35, z + 2.2}, {x + s*2.0*big, y + tall*0.15, z + 2.9},
				{x + s*2.9*big, y, z + 3.4}},
				[]float64{0.36, 0.3, 0.38}, []float64{0.4, 0.3, 0.38}), wall{0.03, 0.10, 0.8 * g})
		}
	}
	q.tube([]node{{Vec{x, y + tall*0.75, z + 2.6}, 0.55, 0.16, axisY, axisX},
		{Vec{x, y + tall*1.15, z + 4.6}, 0.6, 0.26, axisY, axisX}}, wall{0.012, 0.08, g * r.Between(0.5, 1.1)})
}

// girdle is one shoulder as it is about to be laid.
type girdle struct {
	side, up, lat float64 // raised, and rolled forward off the lung, cm
	f             *Sheet
	q             *Painter
}

func (f skeleton) drawGirdle(side float64) {
	r := f.Seeds.Today(canvas.StreamGirdle + canvas.Stream(1000*(side+2)))
	b := f.Well
	g := &girdle{side: side, f: f.Sheet, q: &Painter{f.Cam, f.Bone}}
	g.up = 1.5 - b.shoulder*0.7 + r.Normal(0, 0.5)
	g.lat = 1.2 + r.Normal(0, 0.6)
	if b.Ap {
		g.up -= 1.5
		g.lat -= 1.3
	}
	g.clavicle()
	g.scapula()
	g.humerus()
}

// at places a point of the girdle: the further out, the more it moves with the
// shoulder.
func (g *girdle) at(x, y, z float64) Vec {
	b := g.f.Well
	return Vec{g.side * x * b.Scale * (0.6 + 0.4*b.wide), (y + g.up*(0.45+0.55*canvas.Smooth(2, 10, x))) * b.Scale, z}
}

func (g *girdle) clavicle() {
	d := g.f.Well.porosity
	g.q.tube(strut([]Vec{g.at(1.6, 3.8, -7.0), g.at(2.1, 3.6, -7.3), g.at(3.6, 3.15, -7.7), g.at(6, 2.35, -7.6),
		g.at(9.5, 1.25, -5), g.at(13, 0.15, -1.8), g.at(15.2, -0.25, 0), g.at(16.4, -0.3, 0.5), g.at(16.8, -0.3, 0.6)},
		[]float64{0.5, 0.92, 0.78, 0.56, 0.5, 0.56, 0.72, 0.6, 0.25},
		[]float64{0.5, 0.8, 0.7, 0.5, 0.5, 0.5, 0.45, 0.35, 0.2}), wall{0.12, 0.27, 1.2 * d})
}

// scapula is mostly filling with little rim: seen through the shoulder its
// edges are soft, and every part tapers where it ends.
func (g *girdle) scapula() {
	lat, d := g.lat, g.f.Well.porosity
	glenoid, lower, upper := g.at(15.0+lat*0.6, 4.0, 0.5), g.at(12.6+lat, 15.2, 8.5), g.at(9.9+lat, 0.9, 8)
	g.q.tube(strut([]Vec{g.at(15.1+lat*0.6, 2.9, 0.2), glenoid, g.at(14.9+lat*0.8, 6.6, 3.2),
		g.at(14.2+lat, 10.5, 6.3), lower, lower.Add(Vec{-0.3 * g.side, 0.5, 0.2})},
		[]float64{0.7, 1.2, 0.75, 0.45, 0.2, 0.05}, []float64{0.6, 1.0, 0.6, 0.35, 0.15, 0.05}),
		wall{0.07, 0.20, 1.25 * d})
	g.q.tube(strut([]Vec{upper, g.at(10.1+lat, 4.5, 9.2), g.at(11.0+lat, 10.5, 9.4), lower},
		[]float64{0.06, 0.12, 0.14, 0.2},
		[]float64{0.1, 0.14, 0.15, 0.2}), wall{0.06, 0.10, 1.45 * d})
	g.q.tube(strut([]Vec{upper, g.at(12+lat, 1.5, 6), g.at(13.6+lat*0.8, 2.6, 3), glenoid},
		[]float64{0.06, 0.12, 0.35, 0.9},
		[]float64{0.06, 0.1, 0.3, 0.8}), wall{0.04, 0.20, 1.45 * d})
	// Spine of the scapula rising to the acromion, a flat plate.
	g.q.tube(strut([]Vec{g.at(10.2+lat, 3.9, 9.4), g.at(12.5+lat, 2.8, 9.2), g.at(15.4+lat*0.8, 0.9, 7.2),
		g.at(17.4+lat*0.6, -0.2, 4.4), g.at(18.4+lat*0.5, -0.3, 2.4), g.at(18.6+lat*0.4, 0.1, 1)},
		[]float64{0.1, 0.3, 0.55, 0.9, 0.95, 0.2}, []float64{0.1, 0.3, 0.4, 0.4, 0.4, 0.2}),
		wall{0.015, 0.26, 1.45 * d})
	// Coracoid, seen end-on.
	g.q.tube([]node{{g.at(14.3+lat*0.6, 2.5, -0.5), 0.5, 0.75, axisY, axisX},
		{g.at(14.5+lat*0.6, 2.9, -3.5), 0.4, 0.55, axisY, axisX}}, wall{0.03, 0.13, d})
	g.blade(glenoid, lower, upper)
}

// blade is a leaf of bone under a millimetre thick; its strips overlap and have
// no rim, so no slats show.
func (g *girdle) blade(glenoid, lower, upper Vec) {
	const strips = 9
	for i := range strips {
		t := (float64(i) + 0.5) / strips
		a := upper.Mix(lower, t).Add(Vec{g.side * -0.5 * math.Sin(t*3) * g.f.Well.Scale, 0, 1})
		b := glenoid.Mix(lower, t)
		h := 1.5 * (1 - t*0.6)
		g.q.tube([]node{{a, h, 0.04, axisY, axisZ}, {b, h, 0.05, axisY, axisZ}}, wall{0, 1.1, g.f.Well.porosity})
	}
}

// humerusProfile is head, neck and shaft: outwards, downwards, radius, cm from
// the centre of the head.
var humerusProfile = [][3]float64{{0, -2.33, 0.15}, {0, -2.1, 1.05}, {0.02, -1.6, 1.72}, {0.05, -0.9, 2.17},
	{0.1, 0, 2.35}, {0.25, 0.9, 2.25},
	{0.45, 1.7, 1.98}, {0.65, 2.6, 1.66}, {0.8, 3.6, 1.44}, {0.95, 5, 1.28}, {1.2, 7.5, 1.15}, {2.4, 18, 1.1},
	{3.8, 34, 1.1}}

func (g *girdle) humerus() {
	b := g.f.Well
	k, d := b.Scale, b.porosity
	centre := g.at(18.2+g.lat*0.7+0.5*b.armOut, 3.7, 0)
	var path []node
	for _, p := range humerusProfile {
		out := p[0] * (1 + 0.15*b.armOut*canvas.Smooth(4, 20, p[1]))
		path = append(path, node{centre.Add(Vec{g.side * out * k, p[1] * k, 0}), p[2] * k, p[2] * k, axisX, axisZ})
	}
	g.q.tube(path[:9], wall{0.05, 0.16, 1.5 * d})
	g.q.tube(path[8:11], wall{0.11, 0.12, 1.5 * d})
	g.q.tube(path[10:], wall{0.18, 0.08, 1.5 * d})
	// The greater tubercle on the outer side.
	tip := centre.Add(Vec{g.side * 1.5 * k, -1.0 * k, -0.6})
	g.q.tube([]node{{tip, 0.15, 0.2, axisX, axisZ}, {tip.Add(Vec{g.side * 0.1, 0.7 * k, 0}), 0.75, 0.8, axisX, axisZ},
		{tip.Add(Vec{g.side * -0.1, 2.6 * k, 0.4}), 0.5, 0.7, axisX, axisZ},
		{tip.Add(Vec{g.side * -0.3, 3.8 * k, 0.4}), 0.1, 0.3, axisX, axisZ}}, wall{0.02, 0.09, d})
}
