package app

import (
	"sync"

	"hilum/app/annotation"
	"hilum/app/measure"
	"hilum/app/viewport"
	"hilum/internal/raster"
)

// Follower is a second look at the current picture, for a second screen: it has
// the session's window, polarity, turn and map, and a viewport of its own. It
// shows the same part of the picture, without text and marks, and what is done
// to it is done to the picture; moving it about is left to the first.
type Follower struct {
	session *Session
	mu      sync.Mutex
	w, h    int // device pixels
}

// NewFollower makes a second look.
func NewFollower(s *Session) *Follower { return &Follower{session: s} }

// State is the session's, placed for the own viewport.
func (f *Follower) State() State {
	st := f.session.State()
	f.mu.Lock()
	w, h := f.w, f.h
	f.mu.Unlock()
	st.Corners, st.Measure, st.Compare, st.Lens = viewport.NoCorners, measure.Drawing{}, viewport.Compare{}, false
	if st.Picture == nil || w == 0 {
		return st
	}
	pw, ph := st.Picture.SeenSize(st.View.Orient)
	if st.View.Fit {
		st.View.Place = raster.Fit(pw, ph, w, h)
		return st
	}
	f.session.mu.Lock()
	first := f.session.viewport
	f.session.mu.Unlock()
	if first[0] > 0 && first[1] > 0 {
		share := min(float64(w)/float64(first[0]), float64(h)/float64(first[1]))
		st.View.Place.Zoom *= share
	}
	st.View.Place = st.View.Place.Keep(pw, ph)
	return st
}

// SetViewport tells the size of the second widget in device pixels.
func (f *Follower) SetViewport(w, h int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.w, f.h = w, h
}

// DragWindow changes the picture's window.
func (f *Follower) DragWindow(dx, dy float64) { f.session.DragWindow(dx, dy) }

// FitView fits the first look, which this one follows.
func (f *Follower) FitView() { f.session.FitView() }

// Pan does nothing: the first look decides what is seen.
func (*Follower) Pan(float64, float64) {}

// ZoomAt does nothing, likewise.
func (*Follower) ZoomAt(float64, float64, float64) {}

// SetSwipe does nothing: nothing is compared here.
func (*Follower) SetSwipe(float64) {}

// PressFilm draws nothing: marks are made in the first look.
func (*Follower) PressFilm(annotation.Point, float64) bool { return false }

// MoveFilm does nothing, likewise.
func (*Follower) MoveFilm(annotation.Point) {}

// ReleaseFilm does nothing, likewise.
func (*Follower) ReleaseFilm(annotation.Point, float64) {}

// Hold tells that a button went down or up.
func (f *Follower) Hold(down bool) { f.session.Hold(down) }

// FinishDraft does nothing, likewise.
func (*Follower) FinishDraft() {}
