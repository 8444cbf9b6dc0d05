// Package recovery keeps on disk what is open while the program runs, so that it comes
// back after a crash. Its core type is [Recovery]. It imports internal/atomicfile,
// internal/regular and internal/store.
package recovery

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/internal/store"
)

// journal is what is open.
type journal struct {
	Version int      `json:"version"`
	Clean   bool     `json:"clean"`   // the program was closed by its reader
	Crashes int      `json:"crashes"` // ends in a row soon after what was open had been opened again
	Studies []string `json:"studies"` // where they lie, in order; the demo's are left out
	Current string   `json:"current"` // where the current one lies, "" for none
	Demo    bool     `json:"demo"`    // the demo studies are among them
}

const (
	journalFile    = "open.json"
	journalLock    = "open.lock"
	journalVersion = 1
	maxJournal     = 8 << 20
	maxReopened    = 20000 // studies
)

// MostCrashes in a row are blamed on what is open: it is not opened again.
const MostCrashes = 2

// steady is how long the program must run for its last end to be forgotten.
const steady = 20 * time.Second

// parseJournal reads a journal; one that is damaged or of a later version is as
// good as none.
func parseJournal(data []byte) (journal, error) {
	var j journal
	if err := json.Unmarshal(data, &j); err != nil {
		return journal{}, err
	}
	if j.Version != journalVersion || len(j.Studies) > maxReopened || j.Crashes < 0 {
		return journal{}, message.New("it is of another version, or damaged")
	}
	return j, nil
}

// Reading is what the recovery asks of the rest of the program.
type Reading interface {
	// Open opens files; OpenDemo opens the studies that come with the program.
	Open(paths ...string)
	OpenDemo()
	// Reopen opens those pictures in files and archives that were open, and counts them
	// and what could not be read.
	Reopen(in, open []string) (opened, failed int)
	// SelectPath makes the study at a path the current one.
	SelectPath(path string)
	// Opened is where the open studies lie, in order, "" for those that come with the
	// program, and where the current one lies.
	Opened() (paths []string, current string)
	// OfferTour begins the tour for a reader who has not seen it.
	OfferTour()
	// ReopensAlways tells whether what was open comes back after every end.
	ReopensAlways() bool
	// Notify shows the reader one sentence of what needs care, Tell of what was done.
	Notify(m message.Message)
	Tell(m message.Message)
	// Trace is told what nobody needs to see.
	Trace(milestone string)
}

// Recovery keeps what is open in a folder; one program at a time.
type Recovery struct {
	hub     *store.Hub
	reading Reading
	dir     string // "" keeps nothing
	crashed atomic.Bool

	mu   sync.Mutex
	lock io.Closer // held while this program keeps what is open; nil otherwise
}

// New keeps nothing before Resume.
func New(h *store.Hub, r Reading, dir string) *Recovery {
	return &Recovery{hub: h, reading: r, dir: dir}
}

// Resume opens the files that are named. Without any it opens what was open when
// the program ended, if it crashed or if the preferences say so, and the demo
// studies otherwise. From then on what is open is kept on disk. Call it once.
func (r *Recovery) Resume(paths ...string) {
	last, kept := r.last()
	crashed := kept && !last.Clean
	next := journal{Version: journalVersion}
	if crashed {
		next.Crashes = last.Crashes + 1
	}
	switch {
	case len(paths) > 0:
		r.reading.Open(paths...)
	case crashed && next.Crashes > MostCrashes:
		r.reading.Notify(message.Of("Hilum ended unexpectedly %d times with the same files open; they were not opened again. Open them one by one to find the one that it fails on.", next.Crashes))
		next.Crashes = 0
	case kept && (crashed || r.reading.ReopensAlways()) && len(last.Studies) > 0:
		last.Clean, last.Crashes = false, next.Crashes
		r.reopen(last, crashed, next)
		return
	default:
		r.reading.OpenDemo()
		r.reading.OfferTour()
	}
	r.keep(next)
}

// last is what the last program left, and takes the place of its keeper;
// false where there is nothing, or another program keeps it now.
func (r *Recovery) last() (journal, bool) {
	if r.dir == "" || os.MkdirAll(r.dir, 0o700) != nil {
		return journal{}, false
	}
	lock, err := lockFile(filepath.Join(r.dir, journalLock))
	if err != nil {
		r.reading.Trace("what is open is not kept: " + err.Error())
		return journal{}, false
	}
	r.mu.Lock()
	r.lock = lock
	r.mu.Unlock()
	data, err := regular.ReadBounded(filepath.Join(r.dir, journalFile), maxJournal)
	if err != nil {
		return journal{}, false
	}
	j, err := parseJournal(data)
	return j, err == nil
}

