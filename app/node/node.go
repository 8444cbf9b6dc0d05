// Package node is the program as a station of a DICOM network that nobody sits at: films
// come by C-STORE or lie in a watched folder, frontal chest films are scored, and what is
// made of them is kept and sent on. Its core type is [Node], and what it must not forget is
// in its [Journal], so that being killed at any moment loses nothing: an object is accepted
// when it is on the disk, each is scored once by model and thresholds, and its results go
// out until their destinations have them. No patient is named in logs and counters. It
// imports app/export, app/records, app/worklist, dicomio, its rooms for the network, and
// inference.
package node

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hilum/app/export"
	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/dicomio/dimse"
	"hilum/dicomio/pacs"
	"hilum/inference"
	"hilum/internal/message"
)

// Config says what a node does. Zeros are the usual.
type Config struct {
	Title   string       // our application entity title
	Listen  net.Listener // for DICOM
	TLS     *tls.Config  // for Listen; nil for none
	Allowed []string     // titles that may call; nil lets everybody
	Dir     string       // for what comes, what is made, and the journal
	Watch   string       // a folder whose DICOM files are taken in, and left as they are; "" for none
	// Ask are archives whose films of yesterday and today are fetched, every AskEvery.
	Ask      []pacs.Server
	AskEvery time.Duration
	HTTP     net.Listener // for /healthz and /metrics; nil for none
	Rules    Rules
	Forms    export.Forms // that there are
	Objects  []string     // forms that are made of a film, by name
	Send     []Destination
	// MinFree is how many bytes of the disk stay free: below that nothing is accepted.
	MinFree int64
	Workers int            // films that are scored at a time
	Log     func(LogEntry) // one at a time; nil for nobody
	Poll    time.Duration  // how often folder and journal are looked at without need
	Retry   time.Duration  // before what could not be sent is sent again; doubles up to maxRetry
}

const (
	usualPoll  = 2 * time.Second
	usualAsk   = time.Minute
	usualRetry = 5 * time.Second
	maxRetry   = 10 * time.Minute
	usualFree  = 1 << 30
)

// LogEntry is one thing that happened. It names no patient.
type LogEntry struct {
	Time        time.Time       `json:"time"`
	Event       message.Message `json:"event"`
	Instance    string          `json:"instance_uid,omitempty"`
	Calling     string          `json:"calling,omitempty"`
	Destination string          `json:"destination,omitempty"`
	Files       []string        `json:"files,omitempty"`
	Reason      message.Message `json:"reason,omitzero"`
}

// Node is a station at work.
type Node struct {
	c        Config
	model    *inference.Model
	id       records.ModelID
	journal  *Journal
	incoming pacs.Folder
	key      []byte        // of pseudonyms; nil where no destination wants any
	work     chan struct{} // something waits to be scored
	results  chan struct{} // something waits to be sent
	counters counters
	logging  sync.Mutex
	full     atomic.Bool // the disk was when something was last written; told once
}

// The parts of a node's folder.
const (
	incomingFolder = "incoming"
	resultsFolder  = "results"
	journalFile    = "journal.db"
)

// Run works until ctx is done, and returns when all that it was doing has ended.
func Run(ctx context.Context, model *inference.Model, c Config) error {
	n, err := open(ctx, model, c)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var parts sync.WaitGroup
	part := func(f func(context.Context) error) {
		parts.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				stop(err)
			}
		})
	}
	part(n.receive)
	part(n.score)
	if n.c.Watch != "" {
		part(n.watch)
	}
	for _, to := range n.c.Send {
		part(func(ctx context.Context) error { return n.deliver(ctx, to) })
	}
	for _, of := range n.c.Ask {
		part(func(ctx context.Context) error { return n.ask(ctx, of) })
	}
	if n.c.HTTP != nil {
		part(n.serveStatus)
	}
	n.log(LogEntry{Event: message.Of("started")})
	<-ctx.Done()
	parts.Wait()
	n.log(LogEntry{Event: message.Of("stopped")})
	err = context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, n.journal.Close())
}

// open makes the folders and takes up what an earlier run left.
func open(ctx context.Context, model *inference.Model, c Config) (*Node, error) {
	if c.Poll <= 0 {
		c.Poll = usualPoll
	}
	if c.AskEvery <= 0 {
		c.AskEvery = usualAsk
	}
	if c.Retry <= 0 {
		c.Retry = usualRetry
	}
	if c.MinFree <= 0 {
		c.MinFree = usualFree
	}
	c.Workers = max(c.Workers, 1)
	id, err := worklist.Identify(model)
	if err != nil {
		return nil, err
	}
	n := &Node{c: c, model: model, id: id, incoming: pacs.Folder{Dir: filepath.Join(c.Dir, incomingFolder), Durable: true},
		work: make(chan struct{}, 1), results: make(chan struct{}, 1)}
	if err := n.incoming.Make(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(c.Send, func(d Destination) bool { return d.Deidentified }) {
		if n.key, err = readKey(c.Dir); err != nil {
			return nil, err
		}
	}
	if n.journal, err = OpenJournal(ctx, filepath.Join(c.Dir, journalFile)); err != nil {
		return nil, err
	}
	if err := errors.Join(n.redirect(ctx), n.journal.Adopt(ctx, n.id), n.recover(ctx)); err != nil {
		return nil, errors.Join(err, n.journal.Close())
	}
	return n, nil
}

func (n *Node) log(e LogEntry) {
	if n.c.Log == nil {
		return
	}
	n.logging.Lock()
	defer n.logging.Unlock()
	e.Time = time.Now()
	n.c.Log(e)
}

// wake tells a part that something waits for it.
func wake(part chan struct{}) {
	select {
	case part <- struct{}{}:
	default:
	}
}

// receive answers C-ECHO and C-STORE.
func (n *Node) receive(ctx context.Context) error {
	s := &dimse.Server{
		Title:   n.c.Title,
		TLS:     n.c.TLS,
		Allowed: n.c.Allowed,
		Store:   n.store,
		Report: func(peer string, err error) {
			n.counters.associationErrors.Add(1)
			n.log(LogEntry{Event: message.Of("association failed"), Calling: peer, Reason: message.Sentence(err)})
		},
	}
	return s.Serve(ctx, n.c.Listen)
}

// score works through the journal.
func (n *Node) score(ctx context.Context) error {
	const batch = 64
	for {
		if n.room() != nil { // results need some too
			if !n.wait(ctx, nil, n.c.Poll) {
				return nil
			}
			continue
		}
		jobs, err := n.journal.Jobs(ctx, n.id, batch)
		if err != nil {
			return err
		}
		if len(jobs) > 0 {
			if err := n.scoreAll(ctx, jobs); err != nil {
				return err
			}
			continue
		}
		if !n.wait(ctx, n.work, n.c.Poll) {
			return nil
		}
	}
}

// wait waits until there may be work; false when ctx is done.
func (n *Node) wait(ctx context.Context, part chan struct{}, most time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-part:
	case <-time.After(most):
	}
	return true
}

// serveStatus answers who looks after the node.
func (n *Node) serveStatus(ctx context.Context) error {
	s := &http.Server{Handler: n.status(), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.Serve(n.c.HTTP); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// CheckObjects says which of some names are no forms of objects that speak of a film.
func CheckObjects(forms export.Forms, names []string) error {
	for _, name := range names {
		if f, ok := forms.Find(name); !ok || f.Class == "" {
			return message.Errorf("%q is no object that can be sent; use sr, sc, gsps or kos", name)
		}
	}
	return nil
}
