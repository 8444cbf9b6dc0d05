package phantom

import "sync"

// store keeps the grids that a film is done with for what it draws next, and then
// for the next film: memory that is new to the process costs time at the first
// touch. One film at a time has a store, and nothing of it leaves with the film.
type store struct {
	w, h int
	free []*grid
}

// idle are the stores of finished films.
var idle sync.Pool

// openStore hands out an idle store of the size, or an empty one.
func openStore(w, h int) *store {
	if s, ok := idle.Get().(*store); ok && s.w == w && s.h == h {
		return s
	}
	return &store{w: w, h: h}
}

func (s *store) close() { idle.Put(s) }

// take hands out a grid that holds anything.
func (s *store) take() *grid {
	n := len(s.free)
	if n == 0 {
		return newGrid(s.w, s.h)
	}
	g := s.free[n-1]
	s.free = s.free[:n-1]
	return g
}

func (s *store) put(gs ...*grid) { s.free = append(s.free, gs...) }
