package app

import (
	"context"
	"slices"
	"time"

	"hilum/app/command"
	"hilum/app/records"
	"hilum/app/studies"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/wording"
)

// Studies are listed by a worklist, which groups, sorts and filters them and
// scores them in the background. The session is what opens and closes them: it
// puts every study into the list and takes it out again.

// newList makes the worklist of a session.
func (s *Session) newList(store *records.Store) *worklist.List {
	return worklist.New(worklist.Config{
		Records: store, OnChange: s.listed,
		Decode: func(ctx context.Context, i *scan.Instance) (*dicomio.Image, error) {
			if i.Member == "" && i.OnDisk() {
				return s.cfg.Decode(ctx, i.Path)
			}
			return i.Decode(ctx)
		},
	})
}

// listed takes a new snapshot of the worklist into the state.
func (s *Session) listed() {
	s.change(func() {
		s.state.Listed = s.list.Snapshot()
		s.state.ListRow = s.state.Listed.Index(s.state.Key)
	})
}

// enlist puts studies into the worklist, and scores them there unless the reader
// has stopped that.
func (s *Session) enlist(list []newStudy) {
	var found []*scan.Instance
	for _, n := range list {
		if n.instance != nil {
			found = append(found, n.instance)
		}
	}
	s.list.Put(found...)
	s.scoreList()
}

// scoreList has the worklist score what waits, unless the reader has stopped it
// or one study is all there is: that one is scored when it is looked at.
func (s *Session) scoreList() {
	s.mu.Lock()
	wanted := !s.listPaused && s.state.Listed.Studies > 1
	s.mu.Unlock()
	if wanted {
		s.list.StartScoring()
	}
}

// listModel tells the worklist which model scores from now on. It returns when
// the list has no more use for the one before.
func (s *Session) listModel(m *inference.Model) {
	lm, err := worklist.ModelOf(m)
	if err != nil {
		s.Notify(wording.Sentence(err))
		s.list.SetModel(nil)
		return
	}
	s.list.SetModel(lm)
	s.scoreList()
}

// ToggleScoring stops the scoring of the worklist or goes on with it, from where
// it was.
func (s *Session) ToggleScoring() {
	running := s.State().Listed.Scoring.Running
	s.change(func() { s.listPaused = running })
	s.spawn("scoring the list", func() { // stopping waits for the picture in work
		if running {
			s.list.StopScoring()
		} else {
			s.list.StartScoring()
		}
	})
}

// SetQuery changes which studies are listed, and in which order.
func (s *Session) SetQuery(f func(q *worklist.Query)) {
	var q worklist.Query
	s.change(func() {
		f(&s.state.Query)
		q = s.state.Query
	})
	s.list.SetQuery(q)
}

// SelectRow makes a study of the worklist the current one, by its place there.
func (s *Session) SelectRow(row int) {
	st := s.State()
	if row < 0 || row >= st.Listed.Len() {
		return
	}
	r := st.Listed.Row(row)
	s.selectPlace(r.First().Location())
}

// selectPlace makes the study at a place the current one.
func (s *Session) selectPlace(location string) {
	s.Select(slices.IndexFunc(s.State().Studies, func(o studies.Study) bool { return o.Place() == location }))
}

// Next goes on through the worklist: to the next picture of the study, else to
// the next study. From a study that is not listed it goes to the first.
func (s *Session) Next() { s.step(1) }

// Previous goes back in the same way.
func (s *Session) Previous() { s.step(-1) }

func (s *Session) step(by int) {
	if location, ok := beside(s.State(), by); ok {
		s.selectPlace(location)
	}
}

// canStep tells whether there is a picture before or after.
func (s *Session) canStep(by int) bool {
	_, ok := beside(s.State(), by)
	return ok
}

// beside is the place of the picture before or after the current one in the
// worklist.
func beside(st State, by int) (location string, ok bool) {
	n := st.Listed.Len()
	switch {
	case n == 0:
		return "", false
	case st.ListRow < 0:
		row := st.Listed.Row(0)
		return row.First().Location(), by > 0
	}
	row := st.Listed.Row(st.ListRow)
	at := -1
	if st.Current >= 0 {
		here := st.Studies[st.Current].Place()
		at = slices.IndexFunc(row.Pictures, func(i *scan.Instance) bool { return i.Location() == here })
	}
	if to := at + by; at >= 0 && to >= 0 && to < len(row.Pictures) {
		return row.Pictures[to].Location(), true
	}
	to := st.ListRow + by
	if to < 0 || to >= n {
		return "", false
	}
	row = st.Listed.Row(to)
	if by < 0 {
		return row.Pictures[len(row.Pictures)-1].Location(), true
	}
	return row.Pictures[0].Location(), true
}

