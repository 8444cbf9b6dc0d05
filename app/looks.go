package app

import (
	"sync"

	"hilum/app/annotation"
	"hilum/app/classmap"
	"hilum/app/history"
	"hilum/app/measure"
	"hilum/app/viewport"
	"hilum/internal/raster"
)

// FirstLook is what a viewer of the current picture asks: the state, and what the mouse
// does to it.
type FirstLook struct {
	*viewport.Viewport
	*viewport.Comparison
	*measure.Marker
	*history.History
	workstation *Workstation
}

// Look is the first look at the current picture.
func (w *Workstation) Look() FirstLook {
	return FirstLook{w.Viewport, w.Comparison, w.Measure, w.History, w}
}

// State is the workstation's.
func (l FirstLook) State() State { return l.workstation.State() }

// StepPicture goes to the next picture of the study, or back.
func (l FirstLook) StepPicture(by int) { l.workstation.Studies.Worklist.StepPicture(by) }

// SecondLook is a second look at the current picture, for a second screen: it has
// the first one's window, polarity, turn and map, and a viewport of its own. It
// shows the same part of the picture, without text and marks, and what is done
// to it is done to the picture; moving it about is left to the first.
type SecondLook struct {
	workstation *Workstation
	mu          sync.Mutex
	w, h        int // device pixels
}

// NewSecondLook makes a second look.
func NewSecondLook(w *Workstation) *SecondLook { return &SecondLook{workstation: w} }

// State is the workstation's, placed for the own viewport.
func (l *SecondLook) State() State {
	st := l.workstation.State()
	l.mu.Lock()
	w, h := l.w, l.h
	l.mu.Unlock()
	st.Corners, st.Measure, st.Compare, st.Lens = viewport.NoCorners, measure.Drawing{}, viewport.Compare{}, false
	if st.Picture == nil || w == 0 {
		return st
	}
	pw, ph := st.Picture.SeenSize(st.View.Orient)
	if st.View.Fit {
		st.View.Place = raster.Fit(pw, ph, w, h)
		return st
	}
	first := l.workstation.Viewport.Size()
	if first[0] > 0 && first[1] > 0 {
		share := min(float64(w)/float64(first[0]), float64(h)/float64(first[1]))
		st.View.Place.Zoom *= share
	}
	st.View.Place = st.View.Place.Keep(pw, ph)
	return st
}

// SetViewport tells the size of the second widget in device pixels.
func (l *SecondLook) SetViewport(w, h int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w, l.h = w, h
}

// DragWindow changes the picture's window.
func (l *SecondLook) DragWindow(dx, dy float64) { l.workstation.Viewport.DragWindow(dx, dy) }

// StepPicture goes to the next picture of the study, or back.
func (l *SecondLook) StepPicture(by int) { l.workstation.Studies.Worklist.StepPicture(by) }

// FitView fits the first look, which this one follows.
func (l *SecondLook) FitView() { l.workstation.Viewport.FitView() }

// Hold tells that a button went down or up.
func (l *SecondLook) Hold(down bool) { l.workstation.History.Hold(down) }

// Pan does nothing: the first look decides what is seen.
func (*SecondLook) Pan(float64, float64) {}

// ZoomAt does nothing, likewise.
func (*SecondLook) ZoomAt(float64, float64, float64) {}

// SetSwipe does nothing: nothing is compared here.
func (*SecondLook) SetSwipe(float64) {}

// TurnTo goes nowhere: marks are made in the first look.
func (*SecondLook) TurnTo(int) bool { return false }

// GraspLabel does nothing, likewise.
func (*SecondLook) GraspLabel(string, annotation.Point, annotation.Point) bool { return false }

// PressImage draws nothing: marks are made in the first look.
func (*SecondLook) PressImage(annotation.Point, float64) bool { return false }

// MoveImage does nothing, likewise.
func (*SecondLook) MoveImage(annotation.Point) {}

// ReleaseImage does nothing, likewise.
func (*SecondLook) ReleaseImage(annotation.Point, float64) {}

// FinishDraft does nothing, likewise.
func (*SecondLook) FinishDraft() {}

// Controls is what bars of buttons ask: the state, how the picture is looked at, and what
// lies over it.
type Controls struct {
	*viewport.Viewport
	*classmap.Overlay
	workstation *Workstation
}

// Controls are those of the current picture.
func (w *Workstation) Controls() Controls { return Controls{w.Viewport, w.Maps, w} }

// State is the workstation's.
func (c Controls) State() State { return c.workstation.State() }
