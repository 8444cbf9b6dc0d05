package runs

import (
	"context"
	"path/filepath"

	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/store"
)

// control is how a job at work is told to stop.
type control struct {
	kind   Kind
	cancel context.CancelFunc
	finish chan struct{}
	told   bool            // finish was closed
	before <-chan struct{} // closed when the job that this one takes the place of has ended; nil for none
	done   chan struct{}   // closed when this one has ended
}

// givesWay tells whether a job ends for new settings: what it measures or looks at will not hold
// any more.
func (c *control) givesWay(r *Run, s Settings) bool {
	return c.kind == KindEstimate || c.kind == KindCheck && otherData(r, s)
}

// Begin starts a job on a run. One training is at work at a time; jobs of other
// runs go on beside it. A measurement of the cost makes room for any other job.
func (d *RunManager) Begin(dir string, kind Kind) error {
	inUse, err := d.InUse()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(d.hub.Context())
	c := &control{kind: kind, cancel: cancel, finish: make(chan struct{}), done: make(chan struct{})}
	j := &Job{Kind: kind, Started: d.cfg.Now()}
	s := Spec{Kind: kind, Dir: dir, InUse: inUse}
	d.hub.Change(func(tx store.Tx) {
		if err = d.admit(tx, dir, c, j); err == nil {
			d.hub.GoIn(tx, dir, func() { d.work(ctx, s, c) })
		}
	})
	if err != nil {
		cancel()
	}
	return err
}

// work does a job once the one before has ended, and shows what it left.
func (d *RunManager) work(ctx context.Context, s Spec, c *control) {
	defer c.cancel()
	defer close(c.done)
	if c.before != nil {
		<-c.before
	}
	d.ended(ctx, s.Dir, c, d.do(ctx, s, c))
}

// admit makes room for a job.
func (d *RunManager) admit(tx store.Tx, dir string, c *control, j *Job) error {
	state := d.state.In(tx)
	r := state.Run(dir)
	switch {
	case d.hub.Closed(tx):
		return message.New("the program is closing")
	case r == nil:
		return message.Errorf("the run %s is not there any more", filepath.Base(dir))
	case d.controls[dir] != nil && d.controls[dir].kind != KindEstimate:
		return errWorking
	case r.Settings.Data == "":
		return message.New("the run has no data yet; choose a folder or a table")
	}
	if other := state.Working(); j.Kind == KindTrain && other != nil && other.Job.Kind == KindTrain {
		return message.Errorf("the run %q is training; pause it first", other.Name)
	}
	if old := d.controls[dir]; old != nil {
		old.cancel()
		c.before = old.done
	}
	d.controls[dir] = c
	copied := *r
	copied.Job = j
	d.put(tx, dir, &copied)
	return nil
}

// do does the job; a panic in it becomes an error.
func (d *RunManager) do(ctx context.Context, s Spec, c *control) (err error) {
	defer parallel.Recover(func(p *parallel.Panic) { err = wentWrong(p.Value, p.Stack) })
	return d.cfg.Start(ctx, s, c.finish, func(e Event) {
		d.hub.Change(func(tx store.Tx) { d.edit(tx, s.Dir, e.show) })
	})
}

// show brings an event into the run that it is of, and into its job.
func (e Event) show(r *Run, j *Job) {
	if e.Step != nil {
		j.Step = *e.Step
	}
	if e.Train != nil {
		if e.Train.Step != nil {
			j.Train = e.Train.Step
		}
		r.Training = r.Training.with(*e.Train)
	}
}

// ended shows what the job left, read from the folder.
func (d *RunManager) ended(ctx context.Context, dir string, c *control, err error) {
	var replaced bool
	var old *Run
	d.hub.Look(func(tx store.Tx) {
		if replaced = d.controls[dir] != c; !replaced {
			delete(d.controls, dir)
		}
		old = d.state.In(tx).Run(dir)
	})
	if replaced || old == nil { // by another job; or deleted
		return
	}
	var j *Job
	if err != nil && ctx.Err() == nil {
		failed := *old.Job
		failed.Over, failed.Error = true, err.Error()
		j = &failed
	}
	if _, err := d.reload(dir, j); err != nil { // the folder is gone
		d.hub.Change(func(tx store.Tx) { d.put(tx, dir, nil) })
	}
}

// Pause stops a run's job after its checkpoint; Begin goes on with it.
func (d *RunManager) Pause(dir string) {
	d.tell(dir, func(c *control, j *Job) {
		j.Pausing = true
		c.cancel()
	})
}

// Finish ends a run's training after the epoch at hand, with the best weights
// so far.
func (d *RunManager) Finish(dir string) {
	d.tell(dir, func(c *control, j *Job) {
		if !c.told {
			c.told, j.Ending = true, true
			close(c.finish)
		}
	})
}

func (d *RunManager) tell(dir string, f func(*control, *Job)) {
	d.hub.Change(func(tx store.Tx) {
		if c := d.controls[dir]; c != nil {
			d.edit(tx, dir, func(_ *Run, j *Job) { f(c, j) })
		}
	})
}

// failed shows work on a run that panicked: its job is over.
func (d *RunManager) failed(p store.Panic) {
	d.hub.Change(func(tx store.Tx) {
		delete(d.controls, p.What)
		d.edit(tx, p.What, func(_ *Run, j *Job) { j.Over, j.Error = true, wentWrong(p.Value, p.Stack).Error() })
	})
}

func wentWrong(value any, stack []byte) error {
	return message.Errorf("something went wrong: %v\n%s", value, stack)
}

// edit changes copies of a run and its job; nothing happens where either is not there.
func (d *RunManager) edit(tx store.Tx, dir string, f func(*Run, *Job)) {
	r := d.state.In(tx).Run(dir)
	if r == nil || r.Job == nil {
		return
	}
	run, job := *r, *r.Job
	run.Job = &job
	f(&run, &job)
	d.put(tx, dir, &run)
}
