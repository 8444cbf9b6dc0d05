package trainer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/learner"
	"hilum/training/optim"
	"hilum/training/runlock"
)

// errDiverged marks a run whose loss is no longer a number.
var errDiverged = message.New("training has diverged")

// trainer is a run under way.
type trainer struct {
	job     Train
	c       Config
	net     *network
	images  *dataset.Selection
	classes []int // place of each class of the network in the data set
	batches *batches
	cut     string
	from    string // what a step is fed: the cut, or the image
	sampler *sampler
	learner *learner.Learner
	log     *runLog
	plan    history.Plan

	opt      *optim.AdamW
	schedule optim.Schedule
	average  []float32 // averaged weights; nil without
	sum      []float32 // of gradients; nil without accumulation

	state state
	since time.Time // Elapsed counts until here
	saved time.Time // last checkpoint
}

// choice is what the run selects from its data set.
func (c Config) choice() dataset.Choice {
	return dataset.Choice{Data: c.Data, Unit: c.Unit, Seed: c.Seed, Limit: c.Limit}
}

// cacheDir is where features and pictures are kept.
func (c Config) cacheDir() string {
	if c.Cache != "" {
		return c.Cache
	}
	return filepath.Join(c.Out, "cache")
}

// Run trains until the last epoch, or until there was no better one for a while.
// When ctx ends it finishes the step, writes a checkpoint and returns ctx's error;
// Resume goes on from there, to the same numbers.
func (j Train) Run(ctx context.Context) (*Report, error) {
	start := time.Now()
	lock, err := j.lock()
	if err != nil {
		return nil, message.Errorf("train: %w", err)
	}
	defer lock.Release()
	t, err := j.open(ctx)
	if err != nil {
		return nil, message.Errorf("train: %w", err)
	}
	if w := lock.Warning(); w != "" {
		t.plan.Notes = append(t.plan.Notes, w)
	}
	r, err := t.run(ctx)
	if err = errors.Join(err, t.close()); err != nil {
		return nil, message.Errorf("train: %w", err)
	}
	r.Took = time.Since(start)
	return r, nil
}

// lock takes the lock of the run's folder, unless the caller has it: nil then. It
// does not wait, since a training takes hours.
func (j Train) lock() (*runlock.Lock, error) {
	if j.Config.Out == "" {
		return nil, errNoFolder
	}
	if j.Held.Of(j.Config.Out) {
		return nil, nil
	}
	return runlock.Take(j.Config.Out, 0)
}

var errNoFolder = message.New("no folder for the run was named")

// open does all that comes before the first step.
func (j Train) open(ctx context.Context) (*trainer, error) {
	t := &trainer{job: j, c: j.Config, since: time.Now()}
	run, err := t.folder()
	if err != nil {
		return nil, err
	}
	if err := t.begin(ctx, run); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// begin opens a run, new (run is nil) or from its folder.
func (t *trainer) begin(ctx context.Context, run *runFile) error {
	if err := t.c.check(t.job); err != nil {
		return err
	}
	if err := t.openImages(ctx, run); err != nil {
		return err
	}
	if err := t.openNetwork(run); err != nil {
		return err
	}
	if err := t.openEngine(ctx); err != nil {
		return err
	}
	if run == nil {
		if err := t.writeStart(); err != nil {
			return err
		}
	}
	t.net.model = t.learner.Network() // its weights are the learner's from here on
	return t.restore(run)
}

// check refuses settings that cannot be trained with.
func (c Config) check(j Train) error {
	switch {
	case j.Engine == nil:
		return message.New("there is no engine to train on")
	case c.Out == "":
		return errNoFolder
	case c.Data == "":
		return message.New("no data set was named")
	}
	return c.Recipe.Check()
}

// close frees what open opened, in the reverse order.
func (t *trainer) close() error {
	var errs []error
	if t.log != nil {
		errs = append(errs, t.log.close())
	}
	if t.batches != nil {
		errs = append(errs, t.batches.close())
	}
	if t.sampler != nil {
		errs = append(errs, t.sampler.Close())
	}
	if t.learner != nil {
		errs = append(errs, t.learner.Close())
	}
	return errors.Join(errs...)
}

// run is the loop over epochs.
func (t *trainer) run(ctx context.Context) (*Report, error) {
	if err := t.log.event(history.Event{Plan: &t.plan}); err != nil {
		return nil, err
	}
	stopped := ""
	for t.state.Epoch < t.c.Recipe.Epochs {
		if p := t.c.Recipe.Patience; p > 0 && t.state.Bad >= p {
			stopped = fmt.Sprintf("no better epoch in %d", p)
			break
		}
		if t.state.Epoch > 0 && t.job.ended() {
			stopped = "ended by hand"
			break
		}
		if err := t.epoch(ctx); err != nil {
			return nil, t.interrupted(ctx, err)
		}
	}
	return t.finish(ctx, stopped)
}

// interrupted writes a checkpoint where a person ended the run.
func (t *trainer) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return errors.Join(message.Errorf("stopped in epoch %d after step %d: %w", t.state.Epoch+1, t.state.Step,
		ctx.Err()),
		t.checkpoint())
}
