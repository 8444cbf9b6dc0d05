package lab

import (
	"slices"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/internal/message"
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

// restore shows a snapshot. Under the lock.
func (b *Bench) restore(s snapshot) {
	st := &b.state
	st.Edits, st.Boxes = s.edits, s.boxes
	st.Selected = min(st.Selected, len(s.edits)-1)
	st.CanUndo, st.CanRedo = b.history.canUndo(), b.history.canRedo()
	if st.Film != nil {
		st.Frame = b.cfg.Catalogue.Edits.Frame(s.edits, st.Film.Width, st.Film.Height)
	}
}

// edit changes the list by f, which gets a copy, as one step that can be undone;
// f says what is selected then. It does nothing without a film.
func (b *Bench) edit(f func(s *snapshot) (selected int, err error)) { b.step(f, (*history).push) }

func (b *Bench) step(f func(s *snapshot) (int, error), keep func(*history, snapshot)) {
	var err error
	done := false
	b.change(func() {
		if b.state.Film == nil {
			return
		}
		s := b.history.now()
		s.edits, s.boxes = slices.Clone(s.edits), slices.Clone(s.boxes)
		var selected int
		if selected, err = f(&s); err != nil {
			return
		}
		keep(&b.history, s)
		b.state.Selected = selected
		b.state.Message = message.Message{}
		b.restore(s)
		done = true
	})
	switch {
	case err != nil:
		b.notify(err)
	case done && b.dragging():
		b.request(dragged)
	case done:
		b.request(settled)
	}
}

func (b *Bench) dragging() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.history.open
}

// Add appends an edit and selects it.
func (b *Bench) Add(e edit.Edit) {
	b.edit(func(s *snapshot) (int, error) {
		s.edits = append(s.edits, e)
		return len(s.edits) - 1, b.cfg.Catalogue.Edits.Check(e)
	})
}

// Replace puts an edit in another's place in the list.
func (b *Bench) Replace(index int, e edit.Edit) {
	b.edit(func(s *snapshot) (int, error) { return index, b.put(s, index, e) })
}

// Adjust is Replace while a drag goes on: all until Settle are one step, and
// controls and maps wait for its end.
func (b *Bench) Adjust(index int, e edit.Edit) {
	b.step(func(s *snapshot) (int, error) { return index, b.put(s, index, e) }, (*history).adjust)
}

func (b *Bench) put(s *snapshot, index int, e edit.Edit) error {
	if index < 0 || index >= len(s.edits) {
		return errNoEdit
	}
	s.edits[index] = e
	return b.cfg.Catalogue.Edits.Check(e)
}

// Settle ends a drag.
func (b *Bench) Settle() {
	b.mu.Lock()
	was := b.history.open
	b.history.open = false
	b.mu.Unlock()
	if was {
		b.request(settled)
	}
}

// Toggle switches an edit off or on again.
func (b *Bench) Toggle(index int) {
	b.edit(func(s *snapshot) (int, error) {
		if index < 0 || index >= len(s.edits) {
			return -1, errNoEdit
		}
		s.edits[index].Off = !s.edits[index].Off
		return index, nil
	})
}

// Remove takes an edit off the list.
func (b *Bench) Remove(index int) {
	b.edit(func(s *snapshot) (int, error) {
		if index < 0 || index >= len(s.edits) {
			return -1, errNoEdit
		}
		s.edits = slices.Delete(s.edits, index, index+1)
		return min(index, len(s.edits)-1), nil
	})
}

// Clear removes all edits.
func (b *Bench) Clear() {
	b.edit(func(s *snapshot) (int, error) {
		s.edits = nil
		return -1, nil
	})
}

// AddBox draws a box around something; it does not change the film.
func (b *Bench) AddBox(box effect.Box) {
	b.edit(func(s *snapshot) (int, error) {
		s.boxes = append(s.boxes, box)
		return b.state.Selected, box.Rect.Check()
	})
}

// RemoveBox takes a box away.
func (b *Bench) RemoveBox(index int) {
	b.edit(func(s *snapshot) (int, error) {
		if index < 0 || index >= len(s.boxes) {
			return -1, errNoBox
		}
		s.boxes = slices.Delete(s.boxes, index, index+1)
		return b.state.Selected, nil
	})
}

// Undo goes back one step, Redo forth.
func (b *Bench) Undo() { b.travel(-1) }

// Redo does again what Undo took back.
func (b *Bench) Redo() { b.travel(1) }

func (b *Bench) travel(by int) {
	moved := false
	b.change(func() {
		to := b.history.at + by
		if moved = to >= 0 && to < len(b.history.line); moved {
			b.history.at, b.history.open = to, false
			b.restore(b.history.now())
		}
	})
	if moved {
		b.request(settled)
	}
}

// Select chooses the edit whose effect is shown; -1 shows that of all.
func (b *Bench) Select(index int) {
	moved := false
	b.change(func() {
		if moved = index >= -1 && index < len(b.state.Edits) && index != b.state.Selected; moved {
			b.state.Selected = index
		}
	})
	if moved {
		b.request(settled)
	}
}
