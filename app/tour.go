package app

import (
	"hilum/app/settings"
	"hilum/internal/wording"
)

// TourStep is one thing that the tour says.
type TourStep struct {
	Title, Text string
}

// Tour is what a new reader is told, on the demo studies, in order.
func Tour() []TourStep {
	return []TourStep{
		{"Welcome", "These are generated films of no person, scored by a small model that was trained on such films. Everything can be tried out. This tour is offered once; Help, Tour shows it again."},
		{"The picture", "Drag with the left button to change the window, with the middle or right one to move, turn the wheel to zoom, double click to fit. I inverts, R goes back. None of this changes the score."},
		{"The findings", "Each bar starts at the class's own threshold: to the right is positive, to the left negative. The figures are probability and threshold; click on a row to see below where they come from."},
		{"The maps", "A click on a row, or M, lays the evidence for that class over the picture. Hold Space to see the bare picture. A map shows what the model used, not what is there."},
		{"Warnings", "When a film is turned, inverted, no chest, or unlike what the model knows, a line with an exclamation mark says so above the findings, and what to do. Believe it before the figures."},
		{"Your own films", "Drop files or a folder on the window, or press Ctrl+O. Ctrl+K finds every command, ? lists the keys, Ctrl+, opens the preferences. The model card (Ctrl+I) says what the model can and cannot do."},
	}
}

// StartTour begins the tour.
func (s *Session) StartTour() { s.change(func() { s.state.Tour = 1 }) }

// TourNext goes on, and ends the tour after the last step.
func (s *Session) TourNext() {
	if s.State().Tour >= len(Tour()) {
		s.EndTour()
		return
	}
	s.change(func() {
		if s.state.Tour > 0 {
			s.state.Tour++
		}
	})
}

// TourBack goes one step back.
func (s *Session) TourBack() {
	s.change(func() {
		if s.state.Tour > 1 {
			s.state.Tour--
		}
	})
}

// EndTour takes the tour away and remembers that it was offered.
func (s *Session) EndTour() {
	s.change(func() { s.state.Tour = 0 })
	if err := s.SetPreferences(func(p *settings.Preferences) { p.TourSeen = true }); err != nil {
		s.Notify(wording.Sentence(err))
	}
}

// offerTour begins the tour for a reader who has not seen it.
func (s *Session) offerTour() {
	if !s.Preferences().TourSeen {
		s.StartTour()
	}
}
