package viewer

import (
	"slices"
	"time"

	"hilum/app/radiograph"
)

// wordsPace lets the words that change with every event of the mouse (the value under the
// cursor, the window) follow at a rate that can be read: to set them takes the toolkit longer
// than the tone of the whole picture, which then waits for them. The last words always come.
type wordsPace struct {
	timing *Timing // runs a function on the window's goroutine; before it is started, words are set at once
	again  func()  // writes the words anew

	of   *radiograph.Picture // whose they are: those of another are set at once
	last time.Time           // when they were set
	due  bool                // words wait for the timer
}

// readable is the time between two settings of words that change all the time.
const readable = 150 * time.Millisecond

// set writes the lines of a block about a picture, or has them written later where it has as
// many and they changed just now.
func (p *wordsPace) set(b *block, of *radiograph.Picture, lines []string) {
	if slices.Equal(lines, b.lines) {
		return
	}
	wait := readable - time.Since(p.last)
	if p.timing == nil || p.timing.clock.do == nil || wait <= 0 || of != p.of || len(lines) != len(b.lines) {
		p.of, p.last = of, time.Now()
		b.set(lines...)
		return
	}
	if p.due {
		return
	}
	p.due = true
	do := p.timing.clock.do
	time.AfterFunc(wait, func() {
		do(func() {
			p.due, p.last = false, time.Time{}
			p.again()
		})
	})
}
