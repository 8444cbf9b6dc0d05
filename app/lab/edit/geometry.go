package edit

import (
	"math"

	"hilum/dicomio"
)

// Frame is how crops, rotations and flips lead from the film to the picture that
// they leave. The zero value is not valid; see Operations.Frame.
type Frame struct {
	W, H int // of the picture, pixels

	// A pixel's place (x, y) of the picture is the film's
	// (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]), edges at whole numbers.
	m        [6]float64
	fw, fh   int // of the film
	identity bool
}

// Frame composes the geometry of a list of edits for a film of w x h pixels.
func (o Operations) Frame(edits []Edit, w, h int) Frame {
	f := Frame{W: w, H: h, m: [6]float64{1, 0, 0, 0, 1, 0}, fw: w, fh: h, identity: true}
	for _, e := range edits {
		op, _ := o.Find(e.Kind)
		if e.Off || op.Turn == nil || o.Check(e) != nil {
			continue
		}
		f.identity = false
		op.Turn(&f, e)
	}
	return f
}

// after lets a step follow: n leads from the new picture to the one so far.
func (f *Frame) after(n [6]float64) {
	m := f.m
	f.m = [6]float64{
		m[0]*n[0] + m[1]*n[3], m[0]*n[1] + m[1]*n[4], m[0]*n[2] + m[1]*n[5] + m[2],
		m[3]*n[0] + m[4]*n[3], m[3]*n[1] + m[4]*n[4], m[3]*n[2] + m[4]*n[5] + m[5],
	}
}

// ToImage gives the place on the film, as fractions of its size, of a place on the
// picture, likewise.
func (f Frame) ToImage(x, y float64) (fx, fy float64) {
	x, y = x*float64(f.W), y*float64(f.H)
	return (f.m[0]*x + f.m[1]*y + f.m[2]) / float64(f.fw), (f.m[3]*x + f.m[4]*y + f.m[5]) / float64(f.fh)
}

// ToPicture is the inverse of ToFilm.
func (f Frame) ToPicture(x, y float64) (px, py float64) {
	m := f.m
	x, y = x*float64(f.fw)-m[2], y*float64(f.fh)-m[5]
	det := m[0]*m[4] - m[1]*m[3] // of rotations and flips: never 0
	return (m[4]*x - m[1]*y) / det / float64(f.W), (m[0]*y - m[3]*x) / det / float64(f.H)
}

// RectToPicture is the upright rectangle around a rectangle of the film.
func (f Frame) RectToPicture(r Rect) Rect { return around(r, f.ToPicture) }

// RectToImage is the upright rectangle around a rectangle of the picture.
func (f Frame) RectToImage(r Rect) Rect { return around(r, f.ToImage) }

func around(r Rect, to func(x, y float64) (float64, float64)) Rect {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range [4][2]float64{{r.X, r.Y}, {r.X + r.W, r.Y}, {r.X, r.Y + r.H}, {r.X + r.W, r.Y + r.H}} {
		x, y := to(c[0], c[1])
		x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
	}
	return Rect{x0, y0, x1 - x0, y1 - y0}
}

// Develop makes a picture of the edited values: resampled once, bilinearly, where
// the geometry was changed; what came from beside the film is black.
func (s *Sheet) Develop(f Frame) *dicomio.Image {
	if f.identity {
		return s.im.WithStored(s.im.Width, s.im.Height, s.v)
	}
	n := s.im.Samples
	out := make([]int32, f.W*f.H*n)
	for y := range f.H {
		for x := range f.W {
			px, py := float64(x)+0.5, float64(y)+0.5
			u, v := f.m[0]*px+f.m[1]*py+f.m[2]-0.5, f.m[3]*px+f.m[4]*py+f.m[5]-0.5
			for c := range n {
				out[(y*f.W+x)*n+c] = s.bilinear(u, v, c)
			}
		}
	}
	im := s.im.WithStored(f.W, f.H, out)
	im.Header.PatientOrientation = "" // it no longer says where left is
	return im
}

// bilinear is the stored value between pixel centres.
func (s *Sheet) bilinear(u, v float64, c int) int32 {
	const rounding = 1e-9 // of flips and crops, which hit pixel centres
	i, j := math.Floor(u+rounding), math.Floor(v+rounding)
	tx, ty := max(u-i, 0), max(v-j, 0)
	if tx < 2*rounding {
		tx = 0
	}
	if ty < 2*rounding {
		ty = 0
	}
	a := (1-tx)*s.pixel(int(i), int(j), c) + tx*s.pixel(int(i)+1, int(j), c)
	if ty == 0 {
		return int32(math.Round(a))
	}
	b := (1-tx)*s.pixel(int(i), int(j)+1, c) + tx*s.pixel(int(i)+1, int(j)+1, c)
	return int32(math.Round((1-ty)*a + ty*b))
}

// pixel is a stored value, black beside the film.
func (s *Sheet) pixel(x, y, c int) float64 {
	if x < 0 || y < 0 || x >= s.im.Width || y >= s.im.Height {
		return s.tone.black
	}
	return float64(s.v[(y*s.im.Width+x)*s.im.Samples+c])
}
