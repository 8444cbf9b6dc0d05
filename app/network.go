package app

import "hilum/inference"

// Network gives the engine, and what the model in use was opened from, to windows
// that open it once more for themselves: what they do then cannot hold up the
// reading. They close what they opened before the session is closed. It is false
// while no model is open.
func (s *Session) Network() (inference.Engine, inference.Source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine, s.source, s.engine != nil && s.model != nil
}
