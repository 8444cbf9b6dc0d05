// Package history is what can be undone. Every study has one track of what the reader did
// to it: how it is looked at, what is drawn, what is answered. How a study is looked at is
// watched: each change is compared before and after, so no setter has to know of the
// history. Marks and answers tell of themselves, because they come from the disk too. Its
// core type is [History]. It imports the packages whose state an [Aspect] is made of.
package history

import (
	"time"

	"hilum/app/annotation"
	"hilum/app/answers"
	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct {
	CanUndo bool // of what the reader did to the current study
	CanRedo bool
}

// Reading is what the history asks of the rest of the program. All but the last two are
// called within a transaction.
type Reading interface {
	// Current is the study that is selected, by its ID; false for none.
	Current(store.Tx) (id int, ok bool)
	// Picture is the current one; nil for none.
	Picture(store.Tx) *radiograph.Picture
	// Aspect is how the current study is looked at.
	Aspect(store.Tx) Aspect
	// Look has the current study looked at in another way.
	Look(store.Tx, Aspect)
	// Mark does to what is drawn on a study what led from one sheet to another.
	Mark(tx store.Tx, study int, from, to annotation.Sheet)
	// PutDown lets go of what is being drawn before a step, and says what the next click
	// does after it.
	PutDown(store.Tx)
	Prompt(store.Tx)
	// Undone is told when a step has been taken back or done again; requeried tells
	// whether the order of the list changed with it.
	Undone(requeried bool)
	// Answer records what was said before, or again.
	Answer(class string, o answers.Opinion)
}

// History is what can be undone of every open study.
type History struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	tracks  map[int]*track // by study
	watch   watch
}

// watch is how one step is told from the next.
type watch struct {
	held  bool      // a button is down: what it drags is one step, however slow
	cut   bool      // the next change begins a step of its own
	last  time.Time // of the last step
	quiet bool      // the change being made is not the reader's
}

// pause is how long a reader rests between two turns of the wheel, or two moves
// of a slider, that are steps of their own.
const pause = 600 * time.Millisecond

// New has nothing to undo, and watches every change of the hub from now on.
func New(h *store.Hub, r Reading) *History {
	s := &History{hub: h, state: store.NewValue(h, State{}), reading: r, tracks: map[int]*track{}}
	h.Around(func(tx store.Tx) func() {
		picture, before := r.Picture(tx), r.Aspect(tx).Lasting()
		return func() { s.compare(tx, picture, before) }
	})
	return s
}

// In is the state within a transaction.
func (h *History) In(tx store.Tx) *State { return h.state.In(tx) }

// Hold tells that a button of the mouse went down or up: what is dragged between
// is one step to undo.
func (h *History) Hold(down bool) {
	h.hub.Look(func(store.Tx) { h.watch.held, h.watch.cut = down, true })
}

// Quietly has the change that is being made be no step.
func (h *History) Quietly(store.Tx) { h.watch.quiet = true }

// compare makes a step of what a change did to how the current study is looked
// at. Coming to another study is none.
func (h *History) compare(tx store.Tx, picture *radiograph.Picture, before Aspect) {
	quiet := h.watch.quiet
	h.watch.quiet = false
	if _, open := h.reading.Current(tx); !open || picture == nil || h.reading.Picture(tx) != picture || quiet {
		return
	}
	if after := h.reading.Aspect(tx).Lasting(); after != before {
		h.add(tx, step{looked: true, before: before, after: after})
	}
}

// Drawn makes a step of a change to what is drawn on a study, the current one or one beside it.
func (h *History) Drawn(tx store.Tx, study int, before, after annotation.Sheet) {
	h.add(tx, step{marks: true, study: study, unmarked: before, marked: after})
}

// Answered makes a step of an answer.
func (h *History) Answered(tx store.Tx, class string, before, after answers.Opinion) {
	h.add(tx, step{class: class, unsaid: before, said: after})
}

