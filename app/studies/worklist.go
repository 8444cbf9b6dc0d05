package studies

import (
	"slices"
	"time"

	"hilum/app/command"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/internal/store"
)

// Worklist is the open studies as they are ranked: which are listed, in which order, and
// the way through them. It scores them in the background while the reader rests.
type Worklist struct {
	core
	touched func(store.Tx) time.Time // when the reader was last at work
	decided func()                   // the reader has said whether the current study is seen
	paused  bool                     // the reader has stopped the scoring of the list
	resting *time.Timer              // until the list may go on
}

// score has the worklist score what waits, unless the reader has stopped it
// or one study is all there is: that one is scored when it is looked at.
func (w *Worklist) score() {
	wanted := false
	w.hub.Look(func(tx store.Tx) { wanted = !w.paused && w.state.In(tx).Listed.Studies > 1 })
	if wanted {
		w.list.StartScoring()
	}
}

// UseModel tells the worklist which model scores from now on, nil for none. It returns
// when the list has no more use for the one before.
func (w *Worklist) UseModel(m *worklist.Model) {
	w.list.SetModel(m)
	if m != nil {
		w.score()
	}
}

// ToggleScoring stops the scoring of the worklist or goes on with it, from where
// it was.
func (w *Worklist) ToggleScoring() { w.SetScoring(!w.state.Get().Listed.Scoring.Running) }

// SetScoring scores what waits in the worklist, or stops.
func (w *Worklist) SetScoring(on bool) {
	w.hub.Change(func(store.Tx) { w.paused = !on })
	w.hub.Go("scoring the list", func() { // stopping waits for the picture in work
		if on {
			w.list.StartScoring()
		} else {
			w.list.StopScoring()
		}
	})
}

// SetQuery changes which studies are listed, and in which order.
func (w *Worklist) SetQuery(f func(q *worklist.Query)) {
	var q worklist.Query
	w.state.Change(func(s *State) {
		f(&s.Query)
		q = s.Query
	})
	w.list.SetQuery(q)
}

// Relist lists by the query in force, which was undone or redone.
func (w *Worklist) Relist() { w.list.SetQuery(w.state.Get().Query) }

// SelectRow makes a study of the worklist the current one, by its place there.
func (w *Worklist) SelectRow(row int) {
	s := w.state.Get()
	if row < 0 || row >= s.Listed.Len() {
		return
	}
	r := s.Listed.Row(row)
	w.choose(r.First())
}

// choose makes the study of an instance the current one.
func (w *Worklist) choose(i *scan.Instance) { w.reading.Select(at(w.state.Get().Studies, i)) }

// Next goes on through the worklist: to the next picture of the study, else to
// the next study. From a study that is not listed it goes to the first.
func (w *Worklist) Next() { w.step(1) }

// Previous goes back in the same way.
func (w *Worklist) Previous() { w.step(-1) }

func (w *Worklist) step(by int) {
	s := w.state.Get()
	if next := beside(&s, by); next != nil {
		w.choose(next)
	}
}

// StepPicture goes to the next picture of the current study, or back with by -1, and stays
// within the study.
func (w *Worklist) StepPicture(by int) {
	s := w.state.Get()
	if next := within(&s, by); next != nil {
		w.choose(next)
	}
}

// within is the picture before or after the current one in its study; nil for none.
func within(s *State, by int) *scan.Instance {
	next := beside(s, by)
	if next == nil || s.ListRow < 0 {
		return nil
	}
	row := s.Listed.Row(s.ListRow)
	if !slices.Contains(row.Pictures, next) {
		return nil
	}
	return next
}

// CanStep tells whether there is a picture before or after.
func (w *Worklist) CanStep(by int) bool {
	s := w.state.Get()
	return beside(&s, by) != nil
}

// beside is the picture before or after the current one in the worklist; nil for none.
func beside(s *State, by int) *scan.Instance {
	n := s.Listed.Len()
	switch {
	case n == 0, s.ListRow < 0 && by < 0:
		return nil
	case s.ListRow < 0:
		row := s.Listed.Row(0)
		return row.First()
	}
	row := s.Listed.Row(s.ListRow)
	at := -1
	if s.Current >= 0 {
		at = slices.Index(row.Pictures, s.Studies[s.Current].Instance)
	}
	if to := at + by; at >= 0 && to >= 0 && to < len(row.Pictures) {
		return row.Pictures[to]
	}
	to := s.ListRow + by
	if to < 0 || to >= n {
		return nil
	}
	row = s.Listed.Row(to)
	if by < 0 {
		return row.Pictures[len(row.Pictures)-1]
	}
	return row.Pictures[0]
}

// toggleSeen marks the current study as new, or as seen.
func (w *Worklist) toggleSeen() {
	s := w.state.Get()
	if s.ListRow >= 0 {
		row := s.Listed.Row(s.ListRow)
		w.hub.Look(func(store.Tx) { w.decided() })
		w.list.MarkSeen(row.Key, !row.Seen)
	}
}

