package ui

import "sync/atomic"

// coalescer turns any number of signals from any goroutine into calls of f on
// the window's goroutine, never more than one waiting.
type coalescer struct {
	waiting atomic.Bool
	closed  atomic.Bool
	do      func(func()) // runs a function on the window's goroutine, later
	f       func()
}

func (c *coalescer) signal() {
	if c.closed.Load() || !c.waiting.CompareAndSwap(false, true) {
		return
	}
	c.do(func() {
		c.waiting.Store(false)
		if !c.closed.Load() {
			c.f()
		}
	})
}
