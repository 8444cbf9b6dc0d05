package app

import (
	"context"
	"slices"
	"time"

	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
)

// Studies are listed by a worklist, which groups, sorts and filters them and
// scores them in the background. The session is what opens and closes them: it
// puts every study into the list and takes it out again.

// newList makes the worklist of a session.
func (s *Session) newList(store *records.Store) *worklist.List {
	return worklist.New(worklist.Config{
		Records: store, OnChange: s.listed,
		Decode: func(ctx context.Context, i *dicomio.Instance) (*dicomio.Image, error) {
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
	var found []*dicomio.Instance
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
		s.Notify(Sentence(err))
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
	s.Select(slices.IndexFunc(s.State().Studies, func(o Study) bool { return o.place() == location }))
}

// place tells the study's picture from others: where its file lies, or what it
// goes by.
func (st *Study) place() string {
	if st.Demo {
		return demoFolder + st.Name
	}
	return st.Path
}

// demoFolder is where the demo studies are said to lie.
const demoFolder = "demo studies/"

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
		here := st.Studies[st.Current].place()
		at = slices.IndexFunc(row.Pictures, func(i *dicomio.Instance) bool { return i.Location() == here })
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
func (s *Session) listCommands() []Command {
	listed := func() bool { return s.State().Listed.Studies > 0 }
	model := func() bool { return listed() && s.State().Model.Open }
	return []Command{
		{"study.next", "Next study", "Studies", "Down", s.Next, func() bool { return s.canStep(1) }},
		{"study.previous", "Previous study", "Studies", "Up", s.Previous, func() bool { return s.canStep(-1) }},
		{"study.first", "First study", "Studies", "Home", func() { s.SelectRow(0) }, listed},
		{"study.last", "Last study", "Studies", "End", func() { s.SelectRow(s.State().Listed.Len() - 1) }, listed},
		{"study.seen", "Seen, or not seen yet", "Studies", "Ctrl+U", s.toggleSeen, func() bool { return s.State().ListRow >= 0 }},
		{"list.order", "Order: patient, date, margin", "Studies", "Ctrl+Shift+S", s.nextOrder, listed},
		{"list.finding", "Order by the chosen finding", "Studies", "Ctrl+Alt+S", s.orderByFinding, model},
		{"list.reverse", "Reverse the order", "Studies", "Ctrl+Shift+D", func() { s.SetQuery(func(q *worklist.Query) { q.Reverse = !q.Reverse }) }, listed},
		{"list.unseen", "Only studies not seen", "Studies", "Ctrl+Shift+U", func() { s.SetQuery(func(q *worklist.Query) { q.Unseen = !q.Unseen }) }, listed},
		{"list.positive", "Only studies with a positive finding", "Studies", "Ctrl+Shift+F", s.togglePositive, model},
		{"list.score", "Score the list, or stop", "Studies", "Ctrl+B", s.ToggleScoring, model},
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
