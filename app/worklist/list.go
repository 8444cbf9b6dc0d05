// Package worklist is the list of studies that a reader works through: what was
// found in folders, archives and discs, as patients and studies, with the scores
// of the model in use. Its core type is [List], the only list of what is open: of
// [Entry] values, each with the source that it comes from. It looks for pictures,
// scores them in the background and keeps both sorted; whoever draws it takes a
// [Snapshot] and asks for the rows on the screen. It knows no toolkit and
// imports app/records, inference, inference/calib and dicomio.
package worklist

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hilum/app/records"
	"hilum/dicomio/scan"
	"hilum/internal/message"
)

// Config says what a list works with.
type Config struct {
	Records *records.Store // remembers scores and what was seen; nil remembers nothing
	Sources scan.Registry  // that Add looks in; nil is scan.Sources
	// OnChange is told that there is a new snapshot, at most ten times a second,
	// the last change included; nil for nobody. It is called on another
	// goroutine and must be quick.
	OnChange func()
}

// List is a worklist. All methods may be called from any goroutine. They return
// at once, but for those that say that they wait; the work goes on in goroutines
// that Close waits for.
type List struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	wake   chan struct{} // something changed
	shown  atomic.Pointer[Snapshot]
	gate   gate
	saving sync.Mutex // held while marks are written

	mu         sync.Mutex
	closed     bool
	entries    map[string]*Entry // by location
	opened     []*Entry          // in the order in which they came; handed out, so never written to
	nextID     int
	fresh      bool    // entries came in that are not grouped yet
	items      []*item // all studies
	problems   []scan.Found
	indexing   int // calls of Add that are not through
	query      Query
	kept       string // key of the study that the filters New and Positive let through
	model      *Model
	hides      func(picture string) bool // see Veil; nil hides nothing
	seen       map[string]bool           // by key; those of the records once they were read
	unsaved    map[string]bool           // marks that the records do not have yet
	scoring    *scoring                  // the run that is on, or the last
	lastErr    message.Message           // of the records
	generation uint64
}

// Bounds on a list.
const (
	maxPictures = 200_000
	maxProblems = 1_000
)

// New makes an empty list.
func New(c Config) *List {
	if c.Sources == nil {
		c.Sources = scan.Sources()
	}
	l := &List{cfg: c, wake: make(chan struct{}, 1), entries: map[string]*Entry{}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.gate.open = make(chan struct{})
	close(l.gate.open)
	l.shown.Store(&Snapshot{})
	l.work.Go(l.publishing)
	return l
}

// Close ends all work and waits for it. What was scored is in the records.
func (l *List) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.cancel()
	l.work.Wait()
}

// Snapshot is the list as it is now. It costs nothing.
func (l *List) Snapshot() *Snapshot { return l.shown.Load() }

// publishPause is the least time between two snapshots that work in the
// background makes.
const publishPause = 100 * time.Millisecond

// publishing makes snapshots after changes until the list is closed.
func (l *List) publishing() {
	for {
		select {
		case <-l.wake:
		case <-l.ctx.Done():
			return
		}
		start := time.Now()
		l.publish()
		// Grouping a very long list takes a while: a tenth of the time at most.
		pause := max(publishPause, 10*time.Since(start))
		select {
		case <-time.After(pause):
		case <-l.ctx.Done():
			return
		}
	}
}

// Refresh makes a new snapshot now.
func (l *List) Refresh() { l.publish() }

// changed asks for a new snapshot soon.
func (l *List) changed() {
	select {
	case l.wake <- struct{}{}:
	default: // asked already
	}
}

// publish makes a snapshot now.
func (l *List) publish() {
	l.mu.Lock()
	l.shown.Store(l.snapshot())
	l.mu.Unlock()
	if l.cfg.OnChange != nil {
		l.cfg.OnChange()
	}
}

// SetQuery says what to show and in which order; the next Snapshot has it.
func (l *List) SetQuery(q Query) {
	l.mu.Lock()
	l.query = q
	l.mu.Unlock()
	l.publish()
}

// Keep has a study stay in the list, by its key, whether it is seen and whatever its
// scores are: it is open. "" keeps none.
func (l *List) Keep(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept != key {
		l.kept = key
		l.changed()
	}
}

