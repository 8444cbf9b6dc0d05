package lab

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"hilum/app/lab/bias"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
	"hilum/training"
)

// Lesson is the lesson that is written or played on the bench.
type Lesson struct {
	b   *Bench
	dir string // that the lesson's paths are relative to; within transactions
}

// Play puts a lesson on the bench and goes to its first step. dir is the
// folder that its paths are relative to.
func (p *Lesson) Play(l *lesson.Lesson, dir string) {
	p.b.hub.Change(func(tx store.Tx) {
		st := p.b.state.In(tx)
		st.Lesson, st.Step = l, 0
		p.dir = dir
	})
	p.GoTo(0)
}

// Open reads a lesson file and plays it.
func (p *Lesson) Open(path string) {
	l, err := lesson.Read(path, p.b.cfg.Catalogue)
	if err != nil {
		p.b.notify(err)
		return
	}
	p.Play(l, filepath.Dir(path))
}

// New begins an empty lesson; AddStep fills it.
func (p *Lesson) New(title string) {
	p.b.hub.Change(func(tx store.Tx) {
		st := p.b.state.In(tx)
		st.Lesson, st.Step = lesson.New(title), 0
		p.dir = ""
	})
}

// End takes the lesson away; film and edits stay.
func (p *Lesson) End() {
	p.b.state.Change(func(st *State) { st.Lesson, st.Step = nil, 0 })
}

// SetWords changes title and text of the lesson.
func (p *Lesson) SetWords(title, text string) {
	p.edit(func(_ *State, l *lesson.Lesson) error {
		l.Title, l.Text = title, text
		return nil
	})
}

// AddStep appends what is on the bench to the lesson.
func (p *Lesson) AddStep(title, text string) {
	p.edit(func(st *State, l *lesson.Lesson) error {
		if st.Image == nil {
			return message.New("there is no film on the bench to make a step of")
		}
		s := lesson.Step{
			Title: title, Text: text, Image: p.b.ref, Edits: slices.Clone(st.Edits), Focus: st.Selected + 1,
			Class: st.Class, Boxes: slices.Clone(st.Boxes), Strip: st.Strip.Kind,
		}
		switch st.Strip.Kind {
		case effect.ByMethod:
			s.Methods = slices.Clone(st.Strip.Methods)
		case effect.Forgetting:
			s.Methods = []string{st.Strip.Method}
		}
		l.Steps = append(l.Steps, s)
		st.Step = len(l.Steps) - 1
		return nil
	})
}

// SetStep changes the words of a step.
func (p *Lesson) SetStep(index int, title, text string) {
	p.edit(func(_ *State, l *lesson.Lesson) error {
		if index < 0 || index >= len(l.Steps) {
			return errNoStep
		}
		l.Steps[index].Title, l.Steps[index].Text = title, text
		return nil
	})
}

// RemoveStep takes a step out of the lesson.
func (p *Lesson) RemoveStep(index int) {
	p.edit(func(st *State, l *lesson.Lesson) error {
		if index < 0 || index >= len(l.Steps) {
			return errNoStep
		}
		l.Steps = slices.Delete(l.Steps, index, index+1)
		st.Step = max(min(st.Step, len(l.Steps)-1), 0)
		return nil
	})
}

var (
	errNoStep   = message.New("the lesson has no such step")
	errNoLesson = message.New("no lesson is open; begin one first")
)

// edit changes a copy of the lesson.
func (p *Lesson) edit(f func(st *State, l *lesson.Lesson) error) {
	err := errNoLesson
	p.b.state.Change(func(st *State) {
		if st.Lesson == nil {
			return
		}
		l := *st.Lesson
		l.Steps = slices.Clone(l.Steps)
		if err = f(st, &l); err == nil {
			st.Lesson = &l
		}
	})
	if err != nil {
		p.b.notify(err)
	}
}

