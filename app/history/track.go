package history

import (
	"hilum/app/annotation"
	"hilum/app/answers"
	"hilum/app/measure"
)

// step is one thing that can be undone. One of the three is set.
type step struct {
	looked        bool // before and after differ
	before, after Aspect

	marks            bool // on the picture of a study
	study            int
	unmarked, marked annotation.Sheet

	class        string // that was answered, "" for none
	unsaid, said answers.Opinion
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
	for i, p := range parts() {
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

// track is what can be undone of a study and redone. The zero value is empty.
type track struct {
	past, undone []step
}

// MaxSteps bounds how many steps can be undone.
const MaxSteps = 200

// add makes a step; what was undone before can no longer be redone. With joins a
// drag goes on with the step before it where that was the same drag.
func (h *track) add(t step, joins bool) {
	h.undone = nil
	n := len(h.past)
	if d := t.dragged(); joins && d >= 0 && n > 0 && h.past[n-1].dragged() == d {
		last := &h.past[n-1]
		if last.after = t.after; last.before == last.after {
			h.past = h.past[:n-1] // it came back to where it began
		}
		return
	}
	if h.past = append(h.past, t); len(h.past) > MaxSteps {
		h.past = h.past[1:]
	}
}

// undo gives the step that takes the last one back; false when there is none.
func (h *track) undo() (step, bool) {
	n := len(h.past)
	if n == 0 {
		return step{}, false
	}
	t := h.past[n-1]
	h.past, h.undone = h.past[:n-1], append(h.undone, t)
	return t.reversed(), true
}

// redo gives the step that was undone last; false when there is none.
func (h *track) redo() (step, bool) {
	n := len(h.undone)
	if n == 0 {
		return step{}, false
	}
	t := h.undone[n-1]
	h.undone, h.past = h.undone[:n-1], append(h.past, t)
	return t, true
}

// rebase puts every sheet of a study in the track on one that was read from the disk when
// the reader had begun to draw already.
func (h *track) rebase(study int, on annotation.Sheet) {
	for _, list := range [][]step{h.past, h.undone} {
		for i := range list {
			if t := &list[i]; t.marks && t.study == study {
				t.unmarked, t.marked = measure.Join(on, t.unmarked), measure.Join(on, t.marked)
			}
		}
	}
}