// reopen opens what was open, chooses what was chosen, and keeps what is open
// from then on; until then the list of before stays, should opening it fail
// badly.
func (r *Recovery) reopen(j journal, crashed bool, next journal) {
	if r.keeps() {
		r.save(j)
	}
	r.hub.Go("opening what was open last", func() {
		if j.Demo {
			r.reading.OpenDemo()
		}
		there, gone := containers(j.Studies)
		opened, failed := r.reading.Reopen(there, j.Studies)
		if r.hub.Context().Err() != nil {
			return
		}
		r.reading.SelectPath(j.Current)
		r.sayReopened(crashed, opened, gone+failed)
		r.keep(next)
	})
}

// containers are the files to look in for studies: themselves, or the archive
// that they lie in; gone counts those that are no more.
func containers(studies []string) (there []string, gone int) {
	for _, path := range studies {
		at := path
		for at != "" && at != filepath.Dir(at) {
			if info, err := os.Stat(at); err == nil && !info.IsDir() {
				break
			}
			at = filepath.Dir(at)
		}
		if at == "" || at == filepath.Dir(at) {
			gone++
		} else if !slices.Contains(there, at) {
			there = append(there, at)
		}
	}
	return there, gone
}

// sayReopened tells a reader what happened, after a crash or where something is
// missing.
func (r *Recovery) sayReopened(crashed bool, opened, gone int) {
	switch {
	case crashed && gone > 0:
		r.reading.Notify(message.Of("Hilum ended unexpectedly. %d studies were opened again; %d are no longer where they were.", opened, gone))
	case crashed:
		r.reading.Tell(message.Of("Hilum ended unexpectedly. %d studies were opened again.", opened))
	case gone > 0:
		r.reading.Notify(message.Of("%d of the studies that were open are no longer where they were.", gone))
	}
}

// keeps tells whether this program keeps what is open.
func (r *Recovery) keeps() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lock != nil
}

// keep follows what is open until the program closes.
func (r *Recovery) keep(j journal) {
	if !r.keeps() {
		return
	}
	changed := make(chan struct{}, 1)
	cancel := r.hub.Subscribe(func() {
		select {
		case changed <- struct{}{}:
		default: // one is waiting
		}
	})
	r.hub.Go("keeping what is open", func() {
		defer cancel()
		calm := time.NewTimer(steady)
		defer calm.Stop()
		r.write(&j)
		for {
			select {
			case <-r.hub.Context().Done():
				return
			case <-calm.C:
				j.Crashes = 0
				j.Studies = nil // so that it is written
			case <-changed:
			}
			r.write(&j)
		}
	})
}

// write writes what is open where that differs from what was written.
func (r *Recovery) write(j *journal) {
	now := *j
	now.Studies, now.Current, now.Demo = []string{}, "", false
	paths, current := r.reading.Opened()
	for _, path := range paths {
		if path == "" {
			now.Demo = true
		} else {
			now.Studies = append(now.Studies, absolute(path))
		}
	}
	now.Current = absolute(current)
	if j.Studies != nil && slices.Equal(now.Studies, j.Studies) && now.Current == j.Current && now.Demo == j.Demo {
		return
	}
	*j = now
	r.save(now)
}

// absolute is a path that means the same to a program started elsewhere.
func absolute(path string) string {
	if path == "" {
		return "" // of the demo
	}
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

func (r *Recovery) save(j journal) {
	data, err := json.Marshal(j)
	if err == nil {
		err = atomicfile.WriteBytes(filepath.Join(r.dir, journalFile), data)
	}
	if err != nil {
		r.reading.Trace("what is open was not kept: " + err.Error())
	}
}

// End marks the end as wanted by the reader, after all work has ended,
// and lets another program keep its own.
func (r *Recovery) End() {
	r.mu.Lock()
	lock := r.lock
	r.lock = nil
	r.mu.Unlock()
	if lock == nil {
		return
	}
	if !r.crashed.Load() { // else what is on disk says so already
		r.write(&journal{Version: journalVersion, Clean: true})
	}
	if err := lock.Close(); err != nil {
		r.reading.Trace("what is open stays locked: " + err.Error())
	}
}

// Crashed has the end of the program count as a crash: what is open comes back
// at the next start.
func (r *Recovery) Crashed() { r.crashed.Store(true) }