// GoTo plays a step: its film, edits, boxes, class and strip.
func (p *Lesson) GoTo(index int) {
	var s lesson.Step
	var dir string
	ok := false
	p.b.hub.Change(func(tx store.Tx) {
		st := p.b.state.In(tx)
		if l := st.Lesson; l != nil && index >= 0 && index < len(l.Steps) {
			s, dir, ok = l.Steps[index], p.dir, true
			st.Step = index
		}
	})
	if !ok {
		return
	}
	p.b.hub.Go("playing a lesson", func() {
		im, known, err := s.Image.Open(p.b.hub.Context(), dir)
		if err != nil {
			p.b.notifyOf(err)
			return
		}
		if len(s.Boxes) > 0 {
			known = s.Boxes
		}
		ref := (&lesson.Lesson{Steps: []lesson.Step{s}}).Within(dir).Steps[0].Image
		p.b.hub.Change(func(tx store.Tx) {
			st := p.b.state.In(tx)
			if st.Step != index {
				return // another step was chosen meanwhile
			}
			p.b.ref = ref
			st.Image, st.Edited, st.Name = im, im, ref.Name()
			p.show(tx, s, known)
		})
		p.b.request(settled)
	})
}

// show puts a step's edits, class and strip in place.
func (p *Lesson) show(tx store.Tx, s lesson.Step, boxes []effect.Box) {
	st := p.b.state.In(tx)
	st.Original, st.Former, st.Now, st.Control = nil, nil, nil, nil
	p.b.Edits.history.reset(snapshot{})
	edits, focus := s.AllEdits(boxes)
	if len(edits) > 0 || len(boxes) > 0 {
		p.b.Edits.history.push(snapshot{edits, slices.Clone(boxes)})
	}
	st.Selected = focus
	if slices.Contains(st.Classes, s.Class) {
		st.Class = s.Class
	}
	st.Strip.Kind, st.Strip.Cells = s.Strip, nil
	switch {
	case len(s.Methods) == 0:
	case s.Strip == effect.Forgetting:
		st.Strip.Method = s.Methods[0]
	default:
		st.Strip.Methods = s.Methods
	}
	p.b.Edits.restore(tx)
}

// Save writes the lesson to a file. It returns when the file is there.
func (p *Lesson) Save(path string) error {
	var l *lesson.Lesson
	var dir string
	p.b.hub.Look(func(tx store.Tx) { l, dir = p.b.state.In(tx).Lesson, p.dir })
	if l == nil {
		return errNoLesson
	}
	return l.Within(dir).Write(path, p.b.cfg.Catalogue)
}

// RunExperiment does the lesson's experiment in a folder of dir ("" is a
// temporary one) and goes on with the model that it trains.
func (p *Lesson) RunExperiment(dir string) {
	l := p.b.State().Lesson
	if l == nil || l.Experiment == nil {
		p.b.notify(message.New("this lesson has no experiment"))
		return
	}
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "hilum-lab")
	}
	job := bias.RunExperiment{Config: bias.ExperimentConfig{Experiment: *l.Experiment,
		Out: filepath.Join(dir, l.Experiment.Folder())}, Engine: p.b.cfg.Engine}
	p.b.Jobs.begin(titleBiased, func(ctx context.Context, step func(training.Progress)) error {
		job.OnStep = step
		r, err := job.Run(ctx)
		if err != nil {
			return err
		}
		src, err := inference.ReadSource(r.Model, "")
		if err != nil {
			return err
		}
		p.b.state.Change(func(st *State) { st.Experiment = r })
		p.b.UseModel(src)
		return nil
	})
}

// Export writes the lesson as a page in the background.
func (p *Lesson) Export(path string) {
	st := p.b.State()
	if st.Lesson == nil {
		p.b.notify(errNoLesson)
		return
	}
	b := p.b
	player := lesson.Player{
		Engine: b.cfg.Engine, Images: b.cfg.Images, Controls: b.cfg.Controls, Seed: b.cfg.Seed,
		Experiment: st.Experiment,
		Catalogue:  b.cfg.Catalogue,
	}
	b.hub.Look(func(store.Tx) { player.Model, player.Source, player.Dir = b.model, b.source, p.dir })
	if b.cfg.Words != nil {
		player.Words = b.cfg.Words()
	}
	if player.Model == nil {
		b.Notify(message.Of("The model is still being opened; export the lesson then."))
		return
	}
	b.Jobs.begin(titlePage, func(ctx context.Context, step func(training.Progress)) error {
		player.OnStep = step
		if _, err := player.Export(ctx, st.Lesson, path); err != nil {
			return err
		}
		b.Tell(message.Of("Exported to %s.", path))
		return nil
	})
}
