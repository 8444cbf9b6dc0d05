package runs

import (
	"context"
	"errors"
	"sync"
	"time"

	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/phantom"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/runlock"
	"hilum/training/trainer"
)

// lockPatience is how long a job waits for one of a program that was closed or
// killed: that one has seen it and is writing its checkpoint.
const lockPatience = 20 * time.Second

// Worker does jobs. It knows nothing of a window.
type Worker struct {
	// OpenEngine loads the runtime, once a job.
	OpenEngine func() (inference.Engine, error)
	Catalogue  Catalogue // what there is to choose from
}

// Do does one job. emit is told how it goes, from any goroutine but never twice
// at once, at most some ten times a second; it may be nil. finish, when closed,
// ends training after the epoch at hand with the best weights so far. When ctx
// ends the job stops, keeps what can be gone on from, and returns ctx's error.
func (w Worker) Do(ctx context.Context, s Spec, finish <-chan struct{}, emit func(Event)) error {
	lock, err := runlock.Take(s.Dir, lockPatience)
	if err != nil {
		return err
	}
	defer lock.Release()
	if err := publish(s.Dir); err != nil { // which an earlier job had no time for
		return err
	}
	r, err := openRun(s.Dir)
	if err != nil {
		return err
	}
	t := task{worker: w, spec: s, run: r, lock: lock, finish: finish, say: newThrottle(emit)}
	switch s.Kind {
	case KindPractice:
		return t.practice(ctx)
	case KindCheck:
		return t.check(ctx)
	case KindEstimate:
		return t.estimate(ctx)
	case KindTrain:
		return t.train(ctx)
	case KindJudge:
		return t.withEngine(func(e inference.Engine) error { return t.judge(ctx, e) })
	case KindCalibrate:
		return t.withEngine(func(e inference.Engine) error { return t.calibrate(ctx, e) })
	}
	return message.Errorf("a job of kind %q is not known", s.Kind)
}

// task is one job at work.
type task struct {
	worker Worker
	spec   Spec
	run    *Run
	lock   *runlock.Lock
	finish <-chan struct{}
	say    *throttle
	notes  []string // for the report
}

func (t *task) step(s training.Progress) { t.say.event(Event{Step: &s}) }

// withEngine opens the runtime for f and closes it after.
func (t *task) withEngine(f func(inference.Engine) error) error {
	e, err := t.worker.OpenEngine()
	if err != nil {
		return err
	}
	return errors.Join(f(e), e.Close())
}

// Practice films are small, so that a first run takes minutes.
const practiceSize = 256

func (t *task) practice(ctx context.Context) error {
	// the run's own folder
	d := phantom.Dataset{Dir: t.run.Settings.Data, N: t.run.Practice, Seed: t.run.Seed, Size: practiceSize,
		Overwrite: true}
	err := phantom.WriteDataset(ctx, d, func(done, total int) {
		t.step(training.Progress{Phase: phaseDrawing, Done: done, Total: total})
	})
	if err != nil {
		return err
	}
	return t.check(ctx)
}

func (t *task) check(ctx context.Context) error {
	d, err := openData(ctx, t.run.Settings)
	if err != nil {
		return err
	}
	if len(t.run.Columns) > 0 { // before the run splits them: a table says its parts itself
		if err := writeTable(t.run.Path(labelsFile), d); err != nil {
			return err
		}
	}
	if err := split(d, t.run.Settings); err != nil {
		return err
	}
	summary, err := summarise(ctx, d, t.run.Settings, t.step)
	if err != nil {
		return err
	}
	return writeJSON(t.run.Path(dataFile), summary)
}

// job is the run's training as the engine takes it.
func (t *task) job(e inference.Engine) trainer.Train {
	s := t.run.Settings
	return trainer.Train{
		Config: trainer.Config{
			Data: t.run.dataPath(), Out: t.run.Dir, Model: s.Model, Arch: s.Arch, Weights: s.Weights, Recipe: s.Recipe,
			Seed:     s.Seed,
			Networks: t.worker.Catalogue.Networks, Unit: dataset.ByPatient, Resume: true,
			Date: s.Created.UTC().Format(time.DateOnly),
		},
		Engine: e, OnStep: t.step, OnEvent: func(e history.Event) { t.say.event(Event{Train: &e}) }, Finish: t.finish,
		Held: t.lock,
	}
}

func (t *task) estimate(ctx context.Context) error {
	return t.withEngine(func(e inference.Engine) error {
		measured, err := t.job(e).Estimate(ctx)
		if err != nil {
			return err
		}
		return writeJSON(t.run.Path(estimateFile), measured)
	})
}

// train trains, or goes on where it stopped, and judges what came of it.
func (t *task) train(ctx context.Context) error {
	return t.withEngine(func(e inference.Engine) error {
		if t.run.Training == nil || t.run.Training.Done == nil {
			if _, err := t.job(e).Run(ctx); err != nil {
				return err
			}
		}
		return t.judge(ctx, e)
	})
}

// writeTable writes the films of a data set, with their parts, as a table that jobs read.
func writeTable(path string, d *dataset.Dataset) error { return atomicfile.Write(path, d.Write) }

// throttle lets steps through some ten times a second, and everything else
// always.
type throttle struct {
	emit func(Event)
	mu   sync.Mutex
	last time.Time
	step string // phase of the last one
}

const stepInterval = 100 * time.Millisecond

func newThrottle(emit func(Event)) *throttle {
	if emit == nil {
		emit = func(Event) {}
	}
	return &throttle{emit: emit}
}

func (t *throttle) event(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	phase := t.step
	often := false
	switch {
	case e.Step != nil:
		phase = e.Step.Phase
		often = e.Step.Done < e.Step.Total
	case e.Train != nil:
		often = e.Train.Step != nil
	}
	now := time.Now()
	if often && phase == t.step && now.Sub(t.last) < stepInterval {
		return
	}
	t.step = phase
	t.last = now
	t.emit(e)
}
