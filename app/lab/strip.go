package lab

import (
	"context"
	"slices"

	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/store"
)

// Strip is a row of maps of the chosen class on the edited film.
type Strip struct {
	Kind    effect.StripKind
	Methods []string      // of ByMethod, 1..MaxCells
	Method  string        // of Forgetting
	Cells   []effect.Cell // as far as they are drawn
	Drawing bool
}

func defaultStrip() Strip {
	return Strip{Methods: effect.DefaultMethods(), Method: effect.DefaultMethods()[0]}
}

// Maps is what chooses the maps of the strip.
type Maps struct{ b *Bench }

// SetStrip chooses what the strip shows.
func (m *Maps) SetStrip(kind effect.StripKind) {
	m.set(func(s *Strip) error {
		s.Kind = kind
		return nil
	})
}

// SetMethods chooses the methods of a strip by method, up to MaxCells.
func (m *Maps) SetMethods(methods []string) {
	m.set(func(s *Strip) error {
		if err := m.b.cfg.Catalogue.CheckMethods(methods); err != nil {
			return err
		}
		s.Kind, s.Methods = effect.ByMethod, slices.Clone(methods)
		return nil
	})
}

// SetForgetting shows how the map of a method fades as the model forgets.
func (m *Maps) SetForgetting(method string) {
	m.set(func(s *Strip) error {
		if err := m.b.cfg.Catalogue.CheckMethods([]string{method}); err != nil {
			return err
		}
		s.Kind, s.Method = effect.Forgetting, method
		return nil
	})
}

func (m *Maps) set(f func(*Strip) error) {
	var err error
	m.b.state.Change(func(st *State) {
		s := st.Strip
		if err = f(&s); err == nil {
			s.Cells = nil
			st.Strip = s
		}
	})
	if err != nil {
		m.b.notify(err)
		return
	}
	m.b.request(settled)
}

// drawStrip computes the maps one after another and shows each.
func (b *Bench) drawStrip(ctx context.Context, t task, im *dicomio.Image, now *inference.Result) error {
	s := t.st.Strip
	if s.Kind == effect.NoStrip || t.st.Class == "" || effect.ClassIndex(now, t.st.Class) < 0 {
		return nil
	}
	b.publish(t, func(st *State) { st.Strip.Drawing = true })
	x, err := b.explain(t.Model)
	if err != nil {
		return err
	}
	m := effect.Mapper{Methods: b.cfg.Catalogue.Methods, Explainer: x, Image: im, Class: t.st.Class, Prep: t.Model.Spec.Prep, Boxes: effect.InFrame(t.st.Boxes, t.st.Frame)}
	show := func(cells []effect.Cell) { b.publish(t, func(st *State) { st.Strip.Cells = slices.Clone(cells) }) }
	if s.Kind == effect.Forgetting {
		return m.Forgetting(ctx, s.Method, show)
	}
	return m.ByMethod(ctx, s.Methods, show)
}

// explain opens the explainer of a model when it is first wanted.
func (b *Bench) explain(m *inference.Model) (x *inference.Explainer, err error) {
	b.hub.Look(func(store.Tx) {
		if b.model != m {
			err = context.Canceled
			return
		}
		if b.explainer == nil {
			b.explainer, err = m.NewExplainer(b.cfg.Engine, b.source, "")
		}
		x = b.explainer
	})
	return x, err
}
