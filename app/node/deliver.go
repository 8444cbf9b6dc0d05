package node

import (
	"context"
	"errors"
	"time"

	"hilum/dicomio/pacs"
	"hilum/internal/message"
)

const (
	deliveryBatch = 50
	// mostRefusals is how often a destination may refuse an object before it is given up. A
	// destination that cannot be reached is tried for ever.
	mostRefusals = 20
)

// redirect has made again what waits for a destination that is to get it otherwise now, with
// or without identity.
func (n *Node) redirect(ctx context.Context) error {
	for _, to := range n.c.Send {
		if err := n.journal.Redirect(ctx, to); err != nil {
			return err
		}
	}
	return nil
}

// deliver sends results to a destination, again and again until it has them.
func (n *Node) deliver(ctx context.Context, to Destination) error {
	pause := n.c.Retry
	for {
		list, err := n.journal.Due(ctx, to, deliveryBatch)
		if err != nil {
			return ignoreCancelled(ctx, err)
		}
		wait := n.c.Poll
		if len(list) > 0 {
			reached, err := n.send(ctx, to, list)
			if err != nil {
				return ignoreCancelled(ctx, err)
			}
			if reached {
				pause = n.c.Retry
				continue
			}
			wait, pause = pause, min(2*pause, maxRetry)
			// New results wait with the others until the pause is over.
			if !n.wait(ctx, nil, wait) {
				return nil
			}
			continue
		}
		if !n.wait(ctx, n.results, wait) {
			return nil
		}
	}
}

// send sends some results and notes what became of each. reached is false where the
// destination could not be spoken with. An error is about the journal.
func (n *Node) send(ctx context.Context, to Destination, list []Delivery) (reached bool, err error) {
	byPath := map[string]Delivery{}
	var files []string
	for _, d := range list {
		byPath[d.Path] = d
		files = append(files, d.Path)
	}
	var trouble error
	failed := to.Send(ctx, files, func(e pacs.Event) {
		d, ours := byPath[e.Path]
		if !ours {
			return
		}
		reached = true
		trouble = errors.Join(trouble, n.delivered(ctx, to, d, e))
	})
	if !reached && failed != nil && ctx.Err() == nil {
		n.counters.unreached.Add(1)
		n.log(LogEntry{Event: message.Of("not sent"), Destination: to.Address(), Reason: message.Sentence(failed)})
	}
	return reached || failed == nil, trouble
}

// delivered notes what became of one.
func (n *Node) delivered(ctx context.Context, to Destination, d Delivery, e pacs.Event) error {
	switch {
	case e.Kind == pacs.Sent:
		n.counters.sent.Add(1)
		n.log(LogEntry{Event: message.Of("sent"), Instance: e.Instance, Destination: to.Address()})
		return n.noteDelivery(ctx, d, Done, time.Time{}, "")
	case e.Kind == pacs.Failed:
		reason := message.Sentence(e.Err)
		n.counters.sendRefused.Add(1)
		n.log(
			LogEntry{
				Event:       message.Of("refused by destination"),
				Instance:    e.Instance,
				Destination: to.Address(),
				Reason:      reason,
			},
		)
		if d.Tries+1 >= mostRefusals {
			return n.noteDelivery(ctx, d, Failed, time.Time{}, reason.String())
		}
		pause := min(n.c.Retry<<min(d.Tries, 10), maxRetry)
		return n.noteDelivery(ctx, d, Waiting, time.Now().Add(pause), reason.String())
	}
	return nil
}

func (n *Node) noteDelivery(ctx context.Context, d Delivery, state State, due time.Time, reason string) error {
	return n.insist(ctx, func() error { return n.journal.Delivered(ctx, d, state, due, reason) })
}
