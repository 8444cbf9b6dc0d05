package main

import (
	"sync"
	"time"
)

// loopPatience is how long the toolkit's loop may take to return when the main window was
// closed; it needs a sixtieth of a second.
const loopPatience = 5 * time.Second

// quitting sees to it that the process ends when the window was closed. The toolkit's
// loop can stay for good: a window that is left over keeps it, and when it stops it waits
// for an event that another goroutine has handed in behind its last look at the queue
// (fyne v2.8.1, runGL in internal/driver/glfw/loop.go: the queue is drained before
// drained is set, and WaitForEvents waits for what came between). Whatever we wait for
// comes after the loop, so it is done here instead, and the process ends.
type quitting struct {
	end  func() error // closes what the program has open
	exit func(code int)
	once sync.Once
	over chan struct{} // closed when the loop has returned
}

func newQuitting(end func() error, exit func(code int)) *quitting {
	return &quitting{end: end, exit: exit, over: make(chan struct{})}
}

// closed is told that the main window was closed.
func (q *quitting) closed() {
	go func() {
		select {
		case <-q.over:
		case <-time.After(loopPatience):
			code := 0
			if q.end() != nil {
				code = exitFailed
			}
			q.exit(code)
		}
	}()
}

// returned is told that the loop has returned.
func (q *quitting) returned() { q.once.Do(func() { close(q.over) }) }
