package answers

import (
	"context"
	"maps"
	"time"

	"hilum/app/records"
	"hilum/dicomio"
	"hilum/internal/store"
)

// followEvery is how often the records are asked whether another program has written to
// them: the answers of a second window are there before the reader has turned to this one.
const followEvery = time.Second

// follow has the state show what other programs on the same records answer, until the
// program closes.
func (a *Answers) follow() {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	var last int64
	for {
		select {
		case <-a.hub.Context().Done():
			return
		case <-tick.C:
			a.audit.later(func(ctx context.Context) error {
				err := a.reading.Follow(ctx, a.audit.store)
				if err == nil {
					err = a.catchUp(ctx, &last)
				}
				if err != nil {
					a.reading.Trace("answers of other programs: " + err.Error()) // a second later it is tried again
				}
				return nil
			})
		}
	}
}

// catchUp reads the answers to the picture on the screen again when there are newer ones
// than the last, unless the reader's own are still on their way.
func (a *Answers) catchUp(ctx context.Context, last *int64) error {
	im := a.known()
	if im == nil {
		return nil
	}
	newest, err := a.audit.store.LastEvent(ctx)
	if err != nil || newest == *last {
		return err
	}
	var reader string
	var hidden bool
	a.hub.Look(func(tx store.Tx) { reader, hidden = a.reading.Reader(tx), a.reading.Hidden(tx) })
	answers, err := a.audit.given(ctx, reader, a.audit.identity(im), hidden)
	if err != nil {
		return err
	}
	a.hub.Change(func(tx store.Tx) {
		if a.audit.pending() || a.reading.Image(tx) != im || a.reading.Reader(tx) != reader ||
			a.reading.Hidden(tx) != hidden {
			return
		}
		*last = newest
		a.replace(tx, answers)
	})
	return nil
}

// known is the picture on the screen, once its answers were read; nil before.
func (a *Answers) known() (im *dicomio.Image) {
	a.hub.Look(func(tx store.Tx) {
		if a.state.In(tx).Identity != nil {
			im = a.reading.Image(tx)
		}
	})
	return im
}

// replace takes over what the records hold of the current picture. What was said here is
// not what an undo leads back to where another program has changed it since.
func (a *Answers) replace(tx store.Tx, answers map[string]records.Answer) {
	s := a.state.In(tx)
	id, _ := a.reading.Current(tx)
	same := func(x, y records.Answer) bool { return x.ID == y.ID }
	if maps.EqualFunc(s.Answers, answers, same) {
		return
	}
	for class := range a.said[id] {
		if s.Answers[class].ID != answers[class].ID {
			delete(a.said[id], class)
		}
	}
	if s.Last != nil && s.Answers[s.Last.Class].ID != answers[s.Last.Class].ID {
		s.Last = nil
	}
	s.Answers = answers
}
