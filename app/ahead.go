package app

import (
	"slices"
	"time"

	"hilum/app/studies"
)

// The neighbours of the current study are decoded and scored ahead, so that
// going on is instant. That waits until the reader's hands have rested for
// restFor, so that it never slows a drag.
const (
	restFor  = 300 * time.Millisecond
	restLook = 50 * time.Millisecond
)

// ahead is the study that is being fetched ahead, so that selecting it waits for
// that instead of beginning anew.
type ahead struct {
	id   int
	done chan struct{} // closed when it is there or has failed
}

// touch notes that the reader is at work. Under the lock.
func (s *Session) touch() {
	s.touched = time.Now()
	s.holdList()
}

// rested waits until the reader has not touched the picture for a while; false
// when generation is over.
func (s *Session) rested(generation int) bool {
	for {
		s.mu.Lock()
		over, since := s.generation != generation || s.closed, time.Since(s.touched)
		s.mu.Unlock()
		if over {
			return false
		}
		if since >= restFor {
			return true
		}
		select {
		case <-s.ctx.Done():
			return false
		case <-time.After(restLook):
		}
	}
}

// lookAhead fetches the next and the previous study.
func (s *Session) lookAhead(generation int) {
	s.spawn("looking ahead", func() {
		for _, by := range []int{1, -1} {
			if !s.rested(generation) {
				return
			}
			if id, ok := s.neighbour(by); ok {
				s.fetchAhead(id)
			}
		}
	})
}

// neighbour is the ID of a study beside the current one that is worth fetching.
func (s *Session) neighbour(by int) (id int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	location, ok := beside(s.state, by)
	if !ok || s.ahead != nil {
		return 0, false
	}
	at := slices.IndexFunc(s.state.Studies, func(o studies.Study) bool { return o.Place() == location })
	if at < 0 || s.state.Current < 0 {
		return 0, false
	}
	st := s.state.Studies[at]
	known := s.recent.Get(st.ID) != nil && (s.model == nil || s.entries[at].result != nil)
	return st.ID, st.Status != studies.Failed && !known
}

// fetchAhead fetches one study; what fails is said when the reader goes there.
func (s *Session) fetchAhead(id int) {
	a := &ahead{id, make(chan struct{})}
	s.mu.Lock()
	s.ahead = a
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.ahead = nil
		s.mu.Unlock()
		close(a.done)
	}()
	_, _, _ = s.fetch(s.ctx, id)
}
