package archives

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/app/command"
	"hilum/dicomio/pacs"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Retrieval is a study that is fetched, waits for it, or could not be fetched.
type Retrieval struct {
	ID          int
	Server      string
	Study       pacs.Study
	Prior       bool // fetched by itself, for the study on the screen
	Running     bool
	Done, Total int             // objects; Total is 0 where the server does not tell
	Failure     message.Message // why it was not fetched, or not all of it
}

// Failed tells those that came to an end without all.
func (r Retrieval) Failed() bool { return !r.Failure.IsZero() }

// Under are those that run or wait.
func (s Archive) Under() (list []Retrieval) {
	for _, r := range s.Retrievals {
		if !r.Failed() {
			list = append(list, r)
		}
	}
	return list
}

// delivery is what only the work on a retrieval knows.
type delivery struct {
	show    bool // its first film comes on the screen
	current int  // the study that was on it when it was asked for, by ID; -1 for none
	refuse  func(*scan.Instance) error
}

// isAddress tells an address from a name.
func isAddress(server string) bool { return strings.Contains(server, "://") }

// Retrieve fetches a study behind those that were asked for before; with show its first film
// comes on the screen as soon as it is there, unless another study was chosen meanwhile. What
// is here already is not fetched again. One that is fetched already is not fetched twice.
func (a *Archives) Retrieve(server string, study pacs.Study, show bool) {
	if _, err := a.cache.folder(study.UID); err != nil {
		a.reading.Notify(message.Sentence(err))
		return
	}
	if show && a.showKept(study) {
		return
	}
	a.queue(Retrieval{Server: server, Study: study}, &delivery{show: show})
}

// Open shows a study that somebody names by its UID: from this machine, else from a server.
func (a *Archives) Open(server, uid string) { a.Retrieve(server, pacs.Study{UID: uid}, true) }

// showKept shows a study that is here as a whole.
func (a *Archives) showKept(study pacs.Study) bool {
	all := false
	a.hub.Look(func(tx store.Tx) { all = a.here(tx, study) == AllHere })
	if !all {
		return false
	}
	a.cache.touch(study.UID)
	if a.reading.SelectStudy(study.UID) {
		return true
	}
	f, err := a.cache.folder(study.UID)
	if err != nil {
		return false
	}
	return a.hub.Go("opening a study", func() {
		a.reading.Join(true, a.reading.Find(a.hub.Context(), f.Dir)...)
	})
}

// queue puts a retrieval at the end, or asks for more of one that is there.
func (a *Archives) queue(r Retrieval, d *delivery) {
	a.change(func(tx store.Tx, s *Archive) {
		d.current = -1
		if id, ok := a.reading.Current(tx); ok {
			d.current = id
		}
		if d.show {
			for _, o := range a.jobs { // the last that was asked for is shown
				o.show = false
			}
		}
		same := func(o Retrieval) bool { return o.Study.UID == r.Study.UID && o.Server == r.Server }
		if i := slices.IndexFunc(s.Retrievals, func(o Retrieval) bool { return same(o) && !o.Failed() }); i >= 0 {
			job := a.jobs[s.Retrievals[i].ID]
			if !r.Prior {
				job.show, job.current, job.refuse = d.show, d.current, nil
				s.Retrievals = slices.Clone(s.Retrievals)
				s.Retrievals[i].Prior = false // a person wants it now
			}
			return
		}
		list := slices.DeleteFunc(slices.Clone(s.Retrievals), same) // it failed before
		a.nextID++
		r.ID = a.nextID
		a.jobs[r.ID] = d
		s.Retrievals = append(list, r)
		if !a.busy {
			a.busy = a.hub.GoIn(tx, "fetching studies", a.work)
		}
	})
}

// Cancel takes a retrieval away, by its ID; one that runs ends. What came stays.
func (a *Archives) Cancel(id int) {
	a.change(func(_ store.Tx, s *Archive) {
		if stop := a.cancel[id]; stop != nil {
			stop()
		}
		a.remove(s, id)
	})
}

// CancelAll takes all away.
func (a *Archives) CancelAll() {
	a.change(func(_ store.Tx, s *Archive) {
		for _, stop := range a.cancel {
			stop()
		}
		s.Retrievals = nil
		a.jobs = map[int]*delivery{}
	})
}

func (a *Archives) remove(s *Archive, id int) {
	s.Retrievals = slices.DeleteFunc(slices.Clone(s.Retrievals), func(r Retrieval) bool { return r.ID == id })
	delete(a.jobs, id)
}

// edit changes a retrieval that is still wanted.
func (a *Archives) edit(id int, f func(tx store.Tx, r *Retrieval)) {
	a.change(func(tx store.Tx, s *Archive) {
		i := slices.IndexFunc(s.Retrievals, func(r Retrieval) bool { return r.ID == id })
		if i < 0 {
			return
		}
		s.Retrievals = slices.Clone(s.Retrievals)
		f(tx, &s.Retrievals[i])
	})
}

