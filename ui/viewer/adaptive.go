package viewer

import "time"

// adaptiveResolution draws images coarsely, one pixel in four, while the hand zooms or pans
// faster than exact frames can follow, and exactly once it rests. A move begins
// exact and stays so where the frames are quick. A drag of the window is always
// exact: it is made to see the pixels.
type adaptiveResolution struct {
	allowed bool
	do      func(func()) // runs a function on the window's goroutine, later
	again   func()       // draws the images anew

	moving bool
	coarse bool // frames are to be coarse
	drawn  bool // and one was
	timer  *time.Timer
}

const (
	slowFrame = 25 * time.Millisecond  // with more, under 40 a second, the hand sees a picture that lags
	handRest  = 150 * time.Millisecond // after the last event: a hand that goes on is back by then
)

// moved is told of each step of a zoom or a pan.
func (h *adaptiveResolution) moved() {
	if !h.allowed {
		return
	}
	h.moving = true
	if h.timer == nil {
		h.timer = time.AfterFunc(handRest, func() { h.do(h.rested) })
		return
	}
	h.timer.Reset(handRest)
}

// took is told the time from each mouse event to its frame.
func (h *adaptiveResolution) took(d time.Duration) {
	if h.moving && d > slowFrame {
		h.coarse = true
	}
}

// rested ends a move.
func (h *adaptiveResolution) rested() {
	stale := h.drawn
	h.moving, h.coarse, h.drawn = false, false, false
	if stale {
		h.again()
	}
}

// stop ends it for good.
func (h *adaptiveResolution) stop() {
	h.allowed = false
	if h.timer != nil {
		h.timer.Stop()
	}
}