// toggleSeen marks the current study as new, or as seen.
func (s *Session) toggleSeen() {
	st := s.State()
	if st.ListRow >= 0 {
		row := st.Listed.Row(st.ListRow)
		s.list.MarkSeen(row.Key, !row.Seen)
	}
}

// nextOrder goes round the orders of the worklist.
func (s *Session) nextOrder() {
	s.SetQuery(func(q *worklist.Query) {
		q.Class = ""
		switch q.Sort {
		case worklist.ByPatient:
			q.Sort = worklist.ByDate
		case worklist.ByDate:
			q.Sort = worklist.ByMargin
		default:
			q.Sort = worklist.ByPatient
		}
	})
}

// orderByFinding puts the studies with the largest margin of the chosen finding
// first.
func (s *Session) orderByFinding() {
	st := s.State()
	class := st.ChosenClass()
	s.SetQuery(func(q *worklist.Query) { q.Sort, q.Class = worklist.ByMargin, class })
}

// listCommands are those of the worklist.
func (s *Session) listCommands() []command.Command {
	listed := func() bool { return s.State().Listed.Studies > 0 }
	model := func() bool { return listed() && s.State().Model.Open }
	return []command.Command{
		{ID: "study.next", Title: "Next study", Menu: "Studies", Shortcut: "Down", Do: s.Next, Enabled: func() bool { return s.canStep(1) }},
		{ID: "study.previous", Title: "Previous study", Menu: "Studies", Shortcut: "Up", Do: s.Previous, Enabled: func() bool { return s.canStep(-1) }},
		{ID: "study.first", Title: "First study", Menu: "Studies", Shortcut: "Home", Do: func() { s.SelectRow(0) }, Enabled: listed},
		{ID: "study.last", Title: "Last study", Menu: "Studies", Shortcut: "End", Do: func() { s.SelectRow(s.State().Listed.Len() - 1) }, Enabled: listed},
		{ID: "study.seen", Title: "Seen, or not seen yet", Menu: "Studies", Shortcut: "Ctrl+U", Do: s.toggleSeen, Enabled: func() bool { return s.State().ListRow >= 0 }},
		{ID: "list.order", Title: "Order: patient, date, margin", Menu: "Studies", Shortcut: "Ctrl+Shift+S", Do: s.nextOrder, Enabled: listed},
		{ID: "list.finding", Title: "Order by the chosen finding", Menu: "Studies", Shortcut: "Ctrl+Alt+S", Do: s.orderByFinding, Enabled: model},
		{ID: "list.reverse", Title: "Reverse the order", Menu: "Studies", Shortcut: "Ctrl+Shift+D", Do: func() { s.SetQuery(func(q *worklist.Query) { q.Reverse = !q.Reverse }) }, Enabled: listed},
		{ID: "list.unseen", Title: "Only studies not seen", Menu: "Studies", Shortcut: "Ctrl+Shift+U", Do: func() { s.SetQuery(func(q *worklist.Query) { q.Unseen = !q.Unseen }) }, Enabled: listed},
		{ID: "list.positive", Title: "Only studies with a positive finding", Menu: "Studies", Shortcut: "Ctrl+Shift+F", Do: s.togglePositive, Enabled: model},
		{ID: "list.score", Title: "Score the list, or stop", Menu: "Studies", Shortcut: "Ctrl+B", Do: s.ToggleScoring, Enabled: model},
	}
}

func (s *Session) togglePositive() {
	s.SetQuery(func(q *worklist.Query) {
		if q.Positive == "" {
			q.Positive = worklist.AnyClass
		} else {
			q.Positive = ""
		}
	})
}

// holdList keeps the background off the processors while the reader works, until
// the hands have rested. Under the lock.
func (s *Session) holdList() {
	s.list.Hold(true)
	if s.resting == nil {
		s.resting = time.AfterFunc(restFor, s.releaseList)
	} else {
		s.resting.Reset(restFor)
	}
}

// releaseList lets the background go on when nothing is loaded for the reader.
func (s *Session) releaseList() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := &s.state; !s.closed && (st.Loading || st.Scoring || st.Mapping || time.Since(s.touched) < restFor) {
		s.resting.Reset(restLook)
		return
	}
	s.list.Hold(false)
}
