package phantom

import "sync"

// gridPool keeps the grids that a film is done with for what it draws next, and then
// for the next film: memory that is new to the process costs time at the first
// touch. One film at a time has a pool, and nothing of it leaves with the film.
type gridPool struct {
	w, h int
	free []*grid
}

// idle are the pools of finished films.
var idle sync.Pool

// takePool hands out an idle pool of the size, or an empty one.
func takePool(w, h int) *gridPool {
	if s, ok := idle.Get().(*gridPool); ok && s.w == w && s.h == h {
		return s
	}
	return &gridPool{w: w, h: h}
}

func (s *gridPool) close() { idle.Put(s) }

// take hands out a grid that holds anything.
func (s *gridPool) take() *grid {
	n := len(s.free)
	if n == 0 {
		return newGrid(s.w, s.h)
	}
	g := s.free[n-1]
	s.free = s.free[:n-1]
	return g
}

func (s *gridPool) put(gs ...*grid) { s.free = append(s.free, gs...) }
