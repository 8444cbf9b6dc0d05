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

	"hilum/inference/graph"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/learner"
	"hilum/training/optim"
	"hilum/training/recipe"
	"hilum/training/runlock"
)

// ErrDiverged marks a run whose loss is no longer a number.
var ErrDiverged = message.New("training has diverged")

// trainer is a run under way.
type trainer struct {
	job     Train
	c       Config
	net     *network
	films   *dataset.Selection
	classes []int                                 // place of each class of the network in the data set
	boxes   map[*dataset.Selected][][]dataset.Box // of the films to train on, by class of the network; nil where boxes do not count
	cut     string
	from    string // what a step is fed: the cut, or the image
	sampler *sampler
	learner *learner.Learner
	log     *runLog
	plan    history.Plan

	opt                *optim.AdamW
	schedule           optim.Schedule
	average            []float32 // averaged weights; nil without
	sum                []float32 // of gradients; nil without accumulation
	positive, negative []float32 // weights of labels, one a class

	batches, rest, steps int // an epoch: batches, films in a smaller last one, steps
	free                 map[int]chan *learner.Batch
	all                  []*learner.Batch

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
	if err := t.openFilms(ctx, run); err != nil {
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

// openFilms selects the films, or those that the run began with.
func (t *trainer) openFilms(ctx context.Context, run *runFile) (err error) {
	if run != nil {
		t.films, err = run.films(ctx, t.c, t.job.OnStep)
		return err
	}
	t.films, err = dataset.Select(ctx, t.c.choice(), t.job.OnStep)
	return err
}

// openNetwork reads the network and gives it the data set's classes; a run goes
// on with the one that it began with.
func (t *trainer) openNetwork(run *runFile) (err error) {
	c, parent := t.c, t.job.Parent
	if run != nil {
		c.Model, c.Arch, c.Weights, parent = filepath.Join(t.c.Out, startModel), "", "", nil
	}
	if t.net, err = openNetwork(c, parent, t.films.Data.Classes); err != nil {
		return err
	}
	d := t.films.Data
	classes := d.Classes
	if len(t.net.spec.Classes) == len(classes) && !slices.ContainsFunc(t.net.spec.Classes, func(s string) bool { return d.Class(s) < 0 }) {
		classes = t.net.spec.Classes // the parent's order, where it scores the same
	}
	t.classes = nil
	for _, s := range classes {
		t.classes = append(t.classes, d.Class(s))
	}
	if run != nil {
		t.net.name, t.net.parent, t.net.spec.Card = run.Network, run.ParentSHA256, run.ParentCard
		return nil
	}
	return t.net.setClasses(classes, t.counts(), t.c.Seed)
}

// counts are those of the films trained on, in the order of the network's
// classes.
func (t *trainer) counts() dataset.ClassCounts {
	of := dataset.CountClasses(t.films.Train, len(t.films.Data.Classes))
	var c dataset.ClassCounts
	for _, k := range t.classes {
		c.Positive, c.Negative = append(c.Positive, of.Positive[k]), append(c.Negative, of.Negative[k])
	}
	return c
}

// openEngine fills the cache and builds the step.
func (t *trainer) openEngine(ctx context.Context) (err error) {
	r := t.c.Recipe
	if t.cut, err = t.net.cut(r.Cut); err != nil {
		return err
	}
	if t.from = t.cut; r.TrunkBatchStats {
		t.from = t.net.image()
	}
	params, err := t.net.trainable(t.cut)
	if err != nil {
		return err
	}
	maps, err := t.maps()
	if err != nil {
		return err
	}
	if err := t.sortBoxes(); err != nil {
		return err
	}
	t.learner, err = learner.New(t.job.Engine, t.net.model, learner.Options{
		From: t.from, Logits: t.net.head.logits, Params: params, Classes: len(t.net.spec.Classes), Loss: lossOf(r.Loss), Maps: maps,
		BatchStats: r.BatchStats, Momentum: r.Momentum,
	})
	if err != nil {
		return err
	}
	if err := t.openSampler(ctx); err != nil {
		return err
	}
	if err := t.countBatches(); err != nil {
		return err
	}
	if err := t.allocate(); err != nil {
		return err
	}
	if err := t.optimizer(); err != nil {
		return err
	}
	return t.describePlan()
}

// lossOf is the loss as the step computes it; weights of labels are apart.
func lossOf(l recipe.Loss) learner.Loss {
	return learner.Loss{Kind: learner.LossKind(l.Kind), Gamma: l.Gamma, GammaNegative: l.GammaNegative, GammaPositive: l.GammaPositive, Margin: l.Margin}
}

// samplerSpec describes the source of the run.
func (t *trainer) samplerSpec() samplerSpec {
	n := len(t.films.Train)
	return samplerSpec{network: t.net, layers: t.learner.Network(), cut: t.from, shape: t.learner.FeatureShape(), records: n + len(t.films.Validate), train: n}
}

// openSampler opens the cache and fills it; films that cannot be read go.
func (t *trainer) openSampler(ctx context.Context) (err error) {
	if t.sampler, err = openSampler(t.c, t.job.Engine, t.samplerSpec()); err != nil {
		return err
	}
	films := slices.Concat(t.films.Train, t.films.Validate)
	trained := len(t.films.Train)
	err = parallel.Loop{Done: training.Track(t.job.OnStep, "prepare", len(films))}.Run(ctx, len(films), func(i int) error {
		views := 1
		if i < trained {
			views = t.c.Recipe.Views
		}
		err := t.sampler.prepare(ctx, films[i], views)
		if lost := (unreadable{}); errors.As(err, &lost) {
			films[i].Err = lost
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	t.films.Drop()
	if err := t.films.Check(); err != nil {
		return err
	}
	if t.c.Recipe.Views > 0 && t.sampler.trunk != nil {
		return t.sampler.trunk.Close() // all that epochs load is cached
	}
	return nil
}

// optimizer groups the parameters by rate and decay.
func (t *trainer) optimizer() error {
	r, v := t.c.Recipe, t.learner.Params
	halved, err := t.net.halvings()
	if err != nil {
		return err
	}
	var groups []optim.Group
	for i, name := range v.Names {
		from, to := v.Range(i)
		g := optim.Group{From: from, To: to, Rate: r.Optimizer.RateBody * math.Pow(r.Optimizer.RateDecay, float64(halved[name])), Decay: r.Optimizer.WeightDecay}
		if name == t.net.head.weight || name == t.net.head.bias {
			g.Rate = r.Optimizer.RateHead
		}
		if len(v.Shapes[i]) < 2 && !r.Optimizer.DecayNorms {
			g.Decay = 0
		}
		groups = append(groups, g)
	}
	t.opt = optim.NewAdamW(len(v.Data), groups)
	t.opt.Beta1, t.opt.Beta2, t.opt.Epsilon = r.Optimizer.Beta1, r.Optimizer.Beta2, r.Optimizer.Epsilon
	s := r.Schedule
	t.schedule = optim.Schedule{Kind: optim.Kind(s.Kind), Total: float64(r.Epochs), Warmup: s.Warmup, Start: s.Start, Floor: s.Floor,
		Period: float64(s.Period), Factor: float64(s.Factor)}
	if s.Unit == "step" {
		t.schedule.Total *= float64(t.steps)
	}
	if r.EMA > 0 {
		t.average = slices.Clone(v.Data)
	}
	if r.Accumulate > 1 {
		t.sum = make([]float32, len(v.Data))
	}
	t.weighLabels()
	return nil
}

// weighLabels sets the weight of positives and negatives of each class. A class
// without positives or negatives is not weighted.
func (t *trainer) weighLabels() {
	l, c := t.c.Recipe.Loss, t.counts()
	t.positive, t.negative = make([]float32, len(t.classes)), make([]float32, len(t.classes))
	for k := range t.classes {
		p, n := 1.0, 1.0
		if ratio := float64(c.Negative[k]) / float64(c.Positive[k]); c.Positive[k] > 0 && c.Negative[k] > 0 {
			switch l.PosWeight {
			case "ratio":
				p = ratio
			case "sqrt":
				p = math.Sqrt(ratio)
			}
		}
		if l.Kind == string(learner.Focal) && l.Alpha >= 0 {
			p, n = p*l.Alpha, n*(1-l.Alpha)
		}
		t.positive[k], t.negative[k] = float32(p), float32(n)
	}
}

// describePlan fills the plan that the run tells of.
func (t *trainer) describePlan() error {
	fast, err := t.learner.Fast(t.all[0].N)
	if err != nil {
		return err
	}
	r, s := t.c.Recipe, t.films
	all, err := t.net.trainable(t.net.image())
	if err != nil {
		return err
	}
	total := 0
	for _, name := range all {
		total += int(t.net.model.Graph.Initializer(name).Len())
	}
	t.plan = history.Plan{
		Recipe: r.Name, Network: t.net.name, Classes: t.net.spec.Classes, Counts: s.Data.Counts, Unreadable: append([]training.Skipped{}, s.Lost...), Duplicates: s.Duplicates,
		Train: len(s.Train), Validate: len(s.Validate), Test: s.Test, Positive: t.counts().Positive,
		Cut: t.cut, Parameters: t.learner.Params.Len(), Frozen: total - t.learner.Params.Len(),
		Steps: t.steps, Epochs: r.Epochs, CacheBytes: t.samplerSpec().cacheBytes(t.c), Fast: fast,
		Notes: append(append([]string{}, s.Data.Notes...), t.net.notes...),
	}
	t.plan.Warnings = []string{}
	if s.Data.Table != nil {
		t.plan.Warnings = append(t.plan.Warnings, s.Data.Table.Warnings...)
	}
	if r.Views == 1 && !r.Augment.Off() {
		t.plan.Notes = append(t.plan.Notes, "One view of each film is cached and nothing is augmented; set views to cache augmented ones.")
	}
	return nil
}

// close frees what open opened, in the reverse order.
func (t *trainer) close() error {
	var errs []error
	if t.log != nil {
		errs = append(errs, t.log.close())
	}
	for _, b := range t.all {
		errs = append(errs, b.Close())
	}
	if t.sampler != nil {
		errs = append(errs, t.sampler.Close())
	}
	if t.learner != nil {
		errs = append(errs, t.learner.Close())
	}
	return errors.Join(errs...)
}

// writeStart writes what a run begins with; config.json comes last and makes the
// folder a run.
func (t *trainer) writeStart() error {
	for _, dir := range []string{filepath.Dir(lastState), filepath.Dir(bestState)} {
		if err := os.MkdirAll(filepath.Join(t.c.Out, dir), 0o755); err != nil {
			return err
		}
	}
	m := *t.net.model
	m.Props = slices.Clone(m.Props)
	if err := t.writeModel(&m, startModel, t.spec()); err != nil {
		return err
	}
	return t.writeRun()
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
	return errors.Join(message.Errorf("stopped in epoch %d after step %d: %w", t.state.Epoch+1, t.state.Step, ctx.Err()), t.checkpoint())
}

// epoch trains over all films once, from the batch that comes next, and judges.
func (t *trainer) epoch(ctx context.Context) error {
	began := time.Now()
	f := t.startLoader(ctx, t.state.Epoch, t.state.Batch)
	err := t.trainEpoch(ctx, f, began)
	f.stop(t)
	if err != nil {
		return err
	}
	return t.endEpoch(ctx, began)
}

// trainEpoch takes the steps of an epoch. Cancelled, it ends between steps.
func (t *trainer) trainEpoch(ctx context.Context, f *loader, began time.Time) error {
	films, first := 0, t.state.Batch
	for t.state.Batch < t.batches {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		loss, n, err := t.step(ctx, f)
		if err != nil {
			return err
		}
		films += n
		t.state.LossSum += loss.value
		t.state.Losses++
		s := history.Step{
			Epoch: t.state.Epoch + 1, Step: t.state.Step, Of: t.steps * t.c.Recipe.Epochs, Loss: t.state.LossSum / float64(t.state.Losses),
			Rate: loss.rate, Norm: loss.norm, Speed: float64(films) / time.Since(began).Seconds(), Memory: residentMemory(), Elapsed: t.state.Elapsed + time.Since(t.since),
		}
		perBatch := time.Since(began) / time.Duration(t.state.Batch-first)
		s.Left = perBatch * time.Duration(t.batches*(t.c.Recipe.Epochs-t.state.Epoch)-t.state.Batch)
		if err := t.log.step(s, t.state.Batch == t.batches); err != nil {
			return err
		}
		if t.job.OnStep != nil {
			t.job.OnStep(training.Progress{Phase: "train", Done: s.Step, Total: s.Of})
		}
		if every := t.c.CheckpointEvery; time.Since(t.saved) > max(every, 0) && (every > 0 || time.Since(t.saved) > DefaultCheckpointEvery) && t.state.Batch < t.batches {
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
	films, grads := 0, t.learner.Grads.Data
	// A step that has begun is finished: what was computed is not thrown away.
	whole := context.WithoutCancel(ctx)
	taken := min(t.c.Recipe.Accumulate, t.batches-t.state.Batch)
	for i := range taken {
		var x loaded
		select {
		case x = <-f.ready:
		case <-ctx.Done():
			return r, 0, ctx.Err()
		}
		if x.err != nil {
			t.giveBack(x.batch)
			return r, 0, x.err
		}
		loss, err := t.learner.Step(whole, x.batch)
		films += x.batch.N
		t.giveBack(x.batch)
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
	return r, films, nil
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
		ErrDiverged, t.state.Epoch+1, t.state.Step+1, r.value, r.norm, r.rate, t.advice())
}

// advice says what to do about a run that has diverged.
func (t *trainer) advice() string {
	where := "no checkpoint was written yet"
	if _, err := os.Stat(filepath.Join(t.c.Out, lastState)); err == nil {
		where = "the last checkpoint is whole"
	}
	return where + "; train with a lower rate (optimizer.rate_body, optimizer.rate_head) or clip the gradient (optimizer.clip)"
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
