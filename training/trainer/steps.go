package trainer

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"time"

	"hilum/inference/graph"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/history"
	"hilum/training/optim"
)

// epoch trains over all films once, from the batch that comes next, and judges.
func (t *trainer) epoch(ctx context.Context) error {
	began := time.Now()
	f := t.batches.load(ctx, t.state.Epoch, t.state.Batch)
	err := t.trainEpoch(ctx, f, began)
	f.stop()
	if err != nil {
		return err
	}
	return t.endEpoch(ctx, began)
}

// trainEpoch takes the steps of an epoch. Cancelled, it ends between steps.
func (t *trainer) trainEpoch(ctx context.Context, f *loader, began time.Time) error {
	images, first := 0, t.state.Batch
	for t.state.Batch < t.batches.count {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		loss, n, err := t.step(ctx, f)
		if err != nil {
			return err
		}
		images += n
		t.state.LossSum += loss.value
		t.state.Losses++
		s := history.Step{
			Epoch: t.state.Epoch + 1, Step: t.state.Step, Of: t.batches.steps * t.c.Recipe.Epochs,
			Loss: t.state.LossSum / float64(t.state.Losses),
			Rate: loss.rate, Norm: loss.norm, Speed: float64(images) / time.Since(began).Seconds(),
			Memory:  residentMemory(),
			Elapsed: t.state.Elapsed + time.Since(t.since),
		}
		perBatch := time.Since(began) / time.Duration(t.state.Batch-first)
		s.Left = perBatch * time.Duration(t.batches.count*(t.c.Recipe.Epochs-t.state.Epoch)-t.state.Batch)
		if err := t.log.step(s, t.state.Batch == t.batches.count); err != nil {
			return err
		}
		if t.job.OnStep != nil {
			t.job.OnStep(training.Progress{Phase: "train", Done: s.Step, Total: s.Of})
		}
		if every := t.c.CheckpointEvery; time.Since(t.saved) > max(every, 0) &&
			(every > 0 || time.Since(t.saved) > DefaultCheckpointEvery) && t.state.Batch < t.batches.count {
			if err := t.checkpoint(); err != nil {
				return err
			}
		}
	}
	return nil
}

// stepResult is what one step tells.
type stepResult struct{ value, rate, norm float64 }

// step takes one step of the optimizer over one or more batches.
func (t *trainer) step(ctx context.Context, f *loader) (stepResult, int, error) {
	var r stepResult
	images, grads := 0, t.learner.Grads.Data
	// A step that has begun is finished: what was computed is not thrown away.
	whole := context.WithoutCancel(ctx)
	taken := min(t.c.Recipe.Accumulate, t.batches.count-t.state.Batch)
	for i := range taken {
		var x loaded
		select {
		case x = <-f.ready:
		case <-ctx.Done():
			return r, 0, ctx.Err()
		}
		if x.err != nil {
			t.batches.giveBack(x.batch)
			return r, 0, x.err
		}
		loss, err := t.learner.Step(whole, x.batch)
		images += x.batch.N
		t.batches.giveBack(x.batch)
		if err != nil {
			return r, 0, err
		}
		r.value += loss
		if t.sum != nil {
			if i == 0 {
				clear(t.sum)
			}
			optim.Add(t.sum, grads)
		}
	}
	if t.sum != nil {
		grads = t.sum
	}
	r.norm = optim.Norm(grads)
	r.rate = t.rate(optim.Group{Rate: t.c.Recipe.Optimizer.RateHead})
	if math.IsNaN(r.value) || math.IsInf(r.value, 0) || math.IsNaN(r.norm) || math.IsInf(r.norm, 0) {
		return r, 0, t.diverged(r)
	}
	t.opt.Step(t.learner.Params.Data, grads, optim.ClipScale(r.norm, t.c.Recipe.Optimizer.Clip), t.rate)
	if t.average != nil {
		optim.Average(t.average, t.learner.Params.Data, t.c.Recipe.EMA, t.opt.Steps)
	}
	t.state.Batch += taken
	t.state.Step++
	return r, images, nil
}

// rate is a group's rate at the next step.
func (t *trainer) rate(g optim.Group) float64 {
	at := float64(t.state.Epoch)
	if t.c.Recipe.Schedule.Unit == "step" {
		at = float64(t.state.Step)
	}
	return t.schedule.At(at, g.Rate)
}

func (t *trainer) diverged(r stepResult) error {
	return message.Errorf("%w: in epoch %d, step %d, the loss is %v and the gradient's norm %v at the rate %.3g; %s",
		errDiverged, t.state.Epoch+1, t.state.Step+1, r.value, r.norm, r.rate, t.advice())
}

// advice says what to do about a run that has diverged.
func (t *trainer) advice() string {
	where := "no checkpoint was written yet"
	if _, err := os.Stat(filepath.Join(t.c.Out, lastState)); err == nil {
		where = "the last checkpoint is whole"
	}
	return where +
		"; train with a lower rate (optimizer.rate_body, optimizer.rate_head) or clip the gradient (optimizer.clip)"
}

// weights are what is judged and kept: averaged where the recipe says so.
func (t *trainer) weights() []float32 {
	if t.average != nil {
		return t.average
	}
	return t.learner.Params.Data
}

// current is the network with the weights so far.
func (t *trainer) current() *graph.Model {
	return t.learner.Model(t.weights(), t.learner.Stats.Data)
}
