package lesson

import (
	"context"
	"errors"

	"hilum/app/lab/bias"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/training"
)

// Player plays lessons without a bench and writes them as pages.
type Player struct {
	Model      *inference.Model
	Engine     inference.Engine // that Model runs on, with Source for maps that need gradients
	Source     inference.Source
	Images     edit.Images            // for pasting; nil decodes files
	Dir        string                 // folder that the lesson's paths are relative to
	Controls   int                    // random places; 0 is DefaultControls, under 0 none
	Seed       uint64                 // of these
	Experiment *bias.ExperimentReport // of the lesson's model; nil for none
	OnStep     func(training.Progress)
	Words      message.Words // puts the texts of a page into it; nil leaves English

	Catalogue Catalogue // what steps may use

	explainer *inference.Explainer
}

// Observation is what a step comes to with the player's model.
type Observation struct {
	Step
	Class    string // that is looked at
	Image    *dicomio.Image
	Edited   *dicomio.Image
	Frame    edit.Frame
	Known    []effect.Box // boxes in the film's frame
	Edits    []edit.Edit
	Focus    int // index of the edit whose effect is told, -1 for none
	Original *inference.Result
	Former   *inference.Result
	Now      *inference.Result
	Control  *effect.Control
	Sentence message.Message // what the edit in focus did; "" where there is none
	Cells    []effect.Cell
}

// Observe plays one step.
func (p *Player) Observe(ctx context.Context, s Step) (*Observation, error) {
	o := &Observation{Step: s, Class: s.Class}
	var err error
	if o.Image, o.Known, err = s.Image.Open(ctx, p.Dir); err != nil {
		return nil, err
	}
	if len(s.Boxes) > 0 {
		o.Known = s.Boxes
	}
	images := p.Images
	if images == nil {
		images = dicomio.Decode
	}
	ops := p.Catalogue.Filled().Edits
	sub := effect.Subject{Ops: ops, Model: p.Model, Image: o.Image, Images: images}
	o.Edits, o.Focus = s.AllEdits(o.Known)
	o.Frame = ops.Frame(o.Edits, o.Image.Width, o.Image.Height)
	if o.Edited, o.Now, err = sub.Score(ctx, o.Edits); err != nil {
		return nil, err
	}
	if effect.ClassIndex(o.Now, o.Class) < 0 {
		o.Class = o.Now.Findings[0].Class
	}
	if o.Original, err = p.Model.Score(ctx, o.Image); err != nil {
		return nil, err
	}
	if err := p.effect(ctx, sub, o); err != nil {
		return nil, err
	}
	return o, p.maps(ctx, o)
}

// effect measures what the edit in focus does, and does elsewhere.
func (p *Player) effect(ctx context.Context, s effect.Subject, o *Observation) error {
	o.Former = o.Original
	if o.Focus < 0 {
		return nil
	}
	rest := append(append([]edit.Edit{}, o.Edits[:o.Focus]...), o.Edits[o.Focus+1:]...)
	var err error
	if _, o.Former, err = s.Score(ctx, rest); err != nil {
		return err
	}
	if n := p.Controls; n >= 0 && s.Ops.Placed(o.Edits[o.Focus]) {
		if n == 0 {
			n = effect.DefaultControls
		}
		if o.Control, err = s.Control(ctx, o.Edits, o.Focus,
			effect.ControlOptions{Places: n, Seed: p.Seed}); err != nil {
			return err
		}
	}
	o.Sentence = effect.Change{Edit: o.Edits[o.Focus], Former: o.Former, Now: o.Now, Class: o.Class,
		Control: o.Control}.Sentence(s.Ops)
	return nil
}

func (p *Player) maps(ctx context.Context, o *Observation) error {
	if o.Strip == effect.NoStrip {
		return nil
	}
	if p.explainer == nil {
		x, err := p.Model.NewExplainer(p.Engine, p.Source, "")
		if err != nil {
			return err
		}
		p.explainer = x
	}
	m := effect.Mapper{Methods: p.Catalogue.Filled().Methods, Explainer: p.explainer, Image: o.Edited, Class: o.Class,
		Prep: p.Model.Spec.Prep, Boxes: effect.InFrame(o.Known, o.Frame)}
	keep := func(cells []effect.Cell) { o.Cells = append([]effect.Cell(nil), cells...) }
	methods := o.Methods
	if len(methods) == 0 {
		methods = effect.DefaultMethods()
	}
	if o.Strip == effect.Forgetting {
		return m.Forgetting(ctx, methods[0], keep)
	}
	return m.ByMethod(ctx, methods, keep)
}

// Play observes all steps of a lesson.
func (p *Player) Play(ctx context.Context, l *Lesson) (list []*Observation, err error) {
	if err := l.Check(p.Catalogue.Filled()); err != nil {
		return nil, message.Errorf("lesson: %w", err)
	}
	defer func() {
		if p.explainer != nil {
			err = errors.Join(err, p.explainer.Close())
			p.explainer = nil
		}
	}()
	for i, s := range l.Steps {
		o, err := p.Observe(ctx, s)
		if err != nil {
			return nil, message.Errorf("lesson, step %d: %w", i+1, err)
		}
		list = append(list, o)
		if p.OnStep != nil {
			p.OnStep(training.Progress{Phase: "steps", Done: i + 1, Total: len(l.Steps)})
		}
	}
	return list, nil
}
