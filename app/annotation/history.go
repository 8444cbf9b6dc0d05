package annotation

// History is a sheet with what it was before and what was undone. The zero
// value is an empty sheet. It is a value; changes make another.
type History struct {
	now    Sheet
	past   []Sheet
	undone []Sheet
}

// maxSteps bounds how many steps can be undone.
const maxSteps = 200

// Begin is a history that begins with a sheet that was read from somewhere.
func Begin(s Sheet) History { return History{now: s} }

// Sheet is the sheet as it is now.
func (h History) Sheet() Sheet { return h.now }

// Do makes a change; what was undone before can no longer be redone. A change
// that changes nothing leaves the history as it is.
func (h History) Do(s Sheet) History {
	if Changes(h.now, s).Nothing() {
		return h
	}
	past := append(h.past[:len(h.past):len(h.past)], h.now)
	if len(past) > maxSteps {
		past = past[len(past)-maxSteps:]
	}
	return History{now: s, past: past}
}

// CanUndo tells whether Undo changes anything.
func (h History) CanUndo() bool { return len(h.past) > 0 }

// CanRedo tells whether Redo changes anything.
func (h History) CanRedo() bool { return len(h.undone) > 0 }

// Undo takes the last change back.
func (h History) Undo() History {
	n := len(h.past)
	if n == 0 {
		return h
	}
	return History{now: h.past[n-1], past: h.past[:n-1], undone: append(h.undone[:len(h.undone):len(h.undone)], h.now)}
}

// Redo makes the change that was undone last again.
func (h History) Redo() History {
	n := len(h.undone)
	if n == 0 {
		return h
	}
	return History{now: h.undone[n-1], past: append(h.past[:len(h.past):len(h.past)], h.now), undone: h.undone[:n-1]}
}
