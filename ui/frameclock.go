package ui

import "time"

// frameClock measures the time from a mouse event on the picture to its frame
// on the screen. Fyne does not say when a frame was swapped in; what runs next
// on the window's goroutine runs after that, be it a queued function or the next
// mouse event, whichever comes first.
type frameClock struct {
	report  func(time.Duration) // nil measures nothing
	do      func(func())
	moved   time.Time // the first event that no frame shows yet
	waiting time.Time // the event of the frame that is being swapped in
}

// event is told before a mouse event changes anything.
func (c *frameClock) event() {
	if c.report == nil {
		return
	}
	c.swapped()
	if c.moved.IsZero() {
		c.moved = time.Now()
	}
}

// painted is told when the picture of a frame is drawn.
func (c *frameClock) painted() {
	if c.report == nil || c.moved.IsZero() {
		return
	}
	c.waiting, c.moved = c.moved, time.Time{}
	c.do(c.swapped)
}

func (c *frameClock) swapped() {
	if !c.waiting.IsZero() {
		c.report(time.Since(c.waiting))
		c.waiting = time.Time{}
	}
}
