package phantom

import "math"

// glyphs are 5 x 7 letters, one row a byte.
var glyphs = map[byte][7]uint8{
	'L': {16, 16, 16, 16, 16, 16, 31}, 'R': {30, 17, 17, 30, 20, 18, 17},
	'A': {14, 17, 17, 31, 17, 17, 17}, 'P': {30, 17, 17, 30, 16, 16, 16},
}

// imprint puts on the film what is not in the patient: side marker, collimator.
// It works on grey values; px is the size of a pixel of a 512-pixel film.
func (f *sheet) imprint(g *grid) {
	r := f.seeds.today(streamPrint)
	n := float64(f.size)
	px := n / 512
	s := stamp{letter: 'L', x: n * r.f(0.87, 0.93), y: n * r.f(0.03, 0.12), size: r.f(2.0, 3.4) * px, tilt: r.n(0, 0.14)}
	if r.chance(0.35) {
		s.letter, s.x = 'R', n*r.f(0.04, 0.1)
	}
	s.mirror = r.chance(0.08)
	s.print(g)
	if f.well.ap && r.chance(0.5) {
		small := stamp{x: s.x - 14*px, y: s.y + 34*px, size: 1.4 * px, tilt: s.tilt}
		small.letter = 'A'
		small.print(g)
		small.letter, small.x = 'P', small.x+9*px
		small.print(g)
	}
	if r.chance(0.35) {
		leadDisc(g, s.x, s.y+s.size*8.5, r.f(7, 10)*px)
	}
	if r.chance(0.45) {
		collimate(g, r, px)
	}
}

// leadDisc is the round weight below some markers.
func leadDisc(g *grid, x, y, radius float64) {
	for dv := -radius; dv <= radius; dv++ {
		for du := -radius; du <= radius; du++ {
			u, v := int(x+du), int(y+dv)
			t := float32(smooth(radius, radius*0.8, math.Sqrt(du*du+dv*dv)))
			if t > 0 && u >= 0 && v >= 0 && u < g.w && v < g.h {
				p := &g.p[v*g.w+u]
				*p += (0.88 - *p) * t * 0.85
			}
		}
	}
}

// collimate darkens up to four margins, slightly crooked, with a soft penumbra.
func collimate(g *grid, r *rng, px float64) {
	var margin [4]float64
	for i := range margin {
		wide := r.f(4, 26) * px
		if r.chance(0.45) {
			margin[i] = wide
		}
	}
	skew := r.n(0, 0.012)
	dark := float32(r.f(0.01, 0.055))
	w, h := float64(g.w), float64(g.h)
	for v := range g.h {
		for u := range g.w {
			a, b := float64(u)+skew*(float64(v)-h/2), float64(v)-skew*(float64(u)-w/2)
			d := 9.0
			for i, e := range [4]float64{a, b, w - a, h - b} {
				if margin[i] > 0 {
					d = min(d, (e-margin[i])/px)
				}
			}
			if d < 2 {
				p := &g.p[v*g.w+u]
				*p = dark + (*p-dark)*float32(smooth(-1.5, 2, d))
			}
		}
	}
}

// stamp is a lead letter.
type stamp struct {
	letter           byte
	x, y, size, tilt float64 // centre and dot size, pixels; radians
	mirror           bool
}

// print shows the letter bright and a little uneven. Interpolating the dots and
// cutting at one half rounds the corners of the small font.
func (s stamp) print(g *grid) {
	sn, cs := math.Sincos(s.tilt)
	reach := int(9 * s.size)
	for dv := -reach; dv <= reach; dv++ {
		for du := -reach; du <= reach; du++ {
			u, v := int(s.x)+du, int(s.y)+dv
			if u < 0 || v < 0 || u >= g.w || v >= g.h {
				continue
			}
			gx, gy := (float64(du)*cs+float64(dv)*sn)/s.size+2, (-float64(du)*sn+float64(dv)*cs)/s.size+3
			if s.mirror {
				gx = 4 - gx
			}
			t := float32(smooth(0.5-0.5/s.size, 0.5+0.5/s.size, s.ink(gx, gy)))
			p := &g.p[v*g.w+u]
			*p += (0.93 - *p) * t * 0.92
		}
	}
}

// ink interpolates the dots of the letter.
func (s stamp) ink(x, y float64) float64 {
	rows := glyphs[s.letter]
	dot := func(i, j int) float64 {
		if i < 0 || j < 0 || i > 4 || j > 6 {
			return 0
		}
		return float64(rows[j] >> (4 - i) & 1)
	}
	fx, fy := math.Floor(x), math.Floor(y)
	i, j, tx, ty := int(fx), int(fy), x-fx, y-fy
	return (dot(i, j)*(1-tx)+dot(i+1, j)*tx)*(1-ty) + (dot(i, j+1)*(1-tx)+dot(i+1, j+1)*tx)*ty
}
