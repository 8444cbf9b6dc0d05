package studies

import (
	"context"
	"time"

	"hilum/app/radiograph"
	"hilum/internal/store"
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

// prefetch fetches studies ahead, and keeps the pictures of the last few.
type prefetch struct {
	core
	newest  func(tx store.Tx, generation int) bool
	recent  pictures
	now     *ahead // nil while nothing is fetched ahead
	touched time.Time
}

// touch notes that the reader is at work.
func (p *prefetch) touch(store.Tx) { p.touched = time.Now() }

// since is when the reader was last at work.
func (p *prefetch) since(store.Tx) time.Time { return p.touched }

// rested waits until the reader has not touched the picture for a while; false
// when generation is over.
func (p *prefetch) rested(generation int) bool {
	for {
		var over bool
		var since time.Duration
		p.hub.Look(func(tx store.Tx) {
			over, since = !p.newest(tx, generation) || p.hub.Closed(tx), time.Since(p.touched)
		})
		if over {
			return false
		}
		if since >= restFor {
			return true
		}
		select {
		case <-p.hub.Context().Done():
			return false
		case <-time.After(restLook):
		}
	}
}

// begin fetches the next and the previous study, in the background.
func (p *prefetch) begin(generation int) {
	p.hub.Go("looking ahead", func() {
		for _, by := range []int{1, -1} {
			if !p.rested(generation) {
				return
			}
			if id, ok := p.neighbour(by); ok {
				p.fetchAhead(id)
			}
		}
	})
}

// neighbour is the ID of a study beside the current one that is worth fetching.
func (p *prefetch) neighbour(by int) (id int, ok bool) {
	p.hub.Look(func(tx store.Tx) {
		s := p.state.In(tx)
		next := beside(s, by)
		if next == nil || p.now != nil {
			return
		}
		index := at(s.Studies, next)
		if index < 0 || s.Current < 0 {
			return
		}
		st := s.Studies[index]
		known := p.recent.get(st.ID) != nil && p.reading.Known(tx, st.ID)
		id, ok = st.ID, st.Status != Failed && !known
	})
	return id, ok
}

// fetchAhead fetches one study; what fails is said when the reader goes there.
func (p *prefetch) fetchAhead(id int) {
	a := &ahead{id, make(chan struct{})}
	p.hub.Look(func(store.Tx) { p.now = a })
	defer func() {
		p.hub.Look(func(store.Tx) { p.now = nil })
		close(a.done)
	}()
	p.reading.Fetch(p.hub.Context(), id)
}

// await gives the picture of a study that is kept, or is being decoded ahead
// this moment; nil when it is to be decoded.
func (p *prefetch) await(ctx context.Context, id int) (kept *radiograph.Picture) {
	var a *ahead
	p.hub.Look(func(store.Tx) { kept, a = p.recent.get(id), p.now })
	if kept != nil || a == nil || a.id != id {
		return kept
	}
	select {
	case <-a.done:
	case <-ctx.Done():
	}
	p.hub.Look(func(store.Tx) { kept = p.recent.get(id) })
	return kept
}
