package app

import (
	"time"

	"hilum/app/annotation"
	"hilum/app/classmap"
	"hilum/app/findings"
	"hilum/app/measure"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/internal/raster"
)

// Every study has one history of what the reader did to it: how it is looked at,
// what is drawn, what is answered. How a study is looked at is watched: change
// compares before and after, so no setter has to know of the history. Marks and
// answers tell of themselves, because they come from the disk too.

// aspect is how a study is looked at, as far as it can be undone. What lies beside
// the picture belongs to the study that the reader changed it at, as the layout
// does.
type aspect struct {
	View    radiograph.View
	Map     classmap.Map
	Layout  viewport.Layout
	Swipe   float64
	Older   int
	Corners viewport.Corners
	Lens    bool
	Sort    findings.Sort // of the findings
	Only    bool
	Scale   findings.Scale
	Query   worklist.Query
}

// aspectNow is the present one: without what follows from the size of the window
// or lasts only while a key is held. Under the lock.
func (s *Session) aspectNow() aspect {
	st := &s.state
	a := aspect{
		View: st.View, Map: st.Map, Layout: st.Compare.Layout, Swipe: st.Compare.Swipe, Older: st.Compare.Older,
		Corners: st.Corners, Lens: st.Lens, Sort: st.Sort, Only: st.Only, Scale: st.Scale, Query: st.Query,
	}
	if a.View.Fit {
		a.View.Place = raster.Placement{}
	}
	a.Map.Peek = false
	return a
}

// aspectPart is a part of an aspect that is undone by itself: what the reader did
// to other parts meanwhile, with another study on the screen, stays.
type aspectPart struct {
	same func(a, b *aspect) bool
	take func(to, from *aspect)
	// drag tells whether what led from a to b changes smoothly, so that more of it
	// in a row is one step; nil for never.
	drag func(a, b *aspect) bool
}

// partOf makes an aspectPart of a value within an aspect.
func partOf[T comparable](of func(*aspect) *T, drag func(a, b *aspect) bool) aspectPart {
	return aspectPart{
		same: func(a, b *aspect) bool { return *of(a) == *of(b) },
		take: func(to, from *aspect) { *of(to) = *of(from) },
		drag: drag,
	}
}

// wherePart is what zoom and pan change.
func wherePart() aspectPart {
	return aspectPart{
		same: func(a, b *aspect) bool { return a.View.Fit == b.View.Fit && a.View.Place == b.View.Place },
		take: func(to, from *aspect) { to.View.Fit, to.View.Place = from.View.Fit, from.View.Place },
		drag: func(_, b *aspect) bool { return !b.View.Fit },
	}
}

func aspectParts() []aspectPart {
	always := func(_, _ *aspect) bool { return true }
	byHand := func(_, b *aspect) bool { return b.View.Window.Name == radiograph.ManualWindow } // not one of a key or the menu
	typed := func(a, b *aspect) bool { return a.Query.Text != b.Query.Text }                   // letter by letter
	return []aspectPart{
		wherePart(),
		partOf(func(a *aspect) *dicomio.Window { return &a.View.Window }, byHand),
		partOf(func(a *aspect) *bool { return &a.View.Invert }, nil),
		partOf(func(a *aspect) *raster.Orientation { return &a.View.Orient }, nil),
		partOf(func(a *aspect) *raster.Filter { return &a.View.Filter }, nil),
		partOf(func(a *aspect) *string { return &a.Map.Class }, nil),
		partOf(func(a *aspect) *classmap.ClassSet { return &a.Map.More }, nil),
		partOf(func(a *aspect) *bool { return &a.Map.On }, nil),
		partOf(func(a *aspect) *float64 { return &a.Map.Opacity }, always),
		partOf(func(a *aspect) *float64 { return &a.Map.Floor }, always),
		partOf(func(a *aspect) *bool { return &a.Map.PerMap }, nil),
		partOf(func(a *aspect) *bool { return &a.Map.Signed }, nil),
		partOf(func(a *aspect) *bool { return &a.Map.Contours }, nil),
		partOf(func(a *aspect) *string { return &a.Map.Colours }, nil),
		partOf(func(a *aspect) *string { return &a.Map.Method }, nil),
		partOf(func(a *aspect) *viewport.Layout { return &a.Layout }, nil),
		partOf(func(a *aspect) *float64 { return &a.Swipe }, always),
		partOf(func(a *aspect) *int { return &a.Older }, nil),
		partOf(func(a *aspect) *viewport.Corners { return &a.Corners }, nil),
		partOf(func(a *aspect) *bool { return &a.Lens }, nil),
		partOf(func(a *aspect) *findings.Sort { return &a.Sort }, nil),
		partOf(func(a *aspect) *bool { return &a.Only }, nil),
		partOf(func(a *aspect) *findings.Scale { return &a.Scale }, nil),
		partOf(func(a *aspect) *worklist.Query { return &a.Query }, typed),
	}
}

