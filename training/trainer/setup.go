package trainer

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"

	"hilum/internal/parallel"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/learner"
	"hilum/training/optim"
	"hilum/training/recipe"
)

// openImages selects the films, or those that the run began with.
func (t *trainer) openImages(ctx context.Context, run *runFile) (err error) {
	if run != nil {
		t.images, err = run.images(ctx, t.c, t.job.OnStep)
		return err
	}
	t.images, err = dataset.Select(ctx, t.c.choice(), t.job.OnStep)
	return err
}

// openNetwork reads the network and gives it the data set's classes; a run goes
// on with the one that it began with.
func (t *trainer) openNetwork(run *runFile) (err error) {
	c, parent := t.c, t.job.Parent
	if run != nil {
		c.Model, c.Arch, c.Weights, parent = filepath.Join(t.c.Out, startModel), "", "", nil
	}
	if t.net, err = openNetwork(c, parent, t.images.Data.Classes); err != nil {
		return err
	}
	d := t.images.Data
	classes := d.Classes
	if len(t.net.spec.Classes) == len(classes) && !slices.ContainsFunc(t.net.spec.Classes, func(s string) bool {
		return d.Class(s) < 0
	}) {
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
	of := dataset.CountClasses(t.images.Train, len(t.images.Data.Classes))
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
	maps, err := t.net.maps(&r, t.cut)
	if err != nil {
		return err
	}
	if t.batches, err = t.newBatches(); err != nil {
		return err
	}
	t.learner, err = learner.New(t.job.Engine, t.net.model, learner.Options{
		From: t.from, Logits: t.net.head.logits, Params: params, Classes: len(t.net.spec.Classes), Loss: lossOf(r.Loss),
		Maps:       maps,
		BatchStats: r.BatchStats, Momentum: r.Momentum,
	})
	if err != nil {
		return err
	}
	if err := t.openSampler(ctx); err != nil {
		return err
	}
	t.batches.learner, t.batches.sampler, t.batches.weights = t.learner, t.sampler, t.labelWeights()
	if err := t.batches.divide(); err != nil {
		return err
	}
	if err := t.batches.allocate(); err != nil {
		return err
	}
	if err := t.optimizer(); err != nil {
		return err
	}
	return t.describePlan()
}

// lossOf is the loss as the step computes it; weights of labels are apart.
func lossOf(l recipe.Loss) learner.Loss {
	return learner.Loss{Kind: learner.LossKind(l.Kind), Gamma: l.Gamma, GammaNegative: l.GammaNegative,
		GammaPositive: l.GammaPositive, Margin: l.Margin}
}

// samplerSpec describes the source of the run.
func (t *trainer) samplerSpec() samplerSpec {
	n := len(t.images.Train)
	return samplerSpec{network: t.net, layers: t.learner.Network(), cut: t.from, shape: t.learner.FeatureShape(),
		records: n + len(t.images.Validate), train: n}
}

// openSampler opens the cache and fills it; films that cannot be read go.
func (t *trainer) openSampler(ctx context.Context) (err error) {
	if t.sampler, err = openSampler(t.c, t.job.Engine, t.samplerSpec()); err != nil {
		return err
	}
	images := slices.Concat(t.images.Train, t.images.Validate)
	trained := len(t.images.Train)
	err = parallel.Loop{Done: training.Track(t.job.OnStep, "prepare", len(images))}.Run(ctx, len(images),
		func(i int) error {
			views := 1
			if i < trained {
				views = t.c.Recipe.Views
			}
			err := t.sampler.prepare(ctx, images[i], views)
			if lost := (unreadable{}); errors.As(err, &lost) {
				images[i].Err = lost
				return nil
			}
			return err
		})
	if err != nil {
		return err
	}
	t.images.Drop()
	if err := t.images.Check(); err != nil {
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
		g := optim.Group{From: from, To: to, Rate: r.Optimizer.RateBody * math.Pow(r.Optimizer.RateDecay,
			float64(halved[name])), Decay: r.Optimizer.WeightDecay}
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
	t.schedule = optim.Schedule{Form: optim.Form(s.Kind), Total: float64(r.Epochs), Warmup: s.Warmup, Start: s.Start,
		Floor:  s.Floor,
		Period: float64(s.Period), Factor: float64(s.Factor)}
	if s.Unit == "step" {
		t.schedule.Total *= float64(t.batches.steps)
	}
	if r.EMA > 0 {
		t.average = slices.Clone(v.Data)
	}
	if r.Accumulate > 1 {
		t.sum = make([]float32, len(v.Data))
	}
	return nil
}

// labelWeights are the weights of positives and negatives of each class. A class
// without positives or negatives is not weighted.
func (t *trainer) labelWeights() labelWeights {
	l, c := t.c.Recipe.Loss, t.counts()
	w := labelWeights{positive: make([]float32, len(t.classes)), negative: make([]float32, len(t.classes))}
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
		w.positive[k], w.negative[k] = float32(p), float32(n)
	}
	return w
}

// describePlan fills the plan that the run tells of.
func (t *trainer) describePlan() error {
	fast, err := t.learner.Fast(t.batches.all[0].N)
	if err != nil {
		return err
	}
	r, s := t.c.Recipe, t.images
	all, err := t.net.trainable(t.net.image())
	if err != nil {
		return err
	}
	total := 0
	for _, name := range all {
		total += int(t.net.model.Graph.Initializer(name).Len())
	}
	t.plan = history.Plan{
		Recipe: r.Name, Network: t.net.name, Classes: t.net.spec.Classes, Counts: s.Data.Counts,
		Unreadable: append([]training.Skipped{}, s.Lost...), Duplicates: s.Duplicates,
		Train: len(s.Train), Validate: len(s.Validate), Test: s.Test, Positive: t.counts().Positive,
		Cut: t.cut, Parameters: t.learner.Params.Len(), Frozen: total - t.learner.Params.Len(),
		Steps: t.batches.steps, Epochs: r.Epochs, CacheBytes: t.samplerSpec().cacheBytes(t.c), Fast: fast,
		Notes: append(append([]string{}, s.Data.Notes...), t.net.notes...),
	}
	t.plan.Warnings = []string{}
	if s.Data.Table != nil {
		t.plan.Warnings = append(t.plan.Warnings, s.Data.Table.Warnings...)
	}
	if r.Views == 1 && !r.Augment.Off() {
		t.plan.Notes = append(t.plan.Notes,
			"One view of each film is cached and nothing is augmented; set views to cache augmented ones.")
	}
	return nil
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
