package chest

import "hilum/internal/phantom/canvas"

// Sheet carries the material maps of one exposure while it is being drawn.
type Sheet struct {
	Seeds  canvas.Seeds
	Cam    *Camera
	W, H   int          // pixels
	Ruler  *ruler       // reaches a cell of the lattice past the film
	Home   *Anatomy     // the person on no particular day: where things in the lung belong
	Well   *Anatomy     // the person today, without findings
	Now    *Anatomy     // with the findings that change anatomy
	Ray    *Tracer      // through now
	Soft   *canvas.Grid // cm of soft tissue
	Bone   *canvas.Grid // cm of cortical bone, beyond soft tissue
	Lung   *canvas.Grid // cm of aerated lung
	Vess   *canvas.Grid // cm of vessel tissue inside lung
	Body   *canvas.Grid // cm of body, for scatter
	Open   *canvas.Grid // fraction of lung not behind heart, diaphragm or spine
	Heart  []bool       // silhouette of heart and great vessels
	Grain  *canvas.Weave
	Pose   Pose
	Store  *canvas.Pool
	Deform []func(Vec) Vec // how findings move what lies in the lung

	Shown       []ConfounderKind // asked for
	Confounders []ConfounderMark // drawn
}

// NewSheet begins a film of the size of its pool.
func NewSheet(s canvas.Seeds, well, now *Anatomy, cam *Camera, st *canvas.Pool) *Sheet {
	w, h := st.W, st.H
	f := &Sheet{Seeds: s, Cam: cam, W: w, H: h, Well: well, Now: now, Ray: NewTracer(now, cam), Store: st}
	f.Ruler = cam.ruler(w+f.cell(), h+f.cell())
	f.Bone, f.Vess = f.Blank(), f.Blank()
	f.Body, f.Soft, f.Lung, f.Open = st.Take(), st.Take(), st.Take(), st.Take() // filled by cast
	f.Heart = make([]bool, w*h)
	r := s.Today(canvas.StreamGrain)
	f.Grain = &canvas.Weave{Textures: canvas.LoadTextures(), X: canvas.NewAxis(w, cam.S, cam.cx),
		Y:  canvas.NewAxis(h, cam.S, cam.cy),
		Ox: r.IntN(canvas.TileN), Oy: r.IntN(canvas.TileN)}
	return f
}

// Blank is a grid of the film's size with nothing on it.
func (f *Sheet) Blank() *canvas.Grid {
	g := f.Store.Take()
	clear(g.P)
	return g
}

// Copied is a grid of the film's own with the same values.
func (f *Sheet) Copied(g *canvas.Grid) *canvas.Grid {
	c := f.Store.Take()
	copy(c.P, g.P)
	return c
}

// Cast fills body, lung and heart. Rays are traced on a lattice; where its
// corners agree the pixels between are interpolated, elsewhere, along outlines,
// every pixel has its ray.
func (f *Sheet) Cast() {
	k := f.cell()
	n := (f.W-1)/k + 2
	above, below := make([]Shadow, n), make([]Shadow, n)
	f.castRow(above, 0, k)
	for v := 0; v < f.H; v += k {
		f.castRow(below, v+k, k)
		for j := range n - 1 {
			corners := [4]Shadow{above[j], above[j+1], below[j], below[j+1]}
			f.castCell(&corners, j*k, v, k)
		}
		above, below = below, above
	}
}

// latticeCm is the width of a cell of the lattice; nothing traced is thinner.
const latticeCm = 0.3

// cell is the same in pixels.
func (f *Sheet) cell() int { return max(1, int(latticeCm*f.Cam.S)) }

func (f *Sheet) castRow(out []Shadow, v, k int) {
	for j := range out {
		f.cross(&out[j], j*k, v)
	}
}

// castCell fills up to k x k pixels whose first is a corner.
func (f *Sheet) castCell(c *[4]Shadow, u0, v0, k int) {
	if k > 1 && f.even(c, u0+k/2, v0+k/2) {
		f.castEven(c, u0, v0, k)
		return
	}
	var inside Shadow
	for v := v0; v < min(v0+k, f.H); v++ {
		for u := u0; u < min(u0+k, f.W); u++ {
			s := &c[0]
			if u > u0 || v > v0 {
				s = &inside
				f.cross(s, u, v)
			}
			f.keep(v*f.W+u, s)
		}
	}
}

