package evaluate

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"hilum/inference/calib"
	"hilum/training"
	"hilum/training/figures"
	"hilum/training/report"
	"hilum/training/scores"
)

// eceBins is the number of bins of the expected calibration error (Guo et al.
// 2017 and most since).
const eceBins = 15

// evaluation is one class made ready for many weightings of its films.
type evaluation struct {
	scores      *scores.Class
	ranking     *calib.Ranking // by the scores as they are
	probability []float64      // calibrated
	called      []bool         // probability >= threshold
	threshold   float64
}

func newEvaluation(c *scores.Class, k calib.Class) (*evaluation, error) {
	e := &evaluation{scores: c, threshold: k.Threshold, probability: c.Probabilities(k.Calibrator)}
	e.called = make([]bool, len(e.probability))
	for i, p := range e.probability {
		e.called[i] = p >= k.Threshold
	}
	var err error
	e.ranking, err = calib.NewRanking(c.Score, c.Positive)
	return e, err
}

// resampled are what the bootstrap recomputes.
type resampled struct{ auroc, auprc, f1, sensitivity, specificity, ppv, npv float64 }

const figuresPerClass = 7

func (f resampled) list() [figuresPerClass]float64 {
	return [...]float64{f.auroc, f.auprc, f.f1, f.sensitivity, f.specificity, f.ppv, f.npv}
}

// confusion counts the calls under weights; nil is one a film.
func (e *evaluation) confusion(w []float64) calib.Confusion {
	var c calib.Confusion
	for i, called := range e.called {
		k := 1.0
		if w != nil {
			k = w[i]
		}
		switch positive := e.scores.Positive[i]; {
		case called && positive:
			c.TP += k
		case called:
			c.FP += k
		case positive:
			c.FN += k
		default:
			c.TN += k
		}
	}
	return c
}

func (e *evaluation) figures(w []float64, t *calib.Tally) resampled {
	t = e.ranking.Tally(w, t)
	c := e.confusion(w)
	f := resampled{math.NaN(), math.NaN(), c.F1(), c.Sensitivity(), c.Specificity(), c.PPV(), c.NPV()}
	if t.P > 0 && t.N > 0 {
		f.auroc, f.auprc = t.AUROC(), t.AveragePrecision()
	}
	return f
}

// report gives all figures that need no bootstrap.
func (e *evaluation) report() report.Class {
	s, f, c := e.scores, e.figures(nil, nil), e.confusion(nil)
	n := s.Counts()
	r := report.Class{
		Name: s.Name, Positive: n.Positive, Negative: n.Negative, Unknown: s.Unknown,
		AUROC: training.Metric(f.auroc), AUPRC: training.Metric(f.auprc), Threshold: training.Metric(e.threshold),
		F1:          training.Metric(f.f1),
		Sensitivity: training.Metric(f.sensitivity), Specificity: training.Metric(f.specificity),
		PPV: training.Metric(f.ppv),
		NPV: training.Metric(f.npv),
		TP:  int(c.TP), FP: int(c.FP), FN: int(c.FN), TN: int(c.TN),
		Prevalence: training.Metric(float64(n.Positive) / float64(n.Positive+n.Negative)),
		Brier:      training.Metric(calib.Brier(e.probability, s.Positive)),
		BrierSkill: training.Metric(calib.BrierSkill(e.probability, s.Positive)),
		LogLoss:    training.Metric(calib.LogLoss(e.probability, s.Positive)), ECE: e.ece(false), ECEMass: e.ece(true),
	}
	slope, intercept, _ := calib.SlopeIntercept(e.probability, s.Positive)
	r.Slope, r.Intercept = training.Metric(slope), training.Metric(intercept)
	if i, err := calib.DeLongInterval(s.Score, s.Positive); err == nil && min(n.Positive, n.Negative) > 1 {
		r.AUROCDeLong = &training.Range{i.Lo, i.Hi}
	}
	return r
}

func (e *evaluation) ece(equalMass bool) training.Metric {
	bins, err := calib.Bins(e.probability, e.scores.Positive, eceBins, equalMass)
	if err != nil { // no labelled film
		return training.Metric(math.NaN())
	}
	return training.Metric(calib.ECE(bins))
}

