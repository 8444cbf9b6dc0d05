package app

import (
	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/internal/raster"
)

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
	s.onPicture(func(p *radiograph.Picture, v *radiograph.View) {
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
	s.onPicture(func(_ *radiograph.Picture, v *radiograph.View) {
		if f >= raster.Smooth && f <= raster.Pixels {
			v.Filter = f
		}
	})
}

// NextFilter goes round the filters.
func (s *Session) NextFilter() {
	s.onPicture(func(_ *radiograph.Picture, v *radiograph.View) { v.Filter = (v.Filter + 1) % (raster.Pixels + 1) })
}

// ToggleLens shows or hides the magnifier glass.
func (s *Session) ToggleLens() { s.change(func() { s.state.Lens = !s.state.Lens }) }

// NextCorners goes round the states of the corner text.
func (s *Session) NextCorners() {
	s.change(func() { s.state.Corners = (s.state.Corners + 1) % viewport.CornerStates })
}