// opinion is what a reader says of a class; the zero value says nothing.
type opinion struct {
	verdict records.Verdict
	note    string
	regions []records.Region
}

// verdictOr is the verdict, or the one that stands for saying nothing.
func (o opinion) verdictOr(none records.Verdict) records.Verdict {
	if o.verdict == "" {
		return none
	}
	return o.verdict
}

// step is one thing that can be undone. One of the three is set.
type step struct {
	looked        bool // before and after differ
	before, after aspect

	marks            bool
	unmarked, marked annotation.Sheet

	class        string // that was answered, "" for none
	unsaid, said opinion
}

// reversed is the step that takes this one back.
func (t step) reversed() step {
	t.before, t.after = t.after, t.before
	t.unmarked, t.marked = t.marked, t.unmarked
	t.unsaid, t.said = t.said, t.unsaid
	return t
}

// dragged gives the one part that a step changes where that changes smoothly; -1
// for any other step.
func (t step) dragged() int {
	found := -1
	if !t.looked {
		return found
	}
	for i, p := range aspectParts() {
		switch {
		case p.same(&t.before, &t.after):
		case found >= 0 || p.drag == nil || !p.drag(&t.before, &t.after):
			return -1
		default:
			found = i
		}
	}
	return found
}

// history is what can be undone of a study and redone. The zero value is empty.
type history struct {
	past, undone []step
}

// maxSteps bounds how many steps can be undone.
const maxSteps = 200

// add makes a step; what was undone before can no longer be redone. With joins a
// drag goes on with the step before it where that was the same drag.
func (h *history) add(t step, joins bool) {
	h.undone = nil
	n := len(h.past)
	if d := t.dragged(); joins && d >= 0 && n > 0 && h.past[n-1].dragged() == d {
		last := &h.past[n-1]
		if last.after = t.after; last.before == last.after {
			h.past = h.past[:n-1] // it came back to where it began
		}
		return
	}
	if h.past = append(h.past, t); len(h.past) > maxSteps {
		h.past = h.past[1:]
	}
}

// undo gives the step that takes the last one back; false when there is none.
func (h *history) undo() (step, bool) {
	n := len(h.past)
	if n == 0 {
		return step{}, false
	}
	t := h.past[n-1]
	h.past, h.undone = h.past[:n-1], append(h.undone, t)
	return t.reversed(), true
}

// redo gives the step that was undone last; false when there is none.
func (h *history) redo() (step, bool) {
	n := len(h.undone)
	if n == 0 {
		return step{}, false
	}
	t := h.undone[n-1]
	h.undone, h.past = h.undone[:n-1], append(h.past, t)
	return t, true
}

// rebase puts every sheet of the history on one that was read from the disk when
// the reader had begun to draw already.
func (h *history) rebase(on annotation.Sheet) {
	for _, list := range [][]step{h.past, h.undone} {
		for i := range list {
			if t := &list[i]; t.marks {
				t.unmarked, t.marked = measure.Join(on, t.unmarked), measure.Join(on, t.marked)
			}
		}
	}
}

