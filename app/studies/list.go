package studies

import (
	"slices"
	"time"

	"hilum/app/command"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/internal/store"
)

// Listed takes a new snapshot of the worklist into the state.
func (c *Collection) Listed() {
	c.state.Change(func(s *State) {
		s.Listed = c.list.Snapshot()
		s.ListRow = s.Listed.Index(s.Key)
	})
}

// enlist puts studies into the worklist, and scores them there unless the reader
// has stopped that.
func (c *Collection) enlist(list []added) {
	var found []*scan.Instance
	for _, n := range list {
		found = append(found, n.instance)
	}
	c.list.Put(found...)
	c.scoreList()
}

// scoreList has the worklist score what waits, unless the reader has stopped it
// or one study is all there is: that one is scored when it is looked at.
func (c *Collection) scoreList() {
	wanted := false
	c.hub.Look(func(tx store.Tx) { wanted = !c.listPaused && c.state.In(tx).Listed.Studies > 1 })
	if wanted {
		c.list.StartScoring()
	}
}

// UseModel tells the worklist which model scores from now on, nil for none. It returns
// when the list has no more use for the one before.
func (c *Collection) UseModel(m *worklist.Model) {
	c.list.SetModel(m)
	if m != nil {
		c.scoreList()
	}
}

// ToggleScoring stops the scoring of the worklist or goes on with it, from where
// it was.
func (c *Collection) ToggleScoring() { c.SetScoring(!c.state.Get().Listed.Scoring.Running) }

// SetScoring scores what waits in the worklist, or stops.
func (c *Collection) SetScoring(on bool) {
	c.hub.Change(func(store.Tx) { c.listPaused = !on })
	c.hub.Go("scoring the list", func() { // stopping waits for the picture in work
		if on {
			c.list.StartScoring()
		} else {
			c.list.StopScoring()
		}
	})
}

// SetQuery changes which studies are listed, and in which order.
func (c *Collection) SetQuery(f func(q *worklist.Query)) {
	var q worklist.Query
	c.state.Change(func(s *State) {
		f(&s.Query)
		q = s.Query
	})
	c.list.SetQuery(q)
}

// Relist lists by the query in force, which was undone or redone.
func (c *Collection) Relist() { c.list.SetQuery(c.state.Get().Query) }

// SelectRow makes a study of the worklist the current one, by its place there.
func (c *Collection) SelectRow(row int) {
	s := c.state.Get()
	if row < 0 || row >= s.Listed.Len() {
		return
	}
	r := s.Listed.Row(row)
	c.selectPlace(r.First().Location())
}

// selectPlace makes the study at a place the current one.
func (c *Collection) selectPlace(location string) {
	studies := c.state.Get().Studies
	c.reading.Select(slices.IndexFunc(studies, func(o Study) bool { return o.Place() == location }))
}

// SelectPath makes the study at a path the current one, if it is open.
func (c *Collection) SelectPath(path string) {
	studies := c.state.Get().Studies
	if at := slices.IndexFunc(studies, func(o Study) bool { return o.Path == path }); path != "" && at >= 0 {
		c.reading.Select(at)
	}
}

// Next goes on through the worklist: to the next picture of the study, else to
// the next study. From a study that is not listed it goes to the first.
func (c *Collection) Next() { c.step(1) }

// Previous goes back in the same way.
func (c *Collection) Previous() { c.step(-1) }

func (c *Collection) step(by int) {
	s := c.state.Get()
	if location, ok := beside(&s, by); ok {
		c.selectPlace(location)
	}
}

// CanStep tells whether there is a picture before or after.
func (c *Collection) CanStep(by int) bool {
	s := c.state.Get()
	_, ok := beside(&s, by)
	return ok
}

// beside is the place of the picture before or after the current one in the
// worklist.
func beside(s *State, by int) (location string, ok bool) {
	n := s.Listed.Len()
	switch {
	case n == 0:
		return "", false
	case s.ListRow < 0:
		row := s.Listed.Row(0)
		return row.First().Location(), by > 0
	}
	row := s.Listed.Row(s.ListRow)
	at := -1
	if s.Current >= 0 {
		here := s.Studies[s.Current].Place()
		at = slices.IndexFunc(row.Pictures, func(i *scan.Instance) bool { return i.Location() == here })
	}
	if to := at + by; at >= 0 && to >= 0 && to < len(row.Pictures) {
		return row.Pictures[to].Location(), true
	}
	to := s.ListRow + by
	if to < 0 || to >= n {
		return "", false
	}
	row = s.Listed.Row(to)
	if by < 0 {
		return row.Pictures[len(row.Pictures)-1].Location(), true
	}
	return row.Pictures[0].Location(), true
}

