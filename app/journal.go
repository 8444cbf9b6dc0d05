package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/internal/atomicfile"
)

// journal is what is open, on disk while the program runs, so that it comes back
// after a crash.
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
	// mostCrashes in a row are blamed on what is open: it is not opened again.
	mostCrashes = 2
)

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
		return journal{}, errors.New("it is of another version, or damaged")
	}
	return j, nil
}

// Resume opens the files that are named. Without any it opens what was open when
// the program ended, if it crashed or if the preferences say so, and the demo
// studies otherwise. From then on what is open is kept on disk. Call it once.
func (s *Session) Resume(paths ...string) {
	last, kept := s.lastOpen()
	crashed := kept && !last.Clean
	next := journal{Version: journalVersion}
	if crashed {
		next.Crashes = last.Crashes + 1
	}
	switch {
	case len(paths) > 0:
		s.Open(paths...)
	case crashed && next.Crashes > mostCrashes:
		s.Notify(fmt.Sprintf("Hilum ended unexpectedly %d times with the same files open; they were not opened again. Open them one by one to find the one that it fails on.", next.Crashes))
		next.Crashes = 0
	case kept && (crashed || s.Preferences().Reopen) && len(last.Studies) > 0:
		last.Clean, last.Crashes = false, next.Crashes
		s.reopen(last, crashed, next)
		return
	default:
		s.OpenDemo()
		s.offerTour()
	}
	s.keepJournal(next)
}

// lastOpen is what the last program left, and takes the place of its keeper;
// false where there is nothing, or another program keeps it now.
func (s *Session) lastOpen() (journal, bool) {
	if s.cfg.Dir == "" || os.MkdirAll(s.cfg.Dir, 0o700) != nil {
		return journal{}, false
	}
	lock, err := lockFile(filepath.Join(s.cfg.Dir, journalLock))
	if err != nil {
		s.cfg.Trace("what is open is not kept: " + err.Error())
		return journal{}, false
	}
	s.mu.Lock()
	s.journalLock = lock
	s.mu.Unlock()
	data, err := settings.ReadBounded(filepath.Join(s.cfg.Dir, journalFile), maxJournal)
	if err != nil {
		return journal{}, false
	}
	j, err := parseJournal(data)
	return j, err == nil
}

// reopen opens what was open, chooses what was chosen, and keeps what is open
// from then on; until then the list of before stays, should opening it fail
// badly.
func (s *Session) reopen(j journal, crashed bool, next journal) {
	if s.keeps() {
		s.saveJournal(j)
	}
	s.spawn("opening what was open last", func() {
		if j.Demo {
			s.OpenDemo()
		}
		there, gone := containers(j.Studies)
		found, problems := studies.Find(s.ctx, there)
		if s.ctx.Err() != nil {
			return
		}
		list := s.fileStudies(found)
		list = slices.DeleteFunc(list, func(n newStudy) bool { return !slices.Contains(j.Studies, n.Path) })
		s.add(list)
		s.selectPath(j.Current)
		s.sayReopened(crashed, len(list), gone+len(problems))
		s.keepJournal(next)
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

func (s *Session) selectPath(path string) {
	if path == "" {
		return
	}
	if at := slices.IndexFunc(s.State().Studies, func(o studies.Study) bool { return o.Path == path }); at >= 0 {
		s.Select(at)
	}
}

// sayReopened tells a reader what happened, after a crash or where something is
// missing.
func (s *Session) sayReopened(crashed bool, opened, gone int) {
	switch {
	case crashed && gone > 0:
		s.Notify(fmt.Sprintf("Hilum ended unexpectedly. %d studies were opened again; %d are no longer where they were.", opened, gone))
	case crashed:
		s.Notify(fmt.Sprintf("Hilum ended unexpectedly. %d studies were opened again.", opened))
	case gone > 0:
		s.Notify(fmt.Sprintf("%d of the studies that were open are no longer where they were.", gone))
	}
}

// keeps tells whether this program keeps what is open.
func (s *Session) keeps() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journalLock != nil
}

// keepJournal follows the session until it closes.
func (s *Session) keepJournal(j journal) {
	if !s.keeps() {
		return
	}
	changed := make(chan struct{}, 1)
	cancel := s.Subscribe(func() {
		select {
		case changed <- struct{}{}:
		default: // one is waiting
		}
	})
	s.spawn("keeping what is open", func() {
		defer cancel()
		calm := time.NewTimer(steady)
		defer calm.Stop()
		s.writeJournal(&j)
		for {
			select {
			case <-s.ctx.Done():
				return
			case <-calm.C:
				j.Crashes = 0
				j.Studies = nil // so that it is written
			case <-changed:
			}
			s.writeJournal(&j)
		}
	})
}

// writeJournal writes what is open where that differs from what was written.
func (s *Session) writeJournal(j *journal) {
	now := *j
	now.Studies, now.Current, now.Demo = []string{}, "", false
	st := s.State()
	for _, study := range st.Studies {
		if study.Demo {
			now.Demo = true
		} else {
			now.Studies = append(now.Studies, absolute(study.Path))
		}
	}
	if st.Current >= 0 && st.Current < len(st.Studies) {
		now.Current = absolute(st.Studies[st.Current].Path)
	}
	if j.Studies != nil && slices.Equal(now.Studies, j.Studies) && now.Current == j.Current && now.Demo == j.Demo {
		return
	}
	*j = now
	s.saveJournal(now)
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

func (s *Session) saveJournal(j journal) {
	data, err := json.Marshal(j)
	if err == nil {
		err = atomicfile.WriteBytes(filepath.Join(s.cfg.Dir, journalFile), data)
	}
	if err != nil {
		s.cfg.Trace("what is open was not kept: " + err.Error())
	}
}

// endJournal marks the end as wanted by the reader, after all work has ended,
// and lets another program keep its own.
func (s *Session) endJournal() {
	s.mu.Lock()
	lock := s.journalLock
	s.journalLock = nil
	s.mu.Unlock()
	if lock == nil {
		return
	}
	if !s.crashed.Load() { // else what is on disk says so already
		s.writeJournal(&journal{Version: journalVersion, Clean: true})
	}
	if err := lock.Close(); err != nil {
		s.cfg.Trace("what is open stays locked: " + err.Error())
	}
}

// Crashed has the end of the session count as a crash: what is open comes back
// at the next start.
func (s *Session) Crashed() { s.crashed.Store(true) }
