package chest

import (
	"math"
	"slices"

	"hilum/internal/phantom/canvas"
)

// glyphs are 5 x 7 letters, one row a byte.
var glyphs = map[byte][7]uint8{
	'A': {14, 17, 17, 31, 17, 17, 17}, 'B': {30, 17, 17, 30, 17, 17, 30}, 'E': {31, 16, 16, 30, 16, 16, 31},
	'L': {16, 16, 16, 16, 16, 16, 31}, 'O': {14, 17, 17, 17, 17, 17, 14}, 'P': {30, 17, 17, 30, 16, 16, 16},
	'C': {14, 17, 16, 16, 16, 17, 14}, 'D': {30, 17, 17, 17, 17, 17, 30}, 'J': {7, 2, 2, 2, 2, 18, 12},
	'K': {17, 18, 20, 24, 20, 18, 17}, 'M': {17, 27, 21, 21, 17, 17, 17}, 'N': {17, 25, 21, 19, 17, 17, 17},
	'S': {15, 16, 16, 14, 1, 1, 30},
	'R': {30, 17, 17, 30, 20, 18, 17}, 'T': {31, 4, 4, 4, 4, 4, 4},
}

// imprint puts on the film what is not in the patient: side marker, collimator.
// It works on grey values; px is the size of a pixel of a 512-pixel film.
func (f *Sheet) imprint(g *canvas.Grid) {
	r := f.Seeds.Today(canvas.StreamPrint)
	n := float64(f.W)
	px := n / 512
	s := stamp{letter: 'L', x: n * r.Between(0.87, 0.93), y: n * r.Between(0.03, 0.12), size: r.Between(2.0, 3.4) * px,
		tilt: r.Normal(0, 0.14)}
	if r.Chance(0.35) {
		s.letter, s.x = 'R', n*r.Between(0.04, 0.1)
	}
	s.mirror = r.Chance(0.08)
	s.print(g)
	if f.Well.Ap && r.Chance(0.5) {
		small := stamp{x: s.x - 14*px, y: s.y + 34*px, size: 1.4 * px, tilt: s.tilt}
		small.letter = 'A'
		small.print(g)
		small.letter, small.x = 'P', small.x+9*px
		small.print(g)
	}
	if r.Chance(0.4) {
		initials(g, r, s, px)
	} else if r.Chance(0.5) {
		leadDisc(g, s.x, s.y+s.size*8.5, r.Between(7, 10)*px)
	}
	if r.Chance(0.45) {
		collimate(g, r, px)
	}
	f.imprintConfounders(g)
}

// imprintConfounders comes last: a border and a word lie over everything.
func (f *Sheet) imprintConfounders(g *canvas.Grid) {
	r := f.Seeds.Today(canvas.StreamPrint + 1<<16)
	if slices.Contains(f.Shown, HospitalLook) {
		f.NoteConfounder(HospitalLook, border(g, r)...)
	}
	if slices.Contains(f.Shown, TextTag) {
		f.NoteConfounder(TextTag, tag(g, r))
	}
}

// NoteConfounder keeps the parts of the boxes that lie on the film; a confounder
// wholly beside the film is not shown.
func (f *Sheet) NoteConfounder(k ConfounderKind, boxes ...PixelBox) {
	m := ConfounderMark{Kind: k}
	for _, b := range boxes {
		b = PixelBox{max(b.X0, 0), max(b.Y0, 0), min(b.X1, f.W), min(b.Y1, f.H)}
		if b.X0 < b.X1 && b.Y0 < b.Y1 {
			m.Boxes = append(m.Boxes, b)
		}
	}
	if len(m.Boxes) > 0 {
		f.Confounders = append(f.Confounders, m)
	}
}

// border blackens a margin around the film behind a thin pale line, and gives
// its four sides.
func border(g *canvas.Grid, r *canvas.Source) []PixelBox {
	m := max(2, int(float64(min(g.W, g.H))*r.Between(0.028, 0.036)))
	line := max(1, m/6)
	for v := range g.H {
		for u := range g.W {
			switch d := min(u, v, g.W-1-u, g.H-1-v); {
			case d < m-line:
				g.P[v*g.W+u] = 0.01
			case d < m:
				g.P[v*g.W+u] = 0.75
			}
		}
	}
	return []PixelBox{{0, 0, g.W, m}, {0, g.H - m, g.W, g.H}, {0, m, m, g.H - m}, {g.W - m, m, g.W, g.H - m}}
}