// evaluateAll fills a report for every class and the mean, with intervals where
// rounds > 0. All classes share the draws of a round, so that the interval of
// the mean knows how they move together.
func evaluateAll(ctx context.Context, all []*evaluation, b calib.Bootstrap,
	step func(done int)) ([]report.Class, report.Macro, error) {
	out := make([]report.Class, len(all))
	for i, e := range all {
		out[i] = e.report()
	}
	m := newMacro(out)
	if b.Rounds < 1 {
		return out, m, ctx.Err()
	}
	values, err := bootstrapAll(ctx, all, b, step)
	if err != nil {
		return nil, m, err
	}
	for i := range out {
		classIntervals(&out[i], values[i*figuresPerClass:], all[i].patients(b.Patient))
	}
	m.AUROCCI, m.AUPRCCI = training.NewRange(meanOf(out, values, 0)), training.NewRange(meanOf(out, values, 1))
	noteMacro(&m, all, b.Patient)
	return out, m, nil
}

// bootstrapAll gives [class*figuresPerClass + figure][round].
func bootstrapAll(ctx context.Context, all []*evaluation, b calib.Bootstrap, step func(done int)) ([][]float64, error) {
	type scratch struct {
		w     []float64
		tally []*calib.Tally
	}
	pool := sync.Pool{New: func() any {
		return &scratch{make([]float64, len(b.Patient)),
			make([]*calib.Tally, len(all))}
	}}
	var done atomic.Int64
	return b.Figures(ctx, len(all)*figuresPerClass, func(w, out []float64) {
		s := pool.Get().(*scratch)
		defer pool.Put(s)
		for i, e := range all {
			mine := s.w[:len(e.scores.Row)]
			for k, row := range e.scores.Row {
				mine[k] = w[row]
			}
			if s.tally[i] == nil {
				s.tally[i] = e.ranking.Tally(nil, nil)
			}
			f := e.figures(mine, s.tally[i]).list()
			copy(out[i*figuresPerClass:], f[:])
		}
		step(int(done.Add(1)))
	})
}

func newMacro(classes []report.Class) report.Macro {
	var m report.Macro
	for _, c := range classes {
		if c.AUROC.Defined() {
			m.Classes++
			m.AUROC += c.AUROC
			m.AUPRC += c.AUPRC
		}
	}
	m.AUROC /= training.Metric(m.Classes) // 0/0 is NaN, which is meant
	m.AUPRC /= training.Metric(m.Classes)
	return m
}

// meanOf is a figure's mean over classes in each round. A round in which a class
// of the mean has lost an outcome is undefined: leaving that class out would
// change what is averaged.
func meanOf(classes []report.Class, values [][]float64, figure int) []float64 {
	var out []float64
	n := 0.0
	for i, c := range classes {
		if !c.AUROC.Defined() {
			continue
		}
		v := values[i*figuresPerClass+figure]
		if out == nil {
			out = make([]float64, len(v))
		}
		for round, x := range v {
			out[round] += x
		}
		n++
	}
	for round := range out {
		out[round] /= n
	}
	return out
}

// figure is what is drawn of a class.
func (e *evaluation) figure(r *report.Class) figures.Class {
	return figures.Class{
		Name: r.Name, Score: e.scores.Score, Probability: e.probability, Positive: e.scores.Positive,
		Threshold: e.threshold,
		AUROC:     float64(r.AUROC), AUPRC: float64(r.AUPRC), Interval: (*[2]float64)(r.AUROCCI),
		Confusion: e.confusion(nil),
	}
}

// MacroOf is the mean over classes whose scores are not calibrated, with its
// intervals by patient.
func MacroOf(ctx context.Context, classes []*scores.Class, b calib.Bootstrap) (report.Macro, error) {
	all := make([]*evaluation, len(classes))
	for i, c := range classes {
		var err error
		if all[i], err = newEvaluation(c, calib.Class{Name: c.Name, Threshold: calib.DefaultThreshold}); err != nil {
			return report.Macro{}, err
		}
	}
	_, macro, err := evaluateAll(ctx, all, b, func(int) {})
	return macro, err
}
