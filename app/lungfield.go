package app

import (
	"hilum/dicomio"
)

// AutoWindow shows the values of the lungs, or, where no lungs are found, most
// of the values of the picture, and says so.
func (s *Session) AutoWindow() {
	p := s.State().Picture
	if p == nil {
		return
	}
	s.spawn("looking for the lungs", func() {
		w, ok := dicomio.Window{}, false
		if f, found := p.LungField(); found {
			w, ok = f.Window(), true
		}
		s.change(func() {
			if s.state.Picture != p {
				return
			}
			if !ok {
				s.state.Message = "No lungs were found on this picture; its own window is shown."
				w = p.Image.DefaultWindow()
			}
			s.state.View.Window = w
		})
	})
}
