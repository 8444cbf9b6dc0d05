package phantom

import (
	"math"
	"slices"
)

// glyphs are 5 x 7 letters, one row a byte.
var glyphs = map[byte][7]uint8{
	'A': {14, 17, 17, 31, 17, 17, 17}, 'B': {30, 17, 17, 30, 17, 17, 30}, 'E': {31, 16, 16, 30, 16, 16, 31},
	'L': {16, 16, 16, 16, 16, 16, 31}, 'O': {14, 17, 17, 17, 17, 17, 14}, 'P': {30, 17, 17, 30, 16, 16, 16},
	'C': {14, 17, 16, 16, 16, 17, 14}, 'D': {30, 17, 17, 17, 17, 17, 30}, 'J': {7, 2, 2, 2, 2, 18, 12},
	'K': {17, 18, 20, 24, 20, 18, 17}, 'M': {17, 27, 21, 21, 17, 17, 17}, 'N': {17, 25, 21, 19, 17, 17, 17}, 'S': {15, 16, 16, 14, 1, 1, 30},
	'R': {30, 17, 17, 30, 20, 18, 17}, 'T': {31, 4, 4, 4, 4, 4, 4},
}

// imprint puts on the film what is not in the patient: side marker, collimator.
// It works on grey values; px is the size of a pixel of a 512-pixel film.
func (f *sheet) imprint(g *grid) {
	r := f.seeds.today(streamPrint)
	n := float64(f.w)
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
	if r.chance(0.4) {
		initials(g, r, s, px)
	} else if r.chance(0.5) {
		leadDisc(g, s.x, s.y+s.size*8.5, r.f(7, 10)*px)
	}
	if r.chance(0.45) {
		collimate(g, r, px)
	}
	f.imprintConfounders(g)
}

// imprintConfounders comes last: a border and a word lie over everything.
func (f *sheet) imprintConfounders(g *grid) {
	r := f.seeds.today(streamPrint + 1<<16)
	if slices.Contains(f.shown, HospitalLook) {
		f.noteConfounder(HospitalLook, border(g, r)...)
	}
	if slices.Contains(f.shown, TextTag) {
		f.noteConfounder(TextTag, tag(g, r))
	}
}

// noteConfounder keeps the parts of the boxes that lie on the film; a confounder
// wholly beside the film is not shown.
func (f *sheet) noteConfounder(k ConfounderKind, boxes ...Box) {
	m := ConfounderMark{Kind: k}
	for _, b := range boxes {
		b = Box{max(b.X0, 0), max(b.Y0, 0), min(b.X1, f.w), min(b.Y1, f.h)}
		if b.X0 < b.X1 && b.Y0 < b.Y1 {
			m.Boxes = append(m.Boxes, b)
		}
	}
	if len(m.Boxes) > 0 {
		f.confounders = append(f.confounders, m)
	}
}

// border blackens a margin around the film behind a thin pale line, and gives
// its four sides.
func border(g *grid, r *rng) []Box {
	m := max(2, int(float64(min(g.w, g.h))*r.f(0.028, 0.036)))
	line := max(1, m/6)
	for v := range g.h {
		for u := range g.w {
			switch d := min(u, v, g.w-1-u, g.h-1-v); {
			case d < m-line:
				g.p[v*g.w+u] = 0.01
			case d < m:
				g.p[v*g.w+u] = 0.75
			}
		}
	}
	return []Box{{0, 0, g.w, m}, {0, g.h - m, g.w, g.h}, {0, m, m, g.h - m}, {g.w - m, m, g.w, g.h - m}}
}

const tagWord = "PORTABLE"

// tag burns a word into the lower left corner and gives its box.
func tag(g *grid, r *rng) Box {
	dot := max(1, float64(g.w)/512*r.f(1.5, 1.9))
	x, y := float64(g.w)*r.f(0.05, 0.08), float64(g.h)*r.f(0.88, 0.94)
	w := 6 * dot * float64(len(tagWord))
	box := Box{int(x - dot), int(y - 5*dot), int(x+w+dot) + 1, int(y+5*dot) + 1}
	for v := max(box.Y0, 0); v < min(box.Y1, g.h); v++ { // a dark plate, so that it reads on white too
		for u := max(box.X0, 0); u < min(box.X1, g.w); u++ {
			g.p[v*g.w+u] *= 0.3
		}
	}
	for i := range len(tagWord) {
		stamp{letter: tagWord[i], x: x + 6*dot*(float64(i)+0.5), y: y, size: dot}.print(g)
	}
	return box
}

// initials are those of the radiographer, small below the side marker and
// turned with it.
func initials(g *grid, r *rng, s stamp, px float64) {
	const letters = "ABCDEJKLMNPRST"
	sn, cs := math.Sincos(s.tilt)
	dot := r.f(0.9, 1.5) * px
	n := 2 + r.IntN(2)
	for i := range n {
		du, dv := 6.5*dot*(float64(i)-float64(n-1)/2), s.size*5.5+dot*6
		k := s
		k.letter, k.size = letters[r.IntN(len(letters))], dot
		k.x, k.y = s.x+du*cs-dv*sn, s.y+du*sn+dv*cs
		k.print(g)
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
				*p += (0.97 - *p) * t * 0.9
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
	shade := func(u, v int) bool {
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
		return d < 2
	}
	for v := range g.h { // what a margin covers of a row begins at one of its ends
		u, last := 0, g.w-1
		for u <= last && shade(u, v) {
			u++
		}
		for last > u && shade(last, v) {
			last--
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
			*p += (0.99 - *p) * t * 0.95
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
