package viewer

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

// Timing is what the viewers of a window share: the clock of their frames, and
// whether these are drawn coarsely now.
type Timing struct {
	clock    frameClock
	adaptive adaptiveResolution
}

// TimingOptions say what becomes of the times.
type TimingOptions struct {
	Do       func(func())        // runs a function on the window's goroutine, later
	Report   func(time.Duration) // told the time from each mouse event to its frame; nil for nobody
	Adaptive bool                // draw coarsely while zooming and panning outrun the frames
	Again    func()              // draws the images anew
}

// Start measures the frames for those who want to know.
func (t *Timing) Start(o TimingOptions) {
	report := o.Report
	if o.Adaptive {
		t.adaptive.allowed, t.adaptive.do, t.adaptive.again = true, o.Do, o.Again
		report = func(d time.Duration) {
			t.adaptive.took(d)
			if o.Report != nil {
				o.Report(d)
			}
		}
	}
	t.clock.report, t.clock.do = report, o.Do
}

// Painted is told when the picture of a frame is drawn.
func (t *Timing) Painted() { t.clock.painted() }

// Stop ends it for good.
func (t *Timing) Stop() { t.adaptive.stop() }
