package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/optim"
	"hilum/training/recipe"
)

// RatePoint is the loss at one rate of a range test.
type RatePoint struct {
	Rate     float64 `json:"rate"` // of the head
	Loss     float64 `json:"loss"` // of the batch
	Smoothed float64 `json:"smoothed"`
}

// RateReport is a learning-rate range test (Smith 2017): the rates at which the
// loss falls fastest.
type RateReport struct {
	Points []RatePoint `json:"points"`
	Head   float64     `json:"rate_head"`
	Body   float64     `json:"rate_body"`
}

// The range test goes from the recipe's rates times rateFirst to times rateLast
// in rateSteps steps, and ends early where the loss is rateStop times the best.
const (
	rateFirst = 1e-3
	rateLast  = 1e2
	rateSteps = 100
	rateStop  = 4
	// rateSmooth is the weight of the past in the smoothed loss.
	rateSmooth = 0.9
)

// FindRate raises the rates of the recipe step by step from a thousandth to a
// hundredfold and finds where the loss falls fastest. Nothing of it is kept but
// the cache.
func (j Train) FindRate(ctx context.Context) (*RateReport, error) {
	lock, err := j.lock() // the cache stays with the run
	if err != nil {
		return nil, message.Errorf("find the rate: %w", err)
	}
	defer lock.Release()
	t, err := j.scratch(ctx, 0)
	if err != nil {
		return nil, message.Errorf("find the rate: %w", err)
	}
	r, err := t.rangeTest(ctx)
	if err = errors.Join(err, t.close(), os.RemoveAll(t.scratchDir)); err != nil {
		return nil, message.Errorf("find the rate: %w", err)
	}
	return r, nil
}

// trial is a run that leaves nothing behind.
type trial struct {
	*trainer
	scratchDir string
}

// scratch opens a run in a folder that goes when it is over; the cache stays with
// the run that will follow, unless the films are cut to a few.
func (j Train) scratch(ctx context.Context, images int) (*trial, error) {
	dir, err := os.MkdirTemp("", "hilum-trial-*")
	if err != nil {
		return nil, err
	}
	cache := j.Config.cacheDir()
	j.Config.Out, j.Config.Resume, j.OnEvent = dir, false, nil
	if j.Config.Cache = cache; images > 0 {
		j.Config.Cache = filepath.Join(dir, "cache")
		j.Config.Limit = images
	}
	t, err := j.open(ctx)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &trial{t, dir}, nil
}

func (t *trial) rangeTest(ctx context.Context) (*RateReport, error) {
	r := &RateReport{}
	t.schedule = optim.Schedule{Form: optim.Constant}
	rates := slices.Clone(t.opt.Groups)
	var smooth, best float64
	for n := 0; n < rateSteps; {
		f := t.batches.load(ctx, t.state.Epoch, 0)
		for t.state.Batch = 0; t.state.Batch < t.batches.count && n < rateSteps; n++ {
			factor := rateFirst * math.Pow(rateLast/rateFirst, float64(n)/(rateSteps-1))
			for i := range rates {
				t.opt.Groups[i].Rate = rates[i].Rate * factor
			}
			s, _, err := t.step(ctx, f)
			if err != nil && !errors.Is(err, errDiverged) {
				f.stop()
				return nil, err
			}
			smooth = rateSmooth*smooth + (1-rateSmooth)*s.value
			p := RatePoint{Rate: t.c.Recipe.Optimizer.RateHead * factor, Loss: s.value,
				Smoothed: smooth / (1 - math.Pow(rateSmooth, float64(n+1)))}
			if best = min(best, p.Smoothed); n == 0 {
				best = p.Smoothed
			}
			if err != nil || p.Smoothed > rateStop*best {
				n = rateSteps
				continue
			}
			r.Points = append(r.Points, p)
			if t.job.OnStep != nil {
				t.job.OnStep(training.Progress{Phase: "rates", Done: n + 1, Total: rateSteps})
			}
		}
		f.stop()
		t.state.Epoch++
	}
	return r, r.choose(t.c.Recipe.Optimizer)
}

// choose takes the rate of the steepest fall of the smoothed loss before its
// lowest point, over the logarithm of the rate.
func (r *RateReport) choose(o recipe.Optimizer) error {
	lowest, at, steepest := 0, -1, 0.0
	for i, p := range r.Points {
		if p.Smoothed < r.Points[lowest].Smoothed {
			lowest = i
		}
	}
	for i := 1; i <= lowest; i++ {
		a, b := r.Points[i-1], r.Points[i]
		if slope := (b.Smoothed - a.Smoothed) / math.Log(b.Rate/a.Rate); slope < steepest {
			steepest, at = slope, i
		}
	}
	if at < 0 {
		return message.New("the loss falls at no rate; look at labels and preprocessing")
	}
	r.Head = r.Points[at].Rate
	r.Body = r.Head
	if o.RateHead > 0 {
		r.Body = r.Head * o.RateBody / o.RateHead
	}
	return nil
}

