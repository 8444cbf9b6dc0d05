package app

import (
	"maps"

	"hilum/app/settings"
	"hilum/internal/wording"
)

// Preferences are the choices in force.
func (s *Session) Preferences() settings.Preferences {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.preferences()
}

// preferences joins the choices that the state shows with the others. Under the
// lock.
func (s *Session) preferences() settings.Preferences {
	p, st := s.prefs, s.state
	p.Sort, p.Opacity, p.PerMap, p.Signed, p.Colours = st.Sort, st.Map.Opacity, st.Map.PerMap, st.Map.Signed, st.Map.Colours
	p.Shortcuts = maps.Clone(p.Shortcuts)
	return p
}

// SetPreferences changes the choices and keeps them at once. What f asks for
// is refused in one sentence when it makes no sense; the choices stay then.
func (s *Session) SetPreferences(f func(p *settings.Preferences)) error {
	p := s.Preferences()
	f(&p)
	if err := p.Check(); err != nil {
		return err
	}
	p.Sane()
	s.change(func() {
		s.prefs = p
		st := &s.state
		st.Choices++
		if st.Sort != p.Sort {
			st.Sort = p.Sort
			st.Rows = s.rows()
		}
		st.Map.Opacity, st.Map.PerMap, st.Map.Signed, st.Map.Colours = p.Opacity, p.PerMap, p.Signed, p.Colours
	})
	return p.Save(s.cfg.Dir)
}

// savePreferences keeps the current choices.
func (s *Session) savePreferences() {
	if err := s.Preferences().Save(s.cfg.Dir); err != nil {
		s.cfg.Trace(wording.Sentence(err))
	}
}
