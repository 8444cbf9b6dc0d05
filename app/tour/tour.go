// Package tour is what a new reader is told, on the demo studies, step by step. Its core
// type is [Tour]. It imports internal/store.
package tour

import "hilum/internal/store"

// Step is one thing that the tour says.
type Step struct {
	Title, Text string
}

// Steps is what a new reader is told, in order.
func Steps() []Step {
	return []Step{
		{"Welcome", "These are generated films of no person, scored by a small model that was trained on such films. Everything can be tried out. This tour is offered once; Help, Tour shows it again."},
		{"The picture", "Drag with the left button to change the window, with the middle or right one to move, turn the wheel to zoom, double click to fit. I inverts, R goes back. None of this changes the score."},
		{"The findings", "Each bar starts at the class's own threshold: to the right is positive, to the left negative. The figures are probability and threshold; click on a row to see below where they come from. Answer with A, D or U; Ctrl+Alt+H hides the findings until you have answered (blinded reading)."},
		{"The maps", "A click on a row, or M, lays the evidence for that class over the picture. Hold Space to see the bare picture. A map shows what the model used, not what is there."},
		{"Warnings", "When a film is turned, inverted, no chest, or unlike what the model knows, a line with an exclamation mark says so above the findings, and what to do. Believe it before the figures."},
		{"Your own films", "Drop files or a folder on the window, or press Ctrl+O. Ctrl+K finds every command, ? lists the keys, Ctrl+, opens the preferences. The model card (Ctrl+I) says what the model can and cannot do."},
	}
}

// State is what a window shows of it.
type State struct {
	Tour int // step, from 1; 0 for none
}

// Tour goes through the steps.
type Tour struct {
	state *store.Value[State]
	ended func()
}

// New makes a tour that has not begun. ended is told when it was gone through or left.
func New(h *store.Hub, ended func()) *Tour {
	return &Tour{store.NewValue(h, State{}), ended}
}

// In is the state within a transaction.
func (t *Tour) In(tx store.Tx) *State { return t.state.In(tx) }

// StartTour begins the tour.
func (t *Tour) StartTour() { t.state.Change(func(s *State) { s.Tour = 1 }) }

// TourNext goes on, and ends the tour after the last step.
func (t *Tour) TourNext() {
	if t.state.Get().Tour >= len(Steps()) {
		t.EndTour()
		return
	}
	t.state.Change(func(s *State) {
		if s.Tour > 0 {
			s.Tour++
		}
	})
}

// TourBack goes one step back.
func (t *Tour) TourBack() {
	t.state.Change(func(s *State) {
		if s.Tour > 1 {
			s.Tour--
		}
	})
}

// EndTour takes the tour away.
func (t *Tour) EndTour() {
	t.state.Change(func(s *State) { s.Tour = 0 })
	t.ended()
}