// estimateSteps are measured for an estimate, after one that is not.
const estimateSteps = 3

// Estimate prepares and trains on a few films and says what the whole run would
// take on this machine. It leaves nothing behind.
func (j Train) Estimate(ctx context.Context) (*Estimate, error) {
	e, err := j.measure(ctx)
	if err != nil {
		return nil, message.Errorf("estimate: %w", err)
	}
	return e, nil
}

func (j Train) measure(ctx context.Context) (*Estimate, error) {
	all, err := dataset.Select(ctx, j.Config.choice(), j.OnStep)
	if err != nil {
		return nil, err
	}
	r := j.Config.Recipe
	few := min((estimateSteps+1)*r.Batch*r.Accumulate, len(all.Train))
	start := time.Now()
	t, err := j.scratch(ctx, few)
	if err != nil {
		return nil, err
	}
	opened := time.Since(start)
	e, err := t.measure(ctx, all, opened)
	return e, errors.Join(err, t.close(), os.RemoveAll(t.scratchDir))
}

// timeSteps takes the steps of an epoch of the trial and gives the time and the
// films of all but the first, which warms up. The feed has ended when it returns:
// the trial's films may change then.
func (t *trial) timeSteps(ctx context.Context) (each time.Duration, trained int, err error) {
	f := t.batches.load(ctx, 0, 0)
	defer f.stop()
	for t.state.Batch < t.batches.count {
		start := time.Now()
		_, n, err := t.step(ctx, f)
		if err != nil {
			return 0, 0, err
		}
		if t.state.Step > 1 || t.batches.count == t.state.Batch {
			each += time.Since(start)
			trained += n
		}
	}
	return each, trained, nil
}

// mostOpened films are decoded for an estimate, to tell which cannot be.
const mostOpened = 2000

// leaveOut takes the films out of a selection that cannot be read: those that the
// trial met, and of a set that is not too large all others.
func (t *trial) leaveOut(ctx context.Context, all *dataset.Selection) error {
	read := map[string]bool{}
	for _, f := range slices.Concat(t.images.Train, t.images.Validate) {
		read[f.Path] = true
	}
	lost := map[string]string{}
	for _, s := range t.images.Lost {
		lost[s.Path] = s.Error
	}
	var left []*dataset.Selected
	for _, f := range slices.Concat(all.Train, all.Validate) {
		if why, bad := lost[f.Path]; bad {
			f.Err = errors.New(why)
		} else if !read[f.Path] {
			left = append(left, f)
		}
	}
	if len(left) > mostOpened {
		all.Data.Notes = append(all.Data.Notes,
			fmt.Sprintf(
				"%d of the films were not opened for this estimate: how many of them cannot be read shows when training begins.",
				len(left)))
		left = nil
	}
	err := parallel.Loop{Done: training.Track(t.job.OnStep, "prepare", len(left))}.Run(ctx, len(left),
		func(i int) error {
			_, err := t.sampler.decode(ctx, left[i].Path)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			left[i].Err = err
			return nil
		})
	if err != nil {
		return err
	}
	all.Drop()
	return all.Check()
}

func (t *trial) measure(ctx context.Context, all *dataset.Selection, opened time.Duration) (*Estimate, error) {
	each, trained, err := t.timeSteps(ctx)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if _, err := t.score(ctx); err != nil {
		return nil, err
	}
	judged := time.Since(start)
	e := &Estimate{Memory: residentMemory()}
	share := func(d time.Duration, of, images int) time.Duration {
		return time.Duration(float64(d) * float64(images) / float64(max(of, 1)))
	}
	e.Epoch = share(each, trained, len(all.Train)) + share(judged, len(t.images.Validate), len(all.Validate))
	e.Prepare = share(opened, len(t.images.Train)+len(t.images.Validate), len(all.Train)+len(all.Validate))
	e.Total = e.Prepare + e.Epoch*time.Duration(t.c.Recipe.Epochs)
	if err := t.leaveOut(ctx, all); err != nil {
		return nil, err
	}
	t.images, t.batches.images = all, all
	if err := t.batches.divide(); err != nil {
		return nil, err
	}
	if err := t.describePlan(); err != nil {
		return nil, err
	}
	e.Plan, e.CacheBytes = t.plan, t.plan.CacheBytes
	return e, nil
}
