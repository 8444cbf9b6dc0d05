package canvas

import "sync"

// Pool keeps the grids that a film is done with for what it draws next, and then
// for the next film: memory that is new to the process costs time at the first
// touch. One film at a time has a pool, and nothing of it leaves with the film.
type Pool struct {
	W, H int
	free []*Grid
}

// idle are the pools of finished films.
var idle sync.Pool

// TakePool hands out an idle pool of the size, or an empty one.
func TakePool(w, h int) *Pool {
	if s, ok := idle.Get().(*Pool); ok && s.W == w && s.H == h {
		return s
	}
	return &Pool{W: w, H: h}
}

// Close gives the pool to the next film.
func (s *Pool) Close() { idle.Put(s) }

// Take hands out a grid that holds anything.
func (s *Pool) Take() *Grid {
	n := len(s.free)
	if n == 0 {
		return newGrid(s.W, s.H)
	}
	g := s.free[n-1]
	s.free = s.free[:n-1]
	return g
}

// Put takes grids back; nobody may look at them any more.
func (s *Pool) Put(gs ...*Grid) { s.free = append(s.free, gs...) }
