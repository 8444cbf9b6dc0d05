package studies

import (
	"context"
	"slices"
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

// Touch notes that the reader is at work.
func (c *Collection) Touch(tx store.Tx) {
	c.touched = time.Now()
	c.holdList(tx)
}

// rested waits until the reader has not touched the picture for a while; false
// when generation is over.
func (c *Collection) rested(generation int) bool {
	for {
		var over bool
		var since time.Duration
		c.hub.Look(func(tx store.Tx) {
			over, since = c.generation != generation || c.hub.Closed(tx), time.Since(c.touched)
		})
		if over {
			return false
		}
		if since >= restFor {
			return true
		}
		select {
		case <-c.hub.Context().Done():
			return false
		case <-time.After(restLook):
		}
	}
}

// Prefetch fetches the next and the previous study, in the background.
func (c *Collection) Prefetch(generation int) {
	c.hub.Go("looking ahead", func() {
		for _, by := range []int{1, -1} {
			if !c.rested(generation) {
				return
			}
			if id, ok := c.neighbour(by); ok {
				c.fetchAhead(id)
			}
		}
	})
}

// neighbour is the ID of a study beside the current one that is worth fetching.
func (c *Collection) neighbour(by int) (id int, ok bool) {
	c.hub.Look(func(tx store.Tx) {
		s := c.state.In(tx)
		location, there := beside(s, by)
		if !there || c.ahead != nil {
			return
		}
		at := slices.IndexFunc(s.Studies, func(o Study) bool { return o.Place() == location })
		if at < 0 || s.Current < 0 {
			return
		}
		st := s.Studies[at]
		known := c.recent.get(st.ID) != nil && c.reading.Known(tx, st.ID)
		id, ok = st.ID, st.Status != Failed && !known
	})
	return id, ok
}

// fetchAhead fetches one study; what fails is said when the reader goes there.
func (c *Collection) fetchAhead(id int) {
	a := &ahead{id, make(chan struct{})}
	c.hub.Look(func(store.Tx) { c.ahead = a })
	defer func() {
		c.hub.Look(func(store.Tx) { c.ahead = nil })
		close(a.done)
	}()
	c.reading.Fetch(c.hub.Context(), id)
}

// Await gives the picture of a study that is kept, or is being decoded ahead
// this moment; nil when it is to be decoded.
func (c *Collection) Await(ctx context.Context, id int) (p *radiograph.Picture) {
	var a *ahead
	c.hub.Look(func(store.Tx) { p, a = c.recent.get(id), c.ahead })
	if p != nil || a == nil || a.id != id {
		return p
	}
	select {
	case <-a.done:
	case <-ctx.Done():
	}
	c.hub.Look(func(store.Tx) { p = c.recent.get(id) })
	return p
}
