package node

import (
	"context"
	"time"

	"hilum/dicomio/pacs"
	"hilum/internal/message"
)

// ask fetches the films of yesterday and today from an archive, again and again: for sites
// whose archive forwards nothing. What lies here already is not fetched again.
func (n *Node) ask(ctx context.Context, of pacs.Server) error {
	for {
		if err := n.askOnce(ctx, of); err != nil {
			n.counters.unreached.Add(1)
			n.log(LogEntry{Event: message.Of("not asked"), Destination: of.Address(), Reason: message.Sentence(err)})
		}
		if !n.wait(ctx, nil, n.c.AskEvery) {
			return nil
		}
	}
}

func (n *Node) askOnce(ctx context.Context, of pacs.Server) error {
	const day = "20060102"
	now := time.Now()
	query := pacs.Query{Dates: now.AddDate(0, 0, -1).Format(day) + "-" + now.Format(day), Modalities: []string{"CR", "DX"}}
	var studies []string
	err := of.Find(ctx, query, func(s pacs.Study) error {
		studies = append(studies, s.UID)
		return nil
	})
	for _, uid := range studies {
		if err == nil {
			err = n.room()
		}
		if err != nil {
			return err
		}
		err = of.Get(ctx, uid, n.incoming, func(e pacs.Event) {
			if e.Kind == pacs.Received {
				n.noteFetched(ctx, e.Instance, of)
			}
		})
	}
	return err
}

// noteFetched takes an object that was fetched into the journal. Where that fails the next
// start finds it.
func (n *Node) noteFetched(ctx context.Context, instance string, from pacs.Server) {
	if err := n.note(ctx, instance, ""); err != nil {
		n.log(LogEntry{Event: message.Of("refused"), Instance: instance, Destination: from.Address(),
			Reason: message.Sentence(err)})
	}
}
