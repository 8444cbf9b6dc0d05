package app

import (
	"cmp"
	"context"
	"slices"

	"hilum/app/findings"
	"hilum/app/radiograph"
	"hilum/app/studies"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/internal/wording"
)

// SetLayout chooses how many pictures are shown; choosing the one in use goes
// back to one. Priors are decoded and scored in the background.
func (s *Session) SetLayout(l viewport.Layout) {
	s.change(func() {
		c := &s.state.Compare
		if l < viewport.OnePicture || l > viewport.BesideItself {
			return
		}
		if c.Layout == l {
			l = viewport.OnePicture
		}
		c.Layout, c.Swipe, c.Older = l, 0.5, 0
		s.findPriors()
		if l.Panes() > 0 && len(c.Priors) == 0 && s.state.Current >= 0 {
			c.Layout = viewport.OnePicture
			s.state.Message = "No earlier picture of this patient is open. Open the folder with the earlier studies, or choose another study and then \"Compare with this study\"."
		}
		s.refit()
	})
	s.loadPriors()
}

// SetSwipe parts the swiped view at a fraction of the width.
func (s *Session) SetSwipe(at float64) {
	s.change(func() {
		if at >= 0 && at <= 1 {
			s.state.Compare.Swipe = at
		}
	})
}

// OlderPrior and NewerPrior go through the priors.
func (s *Session) OlderPrior() { s.stepPrior(1) }

// NewerPrior shows the next newer prior.
func (s *Session) NewerPrior() { s.stepPrior(-1) }

func (s *Session) stepPrior(by int) {
	s.change(func() {
		c := &s.state.Compare
		if c.Layout.Panes() == 0 {
			return
		}
		was := c.Older
		c.Older = max(0, c.Older+by)
		if s.findPriors(); len(c.Priors) == 0 {
			c.Older = was
			s.findPriors()
		}
	})
	s.loadPriors()
}

// PinPrior makes the current study the one that others are compared with,
// whatever patient it says it is of; a second time lets go of it.
func (s *Session) PinPrior() {
	s.change(func() {
		c := s.state.Current
		if c < 0 {
			return
		}
		if id := s.state.Studies[c].ID; s.pinned == id+1 {
			s.pinned = 0
			s.state.Message = "Studies are compared with earlier ones of the same patient again."
		} else {
			s.pinned = id + 1
			s.state.Message = "Other studies are compared with this one now. Choose another study, then Compare."
		}
		s.findPriors()
	})
	s.loadPriors()
}

// findPriors lists the priors of the current study that the layout shows, with
// what is known of them already. Under the lock.
func (s *Session) findPriors() {
	c := &s.state.Compare
	c.Priors, c.Others = nil, 0
	if c.Layout.Panes() > 0 && s.state.Current >= 0 {
		all := s.priors(s.state.Current)
		from := min(c.Older, len(all))
		to := min(from+c.Layout.Panes(), len(all))
		c.Others = len(all) - (to - from)
		for _, i := range all[from:to] {
			st := s.state.Studies[i]
			pane := viewport.Pane{StudyID: st.ID, Title: st.Title, Date: radiograph.WhenWords(st.When), Picture: s.recent.Get(st.ID), Result: s.entries[i].result}
			if st.Status == studies.Failed {
				pane.Error = st.Error
			}
			c.Priors = append(c.Priors, pane)
		}
	}
	s.state.Rows = s.rows()
}

// priors are the open studies that came before one, newest first. Under the
// lock.
func (s *Session) priors(index int) []int {
	if at := slices.IndexFunc(s.state.Studies, func(o studies.Study) bool { return s.pinned == o.ID+1 }); at >= 0 && at != index {
		return []int{at}
	}
	it := s.state.Studies[index]
	if it.Patient == "" || it.When == "" {
		return nil
	}
	var out []int
	for i, o := range s.state.Studies {
		if i != index && o.Patient == it.Patient && o.When != "" && o.When < it.When {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return cmp.Compare(s.state.Studies[b].When, s.state.Studies[a].When)
	})
	return out
}