// work fetches what is in the queue until nothing is left.
func (a *Archives) work() {
	ended := false
	defer func() {
		if !ended { // it failed badly
			a.change(func(store.Tx, *Archive) { a.busy = false })
		}
	}()
	for {
		r, ctx, stop, ok := a.take()
		if !ok {
			ended = true
			return
		}
		err := a.fetch(ctx, r)
		wanted := ctx.Err() == nil
		stop()
		a.change(func(tx store.Tx, s *Archive) {
			delete(a.cancel, r.ID)
			a.look(tx, r.Study.UID)
			if err == nil || !wanted {
				a.remove(s, r.ID)
			}
		})
		if err != nil && wanted {
			a.failed(r, err)
		}
		if err := a.Prune(); err != nil {
			a.reading.Notify(message.Sentence(err))
		}
	}
}

// take is the next of the queue; those that a person asked for come before priors.
func (a *Archives) take() (r Retrieval, ctx context.Context, stop func(), ok bool) {
	a.change(func(_ store.Tx, s *Archive) {
		if a.hub.Context().Err() != nil {
			return
		}
		next := func(prior bool) int {
			return slices.IndexFunc(s.Retrievals, func(r Retrieval) bool { return !r.Failed() && r.Prior == prior })
		}
		i := next(false)
		if i < 0 {
			i = next(true)
		}
		if i < 0 {
			a.busy = false
			return
		}
		s.Retrievals = slices.Clone(s.Retrievals)
		s.Retrievals[i].Running = true
		r, ok = s.Retrievals[i], true
		ctx, stop = context.WithCancel(a.hub.Context())
		a.cancel[r.ID] = stop
	})
	return r, ctx, stop, ok
}

// failed says why a study did not come.
func (a *Archives) failed(r Retrieval, err error) {
	a.edit(r.ID, func(_ store.Tx, now *Retrieval) { now.Running, now.Failure = false, message.Sentence(err) })
	a.reading.Notify(message.Sentence(message.Errorf("a study was not fetched: %w", err)))
}

// fetch fetches one study; its films come into the list as they arrive.
func (a *Archives) fetch(ctx context.Context, r Retrieval) error {
	into, err := a.cache.make(r.Study.UID, r.Server)
	if err != nil {
		return err
	}
	in := &arrivals{a: a, ctx: ctx, id: r.ID}
	err = a.with(r.Server, a.reading.Notify, func(server pacs.Server) error {
		return server.Get(ctx, r.Study.UID, into, in.take)
	})
	in.flush()
	if in.refused != nil {
		err = errors.Join(err, in.refused)
	}
	return err
}

// arrivals are what comes of a study.
type arrivals struct {
	a       *Archives
	ctx     context.Context
	id      int
	waiting []string
	last    time.Time // when the list was told
	refused error     // why films were not let in
}

// together is how long films of a study wait for each other: the list is made anew for each
// group, and a study may have a thousand.
const together = 300 * time.Millisecond

// take takes an event; events of a retrieval come one at a time.
func (in *arrivals) take(e pacs.Event) {
	in.a.edit(in.id, func(_ store.Tx, r *Retrieval) { r.Done, r.Total = e.Done, e.Total })
	if e.Kind != pacs.Received && e.Kind != pacs.Kept {
		return
	}
	in.waiting = append(in.waiting, e.Path)
	if time.Since(in.last) >= together {
		in.flush()
	}
}

// flush puts what came into the list.
func (in *arrivals) flush() {
	var found []*scan.Instance
	d := in.delivery()
	for _, path := range in.waiting {
		for _, film := range in.a.reading.Find(in.ctx, path) {
			if d.refuse != nil {
				if err := d.refuse(film); err != nil {
					in.refused = err
					continue
				}
			}
			found = append(found, film)
		}
	}
	in.waiting, in.last = nil, time.Now()
	if len(found) > 0 && in.ctx.Err() == nil {
		in.a.reading.Join(in.shows(), found...)
	}
}

// delivery is what is known of the retrieval now: it may have been asked for again.
func (in *arrivals) delivery() (d delivery) {
	in.a.hub.Look(func(store.Tx) {
		if job := in.a.jobs[in.id]; job != nil {
			d = *job
		}
	})
	return d
}

// shows tells, once, that the first film is to be shown: where the reader has gone on to
// another study it stays in the list.
func (in *arrivals) shows() (show bool) {
	in.a.hub.Look(func(tx store.Tx) {
		job := in.a.jobs[in.id]
		if job == nil || !job.show {
			return
		}
		job.show = false
		id, ok := in.a.reading.Current(tx)
		show = !ok || id == job.current
	})
	return show
}

// Commands are those of what is being fetched.
func (a *Archives) Commands() []command.Command {
	return []command.Command{{ID: "archive.cancel", Title: "Stop fetching studies", Menu: "File", Shortcut: "Ctrl+Shift+X",
		Do: a.CancelAll, Enabled: func() bool { return len(a.state.Get().Archive.Under()) > 0 }}}
}

// Prune removes what was fetched longest ago where it takes more than it may; what is open, or
// is being fetched, stays. It takes as long as looking through the folder does.
func (a *Archives) Prune() error {
	inUse := map[string]bool{}
	a.hub.Look(func(tx store.Tx) {
		for _, o := range a.reading.Opened(tx) {
			inUse[filepath.Dir(o.Disk)] = true
		}
		for _, r := range a.state.In(tx).Archive.Retrievals {
			if f, err := a.cache.folder(r.Study.UID); err == nil && !r.Failed() {
				inUse[f.Dir] = true
			}
		}
	})
	if a.cache.dir == "" || !exists(a.cache.dir) {
		return nil
	}
	return a.cache.prune(a.reading.Limit(), func(dir string) bool { return inUse[dir] })
}
