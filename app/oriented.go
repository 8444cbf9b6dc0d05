package app

import (
	"sync"

	"hilum/dicomio"
	"hilum/internal/raster"
)

// oriented keeps the last turned or mirrored pyramid of a picture.
type oriented struct {
	mu      sync.Mutex
	of      raster.Orientation
	pyramid *raster.Pyramid
}

// Seen is the picture's pyramid as it is seen in an orientation. The last one is
// kept; turning a large film takes some tens of milliseconds.
func (p *Picture) Seen(o raster.Orientation) *raster.Pyramid {
	if o == (raster.Orientation{}) {
		return p.Pyramid
	}
	t := &p.turned
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pyramid == nil || t.of != o {
		t.of, t.pyramid = o, p.Pyramid.Oriented(o)
	}
	return t.pyramid
}

// seenRows is a picture as it is seen, made row by row, for drawing it at its own size.
func seenRows(im *dicomio.Image, o raster.Orientation) *raster.Pyramid {
	lo, _ := im.ValueRange()
	w, h := o.Size(im.Width, im.Height)
	value := func(i int) uint16 { return uint16(min(max(int64(im.GrayAt(i))-int64(lo), 0), 65535)) }
	return raster.NewRows(w, h, func(y int, to []uint16) {
		if o == (raster.Orientation{}) {
			for x := range to {
				to[x] = value(y*w + x)
			}
			return
		}
		for x := range to {
			fx, fy := o.Undo(float64(x)+0.5, float64(y)+0.5, float64(im.Width), float64(im.Height))
			to[x] = value(int(fy)*im.Width + int(fx))
		}
	})
}

// SeenSize is the picture's width and height as it is seen, in its own pixels.
func (p *Picture) SeenSize(o raster.Orientation) (w, h int) {
	return o.Size(p.Pyramid.Size())
}

// FilmToView maps a point of the stored picture to device pixels of the
// viewport.
func (v View) FilmToView(p *Picture, viewport [2]int, x, y float64) (float64, float64) {
	w, h := p.Pyramid.Size()
	x, y = v.Orient.Apply(x, y, float64(w), float64(h))
	return v.Place.ToView(viewport[0], viewport[1], x, y)
}

// ViewToFilm is the inverse of FilmToView.
func (v View) ViewToFilm(p *Picture, viewport [2]int, x, y float64) (float64, float64) {
	w, h := p.Pyramid.Size()
	x, y = v.Place.ToImage(viewport[0], viewport[1], x, y)
	return v.Orient.Undo(x, y, float64(w), float64(h))
}

// Turn turns the picture clockwise by quarters; negative is anticlockwise.
func (s *Session) Turn(quarters int) {
	s.reorient(func(o raster.Orientation) raster.Orientation { return o.Turn(quarters) })
}

// FlipLeftRight mirrors the picture at the vertical.
func (s *Session) FlipLeftRight() { s.reorient(raster.Orientation.FlipLeftRight) }

// FlipUpDown mirrors the picture at the horizontal.
func (s *Session) FlipUpDown() { s.reorient(raster.Orientation.FlipUpDown) }

// reorient keeps the point of the film in the middle of the viewport where it
// is.
func (s *Session) reorient(f func(raster.Orientation) raster.Orientation) {
	s.onPicture(func(p *Picture, v *View) {
		iw, ih := p.Pyramid.Size()
		w, h := float64(iw), float64(ih)
		x, y := v.Orient.Undo(v.Place.CX, v.Place.CY, w, h)
		v.Orient = f(v.Orient)
		v.Place.CX, v.Place.CY = v.Orient.Apply(x, y, w, h)
		s.refit()
	})
}

// SetFilter chooses how values between pixels are found.
func (s *Session) SetFilter(f raster.Filter) {
	s.onPicture(func(_ *Picture, v *View) {
		if f >= raster.Smooth && f <= raster.Pixels {
			v.Filter = f
		}
	})
}

// NextFilter goes round the filters.
func (s *Session) NextFilter() {
	s.onPicture(func(_ *Picture, v *View) { v.Filter = (v.Filter + 1) % (raster.Pixels + 1) })
}

// ToggleLens shows or hides the magnifier glass.
func (s *Session) ToggleLens() { s.change(func() { s.state.Lens = !s.state.Lens }) }

// NextCorners goes round the states of the corner text.
func (s *Session) NextCorners() {
	s.change(func() { s.state.Corners = (s.state.Corners + 1) % cornerStates })
}

// Sides are the letters at the left and right edge of the picture as it is seen:
// R and L for the patient's sides, H and F for head and feet where the picture
// lies on its side, "" where the file does not tell. orientation is Patient
// Orientation (PS3.3 C.7.6.1.1.1): the directions of rows and of columns, as in
// L\F, where the right edge is the patient's left.
func Sides(orientation string, o raster.Orientation) (left, right string) {
	row, column := directions(orientation)
	if o.Mirror {
		row = opposite(row)
	}
	for range o.Turns { // clockwise: what points down points left, what points right points down
		row, column = opposite(column), row
	}
	return opposite(row), row
}

// directions are the first letters of both halves of Patient Orientation; ""
// for what says no side.
func directions(orientation string) (row, column string) {
	letters := [2]string{}
	half := 0
	for i, r := range orientation {
		if r == '\\' {
			half++
			continue
		}
		if half < 2 && letters[half] == "" && (i == 0 || orientation[i-1] == '\\') && opposite(string(r)) != "" {
			letters[half] = string(r)
		}
	}
	return letters[0], letters[1]
}

// opposite is the other side of the patient, "" for none.
func opposite(side string) string {
	switch side {
	case "L":
		return "R"
	case "R":
		return "L"
	case "H":
		return "F"
	case "F":
		return "H"
	case "A":
		return "P"
	case "P":
		return "A"
	}
	return ""
}
