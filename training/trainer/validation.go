package trainer

import (
	"context"
	"errors"
	"math"
	"runtime/debug"
	"time"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/graph/extract"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/scores"
)

// endEpoch judges the weights on the validation part and writes the checkpoint.
func (t *trainer) endEpoch(ctx context.Context, began time.Time) error {
	trained := time.Since(began)
	logits, err := t.score(ctx)
	if err != nil {
		return err
	}
	e := t.judge(logits)
	if !e.ValLoss.Defined() {
		return message.Errorf("%w: after epoch %d the scores of the validation films are no longer numbers; %s",
			errDiverged,
			e.Epoch, t.advice())
	}
	score := float64(e.AUROC)
	if t.c.Recipe.BestBy == "loss" || !e.AUROC.Defined() {
		score = -float64(e.ValLoss)
	}
	s := &t.state
	if e.Best = s.Best == 0 || score > s.Score; e.Best {
		s.Best, s.Score, s.Bad = e.Epoch, score, 0
	} else {
		s.Bad++
	}
	e.BestEpoch, e.Speed, e.Took = s.Best, float64(len(t.images.Train))/trained.Seconds(), time.Since(began)
	s.Epoch, s.Batch, s.LossSum, s.Losses = s.Epoch+1, 0, 0, 0
	s.Curve = append(s.Curve, e)
	if err := t.log.event(history.Event{Epoch: &e}); err != nil {
		return err
	}
	if err := t.checkpoint(); err != nil {
		return err
	}
	if e.Best {
		return t.keepBest()
	}
	return nil
}

// score gives the logits of the validation films, [films, classes].
func (t *trainer) score(ctx context.Context) (logits []float32, err error) {
	m, err := extract.Between(t.current(), []string{t.from}, []string{t.net.head.logits})
	if err != nil {
		return nil, err
	}
	onnx, err := m.Encode()
	if err != nil {
		return nil, err
	}
	m = nil
	debug.FreeOSMemory() // two copies of the weights, before the engine makes its own
	session, err := t.job.Engine.NewSession(onnx, inference.SessionOptions{Inputs: []string{t.from},
		Outputs: []string{t.net.head.logits}, Pooled: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	images, shape := t.images.Validate, t.learner.FeatureShape()
	size := product(shape)
	step := training.Track(t.job.OnStep, "validate", len(images))
	x := make([]float32, min(t.c.Recipe.Batch, len(images))*size)
	for from := 0; from < len(images); from += t.c.Recipe.Batch {
		some := images[from:min(from+t.c.Recipe.Batch, len(images))]
		err := parallel.Loop{}.Run(ctx, len(some), func(i int) error {
			return t.sampler.load(ctx, sample{image: some[i]}, x[i*size:(i+1)*size])
		})
		if err != nil {
			return nil, err
		}
		in := inference.Tensor{Shape: append([]int64{int64(len(some))}, shape...), Data: x[:len(some)*size]}
		out, err := session.Run(ctx, []inference.Tensor{in})
		if err != nil {
			return nil, err
		}
		logits = append(logits, out[0].Data...)
		step(from + len(some))
	}
	return logits, nil
}

// judge computes an epoch's figures.
func (t *trainer) judge(logits []float32) history.Epoch {
	s := t.state
	e := history.Epoch{Epoch: s.Epoch + 1, Step: s.Step, TrainLoss: s.LossSum / float64(max(s.Losses, 1)),
		ValLoss: training.Metric(t.crossEntropy(logits)),
		Rate:    t.rateShown(), Memory: residentMemory()}
	sum, n := 0.0, 0
	for k, name := range t.net.spec.Classes {
		c := t.classScores(logits, k)
		a := history.ClassAUROC{Class: name, AUROC: training.Metric(auroc(c))}
		if a.AUROC.Defined() {
			sum += float64(a.AUROC)
			n++
		}
		e.ByClass = append(e.ByClass, a)
	}
	e.AUROC = training.Metric(sum / float64(n)) // 0/0 is NaN, which is meant
	return e
}

// rateShown is the head's rate at the epoch's last step.
func (t *trainer) rateShown() float64 {
	at := float64(t.state.Epoch)
	if t.c.Recipe.Schedule.Unit == "step" {
		at = float64(t.state.Step - 1)
	}
	return t.schedule.At(at, t.c.Recipe.Optimizer.RateHead)
}

// classScores are the validation films with a label of one class.
func (t *trainer) classScores(logits []float32, k int) *scores.Class {
	c := &scores.Class{Name: t.net.spec.Classes[k], IsLogit: true}
	for i, f := range t.images.Validate {
		if l := f.Labels[t.classes[k]]; l != dataset.Unknown {
			c.Row = append(c.Row, int32(i))
			c.Score = append(c.Score, float64(logits[i*len(t.classes)+k]))
			c.Positive = append(c.Positive, l == dataset.Positive)
		} else {
			c.Unknown++
		}
	}
	return c
}

func auroc(c *scores.Class) float64 {
	r, err := calib.NewRanking(c.Score, c.Positive)
	if err != nil {
		return math.NaN()
	}
	t := r.Tally(nil, nil)
	if t.P == 0 || t.N == 0 {
		return math.NaN()
	}
	return t.AUROC()
}

// crossEntropy is the plain binary cross entropy over the known labels, whatever
// the loss of training; NaN when a logit is.
func (t *trainer) crossEntropy(logits []float32) float64 {
	sum, n := 0.0, 0
	for i, f := range t.images.Validate {
		for k, class := range t.classes {
			z := float64(logits[i*len(t.classes)+k])
			if l := f.Labels[class]; l != dataset.Unknown {
				sum += max(z, 0) - z*float64(l) + math.Log1p(math.Exp(-math.Abs(z)))
				n++
			}
		}
	}
	return sum / float64(n)
}
