package app

import (
	"context"
	"fmt"
	"slices"

	"hilum/app/classmap"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/wording"
)

// scoreCurrent scores what is open when a model has become ready.
func (s *Session) scoreCurrent() {
	var ctx context.Context
	var generation int
	var p *radiograph.Picture
	s.change(func() {
		if p = s.state.Picture; p != nil {
			ctx = s.begin()
			generation = s.generation
		}
	})
	if p != nil {
		s.spawn("scoring", func() {
			s.score(ctx, generation, p.Image)
			s.loadPriors()
			s.lookAhead(generation)
		})
	}
}

// score runs the model on the current picture, unless it did before.
func (s *Session) score(ctx context.Context, generation int, im *dicomio.Image) {
	var m *inference.Model
	s.change(func() {
		if s.generation != generation || s.model == nil {
			return
		}
		if r := s.entries[s.state.Current].result; r != nil {
			s.state.Result = r
			return
		}
		m = s.model
		s.state.Scoring = true
	})
	if m == nil {
		s.wantMaps() // a result of before may lack them
		return
	}
	r, err := m.Score(ctx, im)
	kept := false
	s.change(func() {
		if s.generation != generation || s.model != m {
			return
		}
		s.state.Scoring = false
		if err != nil {
			if ctx.Err() == nil {
				s.state.Message = wording.Sentence(fmt.Errorf("this picture cannot be scored: %w", err))
			}
			return
		}
		s.scored(r)
		kept = true
	})
	if kept {
		s.cfg.Trace("findings")
		s.wantMaps()
	}
}

// wantMaps computes the class maps of the current study in the background when
// one is to be shown and the model did not give them with the findings.
func (s *Session) wantMaps() {
	if s.State().Map.Method != classmap.OwnMaps {
		s.wantMethod()
		return
	}
	var m *inference.Model
	var ctx context.Context
	var generation int
	var st State
	s.change(func() {
		st = s.state
		if !st.Map.On || st.Result == nil || st.Result.Maps != nil || st.Picture == nil || st.Mapping {
			return
		}
		m, ctx, generation = s.model, s.current, s.generation
		s.state.Mapping = m != nil
	})
	if m != nil {
		s.spawn("mapping", func() {
			maps, err := m.Maps(ctx, st.Picture.Image, st.Result)
			s.mapped(m, generation, maps, err)
		})
	}
}

// mapped keeps class maps, unless the reader or the model has moved on.
func (s *Session) mapped(m *inference.Model, generation int, maps []inference.Heatmap, err error) {
	s.change(func() {
		if s.generation != generation {
			return // begin has let go of Mapping
		}
		s.state.Mapping = false
		switch {
		case s.model != m || s.ctx.Err() != nil || s.state.Result == nil:
		case err != nil:
			s.state.Map.On = false
			s.state.Message = wording.Sentence(fmt.Errorf("this model has no heat map: %w", err))
		default:
			r := *s.state.Result
			r.Maps = maps
			s.entries[s.state.Current].result = &r
			s.state.Result = &r
		}
	})
}

// scored keeps a result. Under the lock.
func (s *Session) scored(r *inference.Result) {
	c := s.state.Current
	s.entries[c].result = r
	s.state.Result = r
	s.state.Engine.Took = r.Prep + r.Run
	s.state.Rows = s.rows()
	s.state.Warnings = s.warnings()
	s.state.Studies = slices.Clone(s.state.Studies)
	s.state.Studies[c].Rate(r)
	s.list.Note(s.state.Studies[c].Place(), s.state.Model.SHA256, r, nil)
}
