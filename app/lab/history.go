package lab

import (
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
)

// snapshot is what undo goes back to.
type snapshot struct {
	edits []edit.Edit
	boxes []effect.Box
}

// history is a line of snapshots with a place on it.
type history struct {
	line []snapshot
	at   int
	open bool // the last step may still be changed: a drag is going on
}

// maxHistory bounds the steps that can be undone.
const maxHistory = 200

func (h *history) reset(s snapshot) { *h = history{line: []snapshot{s}} }
func (h *history) now() snapshot    { return h.line[h.at] }
func (h *history) canUndo() bool    { return h.at > 0 }
func (h *history) canRedo() bool    { return h.at < len(h.line)-1 }

// push adds a step and forgets those that were undone.
func (h *history) push(s snapshot) {
	h.line = append(h.line[:h.at+1:h.at+1], s)
	if len(h.line) > maxHistory {
		h.line = h.line[1:]
	}
	h.at, h.open = len(h.line)-1, false
}

// adjust changes the step that a drag began, or begins one.
func (h *history) adjust(s snapshot) {
	if !h.open {
		h.push(s)
		h.open = true
		return
	}
	h.line[h.at] = s
}