// even tells whether a cell may be interpolated: its corners are on one side of
// every outline, and they differ little or (u, v) in the middle is their mean.
func (f *Sheet) even(c *[4]Shadow, u, v int) bool {
	if !sameSide(c) {
		return false
	}
	a, b, d, e := &c[0], &c[1], &c[2], &c[3]
	if spread(a.Lung, b.Lung, d.Lung, e.Lung) < evenLung && spread(a.body, b.body, d.body, e.body) < evenBody &&
		spread(a.edge, b.edge, d.edge, e.edge) < evenEdge {
		return true
	}
	var s Shadow
	f.cross(&s, u, v)
	return canvas.Abs32(s.Lung-mean(a.Lung, b.Lung, d.Lung, e.Lung)) < straight &&
		canvas.Abs32(s.body-mean(a.body, b.body, d.body, e.body)) < straight &&
		canvas.Abs32(s.edge-mean(a.edge, b.edge, d.edge, e.edge)) < straight
}

// castEven fills a cell straight from corner to corner.
func (f *Sheet) castEven(c *[4]Shadow, u0, v0, k int) {
	p, q, r, s := &c[0], &c[1], &c[2], &c[3]
	inv := 1 / float32(k)
	for v := v0; v < min(v0+k, f.H); v++ {
		t := float32(v-v0) * inv
		body := newRamp(p.body, q.body, r.body, s.body, t, inv)
		lung := newRamp(p.Lung, q.Lung, r.Lung, s.Lung, t, inv)
		open := newRamp(p.Open, q.Open, r.Open, s.Open, t, inv)
		edge := newRamp(p.edge, q.edge, r.edge, s.edge, t, inv)
		soft := ramp{body.from - lung.from + edge.from, body.step - lung.step + edge.step}
		i, j := v*f.W+u0, v*f.W+min(u0+k, f.W)
		bodies, softs, lungs, opens, hearts := f.Body.P[i:j], f.Soft.P[i:j], f.Lung.P[i:j], f.Open.P[i:j], f.Heart[i:j]
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

func (f *Sheet) keep(i int, s *Shadow) {
	f.Body.P[i] = s.body
	f.Soft.P[i] = s.body - s.Lung + s.edge
	f.Lung.P[i] = s.Lung
	f.Open.P[i] = s.Open
	f.Heart[i] = s.heart
}

// cross traces the ray of one pixel. A millimetre of warp keeps outlines from
// looking computed.
func (f *Sheet) cross(s *Shadow, u, v int) {
	g := f.Grain
	x, y := f.Ruler.At(u, v)
	t := canvas.NewTexel(x, y)
	w1 := 0.035 * t.Read(g.Broad, g.Ox, g.Oy)
	w2 := 0.035 * t.Read(g.Broad, g.Oy+91, g.Ox+37)
	h := 0.10 * t.Read(g.Huge, g.Oy, g.Ox)
	f.Ray.Trace(s, float32(x)+w1+h, float32(y)+w2-h, w2)
}

// Place gives the patient coordinates of the centre of pixel i.
func (f *Sheet) Place(i int) (x, y float64) { return f.Ruler.At(i%f.W, i/f.W) }

// Moved applies the displacement of every finding to a point in the lung.
func (f *Sheet) Moved(v Vec) Vec {
	for _, d := range f.Deform {
		v = d(v)
	}
	return v
}

// Breathed moves a place in the lung of a usual breath to where it lies today:
// below its root the lung is drawn out by the diaphragm.
func (f *Sheet) Breathed(v Vec) Vec {
	side := 0
	if v.X > 0 {
		side = 1
	}
	root := Hilum(f.Well.Build, side)
	if v.Y > root {
		v.Y = root + (v.Y-root)*(f.Well.Domes[side].Top-root)/(f.Home.Domes[side].Top-root)
	}
	return v
}

// Shifted moves what lies near the mediastinum along with it.
func (f *Sheet) Shifted(v Vec) Vec {
	if d := f.Now.Shift - f.Well.Shift; d != 0 {
		v.X += d * canvas.Bell(v.X/9)
	}
	return v
}

// DrawOrgans draws the healthy part of what the beam meets, before the findings that
// are laid on top.
func (f *Sheet) DrawOrgans() {
	lungTree{f}.drawVessels()
	f.fillLung()
	lungTree{f}.drawAirways()
	skeleton{f}.draw()
	f.drawSkin()
	f.fillBody()
	f.drawAbdomen()
	f.drawAorta()
}