// loadPriors decodes and scores the priors in sight that lack it, one after the
// other, until the reader moves on.
func (s *Session) loadPriors() {
	s.mu.Lock()
	ctx, generation := s.current, s.generation
	wanted := slices.ContainsFunc(s.state.Compare.Priors, func(p viewport.Pane) bool { return p.Lacks(s.model != nil) })
	s.mu.Unlock()
	if !wanted || ctx == nil {
		return
	}
	s.spawn("opening a prior", func() {
		for {
			id, ok := s.nextPrior(generation)
			if !ok || ctx.Err() != nil {
				return
			}
			s.loadPrior(ctx, generation, id)
		}
	})
}

func (s *Session) nextPrior(generation int) (id int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return 0, false
	}
	for _, p := range s.state.Compare.Priors {
		if p.Lacks(s.model != nil) {
			return p.StudyID, true
		}
	}
	return 0, false
}

func (s *Session) loadPrior(ctx context.Context, generation, id int) {
	picture, result, err := s.fetch(ctx, id)
	s.change(func() {
		if s.generation != generation || ctx.Err() != nil {
			return
		}
		c := &s.state.Compare
		c.Priors = slices.Clone(c.Priors)
		for i := range c.Priors {
			if p := &c.Priors[i]; p.StudyID == id {
				p.Picture, p.Result = picture, result
				if err != nil {
					p.Error = wording.Sentence(err)
				}
			}
		}
		s.state.Rows = s.rows()
	})
}

// fetch decodes and scores a study that is not the current one, or finds what
// was kept.
func (s *Session) fetch(ctx context.Context, id int) (*radiograph.Picture, *inference.Result, error) {
	s.mu.Lock()
	e := s.entryOf(id)
	if e == nil {
		s.mu.Unlock()
		return nil, nil, context.Canceled
	}
	decode, result, m := e.load, e.result, s.model
	picture := s.recent.Get(id)
	s.mu.Unlock()
	if picture == nil {
		im, err := decode(ctx)
		if err != nil {
			return nil, nil, err
		}
		picture = radiograph.New(im)
		s.change(func() { s.decoded(id, picture) })
	}
	if result == nil && m != nil {
		var err error
		if result, err = m.Score(ctx, picture.Image); err != nil {
			return picture, nil, err
		}
		s.change(func() { s.keepResult(m, id, result) })
	}
	return picture, result, nil
}

// decoded keeps the picture of a study that is not the current one, and what it
// tells of it. Under the lock.
func (s *Session) decoded(id int, p *radiograph.Picture) {
	at := slices.IndexFunc(s.state.Studies, func(o studies.Study) bool { return o.ID == id })
	if at < 0 {
		return
	}
	s.recent.Put(id, p)
	s.state.Studies = slices.Clone(s.state.Studies)
	study := &s.state.Studies[at]
	if study.Status == studies.Waiting {
		study.Status = studies.Ready
	}
	study.Title, study.Detail = radiograph.TitleOf(p.Image, study.Name)
}

// keepResult keeps the score of a study that is not the current one. Under the
// lock.
func (s *Session) keepResult(m *inference.Model, id int, r *inference.Result) {
	at := slices.IndexFunc(s.state.Studies, func(o studies.Study) bool { return o.ID == id })
	if at < 0 || s.model != m {
		return
	}
	s.entries[at].result = r
	s.state.Studies = slices.Clone(s.state.Studies)
	s.state.Studies[at].Rate(r)
}

// compareRows adds to the rows what has changed from the first prior. Under the
// lock.
func (s *Session) compareRows(rows []findings.Row) {
	p := s.state.Compare.Priors
	if len(p) == 0 || p[0].Result == nil || s.state.Compare.Layout.Panes() == 0 {
		return
	}
	for i := range rows {
		then, ok := p[0].Result.Finding(rows[i].Class)
		if !ok || !rows[i].Scored || then.NoValid != "" || rows[i].Finding.NoValid != "" {
			continue
		}
		rows[i].Compared, rows[i].Then, rows[i].Change = true, then.RelMargin, rows[i].Finding.RelMargin-then.RelMargin
	}
}
