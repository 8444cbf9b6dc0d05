package edit

import (
	"image"
	"math"
	"strconv"
	"strings"

	"hilum/internal/message"
)

// Rect is a rectangle as fractions of a picture's width and height.
type Rect struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// ParseRegion reads "x,y,w,h": four fractions within the film and nothing else.
func ParseRegion(text string) (Rect, error) {
	var r Rect
	parts := strings.Split(text, ",")
	for i, to := range []*float64{&r.X, &r.Y, &r.W, &r.H} {
		if len(parts) != 4 {
			break
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(parts[i]), 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return Rect{}, message.Errorf("region %q: %q is no fraction of the film, 0 to 1", text, parts[i])
		}
		*to = v
	}
	if len(parts) != 4 || r.W == 0 || r.H == 0 {
		return Rect{}, message.Errorf("region %q is not of the form x,y,w,h", text)
	}
	return r, nil
}

// Shape is the outline of a region within its rectangle.
type Shape string

// The shapes; "" is Rectangle.
const (
	Rectangle Shape = "rectangle"
	Ellipse   Shape = "ellipse"
)

// Overlaps tells whether two rectangles share a point.
func (r Rect) Overlaps(o Rect) bool {
	return r.X < o.X+o.W && o.X < r.X+r.W && r.Y < o.Y+o.H && o.Y < r.Y+r.H
}

// around is the smallest rectangle that holds both.
func (r Rect) around(o Rect) Rect {
	x, y := min(r.X, o.X), min(r.Y, o.Y)
	return Rect{x, y, max(r.X+r.W, o.X+o.W) - x, max(r.Y+r.H, o.Y+o.H) - y}
}

// Join adds a rectangle to some that do not overlap: with those that it overlaps
// it becomes one, and with those that the larger one then overlaps.
func Join(apart []Rect, r Rect) []Rect {
	for i := 0; i < len(apart); i++ {
		if apart[i].Overlaps(r) {
			r = r.around(apart[i])
			apart = append(apart[:i:i], apart[i+1:]...)
			i = -1
		}
	}
	return append(apart, r)
}

// Contains tells whether a point lies in the rectangle, its far edges left out.
func (r Rect) Contains(x, y float64) bool {
	return x >= r.X && y >= r.Y && x < r.X+r.W && y < r.Y+r.H
}

// Clip is the part of the rectangle that lies on the picture.
func (r Rect) Clip() Rect {
	x0, y0, x1, y1 := max(r.X, 0), max(r.Y, 0), min(r.X+r.W, 1), min(r.Y+r.H, 1)
	return Rect{x0, y0, max(x1-x0, 0), max(y1-y0, 0)}
}

// farOff bounds the coordinates of regions: one picture beside the picture.
const farOff = 1

// Check says what is wrong with a region, or nil.
func (r Rect) Check() error {
	for _, v := range [4]float64{r.X, r.Y, r.W, r.H} {
		if math.IsNaN(v) || math.Abs(v) > 1+farOff {
			return message.New("its region is far from the picture")
		}
	}
	if c := r.Clip(); !(r.W > 0 && r.H > 0 && c.W > 0 && c.H > 0) {
		return message.New("nothing of its region is on the picture")
	}
	return nil
}

// span is a rectangle of whole pixels: x0 <= x < x1.
type span struct{ x0, y0, x1, y1 int }

func (s span) w() int      { return s.x1 - s.x0 }
func (s span) h() int      { return s.y1 - s.y0 }
func (s span) empty() bool { return s.x1 <= s.x0 || s.y1 <= s.y0 }

// grow widens the span by n pixels on each side, within a picture of w x h.
func (s span) grow(n, w, h int) span {
	return span{max(s.x0-n, 0), max(s.y0-n, 0), min(s.x1+n, w), min(s.y1+n, h)}
}

// pixels are the pixels of a picture of w x h whose centres lie in r, at least
// one.
func (r Rect) pixels(w, h int) span {
	s := r.unclipped(w, h)
	return s.grow(0, w, h)
}

// On is the rectangle in pixels of a picture of w x h, at least one.
func (r Rect) On(w, h int) image.Rectangle {
	s := r.pixels(w, h)
	return image.Rect(s.x0, s.y0, s.x1, s.y1)
}

// unclipped is pixels without the picture's edges.
func (r Rect) unclipped(w, h int) span {
	at := func(v float64, n int) int { return int(math.Round(v * float64(n))) }
	s := span{at(r.X, w), at(r.Y, h), at(r.X+r.W, w), at(r.Y+r.H, h)}
	s.x1, s.y1 = max(s.x1, s.x0+1), max(s.y1, s.y0+1)
	return s
}

// mask is how strongly an edit acts on each pixel of a span, 0..1.
type mask struct {
	span
	a []float32
}

// newMask covers a region of a picture of w x h. soft is the part of the way
// from the edge to the middle in which the edit fades in, 0..1, by a smooth step.
func newMask(r Rect, shape Shape, soft float64, w, h int) mask {
	whole := r.unclipped(w, h)
	m := mask{span: whole.grow(0, w, h)}
	if m.empty() {
		return mask{}
	}
	m.a = make([]float32, m.w()*m.h())
	cx, cy := float64(whole.x0+whole.x1)/2, float64(whole.y0+whole.y1)/2
	rx, ry := float64(whole.w())/2, float64(whole.h())/2
	for y := m.y0; y < m.y1; y++ {
		for x := m.x0; x < m.x1; x++ {
			dx, dy := math.Abs(float64(x)+0.5-cx)/rx, math.Abs(float64(y)+0.5-cy)/ry
			depth := 1 - max(dx, dy)
			if shape == Ellipse {
				depth = 1 - math.Hypot(dx, dy)
			}
			m.a[(y-m.y0)*m.w()+x-m.x0] = float32(fade(depth, soft))
		}
	}
	return m
}

// fade is 0 outside (depth < 0) and 1 from soft inwards.
func fade(depth, soft float64) float64 {
	switch {
	case depth < 0:
		return 0
	case depth >= soft:
		return 1
	}
	t := depth / soft
	return t * t * (3 - 2*t)
}