// toggleSeen marks the current study as new, or as seen.
func (c *Collection) toggleSeen() {
	s := c.state.Get()
	if s.ListRow >= 0 {
		row := s.Listed.Row(s.ListRow)
		c.list.MarkSeen(row.Key, !row.Seen)
	}
}

// NextOrder goes round the orders of the worklist.
func (c *Collection) NextOrder() {
	c.SetQuery(func(q *worklist.Query) {
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
func (c *Collection) orderByFinding() {
	class := c.reading.ChosenClass()
	c.SetQuery(func(q *worklist.Query) { q.Sort, q.Class = worklist.ByMargin, class })
}

func (c *Collection) togglePositive() {
	c.SetQuery(func(q *worklist.Query) {
		if q.Positive == "" {
			q.Positive = worklist.AnyClass
		} else {
			q.Positive = ""
		}
	})
}

// holdList keeps the background off the processors while the reader works, until
// the hands have rested.
func (c *Collection) holdList(store.Tx) {
	c.list.Hold(true)
	if c.resting == nil {
		c.resting = time.AfterFunc(restFor, c.releaseList)
	} else {
		c.resting.Reset(restFor)
	}
}

// releaseList lets the background go on when nothing is loaded for the reader.
func (c *Collection) releaseList() {
	c.hub.Look(func(tx store.Tx) {
		busy := c.state.In(tx).Loading || c.reading.Busy(tx) || time.Since(c.touched) < restFor
		if !c.hub.Closed(tx) && busy {
			c.resting.Reset(restLook)
			return
		}
		c.list.Hold(false)
	})
}

// FileCommands are those of opening and closing.
func (c *Collection) FileCommands() []command.Command {
	study := func() bool { return c.state.Get().Current >= 0 }
	return []command.Command{
		{ID: "file.demo", Title: "Open the demo studies", Menu: "File", Shortcut: "Ctrl+D", Do: c.OpenDemo, Enabled: command.Always},
		{ID: "file.close", Title: "Close study", Menu: "File", Shortcut: "Ctrl+W", Do: func() { c.reading.CloseStudy(c.state.Get().Current) }, Enabled: study},
	}
}

// Commands are those of the worklist.
func (c *Collection) Commands() []command.Command {
	listed := func() bool { return c.state.Get().Listed.Studies > 0 }
	model := func() bool { return listed() && c.reading.HasModel() }
	last := func() { c.SelectRow(c.state.Get().Listed.Len() - 1) }
	reverse := func() { c.SetQuery(func(q *worklist.Query) { q.Reverse = !q.Reverse }) }
	unseen := func() { c.SetQuery(func(q *worklist.Query) { q.Unseen = !q.Unseen }) }
	list := []command.Command{
		{ID: "study.next", Title: "Next study", Shortcut: "Down", Do: c.Next, Enabled: func() bool { return c.CanStep(1) }},
		{ID: "study.previous", Title: "Previous study", Shortcut: "Up", Do: c.Previous, Enabled: func() bool { return c.CanStep(-1) }},
		{ID: "study.first", Title: "First study", Shortcut: "Home", Do: func() { c.SelectRow(0) }, Enabled: listed},
		{ID: "study.last", Title: "Last study", Shortcut: "End", Do: last, Enabled: listed},
		{ID: "study.seen", Title: "Seen, or not seen yet", Shortcut: "Ctrl+U", Do: c.toggleSeen, Enabled: func() bool { return c.state.Get().ListRow >= 0 }},
		{ID: "list.order", Title: "Order: patient, date, margin", Shortcut: "Ctrl+Shift+S", Do: c.NextOrder, Enabled: listed},
		{ID: "list.finding", Title: "Order by the chosen finding", Shortcut: "Ctrl+Alt+S", Do: c.orderByFinding, Enabled: model},
		{ID: "list.reverse", Title: "Reverse the order", Shortcut: "Ctrl+Shift+D", Do: reverse, Enabled: listed},
		{ID: "list.unseen", Title: "Only studies not seen", Shortcut: "Ctrl+Shift+U", Do: unseen, Enabled: listed},
		{ID: "list.positive", Title: "Only studies with a positive finding", Shortcut: "Ctrl+Shift+F", Do: c.togglePositive, Enabled: model},
		{ID: "list.score", Title: "Score the list, or stop", Shortcut: "Ctrl+B", Do: c.ToggleScoring, Enabled: model},
	}
	for i := range list {
		list[i].Menu = "Studies"
	}
	return list
}
