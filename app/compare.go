package app

import (
	"cmp"
	"context"
	"path/filepath"
	"regexp"
	"slices"

	"hilum/dicomio"
	"hilum/inference"
)

// Compare is how the current picture is shown beside earlier ones of the same
// patient, or beside itself without a map.
type Compare struct {
	Layout Layout
	Priors []Pane  // newest first; as many as the layout shows, fewer when there are no more
	Swipe  float64 // where the swiped view is parted, a fraction of the width
	Older  int     // how many newer priors are passed over
	Others int     // priors that are not shown
}

// Layout is how many pictures are shown and how.
type Layout int

// The layouts.
const (
	OnePicture Layout = iota
	TwoPictures
	FourPictures
	SwipePictures // the prior lies over the current picture, right of a line
	BesideItself  // the bare picture left, the map right
)

// panes is how many pictures a layout shows beside the current one.
func (l Layout) panes() int {
	switch l {
	case TwoPictures, SwipePictures:
		return 1
	case FourPictures:
		return 3
	}
	return 0
}

// Pane is a picture beside the current one.
type Pane struct {
	StudyID int
	Title   string
	Date    string // as people write it, "" when the file is silent
	Picture *Picture
	Result  *inference.Result
	Error   string // one sentence, "" while all is well
}

// LinkedView is how a prior is shown when the current picture is shown as v: the
// same part of the film at the same size on the screen, the same turning, and a
// window that is as far from the prior's own as v's is from the current
// picture's.
func LinkedView(v View, current, prior *Picture) View {
	if current == nil || prior == nil || current == prior {
		return v
	}
	cw, ch := current.SeenSize(v.Orient)
	pw, ph := prior.SeenSize(v.Orient)
	out := v
	if cw > 0 && ch > 0 && pw > 0 && ph > 0 {
		out.Place.CX, out.Place.CY = v.Place.CX*float64(pw)/float64(cw), v.Place.CY*float64(ph)/float64(ch)
		out.Place.Zoom = v.Place.Zoom * float64(ch) / float64(ph)
	}
	out.Window = linkedWindow(v.Window, current.Image, prior.Image)
	return out
}

func linkedWindow(w dicomio.Window, current, prior *dicomio.Image) dicomio.Window {
	from, to := current.DefaultWindow(), prior.DefaultWindow()
	if w == from || from.LUT != nil || to.LUT != nil || w.LUT != nil || from.Width <= 0 {
		return to
	}
	w.Center = to.Center + (w.Center-from.Center)*to.Width/from.Width
	w.Width = max(w.Width*to.Width/from.Width, minWidth)
	w.Name = "linked"
	return w
}

// SetLayout chooses how many pictures are shown; choosing the one in use goes
// back to one. Priors are decoded and scored in the background.
func (s *Session) SetLayout(l Layout) {
	s.change(func() {
		c := &s.state.Compare
		if l < OnePicture || l > BesideItself {
			return
		}
		if c.Layout == l {
			l = OnePicture
		}
		c.Layout, c.Swipe, c.Older = l, 0.5, 0
		s.findPriors()
		if l.panes() > 0 && len(c.Priors) == 0 && s.state.Current >= 0 {
			c.Layout = OnePicture
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
		if c.Layout.panes() == 0 {
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
	if c.Layout.panes() > 0 && s.state.Current >= 0 {
		all := s.priors(s.state.Current)
		from := min(c.Older, len(all))
		to := min(from+c.Layout.panes(), len(all))
		c.Others = len(all) - (to - from)
		for _, i := range all[from:to] {
			st := s.state.Studies[i]
			pane := Pane{StudyID: st.ID, Title: st.Title, Date: whenWords(st.When), Picture: s.recent.get(st.ID), Result: s.entries[i].result}
			if st.Status == Failed {
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
	if at := slices.IndexFunc(s.state.Studies, func(o Study) bool { return s.pinned == o.ID+1 }); at >= 0 && at != index {
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
	wanted := slices.ContainsFunc(s.state.Compare.Priors, func(p Pane) bool { return p.lacks(s.model != nil) })
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

func (p Pane) lacks(scored bool) bool {
	return p.Error == "" && (p.Picture == nil || scored && p.Result == nil)
}

func (s *Session) nextPrior(generation int) (id int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return 0, false
	}
	for _, p := range s.state.Compare.Priors {
		if p.lacks(s.model != nil) {
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
					p.Error = Sentence(err)
				}
			}
		}
		s.state.Rows = s.rows()
	})
}

// fetch decodes and scores a study that is not the current one, or finds what
// was kept.
func (s *Session) fetch(ctx context.Context, id int) (*Picture, *inference.Result, error) {
	s.mu.Lock()
	e := s.entryOf(id)
	if e == nil {
		s.mu.Unlock()
		return nil, nil, context.Canceled
	}
	decode, result, m := e.load, e.result, s.model
	picture := s.recent.get(id)
	s.mu.Unlock()
	if picture == nil {
		im, err := decode(ctx)
		if err != nil {
			return nil, nil, err
		}
		picture = newPicture(im)
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
func (s *Session) decoded(id int, p *Picture) {
	at := slices.IndexFunc(s.state.Studies, func(o Study) bool { return o.ID == id })
	if at < 0 {
		return
	}
	s.recent.put(id, p)
	s.state.Studies = slices.Clone(s.state.Studies)
	study := &s.state.Studies[at]
	if study.Status == Waiting {
		study.Status = Ready
	}
	study.Title, study.Detail = titleOf(p.Image, study.Name)
}

// keepResult keeps the score of a study that is not the current one. Under the
// lock.
func (s *Session) keepResult(m *inference.Model, id int, r *inference.Result) {
	at := slices.IndexFunc(s.state.Studies, func(o Study) bool { return o.ID == id })
	if at < 0 || s.model != m {
		return
	}
	s.entries[at].result = r
	s.state.Studies = slices.Clone(s.state.Studies)
	s.state.Studies[at].rate(r)
}

// rate notes the largest margin of a result.
func (st *Study) rate(r *inference.Result) {
	st.Scored, st.Largest = true, -1
	for _, f := range r.Findings {
		st.Largest = max(st.Largest, f.RelMargin)
	}
}

// compareRows adds to the rows what has changed from the first prior. Under the
// lock.
func (s *Session) compareRows(rows []Row) {
	p := s.state.Compare.Priors
	if len(p) == 0 || p[0].Result == nil || s.state.Compare.Layout.panes() == 0 {
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

// followUp is how the NIH data set names its pictures: the patient and the
// number of the visit.
var followUp = regexp.MustCompile(`^(\d{8})_(\d{3})\.(?i:png|jpe?g)$`)

// whose tells from a file's header, or from its name where it has none, whose
// picture it is and when it was taken. Names tell an order of visits, no date.
func whose(path string, st *dicomio.Study) (patient, when string) {
	if person := st.Person(); person != "" {
		return person, st.When()
	}
	if m := followUp.FindStringSubmatch(filepath.Base(path)); m != nil {
		return filepath.Dir(path) + "\x00" + m[1], m[2]
	}
	return "", ""
}

// whenWords writes what whose told of the time.
func whenWords(when string) string {
	if n := len("20060102"); len(when) >= n {
		return Date(when[:n])
	}
	if when != "" {
		return "visit " + when
	}
	return ""
}