// NextOrder goes round the orders of the worklist.
func (w *Worklist) NextOrder() {
	hidden := w.state.Get().Listed.Hidden > 0
	w.SetQuery(func(q *worklist.Query) {
		q.Class = ""
		switch q.Sort {
		case worklist.ByPatient:
			q.Sort = worklist.ByDate
		case worklist.ByDate:
			if q.Sort = worklist.ByPatient; !hidden { // an order by margin would tell
				q.Sort = worklist.ByMargin
			}
		default:
			q.Sort = worklist.ByPatient
		}
	})
}

// orderByFinding puts the studies with the largest margin of the chosen finding
// first.
func (w *Worklist) orderByFinding() {
	class := w.reading.ChosenClass()
	w.SetQuery(func(q *worklist.Query) { q.Sort, q.Class = worklist.ByMargin, class })
}

func (w *Worklist) togglePositive() {
	w.SetQuery(func(q *worklist.Query) {
		if q.Positive == "" {
			q.Positive = worklist.AnyClass
		} else {
			q.Positive = ""
		}
	})
}

// hold keeps the background off the processors while the reader works, until
// the hands have rested.
func (w *Worklist) hold(store.Tx) {
	w.list.Hold(true)
	if w.resting == nil {
		w.resting = time.AfterFunc(restFor, w.release)
	} else {
		w.resting.Reset(restFor)
	}
}

// release lets the background go on when nothing is loaded for the reader.
func (w *Worklist) release() {
	w.hub.Look(func(tx store.Tx) {
		busy := w.state.In(tx).Loading || w.reading.Busy(tx) || time.Since(w.touched(tx)) < restFor
		if !w.hub.Closed(tx) && busy {
			w.resting.Reset(restLook)
			return
		}
		w.list.Hold(false)
	})
}

// Commands are those of the worklist.
func (w *Worklist) Commands() []command.Command {
	listed := func() bool { return w.state.Get().Listed.Studies > 0 }
	model := func() bool { return listed() && w.reading.HasModel() }
	// what the list is ordered or narrowed by must not tell what is hidden
	open := func() bool { return model() && w.state.Get().Listed.Hidden == 0 }
	narrow := func() bool { s := w.state.Get(); return open() || s.Query.Positive != "" }
	page := func(by int) func() bool {
		return func() bool {
			s := w.state.Get()
			return within(&s, by) != nil
		}
	}
	last := func() { w.SelectRow(w.state.Get().Listed.Len() - 1) }
	reverse := func() { w.SetQuery(func(q *worklist.Query) { q.Reverse = !q.Reverse }) }
	unseen := func() { w.SetQuery(func(q *worklist.Query) { q.Unseen = !q.Unseen }) }
	list := []command.Command{
		{ID: "study.next", Title: "Next study", Shortcut: "Down", Do: w.Next,
			Enabled: func() bool { return w.CanStep(1) }},
		{ID: "study.previous", Title: "Previous study", Shortcut: "Up", Do: w.Previous,
			Enabled: func() bool { return w.CanStep(-1) }},
		{ID: "study.picture.next", Title: "Next picture of the study", Shortcut: "Ctrl+PageDown",
			Do: func() { w.StepPicture(1) }, Enabled: page(1)},
		{ID: "study.picture.previous", Title: "Previous picture of the study", Shortcut: "Ctrl+PageUp",
			Do: func() { w.StepPicture(-1) }, Enabled: page(-1)},
		{ID: "study.first", Title: "First study", Shortcut: "Home", Do: func() { w.SelectRow(0) }, Enabled: listed},
		{ID: "study.last", Title: "Last study", Shortcut: "End", Do: last, Enabled: listed},
		{ID: "study.seen", Title: "Seen, or not seen yet", Shortcut: "Ctrl+U", Do: w.toggleSeen,
			Enabled: func() bool { return w.state.Get().ListRow >= 0 }},
		{ID: "list.order", Title: "Order: patient, date, margin", Shortcut: "Ctrl+Shift+S", Do: w.NextOrder,
			Enabled: listed},
		{ID: "list.finding", Title: "Order by the chosen finding", Shortcut: "Ctrl+Alt+S", Do: w.orderByFinding,
			Enabled: open},
		{ID: "list.reverse", Title: "Reverse the order", Shortcut: "Ctrl+Shift+D", Do: reverse, Enabled: listed},
		{ID: "list.unseen", Title: "Only studies not seen", Shortcut: "Ctrl+Shift+U", Do: unseen, Enabled: listed},
		{ID: "list.positive", Title: "Only studies with a positive finding", Shortcut: "Ctrl+Shift+F",
			Do:      w.togglePositive,
			Enabled: narrow},
		{ID: "list.score", Title: "Score the list, or stop", Shortcut: "Ctrl+B", Do: w.ToggleScoring, Enabled: model},
	}
	for i := range list {
		list[i].Menu = "Studies"
	}
	return list
}
