package app

// OpenFinding opens one picture with the map of a class over it, as soon as both
// are there.
func (s *Session) OpenFinding(path, class string) {
	s.change(func() {
		s.watching.quiet = true // it is about the picture that comes
		s.state.Map.Class, s.state.Map.On = class, true
	})
	s.Open(path)
}
