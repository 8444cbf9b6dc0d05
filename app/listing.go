package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"hilum/app/records"
	"hilum/app/report"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/atomicfile"
)

// listing keeps the worklist in step with the session: it scores with the
// session's model, and stands back while the reader works.
type listing struct {
	session *Session
	list    *worklist.List

	mu      sync.Mutex
	view    View
	release *time.Timer
}

// restAfter is how long background work rests after the reader moved the
// picture.
const restAfter = 400 * time.Millisecond

// Worklist is the list of studies to work through; it is made when it is first
// asked for. Its last snapshot is in the state.
func (s *Session) Worklist() *worklist.List {
	s.mu.Lock()
	l, m := s.listing, s.model
	fresh := l == nil
	if fresh {
		l = &listing{session: s}
		l.list = worklist.New(worklist.Config{Records: s.cfg.Records, OnChange: l.changed})
		s.listing = l
	}
	s.mu.Unlock()
	if fresh {
		s.Subscribe(l.watch)
		l.use(m)
	}
	return l.list
}

// changed shows the list's new snapshot.
func (l *listing) changed() {
	snapshot := l.list.Snapshot()
	l.session.change(func() { l.session.state.Worklist = snapshot })
}

// use has the list score with a model, nil for none. It waits for a picture that
// the last one scores, so that one may be closed then.
func (l *listing) use(m *inference.Model) {
	if l == nil {
		return
	}
	if m == nil {
		l.list.SetModel(nil)
		return
	}
	model, err := worklist.ModelOf(m)
	if err != nil {
		l.session.Notify(Sentence(fmt.Errorf("the worklist cannot be scored: %w", err)))
		return
	}
	l.list.SetModel(model)
}

// watch holds background work while a picture is opened, scored or moved.
func (l *listing) watch() {
	st := l.session.State()
	l.mu.Lock()
	defer l.mu.Unlock()
	busy := st.Loading || st.Scoring || st.Mapping
	moved := st.View != l.view
	l.view = st.View
	if busy || moved {
		l.list.Hold(true)
	}
	if !moved && (busy || l.release != nil) {
		return // the timer looks again
	}
	if l.release != nil {
		l.release.Stop()
	}
	l.release = time.AfterFunc(restAfter, l.rested)
}

// rested lets background work go on, unless the reader is at it again.
func (l *listing) rested() {
	st := l.session.State()
	l.mu.Lock()
	defer l.mu.Unlock()
	if st.Loading || st.Scoring || st.Mapping {
		l.release = time.AfterFunc(restAfter, l.rested)
		return
	}
	l.release = nil
	l.list.Hold(false)
}

// close ends the list's work.
func (l *listing) close() {
	if l == nil {
		return
	}
	l.mu.Lock()
	if l.release != nil {
		l.release.Stop()
	}
	l.mu.Unlock()
	l.list.Close()
}

// OpenRow opens a study of the worklist, and notes that it was seen.
func (s *Session) OpenRow(key string) {
	list := s.Worklist()
	snapshot := list.Snapshot()
	i := snapshot.Index(key)
	if i < 0 {
		return
	}
	s.change(func() { s.state.ListKey = key })
	s.add(s.fileStudies(snapshot.Row(i).Pictures))
	list.MarkSeen(key, true)
}

// StepList opens the study so many rows after the one that was opened last, as
// the list is sorted now; at its ends it stays.
func (s *Session) StepList(by int) {
	snapshot := s.Worklist().Snapshot()
	if snapshot.Len() == 0 {
		return
	}
	at := snapshot.Index(s.State().ListKey)
	to := 0
	if at >= 0 {
		to = min(max(at+by, 0), snapshot.Len()-1)
	}
	if to != at {
		s.OpenRow(snapshot.Row(to).Key)
	}
}

// ExportTable writes the findings of everything in the worklist that the model
// in use has scored, as CSV. It reads the disk: call it outside the window's
// goroutine.
func (s *Session) ExportTable(ctx context.Context, path string, identified bool) error {
	s.mu.Lock()
	m := s.model
	s.mu.Unlock()
	if m == nil || s.cfg.Records == nil {
		return errors.New("there are no scores to write: no model is open, or no records are kept")
	}
	return WriteTable(ctx, TableJob{Path: path, List: s.Worklist(), Records: s.cfg.Records, Model: m, Identified: identified})
}

// TableJob says which findings become a table.
type TableJob struct {
	Path       string
	List       *worklist.List
	Records    *records.Store
	Model      *inference.Model
	Identified bool // otherwise pseudonyms, and hashes of pixels instead of paths
}

// WriteTable writes the findings of every picture of a list that the model has
// scored.
func WriteTable(ctx context.Context, j TableJob) error {
	alias, err := j.Records.Pseudonyms(ctx)
	if err != nil {
		return err
	}
	return atomicfile.Write(j.Path, func(w io.Writer) error {
		table, err := report.NewTable(w)
		if err != nil {
			return err
		}
		rows := 0
		err = j.List.EachScore(ctx, func(i *dicomio.Instance, p records.Picture, findings []inference.Finding) error {
			rows++
			row := report.TableRow{Path: p.Pixels, View: i.Study.ViewPosition, Findings: findings, Origin: origin(j.Model)}
			p.Patient = i.Study.PatientID
			row.Patient = alias(p)
			if j.Identified {
				row.Path, row.Patient, row.Date = i.Location(), i.Study.PatientID, i.Study.StudyDate
			}
			return table.Add(row)
		})
		if err == nil && rows == 0 {
			err = errors.New("nothing in the worklist is scored yet")
		}
		return errors.Join(err, table.End())
	})
}