// add adds a step to the track of the current study.
func (h *History) add(tx store.Tx, t step) {
	w := &h.watch
	now := time.Now()
	joins := !w.cut && (w.held || now.Sub(w.last) < pause)
	w.cut, w.last = false, now
	if own := h.current(tx); own != nil {
		own.add(t, joins)
	}
	h.Tell(tx)
}

// current is the track of the current study; nil without one.
func (h *History) current(tx store.Tx) *track {
	id, open := h.reading.Current(tx)
	if !open {
		return nil
	}
	if h.tracks[id] == nil {
		h.tracks[id] = &track{}
	}
	return h.tracks[id]
}

// Rebase puts every sheet of a study in the tracks on one that was read from the disk when the
// reader had begun to draw already.
func (h *History) Rebase(_ store.Tx, id int, on annotation.Sheet) {
	for _, t := range h.tracks {
		t.rebase(id, on)
	}
}

// Forget drops the track of a study that was closed.
func (h *History) Forget(_ store.Tx, id int) { delete(h.tracks, id) }

// Reset drops all tracks: what was done is another reader's, or not to be seen any more.
func (h *History) Reset(tx store.Tx) {
	clear(h.tracks)
	h.Tell(tx)
}

// Depth is how many steps of a study can be undone.
func (h *History) Depth(id int) (n int) {
	h.hub.Look(func(store.Tx) {
		if t := h.tracks[id]; t != nil {
			n = len(t.past)
		}
	})
	return n
}

// Tell brings the state in line with the track of the current study.
func (h *History) Tell(tx store.Tx) {
	s := h.state.In(tx)
	*s = State{}
	if own := h.current(tx); own != nil && h.reading.Picture(tx) != nil {
		s.CanUndo, s.CanRedo = len(own.past) > 0, len(own.undone) > 0
	}
}

// Undo takes back what the reader did last to the current study: how it is looked
// at, a mark, a calibration or an answer (by a further one: answers are only
// added to).
func (h *History) Undo() { h.travel((*track).undo) }

// Redo does it again.
func (h *History) Redo() { h.travel((*track).redo) }

func (h *History) travel(f func(*track) (step, bool)) {
	var t step
	ok := false
	h.hub.Change(func(tx store.Tx) {
		h.watch.quiet, h.watch.cut = true, true
		own := h.current(tx)
		if own == nil || h.reading.Picture(tx) == nil {
			return
		}
		h.reading.PutDown(tx)
		if t, ok = f(own); ok {
			h.apply(tx, t)
		}
		h.reading.Prompt(tx)
		h.Tell(tx)
	})
	if !ok {
		return
	}
	h.reading.Undone(t.before.Query != t.after.Query)
	if t.class != "" {
		h.reading.Answer(t.class, t.said)
	}
}

// apply brings the study to where a step leads, an answer apart.
func (h *History) apply(tx store.Tx, t step) {
	if t.marks {
		h.reading.Mark(tx, t.study, t.unmarked, t.marked)
	}
	if !t.looked {
		return
	}
	now := h.reading.Aspect(tx)
	peek, place := now.Map.Peek, now.View.Place
	now = now.Lasting()
	if !now.View.Fit {
		now.View.Place = place
	}
	for _, p := range parts() {
		if !p.same(&t.before, &t.after) {
			p.take(&now, &t.after)
		}
	}
	now.Map.Peek = peek
	h.reading.Look(tx, now)
}

// Commands are those of undoing.
func (h *History) Commands() []command.Command {
	return []command.Command{
		{ID: "measure.undo", Title: "Undo", Menu: "Edit", Shortcut: "Ctrl+Z", Do: h.Undo,
			Enabled: func() bool { return h.state.Get().CanUndo }},
		{ID: "measure.redo", Title: "Redo", Menu: "Edit", Shortcut: "Ctrl+Shift+Z", Do: h.Redo,
			Enabled: func() bool { return h.state.Get().CanRedo }},
	}
}
