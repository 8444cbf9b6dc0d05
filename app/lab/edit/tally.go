package edit

import "hilum/dicomio"

// Tally counts marked pixels in rectangles (a summed-area table).
type Tally struct {
	w, h int
	sum  []int32
}

func newTally(marked []bool, w, h int) Tally {
	t := Tally{w, h, make([]int32, (w+1)*(h+1))}
	for y := range h {
		row := int32(0)
		for x := range w {
			if marked[y*w+x] {
				row++
			}
			t.sum[(y+1)*(w+1)+x+1] = t.sum[y*(w+1)+x+1] + row
		}
	}
	return t
}

// any tells whether the patch around a pixel has a marked one.
func (t Tally) any(x, y int) bool {
	x0, y0, x1, y1 := max(x-patchHalf, 0), max(y-patchHalf, 0), min(x+patchHalf+1, t.w), min(y+patchHalf+1, t.h)
	n := t.w + 1
	return t.sum[y1*n+x1]-t.sum[y0*n+x1]-t.sum[y1*n+x0]+t.sum[y0*n+x0] > 0
}

// darkLevel is the brightness below which a pixel shows nothing.
const darkLevel = 0.02

// Dark counts the pixels of a film that show nothing.
func Dark(image *dicomio.Image) Tally {
	s := &Sheet{im: image, tone: toneOf(image), v: image.Stored}
	marked := make([]bool, image.Width*image.Height)
	for i := range marked {
		v := s.v[i*image.Samples]
		marked[i] = s.padded(v) || s.tone.unit(v) < darkLevel
	}
	return newTally(marked, image.Width, image.Height)
}

// Share is the part of a rectangle's pixels that are marked.
func (t Tally) Share(r Rect) float64 {
	s, n := r.pixels(t.w, t.h), t.w+1
	marked := t.sum[s.y1*n+s.x1] - t.sum[s.y0*n+s.x1] - t.sum[s.y1*n+s.x0] + t.sum[s.y0*n+s.x0]
	return float64(marked) / float64(s.w()*s.h())
}