// Add looks for pictures in files, folders, archives and DICOMDIRs in the
// background and adds those that are not there yet.
func (l *List) Add(paths ...string) {
	l.mu.Lock()
	l.indexing++
	l.mu.Unlock()
	l.publish() // whoever waits for the end sees the beginning
	l.spawn("looking for pictures", func() {
		defer func() {
			l.mu.Lock()
			l.indexing--
			l.mu.Unlock()
			l.changed()
		}()
		l.readSeen()
		for _, p := range paths {
			err := l.cfg.Sources.Find(l.ctx, p, l.found, nil)
			if err != nil && l.ctx.Err() == nil {
				l.problem(scan.Found{Path: p, Err: err})
			}
		}
	})
}

func (l *List) found(f scan.Found) {
	if f.Instance == nil {
		l.problem(f)
		return
	}
	l.mu.Lock()
	e := l.take(f.Instance)
	l.mu.Unlock()
	if e == nil {
		l.problem(full(f.Instance))
		return
	}
	l.changed()
}

// take gives a picture its entry, the one that is there or a new one; nil when there is
// no room for it. Under the lock.
func (l *List) take(i *scan.Instance) *Entry {
	location := i.Location()
	if e := l.entries[location]; e != nil {
		return e
	}
	if len(l.entries) >= maxPictures {
		return nil
	}
	e := &Entry{Instance: i, ID: l.nextID}
	l.nextID++
	l.entries[location] = e
	l.opened = append(l.opened, e) // behind what was handed out
	l.fresh = true
	return e
}

// full is the problem of a picture that there is no room for.
func full(i *scan.Instance) scan.Found {
	return scan.Found{Path: i.Location(),
		Err: message.Errorf("the worklist holds %d pictures and no more; open fewer folders", maxPictures)}
}

// Put adds pictures that somebody else has found and gives their entries, those that
// were there already among them; the next Snapshot has them. What the records have of
// them comes in the background.
func (l *List) Put(found ...*scan.Instance) []*Entry {
	l.mu.Lock()
	var over []scan.Found
	var entries []*Entry
	for _, i := range found {
		if e := l.take(i); e != nil {
			entries = append(entries, e)
		} else {
			over = append(over, full(i))
		}
	}
	m, first := l.model, l.seen == nil
	l.mu.Unlock()
	for _, f := range over {
		l.problem(f)
	}
	l.publish()
	if l.cfg.Records != nil {
		l.spawn("reading what is remembered", func() {
			if first {
				l.readSeen()
			}
			if m != nil {
				scorer{l, m}.recall(l.ctx)
			}
			l.changed()
		})
	}
	return entries
}

// Entries are those of the list in the order in which they came. The slice is not to be
// written to.
func (l *List) Entries() []*Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.opened
}

// Remove takes entries off the list. A Snapshot without them comes soon, with Refresh at once.
func (l *List) Remove(entries ...*Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := map[*Entry]bool{}
	for _, e := range entries {
		if at := e.Location(); l.entries[at] == e {
			delete(l.entries, at)
			gone[e], l.fresh = true, true
		}
	}
	l.opened = slices.DeleteFunc(slices.Clone(l.opened), func(e *Entry) bool { return gone[e] })
	l.changed()
}

// KeyOf is the key of the study that an entry belongs to, "" when it is not in the list.
func (l *List) KeyOf(e *Entry) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries[e.Location()] != e {
		return ""
	}
	if e.study == nil {
		l.regroup()
	}
	return e.study.key
}

// problem keeps what cannot be read.
func (l *List) problem(f scan.Found) {
	l.mu.Lock()
	if len(l.problems) < maxProblems {
		// a longer list is appended to another array than snapshots have
		l.problems = append(l.problems[:len(l.problems):len(l.problems)], f)
	}
	l.mu.Unlock()
	l.changed()
}

// Clear takes everything off the list and ends scoring. What is being looked
// through goes on.
func (l *List) Clear() {
	l.StopScoring()
	l.mu.Lock()
	l.entries, l.opened, l.items, l.problems, l.fresh = map[string]*Entry{}, nil, nil, nil, false
	l.scoring = nil
	l.mu.Unlock()
	l.publish()
}

// trouble keeps the last error of the records for the snapshot.
func (l *List) trouble(err error) {
	if l.ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	l.lastErr = message.Of("%v", err)
	l.mu.Unlock()
	l.changed()
}

// spawn starts work that Close waits for; a panic becomes an error of the list.
func (l *List) spawn(what string, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.work.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				l.trouble(message.Errorf("something went wrong while %s: %v (%s)", what, r, debug.Stack()))
			}
		}()
		f()
	})
}