// watching is how the session tells one step from the next.
type watching struct {
	held  bool      // a button is down: what it drags is one step, however slow
	cut   bool      // the next change begins a step of its own
	last  time.Time // of the last step
	quiet bool      // the change being made is not the reader's
}

// pause is how long a reader rests between two turns of the wheel, or two moves
// of a slider, that are steps of their own.
const pause = 600 * time.Millisecond

// Hold tells that a button of the mouse went down or up: what is dragged between
// is one step to undo.
func (s *Session) Hold(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching.held, s.watching.cut = down, true
}

// remember makes a step of what a change did to how the current study is looked
// at. Coming to another study is none. Under the lock.
func (s *Session) remember(picture *radiograph.Picture, before aspect) {
	quiet := s.watching.quiet
	s.watching.quiet = false
	c := s.state.Current
	if c < 0 || picture == nil || s.state.Picture != picture || quiet {
		return
	}
	if after := s.aspectNow(); after != before {
		s.addStep(step{looked: true, before: before, after: after})
	}
}

// addStep adds a step to the history of the current study. Under the lock.
func (s *Session) addStep(t step) {
	w := &s.watching
	now := time.Now()
	joins := !w.cut && (w.held || now.Sub(w.last) < pause)
	w.cut, w.last = false, now
	s.entries[s.state.Current].history.add(t, joins)
	s.tellHistory()
}

// tellHistory brings the state in line with the history of the current study.
// Under the lock.
func (s *Session) tellHistory() {
	s.state.CanUndo, s.state.CanRedo = false, false
	if c := s.state.Current; c >= 0 && s.state.Picture != nil {
		h := &s.entries[c].history
		s.state.CanUndo, s.state.CanRedo = len(h.past) > 0, len(h.undone) > 0
	}
}

// Undo takes back what the reader did last to the current study: how it is looked
// at, a mark, a calibration or an answer (by a further one: answers are only
// added to).
func (s *Session) Undo() { s.travel((*history).undo) }

// Redo does it again.
func (s *Session) Redo() { s.travel((*history).redo) }

func (s *Session) travel(f func(*history) (step, bool)) {
	var t step
	var listed worklist.Query
	ok := false
	s.change(func() {
		s.watching.quiet, s.watching.cut = true, true
		c := s.state.Current
		if c < 0 || s.state.Picture == nil {
			return
		}
		s.dropDraft()
		if t, ok = f(&s.entries[c].history); ok {
			s.follow(t)
		}
		s.prompt()
		s.tellHistory()
		listed = s.state.Query
	})
	if !ok {
		return
	}
	if t.before.Query != t.after.Query {
		s.list.SetQuery(listed)
	}
	s.wantMaps()
	s.loadPriors()
	if t.class != "" {
		s.answer(t.class, t.said, false)
	}
}

// follow brings the study to where a step leads, an answer apart. Under the lock.
func (s *Session) follow(t step) {
	if t.marks {
		s.entries[s.state.Current].sheet = t.marked
		s.showSheet()
		s.saveSheet()
	}
	if !t.looked {
		return
	}
	s.touch()
	now := s.aspectNow()
	if !s.state.View.Fit {
		now.View.Place = s.state.View.Place
	}
	for _, p := range aspectParts() {
		if !p.same(&t.before, &t.after) {
			p.take(&now, &t.after)
		}
	}
	now.Map.Peek = s.state.Map.Peek
	c := &s.state.Compare
	s.state.View, s.state.Map = now.View, now.Map
	c.Layout, c.Swipe, c.Older = now.Layout, now.Swipe, now.Older
	s.state.Corners, s.state.Lens, s.state.Query = now.Corners, now.Lens, now.Query
	s.state.Sort, s.state.Only, s.state.Scale = now.Sort, now.Only, now.Scale
	s.findPriors()
	if c.Layout.Panes() > 0 && len(c.Priors) == 0 {
		c.Layout = viewport.OnePicture // its priors have been closed
	}
	s.state.Rows = s.rows()
	s.refit()
}