const tagWord = "PORTABLE"

// tag burns a word into the lower left corner and gives its box.
func tag(g *canvas.Grid, r *canvas.Source) PixelBox {
	dot := max(1, float64(g.W)/512*r.Between(1.5, 1.9))
	x, y := float64(g.W)*r.Between(0.05, 0.08), float64(g.H)*r.Between(0.88, 0.94)
	w := 6 * dot * float64(len(tagWord))
	box := PixelBox{int(x - dot), int(y - 5*dot), int(x+w+dot) + 1, int(y+5*dot) + 1}
	for v := max(box.Y0, 0); v < min(box.Y1, g.H); v++ { // a dark plate, so that it reads on white too
		for u := max(box.X0, 0); u < min(box.X1, g.W); u++ {
			g.P[v*g.W+u] *= 0.3
		}
	}
	for i := range len(tagWord) {
		stamp{letter: tagWord[i], x: x + 6*dot*(float64(i)+0.5), y: y, size: dot}.print(g)
	}
	return box
}

// initials are those of the radiographer, small below the side marker and
// turned with it.
func initials(g *canvas.Grid, r *canvas.Source, s stamp, px float64) {
	const letters = "ABCDEJKLMNPRST"
	sn, cs := math.Sincos(s.tilt)
	dot := r.Between(0.9, 1.5) * px
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
func leadDisc(g *canvas.Grid, x, y, radius float64) {
	for dv := -radius; dv <= radius; dv++ {
		for du := -radius; du <= radius; du++ {
			u, v := int(x+du), int(y+dv)
			t := float32(canvas.Smooth(radius, radius*0.8, math.Sqrt(du*du+dv*dv)))
			if t > 0 && u >= 0 && v >= 0 && u < g.W && v < g.H {
				p := &g.P[v*g.W+u]
				*p += (0.97 - *p) * t * 0.9
			}
		}
	}
}

// collimate darkens up to four margins, slightly crooked, with a soft penumbra.
func collimate(g *canvas.Grid, r *canvas.Source, px float64) {
	var margin [4]float64
	for i := range margin {
		wide := r.Between(4, 26) * px
		if r.Chance(0.45) {
			margin[i] = wide
		}
	}
	skew := r.Normal(0, 0.012)
	dark := float32(r.Between(0.01, 0.055))
	w, h := float64(g.W), float64(g.H)
	shade := func(u, v int) bool {
		a, b := float64(u)+skew*(float64(v)-h/2), float64(v)-skew*(float64(u)-w/2)
		d := 9.0
		for i, e := range [4]float64{a, b, w - a, h - b} {
			if margin[i] > 0 {
				d = min(d, (e-margin[i])/px)
			}
		}
		if d < 2 {
			p := &g.P[v*g.W+u]
			*p = dark + (*p-dark)*float32(canvas.Smooth(-1.5, 2, d))
		}
		return d < 2
	}
	for v := range g.H { // what a margin covers of a row begins at one of its ends
		u, last := 0, g.W-1
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
func (s stamp) print(g *canvas.Grid) {
	sn, cs := math.Sincos(s.tilt)
	reach := int(9 * s.size)
	for dv := -reach; dv <= reach; dv++ {
		for du := -reach; du <= reach; du++ {
			u, v := int(s.x)+du, int(s.y)+dv
			if u < 0 || v < 0 || u >= g.W || v >= g.H {
				continue
			}
			gx, gy := (float64(du)*cs+float64(dv)*sn)/s.size+2, (-float64(du)*sn+float64(dv)*cs)/s.size+3
			if s.mirror {
				gx = 4 - gx
			}
			t := float32(canvas.Smooth(0.5-0.5/s.size, 0.5+0.5/s.size, s.ink(gx, gy)))
			p := &g.P[v*g.W+u]
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
