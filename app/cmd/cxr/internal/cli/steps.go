package cli

import (
	"fmt"
	"time"

	"hilum/internal/message/reread"
	"hilum/training"
)

// Notes prints what limits a result.
func (p *Printer) Notes(notes []string) {
	fmt.Fprintln(p.Out)
	for _, n := range notes {
		p.Line(p.Out, "! %s", p.Words.Text(reread.Message(n)))
	}
}

// stepJSON is the event of progress.
type stepJSON struct {
	Event string `json:"event"`
	Phase string `json:"phase"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

// Steps shows progress: a line on a terminal, events in JSON, each at most ten
// times a second.
func (p *Printer) Steps() func(training.Progress) {
	const pace = time.Second / 10
	var last time.Time
	return func(s training.Progress) {
		if s.Done < s.Total && time.Since(last) < pace {
			return
		}
		last = time.Now()
		if p.JSON {
			// An error of the writer shows at the result.
			_ = p.Encode(stepJSON{"progress", s.Phase, s.Done, s.Total})
		} else if p.Progress {
			p.ShowProgress("%s: %d of %d", s.Phase, s.Done, s.Total)
		}
	}
}
