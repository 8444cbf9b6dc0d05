package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hilum/app/lab/bias"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
)

// JobState is how far a long job is.
type JobState struct {
	Title       string
	Phase       string
	Done, Total int
}

// background runs a long job that StopJob ends; one at a time.
func (b *Bench) background(title string, do func(ctx context.Context, step func(training.Progress)) error) {
	var ctx context.Context
	b.change(func() {
		if b.state.Job != nil {
			b.state.Message = message.Of("Another job is running; wait for it or stop it first.")
			return
		}
		b.state.Job = &JobState{Title: title}
		ctx, b.stopJob = context.WithCancel(b.ctx)
	})
	if ctx == nil {
		return
	}
	last := time.Time{}
	step := func(s training.Progress) {
		if time.Since(last) < stepEvery && s.Done < s.Total {
			return
		}
		last = time.Now()
		b.change(func() { b.state.Job = &JobState{title, phaseTitle(s.Phase), s.Done, s.Total} })
	}
	b.spawn(title, func() {
		err := do(ctx, step)
		b.change(func() {
			b.state.Job = nil
			switch {
			case errors.Is(err, context.Canceled):
				b.state.Message = message.Of("Stopped. Doing it again goes on from here.")
			case err != nil:
				b.state.Message = message.Sentence(err)
			}
		})
	})
}

// phaseTitle names a phase of a long job.
func phaseTitle(name string) string {
	switch name, _, _ = strings.Cut(name, ":"); name {
	case "films":
		return drawingFilms
	case "train":
		return trainingModel
	case "test":
		return scoringFilms
	case "erase":
		return erasingPlaces
	case "steps":
		return playingSteps
	}
	return name
}

// stepEvery is how often progress is shown at most.
const stepEvery = 100 * time.Millisecond

// StopJob ends the job that is running.
func (b *Bench) StopJob() {
	b.mu.Lock()
	stop := b.stopJob
	b.mu.Unlock()
	stop()
}

// RunExperiment does the lesson's experiment in a folder of dir ("" is a
// temporary one) and goes on with the model that it trains.
func (b *Bench) RunExperiment(dir string) {
	l := b.State().Lesson
	if l == nil || l.Experiment == nil {
		b.notify(message.New("this lesson has no experiment"))
		return
	}
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "hilum-lab")
	}
	job := bias.RunExperiment{Config: bias.ExperimentConfig{Experiment: *l.Experiment, Out: filepath.Join(dir, l.Experiment.Folder())}, Engine: b.cfg.Engine}
	b.background(titleBiased, func(ctx context.Context, step func(training.Progress)) error {
		job.OnStep = step
		r, err := job.Run(ctx)
		if err != nil {
			return err
		}
		src, err := inference.ReadSource(r.Model, "")
		if err != nil {
			return err
		}
		b.change(func() { b.state.Experiment = r })
		b.UseModel(src)
		return nil
	})
}

// OpenModel opens a model file in place of the one in use.
func (b *Bench) OpenModel(path string) {
	src, err := inference.ReadSource(path, "")
	if err != nil {
		b.notify(err)
		return
	}
	b.UseModel(src)
}

// Film says where the film on the bench came from.
func (b *Bench) Film() lesson.FilmRef {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ref
}

// NextPhantom draws a phantom with the class that is looked at, another one each
// time.
func (b *Bench) NextPhantom() {
	b.mu.Lock()
	seed, class := uint64(1), b.state.Class
	if p := b.ref.Phantom; p != nil {
		seed = p.Seed + 1
	}
	b.mu.Unlock()
	ref := lesson.FilmRef{Phantom: &lesson.PhantomRef{Seed: seed, Size: phantomSize}}
	if effect.IsFinding(class) {
		ref.Phantom.Findings = []lesson.LesionRef{{Finding: class, Severity: usualSeverity}}
	}
	b.spawn("drawing a phantom", func() {
		im, boxes, err := ref.Open(b.ctx, "")
		if err != nil {
			b.notifyOf(err)
			return
		}
		b.Load(im, ref.Name(), ref, boxes)
	})
}

// Of the phantoms that the lab draws by itself.
const (
	phantomSize   = 512
	usualSeverity = 0.7
)

// ReadBoxes adds the boxes that a list (see dataset.Dataset.ReadBoxes) has of the
// film on the bench.
func (b *Bench) ReadBoxes(path string) {
	st := b.State()
	if st.Film == nil {
		return
	}
	d := dataset.Dataset{Classes: st.Classes, Films: []dataset.Film{{Name: st.Name}}}
	if err := d.ReadBoxes(path); err != nil {
		b.notify(err)
		return
	}
	found := d.Films[0].Boxes
	if len(found) == 0 {
		b.Notify(message.Of("The list %s has no box of %s.", filepath.Base(path), st.Name))
		return
	}
	b.edit(func(s *snapshot) (int, error) {
		for _, x := range found {
			s.boxes = append(s.boxes, effect.Box{Label: x.Class, Rect: edit.Rect{X: x.X, Y: x.Y, W: x.W, H: x.H}})
		}
		return b.state.Selected, nil
	})
}

// ExportLesson writes the lesson as a page in the background.
func (b *Bench) ExportLesson(path string) {
	st := b.State()
	if st.Lesson == nil {
		b.notify(errNoLesson)
		return
	}
	b.mu.Lock()
	p := lesson.Player{Model: b.model, Engine: b.cfg.Engine, Source: b.source, Films: b.cfg.Films, Dir: b.lessonDir, Controls: b.cfg.Controls, Seed: b.cfg.Seed, Experiment: st.Experiment, Catalogue: b.cfg.Catalogue}
	b.mu.Unlock()
	if b.cfg.Words != nil {
		p.Words = b.cfg.Words()
	}
	if p.Model == nil {
		b.Notify(message.Of("The model is still being opened; export the lesson then."))
		return
	}
	b.background(titlePage, func(ctx context.Context, step func(training.Progress)) error {
		p.OnStep = step
		if _, err := p.Export(ctx, st.Lesson, path); err != nil {
			return err
		}
		b.Notify(message.Of("Exported to %s.", path))
		return nil
	})
}

// Titles of the long jobs.
const (
	titleBiased = "Biased model"
	titlePage   = "Lesson page"
)

// Their phases in words.
const (
	drawingFilms  = "drawing films"
	trainingModel = "training"
	scoringFilms  = "scoring films"
	erasingPlaces = "erasing"
	playingSteps  = "playing its steps"
)
