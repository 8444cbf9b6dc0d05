package lab

import (
	"path/filepath"
	"slices"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/internal/message"
	"hilum/internal/store"
	"hilum/training/dataset"
)

// Edits is what is done to the film, as a list of steps that can be undone.
type Edits struct {
	b       *Bench
	history history // within transactions
}

// restore shows the present step.
func (l *Edits) restore(tx store.Tx) {
	st, s := l.b.state.In(tx), l.history.now()
	st.Edits, st.Boxes = s.edits, s.boxes
	st.Selected = min(st.Selected, len(s.edits)-1)
	st.CanUndo, st.CanRedo = l.history.canUndo(), l.history.canRedo()
	if st.Image != nil {
		st.Frame = l.b.cfg.Catalogue.Edits.Frame(s.edits, st.Image.Width, st.Image.Height)
	}
}

// edit changes the list by f, which gets a copy and what is selected, as one step that
// can be undone; f says what is selected then. It does nothing without a film.
func (l *Edits) edit(f func(s *snapshot, selected int) (int, error)) { l.step(f, (*history).push) }

func (l *Edits) step(f func(s *snapshot, selected int) (int, error), keep func(*history, snapshot)) {
	var err error
	done, drag := false, false
	l.b.hub.Change(func(tx store.Tx) {
		st := l.b.state.In(tx)
		if st.Image == nil {
			return
		}
		s := l.history.now()
		s.edits, s.boxes = slices.Clone(s.edits), slices.Clone(s.boxes)
		var selected int
		if selected, err = f(&s, st.Selected); err != nil {
			return
		}
		keep(&l.history, s)
		st.Selected = selected
		st.say(message.Message{})
		l.restore(tx)
		done, drag = true, l.history.open
	})
	switch {
	case err != nil:
		l.b.notify(err)
	case drag:
		l.b.request(dragged)
	case done:
		l.b.request(settled)
	}
}

// Add appends an edit and selects it.
func (l *Edits) Add(e edit.Edit) {
	l.edit(func(s *snapshot, _ int) (int, error) {
		s.edits = append(s.edits, e)
		return len(s.edits) - 1, l.b.cfg.Catalogue.Edits.Check(e)
	})
}

// Replace puts an edit in another's place in the list.
func (l *Edits) Replace(index int, e edit.Edit) {
	l.edit(func(s *snapshot, _ int) (int, error) { return index, l.put(s, index, e) })
}

// Adjust is Replace while a drag goes on: all until Settle are one step, and
// controls and maps wait for its end.
func (l *Edits) Adjust(index int, e edit.Edit) {
	l.step(func(s *snapshot, _ int) (int, error) { return index, l.put(s, index, e) }, (*history).adjust)
}

func (l *Edits) put(s *snapshot, index int, e edit.Edit) error {
	if index < 0 || index >= len(s.edits) {
		return errNoEdit
	}
	s.edits[index] = e
	return l.b.cfg.Catalogue.Edits.Check(e)
}

// Settle ends a drag.
func (l *Edits) Settle() {
	was := false
	l.b.hub.Look(func(store.Tx) { was, l.history.open = l.history.open, false })
	if was {
		l.b.request(settled)
	}
}

// Toggle switches an edit off or on again.
func (l *Edits) Toggle(index int) {
	l.edit(func(s *snapshot, _ int) (int, error) {
		if index < 0 || index >= len(s.edits) {
			return -1, errNoEdit
		}
		s.edits[index].Off = !s.edits[index].Off
		return index, nil
	})
}

// Remove takes an edit off the list.
func (l *Edits) Remove(index int) {
	l.edit(func(s *snapshot, _ int) (int, error) {
		if index < 0 || index >= len(s.edits) {
			return -1, errNoEdit
		}
		s.edits = slices.Delete(s.edits, index, index+1)
		return min(index, len(s.edits)-1), nil
	})
}

// Clear removes all edits.
func (l *Edits) Clear() {
	l.edit(func(s *snapshot, _ int) (int, error) {
		s.edits = nil
		return -1, nil
	})
}

// AddBox draws a box around something; it does not change the film.
func (l *Edits) AddBox(box effect.Box) {
	l.edit(func(s *snapshot, selected int) (int, error) {
		s.boxes = append(s.boxes, box)
		return selected, box.Rect.Check()
	})
}

// RemoveBox takes a box away.
func (l *Edits) RemoveBox(index int) {
	l.edit(func(s *snapshot, selected int) (int, error) {
		if index < 0 || index >= len(s.boxes) {
			return -1, errNoBox
		}
		s.boxes = slices.Delete(s.boxes, index, index+1)
		return selected, nil
	})
}

// Undo goes back one step, Redo forth.
func (l *Edits) Undo() { l.travel(-1) }

// Redo does again what Undo took back.
func (l *Edits) Redo() { l.travel(1) }

func (l *Edits) travel(by int) {
	moved := false
	l.b.hub.Change(func(tx store.Tx) {
		to := l.history.at + by
		if moved = to >= 0 && to < len(l.history.line); moved {
			l.history.at, l.history.open = to, false
			l.restore(tx)
		}
	})
	if moved {
		l.b.request(settled)
	}
}

// Select chooses the edit whose effect is shown; -1 shows that of all.
func (l *Edits) Select(index int) {
	moved := false
	l.b.state.Change(func(st *State) {
		if moved = index >= -1 && index < len(st.Edits) && index != st.Selected; moved {
			st.Selected = index
		}
	})
	if moved {
		l.b.request(settled)
	}
}

// ReadBoxes adds the boxes that a list (see dataset.Dataset.ReadBoxes) has of the
// film on the bench.
func (l *Edits) ReadBoxes(path string) {
	st := l.b.State()
	if st.Image == nil {
		return
	}
	d := dataset.Dataset{Classes: st.Classes, Images: []dataset.Image{{Name: st.Name}}}
	if err := d.ReadBoxes(path); err != nil {
		l.b.notify(err)
		return
	}
	found := d.Images[0].Boxes
	if len(found) == 0 {
		l.b.Notify(message.Of("The list %s has no box of %s.", filepath.Base(path), st.Name))
		return
	}
	l.edit(func(s *snapshot, selected int) (int, error) {
		for _, x := range found {
			s.boxes = append(s.boxes, effect.Box{Label: x.Class, Rect: edit.Rect{X: x.X, Y: x.Y, W: x.W, H: x.H}})
		}
		return selected, nil
	})
}
