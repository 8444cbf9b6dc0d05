package studies

import (
	"context"
	"time"

	"hilum/internal/store"
)

// seenAfter is how long a study is in sight before it counts as looked at: longer than
// one is that is passed on the way to another.
const seenAfter = 1500 * time.Millisecond

// attention notes which studies were looked at: in sight for seenAfter, while the reader
// was at this program. A wait that the reader leaves begins anew.
type attention struct {
	core
	away    bool   // the reader is at another program
	key     string // of the study in sight; "" for none
	decided bool   // whether it is seen is settled
	end     func() // of the wait; never nil
}

// sight has a study in sight; another picture of it changes nothing.
func (a *attention) sight(tx store.Tx, key string) {
	if key != a.key {
		a.lose()
		a.key = key
		a.wait(tx)
	}
}

// lose has nothing in sight.
func (a *attention) lose() {
	a.end()
	a.key, a.decided = "", false
}

// decide ends the wait for the study in sight: whether it is seen is settled.
func (a *attention) decide() {
	a.end()
	a.decided = true
}

// turn tells that the reader is at this program, or at another.
func (a *attention) turn(tx store.Tx, here bool) {
	if here == !a.away {
		return
	}
	a.away = !here
	a.end()
	a.wait(tx)
}

// wait has the study in sight looked at after a while.
func (a *attention) wait(tx store.Tx) {
	if a.away || a.decided || a.key == "" {
		return
	}
	ctx, cancel := context.WithCancel(a.hub.Context())
	a.end = cancel
	a.hub.GoIn(tx, "noting what was looked at", func() {
		select {
		case <-ctx.Done():
		case <-time.After(seenAfter):
			a.looked(ctx)
		}
	})
}

// looked marks the study in sight as seen, unless its wait has ended meanwhile.
func (a *attention) looked(ctx context.Context) {
	a.hub.Change(func(store.Tx) {
		if ctx.Err() != nil {
			return
		}
		a.decide()
		a.list.MarkSeen(a.key, true)
	})
}
