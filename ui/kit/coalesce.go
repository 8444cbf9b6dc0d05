package kit

import "sync/atomic"

// Coalescer turns any number of signals from any goroutine into calls of F on
// the window's goroutine, never more than one waiting.
type Coalescer struct {
	waiting atomic.Bool
	Closed  atomic.Bool
	Do      func(func()) // runs a function on the window's goroutine, later
	F       func()
}

// Signal asks for a call.
func (c *Coalescer) Signal() {
	if c.Closed.Load() || !c.waiting.CompareAndSwap(false, true) {
		return
	}
	c.Do(func() {
		c.waiting.Store(false)
		if !c.Closed.Load() {
			c.F()
		}
	})
}
